//! Durable runs whose process is killed at random moments, again and again: when they are done, it is as if nobody had
//! disturbed them.
//!
//! A target of its own: with other tests beside it, the moments would not be where they seem to be.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod effects;
mod process;
mod recipe;

use std::collections::BTreeMap;
use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use recipe_journal::{RunId, RunStatus, Store, StoreError, StoredRun};
use tempfile::TempDir;

use effects::{Counts, Effects, counted};
use process::End;

/// The store, in the folder of a run.
const STORE: &str = "runs";

#[test]
fn whenever_a_run_is_killed_it_goes_on_as_if_it_had_not_been() {
    // Two at a time: a run has moments in which it waits.
    let seed = seed();
    thread::scope(|scope| {
        let killers = [seed, seed + 1].map(|seed| scope.spawn(move || kill("step", 100, seed)));
        for killer in killers {
            killer
                .join()
                .unwrap_or_else(|_| panic!("KILLS_SEED={seed}"));
        }
    });
}

#[test]
fn with_records_in_batches_the_results_are_the_same() {
    let seed = seed();
    let killer = thread::spawn(move || kill("batch", 20, seed));
    killer
        .join()
        .unwrap_or_else(|_| panic!("KILLS_SEED={seed}"));
}

/// What the moments follow from: another one each time, unless one is given.
fn seed() -> u64 {
    match std::env::var("KILLS_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => RandomState::new().build_hasher().finish() >> 1,
    }
}

/// Kills runs so many times, each run several times, and has each go on until it is done.
fn kill(durability: &str, kills: usize, seed: u64) {
    let (usual, duration) = Usual::of_a_run(durability);
    let mut random = Rng::with_seed(seed);
    let mut left = kills;
    while left > 0 {
        let mut run = Run::new(durability);
        let mut longest = duration;
        loop {
            let moment = (left > 0).then(|| longest.mul_f64(random.f64()));
            let end = run.go_on(moment);
            run.check(&usual);
            if end == End::Done {
                break;
            }
            left -= 1;
            longest = duration / 3;
        }
        assert_eq!(run.files(), usual.files);
        let stored = run.stored().unwrap();
        assert_eq!(stored.status, RunStatus::Done);
    }
}

/// What a run leaves that nobody disturbs.
struct Usual {
    files: BTreeMap<PathBuf, String>,
    effects: Counts,
}

impl Usual {
    fn of_a_run(durability: &str) -> (Self, Duration) {
        let mut run = Run::new(durability);
        let started = Instant::now();
        run.go_on(None);
        let duration = started.elapsed();
        let usual = Self {
            files: run.files(),
            effects: counted(run.folder.path()),
        };
        // The names that the recipe has for its programs are their addresses.
        let steps = run.stored().unwrap().steps().unwrap();
        let programs = steps.iter().filter(|step| step.step_type == "command");
        for path in programs.map(|step| &step.path) {
            let is_silent = path == "12.substeps[1]";
            assert_eq!(usual.effects.contains_key(path), !is_silent, "{path}");
        }
        (usual, duration)
    }
}

/// A run in a folder of its own.
struct Run {
    folder: TempDir,
    durability: String,
    /// What it is called, once it has begun.
    id: Option<RunId>,
    effects: Effects,
}

impl Run {
    fn new(durability: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        recipe::write(folder.path());
        Self {
            folder,
            durability: durability.to_owned(),
            id: None,
            effects: Effects::default(),
        }
    }

    /// Begins it, or goes on with it.
    fn go_on(&mut self, killed_after: Option<Duration>) -> End {
        let command = match &self.id {
            Some(id) => vec!["resume", id.as_str()],
            None => vec![
                "run",
                "main.json",
                "--durable",
                "--durability",
                &self.durability,
                "--context-out",
                "context.json",
            ],
        };
        let arguments = [&command[..], &["--store", STORE, "--quiet"]].concat();
        process::recipe(self.folder.path(), &arguments, killed_after)
    }

    fn check(&mut self, usual: &Usual) {
        let Some(stored) = self.stored() else {
            assert_eq!(counted(self.folder.path()), Counts::new());
            return;
        };
        self.id = Some(stored.id.clone());
        if self.durability == "step" {
            let folder = self.folder.path();
            self.effects.check(folder, &stored, &usual.effects);
        }
    }

    /// What the journal knows of it, if it has begun. It is read from a copy: whoever opens a journal tidies it, and the
    /// next process is to find it as the last has left it.
    fn stored(&self) -> Option<StoredRun> {
        let store = Store::new(self.folder.path().join(STORE));
        let copy = tempfile::tempdir().unwrap();
        let mut stored = None;
        for id in store.ids().unwrap() {
            let folder = copy.path().join(id.as_str());
            copy_folder(&store.directory().join(id.as_str()), &folder);
            match Store::new(copy.path()).run(&id) {
                Ok(run) => assert!(stored.replace(run).is_none(), "there are two runs"),
                // Nothing was done, and there is nothing to go on with.
                Err(StoreError::Empty { .. }) => {}
                Err(error) => panic!("the store does not open: {error:?}"),
            }
        }
        stored
    }

    /// What is in its folder, but for what tells how it went.
    fn files(&self) -> BTreeMap<PathBuf, String> {
        let mut files = BTreeMap::new();
        let root = self.folder.path();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                let is_left_over = name.starts_with(".recipe-");
                if name == STORE || name == recipe::EFFECTS || is_left_over {
                    continue;
                }
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let text = fs::read_to_string(&path).unwrap();
                    files.insert(path.strip_prefix(root).unwrap().to_owned(), text);
                }
            }
        }
        files
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
