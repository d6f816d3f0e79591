//! Ctrl-C, SIGTERM and SIGHUP stop the run cleanly: its results are written, with exit code 130.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{Folder, settled};

/// Waits a minute between two substeps, after creating the file `started`.
const SLOW: &str = r#"[
    {"type": "set_context", "key": "done", "value": "yes"},
    {"type": "parallel", "delay": 60, "substeps": [
        {"type": "write_files", "files": [{"path": "started", "content": ""}]},
        {"type": "write_files", "files": [{"path": "late", "content": ""}]}
    ]},
    {"type": "write_files", "files": [{"path": "late", "content": ""}]}
]"#;

/// Timeout far above the usual time.
const PATIENCE: Duration = Duration::from_secs(20);

fn start(folder: &Folder, arguments: &str) -> Child {
    begin(folder, &mut folder.command(arguments))
}

/// Starts a command and waits until its recipe has started.
fn begin(folder: &Folder, command: &mut Command) -> Child {
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
    // The step that created the file ends a moment later.
    sleep(Duration::from_millis(100));
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

fn stop(name: &str, arguments: &str) -> (Option<i32>, String, Folder) {
    let folder = Folder::new().file("r.json", SLOW);
    let mut child = start(&folder, arguments);
    signal(&child, name);
    let status = ended_within(&mut child, PATIENCE).expect("the run stops at once");
    let stderr = child.wait_with_output().unwrap().stderr;
    let stderr = settled(&String::from_utf8(stderr).unwrap(), &folder.path(""));
    (status.code(), stderr, folder)
}

#[test]
fn ctrl_c_stops_the_run_and_reports_where_it_was() {
    let (code, stderr, folder) = stop("INT", "run r.json --context-out out.json");
    assert_eq!(code, Some(130));
    assert_snapshot!(stderr, @"
    error: r.json: interrupted
    stood at   1 parallel ([time])
    2 steps done, 1 cancelled in [time]
    ");
    assert_eq!(folder.read_json("out.json"), json!({"done": "yes"}));
    assert!(!folder.path("late").exists());
}

#[test]
fn sigterm_does_the_same() {
    let (code, stderr, folder) = stop("TERM", "run r.json --context-out out.json");
    assert_eq!(code, Some(130));
    assert_snapshot!(stderr, @"
    error: r.json: terminated
    stood at   1 parallel ([time])
    2 steps done, 1 cancelled in [time]
    ");
    assert_eq!(folder.read_json("out.json"), json!({"done": "yes"}));
}

#[test]
fn events_can_be_followed_and_are_complete_when_the_run_is_stopped() {
    let folder = Folder::new().file("r.json", SLOW);
    let mut child = start(&folder, "run r.json --events e.jsonl");
    let written = |name: &str| folder.read("e.jsonl").contains(&format!("\"{name}\""));
    let begun = Instant::now();
    while !written("progress") {
        assert!(begun.elapsed() < PATIENCE, "no events while the run lasts");
        sleep(Duration::from_millis(5));
    }
    assert!(!written("run_finished"));
    signal(&child, "INT");
    ended_within(&mut child, PATIENCE).expect("the run stops at once");
    assert!(written("step_cancelled"));
    let text = folder.read("e.jsonl");
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(last["event"], "run_finished");
    assert_eq!(last["error"], "r.json: cancelled");
}

#[test]
fn an_idle_reader_of_events_does_not_block_the_exit() {
    let step = r#"{"type": "set_context", "key": "a", "value": "1"}"#;
    let steps = vec![step; 1_000].join(",");
    let folder = Folder::new().file(
        "r.json",
        format!(
            r#"[{{"type": "write_files", "files": [{{"path": "started", "content": ""}}]}},
                {{"type": "parallel", "substeps": [{steps}]}}]"#
        ),
    );
    let mut child = start(&folder, "run r.json --events -");
    let begun = Instant::now();
    let status = loop {
        assert!(begun.elapsed() < PATIENCE, "the program does not end");
        signal(&child, "INT");
        if let Some(status) = ended_within(&mut child, Duration::from_millis(200)) {
            break status;
        }
    };
    assert_eq!(status.code(), Some(130));
}

#[test]
fn a_quiet_run_only_reports_the_interruption() {
    let (code, stderr, _) = stop("INT", "run r.json -q");
    assert_eq!(
        (code, &*stderr),
        (Some(130), "error: r.json: interrupted\n")
    );
}

#[test]
fn the_longest_running_steps_are_reported() {
    let substep = r#"{"type": "parallel", "delay": 60, "substeps": [
        {"type": "set_context", "key": "a", "value": "1"},
        {"type": "set_context", "key": "a", "value": "1"}
    ]}"#;
    let last = r#"{"type": "write_files", "files": [{"path": "started", "content": ""}]}"#;
    let substeps = [&[substep; 12][..], &[last]].concat().join(",");
    let recipe = format!(r#"[{{"type": "parallel", "delay": 0.01, "substeps": [{substeps}]}}]"#);
    let folder = Folder::new().file("r.json", recipe);
    let mut child = start(&folder, "run r.json");
    signal(&child, "INT");
    ended_within(&mut child, PATIENCE).expect("the run stops at once");
    let stderr = child.wait_with_output().unwrap().stderr;
    let stderr = settled(&String::from_utf8(stderr).unwrap(), &folder.path(""));
    let stands: Vec<&str> = stderr
        .lines()
        .filter(|l| l.starts_with("stood at"))
        .collect();
    assert_eq!(stands.len(), 11, "{stderr}");
    assert_eq!(stands[0], "stood at   0.substeps[0] parallel ([time])");
    assert!(stands[10].ends_with(" more steps"), "{stderr}");
}

#[test]
fn a_stopped_run_writes_its_report_and_trace() {
    let (_, _, folder) = stop("HUP", "run r.json --report run.html");
    let page = folder.read("run.html");
    assert!(page.contains(r#""outcome":"disconnected""#));
    // The page has a sign and a colour for this state.
    assert!(page.contains("disconnected: '") && page.contains(".disconnected {"));
    let (_, _, folder) = stop("TERM", "run r.json --report run.html --trace trace.json");
    assert!(
        folder
            .read("run.html")
            .contains(r#""outcome":"terminated""#)
    );
    let trace = folder.read_json("trace.json");
    let events = trace["traceEvents"].as_array().unwrap();
    let outcome = |path: Option<&str>| {
        let slices = events.iter().filter(|event| event["ph"] == "X");
        let mut found = slices.filter(|slice| slice["args"]["path"].as_str() == path);
        found.next().expect("it is in the trace")["args"]["outcome"].clone()
    };
    assert_eq!(outcome(None), "terminated");
    assert_eq!(outcome(Some("0")), "done");
    assert_eq!(outcome(Some("1")), "cancelled");
}

#[test]
fn a_second_ctrl_c_does_not_wait_for_blocking_work() {
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

/// Named pipe: opening it blocks until the other end is opened.
fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Program that starts another, deeply nested, and writes their ids to the file `started`.
fn running_program(script: &str) -> (Folder, Child) {
    let command = format!("{script} sleep 1000 & echo $! $$ > new; mv new started; wait");
    let shell = json!({"type": "shell", "command": command});
    let inner = json!({"type": "parallel", "substeps": [shell]});
    let recipe = json!([{"type": "parallel", "substeps": [inner]}]);
    let folder = Folder::new().file("r.json", recipe.to_string());
    let child = start(&folder, "run r.json");
    (folder, child)
}

/// Programs in `started` that still run. Zombies have ended.
fn left_running(folder: &Folder) -> Vec<String> {
    let pids = folder.read("started");
    let runs = |pid: &&str| {
        let state = Command::new("ps").args(["-o", "stat=", "-p", pid]).output();
        let state = String::from_utf8(state.unwrap().stdout).unwrap();
        !state.trim().is_empty() && !state.starts_with('Z')
    };
    let left = pids.split_whitespace().filter(runs);
    left.map(str::to_owned).collect()
}

#[test]
fn stopping_a_run_stops_its_programs() {
    for name in ["INT", "TERM", "HUP"] {
        let (folder, mut child) = running_program("");
        assert_eq!(left_running(&folder).len(), 2);
        signal(&child, name);
        let status = ended_within(&mut child, PATIENCE).expect("the run stops at once");
        assert_eq!(status.code(), Some(130));
        assert_eq!(left_running(&folder), Vec::<String>::new());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn nohup_keeps_a_run_alive() {
    let folder = Folder::new().file("r.json", SLOW);
    let program = env!("CARGO_BIN_EXE_recipe");
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("trap '' HUP; exec {program:?} run r.json")])
        .current_dir(folder.path(""));
    let mut child = begin(&folder, &mut shell);
    signal(&child, "HUP");
    assert!(ended_within(&mut child, Duration::from_millis(100)).is_none());
    signal(&child, "TERM");
    let status = ended_within(&mut child, PATIENCE).expect("the run stops at once");
    assert_eq!(status.code(), Some(130));
}

#[test]
fn unresponsive_programs_are_killed() {
    let (folder, mut child) = running_program("trap '' TERM INT;");
    signal(&child, "INT");
    let status = ended_within(&mut child, PATIENCE).expect("the run stops soon");
    assert_eq!(status.code(), Some(130));
    assert_eq!(left_running(&folder), Vec::<String>::new());
}

#[test]
fn a_second_ctrl_c_kills_them_at_once() {
    let (folder, mut child) = running_program("trap '' TERM INT;");
    // More signals may arrive while it ends.
    while ended_within(&mut child, Duration::from_millis(100)).is_none() {
        signal(&child, "INT");
    }
    let begun = Instant::now();
    while !left_running(&folder).is_empty() {
        assert!(begun.elapsed() < PATIENCE, "the programs live on");
        sleep(Duration::from_millis(5));
    }
}
