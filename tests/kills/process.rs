//! Runs the program until it ends or is killed, with all programs that it started.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// End of a process.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    Done,
    Killed,
}

/// Runs `recipe` in a directory, kills it after a time unless it ends before, and returns once all
/// programs that it started have ended.
///
/// # Panics
/// If it ends in any other way.
pub(crate) fn recipe(folder: &Path, arguments: &[&str], killed_after: Option<Duration>) -> End {
    // Programs of steps outlive a killed `recipe`. All of them inherit file descriptor 3, so
    // reading its other end returns once the last of them has ended.
    let mut child = Command::new("sh")
        .args(["-c", r#"exec "$0" "$@" 2>&1 3>&1"#])
        .arg(env!("CARGO_BIN_EXE_recipe"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    if let Some(time) = killed_after {
        sleep(time);
        child.kill().unwrap();
    }
    let mut printed = String::new();
    let mut output = child.stdout.take().unwrap();
    output.read_to_string(&mut printed).unwrap();
    let status = child.wait().unwrap();
    match status.code() {
        Some(0) => End::Done,
        None if killed_after.is_some() => End::Killed,
        _ => panic!("recipe {}: {status}\n{printed}", arguments.join(" ")),
    }
}
