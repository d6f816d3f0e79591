//! Durable runs for tests of `runs`, `show` and others, and their output fit for snapshots.

use std::fs;

use crate::harness::{Folder, Outcome};

/// Succeeds.
pub(crate) const DONE: &str = r#"[{"type": "set_context", "key": "a", "value": "1"}]"#;

/// Fails.
pub(crate) const FAILS: &str = r#"[{"type": "read_file", "path": "no.md", "artifact": "a"}]"#;

/// Waits a minute between two substeps, after creating the file `started`.
#[cfg(unix)]
pub(crate) const SLOW: &str = r#"[
    {"type": "set_context", "key": "a", "value": "1"},
    {"type": "parallel", "delay": 60, "substeps": [
        {"type": "write_files", "files": [{"path": "started", "content": ""}]},
        {"type": "write_files", "files": [{"path": "late", "content": ""}]}
    ]}
]"#;

impl Folder {
    /// Runs a durable recipe in this directory. The store is its subdirectory `runs`.
    pub(crate) fn run_durably(&self, arguments: &str) -> Outcome {
        self.recipe(&format!("run --durable --store runs -q {arguments}"))
    }

    /// Runs a command about stored runs, in UTC.
    pub(crate) fn stored(&self, arguments: &str) -> Outcome {
        let mut command = self.command(arguments);
        self.outcome(command.env("TZ", "UTC").args(["--store", "runs"]))
    }

    /// Ids of the stored runs, oldest first.
    pub(crate) fn ids(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("runs")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut ids: Vec<String> = names.collect();
        ids.sort();
        ids
    }

    /// Output about stored runs without varying parts.
    pub(crate) fn settled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (number, id) in self.ids().iter().enumerate() {
            let [year, month, day, hour, minute, second] =
                [0..4, 4..6, 6..8, 9..11, 11..13, 13..15].map(|digits| &id[digits]);
            let to_minute = format!("{year}-{month}-{day} {hour}:{minute}");
            text = text
                .replace(&**id, &format!("[run {number}]"))
                .replace(&format!("{to_minute}:{second}"), "[second]")
                .replace(&to_minute, "[minute]");
        }
        let lines = text.lines().map(|line| without_durations(line) + "\n");
        lines.collect()
    }

    /// Path of the database of a run.
    pub(crate) fn database(&self, id: &str) -> std::path::PathBuf {
        self.path("runs").join(id).join("run.db")
    }
}

/// Replaces durations such as `7 ms` and `1.20 s`.
fn without_durations(line: &str) -> String {
    let mut settled: Vec<String> = Vec::new();
    for word in line.split(' ') {
        let end = word.trim_start_matches(char::is_alphabetic);
        let is_unit = matches!(&word[..word.len() - end.len()], "ms" | "s");
        match settled.last_mut() {
            Some(last) if is_unit && last.trim_start_matches('(').parse::<f64>().is_ok() => {
                let bracket = if last.starts_with('(') { "(" } else { "" };
                *last = format!("{bracket}[time]{end}");
            }
            _ => settled.push(word.to_owned()),
        }
    }
    settled.join(" ").trim_end().to_owned()
}

/// Lines of a list, with bars between columns.
pub(crate) fn columns(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let cells = line.split("  ").map(str::trim);
        let cells: Vec<&str> = cells.filter(|cell| !cell.is_empty()).collect();
        cells.join(" | ") + "\n"
    });
    lines.collect()
}

/// Durable run that runs until this is dropped.
#[cfg(unix)]
pub(crate) struct RunAtWork(std::process::Child);

#[cfg(unix)]
impl RunAtWork {
    /// Runs [`SLOW`] from the file `slow.json` and waits until it has started.
    pub(crate) fn start(folder: &Folder) -> Self {
        use std::process::Stdio;
        use std::time::{Duration, Instant};
        let mut command = folder.command("run --durable --store runs -q slow.json");
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let (child, begun) = (Self(child.unwrap()), Instant::now());
        while !folder.path("started").exists() {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "the run does not start"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        child
    }
}

#[cfg(unix)]
impl Drop for RunAtWork {
    fn drop(&mut self) {
        // SIGKILL.
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
