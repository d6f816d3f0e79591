//! The program, run until it ends or is killed, with all programs that it has started.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// How a process ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    Done,
    Killed,
}

/// Runs `recipe` in a folder, kills it after a time unless it ends before, and returns when whatever it had started is
/// gone, too.
///
/// # Panics
/// When it ends in any other way.
pub(crate) fn recipe(folder: &Path, arguments: &[&str], killed_after: Option<Duration>) -> End {
    // The programs that steps run live on when `recipe` is killed. All of them inherit file 3, so that who reads the
    // other end of it comes to an end when the last of them has.
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
