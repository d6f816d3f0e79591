//! Checks that a run tolerates a wall clock that jumps, back by 30 days and on by 60 (libfaketime).
//!
//! Timeouts, delays and durations use the monotonic clock. Only timestamps in events and in stored
//! runs follow the wall clock.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};

use serde_json::{Value, json};

use crate::recipe_program::{self, Profile};

/// Upper bound for durations in seconds: longer than any step here, far shorter than the jumps.
const MAX_DURATION: f64 = 40.0;

/// Runs the check. Debian has the library in the package `faketime`.
pub(crate) fn run() -> io::Result<ExitCode> {
    let Some(library) = library() else {
        eprintln!("libfaketime not found: install it, `apt-get install faketime` on Debian");
        return Ok(ExitCode::FAILURE);
    };
    let Some(recipe) = recipe_program::build(Profile::Dev)? else {
        return Ok(ExitCode::FAILURE);
    };
    println!("running a durable recipe while the clock jumps back by 30 days and on by 60");
    let folder = tempfile::tempdir()?;
    let run = |arguments: &str| jumping(&recipe, &library, folder.path(), arguments);
    fs::write(folder.path().join("r.json"), recipe_that_sets_the_clock())?;
    let first = run("run r.json --durable --store s --events e.jsonl")?;
    fs::write(folder.path().join("ready"), "")?;
    let second = run("resume --store s --events resumed.jsonl")?;
    let events = events(&folder.path().join("e.jsonl"))?;
    let resumed = self::events(&folder.path().join("resumed.jsonl"))?;
    let shown: Value = serde_json::from_slice(&run("show --store s --json")?.stdout)?;
    let complaints = complaints((&first, &events), (&second, &resumed), &shown);
    for complaint in &complaints {
        eprintln!("failed: {complaint}");
    }
    if complaints.is_empty() {
        println!("passed: timeouts, delays, durations and the journal are unaffected");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

/// Recipe with a timeout, delays and a retry, with jumps before and between. Its first run fails.
fn recipe_that_sets_the_clock() -> String {
    json!([
        {"type": "shell", "command": "echo -30d > clock"},
        {"type": "shell", "config": {"command": "sleep 60"}, "timeout": 0.2, "on_error": {"steps": []}},
        {"type": "parallel", "delay": 0.1, "substeps": [
            {"type": "wait", "seconds": 0.1},
            {"type": "shell", "command": "echo +30d > clock"},
            {"type": "wait", "seconds": 0.1}]},
        {"type": "read_file", "config": {"path": "ready", "artifact": "x"},
            "retry": {"attempts": 2, "delay": 0.1}},
    ])
    .to_string()
}

/// Runs the program with a wall clock that the file `clock` shifts, correct at first.
fn jumping(recipe: &Path, library: &Path, folder: &Path, arguments: &str) -> io::Result<Output> {
    let clock = folder.join("clock");
    fs::write(&clock, "+0")?;
    Command::new(recipe)
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", clock)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .output()
}

fn events(file: &Path) -> io::Result<Vec<Value>> {
    let text = fs::read_to_string(file)?;
    let events = text.lines().map(serde_json::from_str);
    Ok(events.collect::<Result<_, _>>()?)
}

fn complaints(
    (first, events): (&Output, &[Value]),
    (second, resumed): (&Output, &[Value]),
    shown: &Value,
) -> Vec<String> {
    let mut complaints = Vec::new();
    let times: Vec<_> = events
        .iter()
        .filter_map(|event| event["time"].as_str())
        .collect();
    if times.is_sorted() {
        complaints.push("the clock did not jump back, so that nothing was checked".to_owned());
    }
    if first.status.code() != Some(1) {
        complaints.push(format!("unexpected end of the first run: {first:?}"));
    }
    let is_reused = |event: &&Value| event["event"] == "step_reused";
    if !second.status.success() || resumed.iter().filter(is_reused).count() != 3 {
        complaints.push(format!("unexpected end of the resumed run: {second:?}"));
    }
    if shown["status"] != "done" {
        complaints.push(format!(
            "unexpected status of the stored run: {}",
            shown["status"]
        ));
    }
    let stored = shown["steps"].as_array().into_iter().flatten();
    for timed in events.iter().chain(stored) {
        if timed["duration"]
            .as_f64()
            .is_some_and(|seconds| !(0.0..MAX_DURATION).contains(&seconds))
        {
            complaints.push(format!("implausible duration: {timed}"));
        }
    }
    complaints
}

/// Finds the library where distributions install it.
fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib")
        .ok()?
        .flatten()
        .map(|entry| entry.path());
    let folders = folders.chain(["/usr/lib".into(), "/usr/lib64".into()]);
    let mut files = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
    files.find(|file| file.exists())
}
