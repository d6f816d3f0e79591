//! Runs the program in a directory per test, and makes its output fit for snapshots.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Temporary directory with files, the working directory of the program.
pub(crate) struct Folder {
    folder: TempDir,
}

impl Folder {
    /// Creates an empty directory.
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Adds a file.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Path of a file in the directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Text of a file in the directory.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// JSON of a file in the directory.
    pub(crate) fn read_json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// Names of the files in the directory, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Command of the program with these arguments, written as on a command line without quotes.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_recipe"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            // Directory of durable runs.
            .env("XDG_STATE_HOME", self.path("state"))
            .stdin(Stdio::null());
        command
    }

    /// Runs the program with these arguments.
    pub(crate) fn recipe(&self, arguments: &str) -> Outcome {
        self.outcome(&mut self.command(arguments))
    }

    /// Runs the program with a limit of `ulimit`: of file descriptors (`-n 64`), or of the size of
    /// files in KiB (`-f 64`), which looks like a full disk to the program.
    pub(crate) fn limited(&self, limit: &str, arguments: &str) -> Outcome {
        let program = env!("CARGO_BIN_EXE_recipe");
        // Otherwise exceeding the size is a signal.
        let script = format!("trap '' XFSZ; ulimit {limit}; exec {program} {arguments}");
        let mut command = Command::new("bash");
        command
            .args(["-c", &script])
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        self.outcome(&mut command)
    }

    /// Runs a command.
    pub(crate) fn outcome(&self, command: &mut Command) -> Outcome {
        let output = command.output().unwrap();
        Outcome {
            output,
            folder: self.folder.path().to_owned(),
        }
    }
}

/// Exit code and output of the program. Its `Display` is fit for a snapshot.
pub(crate) struct Outcome {
    output: Output,
    folder: PathBuf,
}

impl Outcome {
    /// Exit code.
    pub(crate) fn code(&self) -> i32 {
        self.output
            .status
            .code()
            .expect("the program was not ended by a signal")
    }

    /// Standard output.
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }

    /// Standard error with placeholders.
    pub(crate) fn stderr(&self) -> String {
        settled(
            &String::from_utf8(self.output.stderr.clone()).unwrap(),
            &self.folder,
        )
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stderr = self.stderr();
        assert!(!stderr.contains("panicked"), "{stderr}");
        writeln!(f, "exit code {}", self.code())?;
        let stdout = settled(&self.stdout(), &self.folder);
        for (name, text) in [("stdout", stdout), ("stderr", stderr)] {
            if !text.is_empty() {
                write!(f, "--- {name}\n{text}")?;
            }
        }
        Ok(())
    }
}

/// Replaces varying parts: paths of the temporary directory, ids of runs, and durations.
pub(crate) fn settled(text: &str, folder: &Path) -> String {
    let text = without_ids(&text.replace(folder.to_str().unwrap(), "[folder]"));
    let lines = text.split_inclusive('\n').map(|line| {
        let (line, end) = match line.strip_suffix('\n') {
            Some(line) => (line, "\n"),
            None => (line, ""),
        };
        without_time(line) + end
    });
    lines.collect()
}

/// Replaces ids of runs, such as `20261124-225014-k3f9`.
fn without_ids(text: &str) -> String {
    let is_id = |text: &str| {
        let parts: Vec<&str> = text.split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        lengths == [8, 6, 4] && parts[..2].iter().all(is_number)
    };
    let mut settled = text.to_owned();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    for id in words.filter(|word| is_id(word)) {
        settled = settled.replace(id, "[run]");
    }
    settled
}

/// Replaces the durations of progress, in parentheses or after the word `in`.
fn without_time(line: &str) -> String {
    [" (", " in "].iter().fold(line.to_owned(), |line, before| {
        let mut parts = line.split(before);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |line, part| {
            line + before + &without_leading_time(part)
        })
    })
}

/// Turns `1.20 s, and so on` into `[time], and so on`.
fn without_leading_time(text: &str) -> String {
    let Some((number, behind)) = text.split_once(' ') else {
        return text.to_owned();
    };
    let rest = behind
        .strip_prefix("ms")
        .or_else(|| behind.strip_prefix('s'))
        .filter(|rest| !rest.starts_with(char::is_alphanumeric));
    match (number.parse::<f64>(), rest) {
        (Ok(_), Some(rest)) => format!("[time]{rest}"),
        _ => text.to_owned(),
    }
}
