//! Short fuzzing that runs with the tests: the seeds, and reproducible changes of them.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

use fastrand::Rng;
use recipe_fuzz::{TARGETS, Target};

/// Directory that cargo-fuzz uses, too.
fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz")
        .join(name)
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let files = fs::read_dir(folder("seeds").join(target)).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Words of a dictionary: one quoted word per line, with `\xHH` for a byte.
fn words(target: &str) -> Vec<Vec<u8>> {
    let file = folder("dictionaries").join(format!("{target}.dict"));
    let text = fs::read_to_string(file).unwrap();
    let words = text.lines().map(|line| {
        let mut rest = line
            .strip_prefix('"')
            .and_then(|line| line.strip_suffix('"'))
            .unwrap();
        let mut word = Vec::new();
        while let Some(first) = rest.chars().next() {
            let length = match (first, rest.as_bytes().get(1)) {
                ('\\', Some(b'x')) => {
                    word.push(u8::from_str_radix(&rest[2..4], 16).unwrap());
                    4
                }
                ('\\', Some(escaped)) => {
                    word.push(*escaped);
                    2
                }
                _ => {
                    word.extend_from_slice(&rest.as_bytes()[..first.len_utf8()]);
                    first.len_utf8()
                }
            };
            rest = &rest[length..];
        }
        word
    });
    words.collect()
}

/// Source of changes.
struct Changes {
    random: Rng,
    seeds: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
}

impl Changes {
    fn next(&mut self) -> Vec<u8> {
        let mut bytes = self.random.choice(&self.seeds).unwrap().clone();
        for _ in 0..self.random.u8(1..=4) {
            self.change(&mut bytes);
        }
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let at = self.random.usize(..=bytes.len());
        let end = self.random.usize(at..=bytes.len().min(at + 16));
        match self.random.u8(..6) {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.insert(at, self.random.u8(..)),
            2 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << self.random.u8(..8);
                }
            }
            3 => {
                let part: Vec<u8> = bytes[at..end].repeat(self.random.usize(1..4));
                bytes.splice(at..at, part);
            }
            4 => {
                let other = self.random.choice(&self.seeds).unwrap();
                let from = self.random.usize(..=other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            _ => {
                let word = self.random.choice(&self.words).unwrap();
                bytes.splice(at..end, word.iter().copied());
            }
        }
    }
}

/// Runs a target on its seeds and on `changed` changes of them.
#[track_caller]
fn fuzz(name: &str, changed: usize) {
    let (_, target): (_, Target) = TARGETS
        .into_iter()
        .find(|(known, _)| *known == name)
        .unwrap();
    let (seeds, words) = (seeds(name), words(name));
    assert!(!seeds.is_empty() && !words.is_empty());
    for seed in &seeds {
        call(target, seed);
    }
    let random = Rng::with_seed(7);
    let mut changes = Changes {
        random,
        seeds,
        words,
    };
    for _ in 0..changed {
        call(target, &changes.next());
    }
}

#[allow(clippy::print_stdout, reason = "shown with the test that fails")]
fn call(target: Target, bytes: &[u8]) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| target(bytes))) {
        println!("with the bytes b\"{}\"", bytes.escape_ascii());
        resume_unwind(panic);
    }
}

#[test]
fn every_target_has_seeds() {
    let mut seeded: Vec<String> = fs::read_dir(folder("seeds"))
        .unwrap()
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .collect();
    seeded.sort();
    assert_eq!(seeded, TARGETS.map(|(name, _)| name));
}

#[test]
fn conditions_accept_any_input() {
    fuzz("condition", 4_000);
}

#[test]
fn docpacks_accept_any_input() {
    fuzz("docpack", 300);
}

#[test]
fn journals_accept_any_input() {
    fuzz("journal", 100);
}

#[test]
fn diagnostics_are_at_their_locations() {
    fuzz("lint", 500);
}

#[test]
fn no_response_of_a_server_leaves_a_step_waiting() {
    fuzz("mcp", 300);
}

#[test]
fn responses_of_providers_are_parsed_or_errors() {
    fuzz("provider", 3_000);
}

#[test]
fn recipes_accept_any_input() {
    fuzz("recipe", 1_000);
}

#[test]
fn rendered_templates_have_their_properties() {
    fuzz("rendering", 20_000);
}

#[test]
fn templates_accept_any_input() {
    fuzz("template", 4_000);
}
