//! Kills the process of durable runs at random moments, repeatedly: the results must be those of an
//! undisturbed run.
//!
//! A separate test target, since concurrent tests would shift the moments.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests may panic")]

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

/// Directory of the store.
const STORE: &str = "runs";

#[test]
fn a_killed_run_resumes_as_if_undisturbed() {
    // Two at a time, since a run sometimes waits.
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
fn results_are_the_same_with_batch_durability() {
    let seed = seed();
    let killer = thread::spawn(move || kill("batch", 20, seed));
    killer
        .join()
        .unwrap_or_else(|_| panic!("KILLS_SEED={seed}"));
}

/// Seed of the moments, random unless set.
fn seed() -> u64 {
    match std::env::var("KILLS_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => RandomState::new().build_hasher().finish() >> 1,
    }
}

/// Kills runs `kills` times in all, each run repeatedly, and resumes each until it is done.
fn kill(durability: &str, kills: usize, seed: u64) {
    let (usual, duration) = Usual::from_run(durability);
    let mut random = Rng::with_seed(seed);
    let mut left = kills;
    while left > 0 {
        let mut run = Run::new(durability);
        let mut longest = duration;
        loop {
            let moment = (left > 0).then(|| longest.mul_f64(random.f64()));
            let end = run.start_or_resume(moment);
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

/// Results of an undisturbed run.
struct Usual {
    files: BTreeMap<PathBuf, String>,
    effects: Counts,
}

impl Usual {
    fn from_run(durability: &str) -> (Self, Duration) {
        let mut run = Run::new(durability);
        let started = Instant::now();
        run.start_or_resume(None);
        let duration = started.elapsed();
        let usual = Self {
            files: run.files(),
            effects: counted(run.folder.path()),
        };
        // The recipe names its programs by their addresses.
        let steps = run.stored().unwrap().steps().unwrap();
        let programs = steps.iter().filter(|step| step.step_type == "command");
        for path in programs.map(|step| &step.path) {
            let is_silent = path == "12.substeps[1]";
            assert_eq!(usual.effects.contains_key(path), !is_silent, "{path}");
        }
        (usual, duration)
    }
}

/// Run in its own directory.
struct Run {
    folder: TempDir,
    durability: String,
    /// Id, once the run has begun.
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

    /// Starts or resumes the run.
    fn start_or_resume(&mut self, killed_after: Option<Duration>) -> End {
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

    /// Reads the run from the journal, if it has begun. Reads a copy, since opening a journal
    /// changes it, and the next process must find it as the last one left it.
    fn stored(&self) -> Option<StoredRun> {
        let store = Store::new(self.folder.path().join(STORE));
        let copy = tempfile::tempdir().unwrap();
        let mut stored = None;
        for id in store.ids().unwrap() {
            let folder = copy.path().join(id.as_str());
            copy_folder(&store.directory().join(id.as_str()), &folder);
            match Store::new(copy.path()).run(&id) {
                Ok(run) => assert!(stored.replace(run).is_none(), "there are two runs"),
                // Nothing was done, so there is nothing to resume.
                Err(StoreError::Empty { .. }) => {}
                Err(error) => panic!("the store does not open: {error:?}"),
            }
        }
        stored
    }

    /// Files in its directory, without the store and the effects.
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
