//! `command` and `shell`: no process is left when the step, its parent or the run has ended.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::lab::Lab;

/// Starts a background process, writes its id and the shell's to the file `pids`, and waits.
const WAITS: &str = "sleep 1000 & echo $! $$ > \"$PIDS.new\"; mv \"$PIDS.new\" \"$PIDS\"; wait";

/// The same, ignoring SIGTERM; children inherit that.
const IGNORES_SIGTERM: &str =
    "trap '' TERM; sleep 1000 & echo $! $$ > \"$PIDS.new\"; mv \"$PIDS.new\" \"$PIDS\"; wait";

/// Fails as soon as the file `pids` exists.
const FAILS: &str = "until [ -e \"$PIDS\" ]; do sleep 0.01; done; exit 1";

fn shell(lab: &Lab, command: &str) -> Value {
    json!({"type": "shell", "command": command, "env": {"PIDS": lab.path("pids")}})
}

fn parallel(substeps: Value) -> Value {
    json!({"type": "parallel", "substeps": substeps})
}

/// Returns the ids in the file `pids` of processes that are still running.
fn running(lab: &Lab) -> Vec<String> {
    let pids = lab.read("pids").expect("the program has written it");
    let pids = pids.split_whitespace().map(str::to_owned);
    let running: Vec<String> = pids.collect();
    assert!(!running.is_empty());
    running.into_iter().filter(|pid| is_running(pid)).collect()
}

fn is_running(pid: &str) -> bool {
    // A zombie has ended; it is only waiting to be reaped.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z ") && !stat.contains(") X "))
}

async fn is_ended_by_a_failing_sibling(program: &str) {
    let lab = Lab::new();
    let inner = parallel(json!([shell(&lab, program)]));
    let steps = parallel(json!([
        parallel(json!([parallel(json!([inner]))])),
        shell(&lab, FAILS)
    ]));
    let error = lab.run(json!([steps])).await.error();
    assert!(
        error.ends_with("substep 1 (shell): sh exited with status 1"),
        "{error}"
    );
    assert_eq!(running(&lab), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_sibling_ends_a_nested_program_and_its_children() {
    is_ended_by_a_failing_sibling(WAITS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_ignores_sigterm_is_killed_with_its_children() {
    is_ended_by_a_failing_sibling(IGNORES_SIGTERM).await;
}

#[tokio::test]
async fn a_timeout_ends_programs() {
    let lab = Lab::new();
    let mut slow = parallel(json!([shell(&lab, WAITS)]));
    slow["timeout"] = json!(1);
    // The programs must have ended before a next step would start.
    let error = lab.run(json!([slow])).await.error();
    assert!(error.ends_with("timed out after 1 second"), "{error}");
    assert_eq!(running(&lab), Vec::<String>::new());
}

#[tokio::test]
async fn cancelling_the_run_ends_programs() {
    for program in [WAITS, IGNORES_SIGTERM] {
        let lab = Lab::new();
        let cancel = async {
            while lab.read("pids").is_none() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            lab.cancellation.cancel();
        };
        let (outcome, ()) = tokio::join!(lab.run(json!([shell(&lab, program)])), cancel);
        assert!(outcome.error().ends_with("cancelled"));
        assert_eq!(running(&lab), Vec::<String>::new());
    }
}

#[tokio::test]
async fn background_processes_end_with_the_program() {
    let lab = Lab::new();
    let leaves = "sleep 1000 & echo $! > \"$PIDS\"; echo done";
    let mut step = shell(&lab, leaves);
    step["output_key"] = json!("out");
    let artifacts = lab.run(json!([step])).await.artifacts();
    assert_eq!(artifacts["out"]["stdout"], "done\n");
    assert_eq!(running(&lab), Vec::<String>::new());
    assert_eq!(lab.log.warnings(), Vec::<String>::new());
}

#[tokio::test]
async fn a_process_that_leaves_the_group_does_not_block_the_step() {
    let lab = Lab::new();
    let leaves = "setsid sh -c 'echo $$ > \"$PIDS\"; exec sleep 1000' & \
        until [ -s \"$PIDS\" ]; do sleep 0.01; done; echo done";
    let mut step = shell(&lab, leaves);
    step["output_key"] = json!("out");
    let artifacts = lab.run(json!([step])).await.artifacts();
    assert_eq!(artifacts["out"]["stdout"], "done\n");
    assert_eq!(lab.log.warnings().len(), 1);
    let left = running(&lab);
    assert_eq!(left.len(), 1);
    let killed = std::process::Command::new("kill").arg(&left[0]).status();
    assert!(killed.unwrap().success());
}

#[tokio::test]
async fn a_program_has_time_to_clean_up_and_can_print_meanwhile() {
    let lab = Lab::new();
    // Prints more than the buffer of a pipe.
    let cleans_up = "trap 'head -c 1000000 /dev/zero; echo clean > \"$PIDS.clean\"; exit' TERM; \
        echo $$ > \"$PIDS\"; while :; do sleep 0.01; done";
    let steps = parallel(json!([shell(&lab, cleans_up), shell(&lab, FAILS)]));
    lab.run(json!([steps])).await.error();
    assert_eq!(lab.read("pids.clean").as_deref(), Some("clean\n"));
}

#[test]
fn shutting_down_the_runtime_kills_programs() {
    let lab = std::sync::Arc::new(Lab::new());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let step = shell(&lab, IGNORES_SIGTERM);
    let own = lab.clone();
    runtime.spawn(async move { own.run(json!([step])).await.error() });
    while lab.read("pids").is_none() {
        sleep(Duration::from_millis(5));
    }
    drop(runtime);
    // The signal has been sent, but the system may not have delivered it.
    while !running(&lab).is_empty() {
        sleep(Duration::from_millis(5));
    }
}
