//! Ctrl-C and SIGTERM: the run winds down, what it had is written, and the exit code tells.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::Folder;

/// Waits for a minute between two substeps, after it has made the file `started`.
const SLOW: &str = r#"[
    {"type": "set_context", "key": "done", "value": "yes"},
    {"type": "parallel", "delay": 60, "substeps": [
        {"type": "write_files", "files": [{"path": "started", "content": ""}]},
        {"type": "write_files", "files": [{"path": "late", "content": ""}]}
    ]},
    {"type": "write_files", "files": [{"path": "late", "content": ""}]}
]"#;

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

fn start(folder: &Folder, arguments: &str) -> Child {
    let mut command = folder.command(arguments);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !folder.path("started").exists() {
        assert!(begun.elapsed() < PATIENCE, "the run does not start");
        sleep(Duration::from_millis(5));
    }
    child
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(child.id().to_string())
        .status();
    assert!(status.unwrap().success());
}

fn ended_within(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if begun.elapsed() > patience {
            return None;
        }
        sleep(Duration::from_millis(5));
    }
}

fn stop(name: &str) -> (Option<i32>, String, Folder) {
    let folder = Folder::new().file("r.json", SLOW);
    let mut child = start(&folder, "run r.json --context-out out.json");
    signal(&child, name);
    let status = ended_within(&mut child, PATIENCE).expect("the run stops at once");
    let stderr = child.wait_with_output().unwrap().stderr;
    (status.code(), String::from_utf8(stderr).unwrap(), folder)
}

#[test]
fn ctrl_c_stops_the_run_and_writes_what_it_had() {
    let (code, stderr, folder) = stop("INT");
    assert_eq!(
        (code, &*stderr),
        (Some(130), "error: r.json: interrupted\n")
    );
    assert_eq!(folder.read_json("out.json"), json!({"done": "yes"}));
    assert!(!folder.path("late").exists());
}

#[test]
fn sigterm_does_the_same_with_an_exit_code_of_its_own() {
    let (code, stderr, folder) = stop("TERM");
    assert_eq!((code, &*stderr), (Some(143), "error: r.json: terminated\n"));
    assert_eq!(folder.read_json("out.json"), json!({"done": "yes"}));
}

#[test]
fn a_second_ctrl_c_does_not_wait_for_work_that_blocks() {
    let folder = Folder::new().file(
        "r.json",
        r#"[
            {"type": "write_files", "files": [{"path": "started", "content": ""}]},
            {"type": "read_file", "path": "pipe", "artifact": "never"}
        ]"#,
    );
    make_pipe(&folder.path("pipe"));
    let mut child = start(&folder, "run r.json");
    let begun = Instant::now();
    let mut sent = 0;
    let status = loop {
        assert!(begun.elapsed() < PATIENCE, "the program does not end");
        signal(&child, "INT");
        sent += 1;
        if let Some(status) = ended_within(&mut child, Duration::from_millis(200)) {
            break status;
        }
    };
    assert_eq!(status.code(), Some(130));
    assert!(sent >= 2, "the first one alone waits for the work");
}

/// A named pipe: opening it blocks until someone opens the other end.
fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}
