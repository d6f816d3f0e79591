//! Progress and summary of runs.

use crate::harness::Folder;
use insta::assert_snapshot;

fn folder() -> Folder {
    Folder::new()
        .file(
            "r.json",
            r#"[
    {"type": "set_context", "config": {"key": "a", "value": "1"}, "name": "first"},
    {"type": "parallel", "max_concurrency": 1, "substeps": [
        {"type": "execute_recipe", "recipe_path": "sub.json"},
        {"type": "read_file", "path": "gone.md", "artifact": "x"},
        {"type": "set_context", "key": "b", "value": "2"}
    ]}
]"#,
        )
        .file(
            "sub.json",
            r#"[{"type": "set_context", "key": "c", "value": "3"}]"#,
        )
}

#[test]
fn verbose_shows_every_step() {
    assert_snapshot!(folder().recipe("run r.json -v"), @r#"
    exit code 1
    --- stderr
    running    r.json
    started    0 set_context "first"
    done       0 set_context "first" ([time])
    started    1 parallel
    started    1.substeps[0] execute_recipe
    started    1.substeps[0]/sub.json:0 set_context
    done       1.substeps[0]/sub.json:0 set_context ([time])
    done       1.substeps[0] execute_recipe ([time])
    started    1.substeps[1] read_file
    failed     1.substeps[1] read_file ([time])
    skipped    1.substeps[2] set_context
    failed     1 parallel ([time])
    error: r.json: step 1 (parallel): substep 1 (read_file): file not found: gone.md
    3 steps done, 2 failed, 1 skipped in [time]
    "#);
}

#[test]
fn twice_verbose_shows_inputs_and_errors_of_steps() {
    let arguments = "run r.json -vv --context title=x --config region=eu";
    assert_snapshot!(folder().recipe(arguments), @r#"
    exit code 1
    --- stderr
    given      artifact title
    given      configuration region
    running    r.json
    started    0 set_context "first"
    done       0 set_context "first" ([time])
    started    1 parallel
    started    1.substeps[0] execute_recipe
    started    1.substeps[0]/sub.json:0 set_context
    done       1.substeps[0]/sub.json:0 set_context ([time])
    done       1.substeps[0] execute_recipe ([time])
    started    1.substeps[1] read_file
    failed     1.substeps[1] read_file ([time]): file not found: gone.md
    skipped    1.substeps[2] set_context
    failed     1 parallel ([time]): substep 1 (read_file): file not found: gone.md
    error: r.json: step 1 (parallel): substep 1 (read_file): file not found: gone.md
    3 steps done, 2 failed, 1 skipped in [time]
    "#);
}

#[test]
fn a_cancelled_step_is_reported() {
    let folder = Folder::new()
        .file(
            "r.json",
            r#"[{"type": "parallel", "delay": 0.1, "substeps": [
    {"type": "execute_recipe", "recipe_path": "slow.json"},
    {"type": "read_file", "path": "gone.md", "artifact": "x"}
]}]"#,
        )
        .file(
            "slow.json",
            r#"[{"type": "parallel", "delay": 60, "substeps": [
    {"type": "set_context", "key": "a", "value": "1"},
    {"type": "set_context", "key": "a", "value": "1"}
]}]"#,
        );
    let outcome = folder.recipe("run r.json -v");
    assert_eq!(outcome.code(), 1);
    let stopped: Vec<String> = outcome
        .stderr()
        .lines()
        .filter(|l| l.starts_with("cancelled"))
        .map(str::to_owned)
        .collect();
    assert_eq!(
        stopped,
        [
            "cancelled  0.substeps[0]/slow.json:0 parallel ([time])",
            "cancelled  0.substeps[0] execute_recipe ([time])"
        ]
    );
}

/// Always fails, is attempted three times, and recovers.
const RETRIED: &str = r#"[{
    "type": "read_file",
    "config": {"path": "gone.md", "artifact": "x"},
    "retry": {"attempts": 3, "delay": 0.01, "backoff": 1, "jitter": false},
    "on_error": {"steps": [{"type": "set_context", "config": {"key": "a", "value": "1"}}]}
}]"#;

#[test]
fn attempts_and_recoveries_are_shown() {
    let folder = Folder::new().file("r.json", RETRIED);
    assert_snapshot!(folder.recipe("run r.json -v"), @"
    exit code 0
    --- stderr
    running    r.json
    started    0 read_file
    retrying   0 read_file: attempt 1 of 3 failed, the next in [time]
    retrying   0 read_file: attempt 2 of 3 failed, the next in [time]
    recovering 0 read_file
    started    0.on_error[0] set_context
    done       0.on_error[0] set_context ([time])
    recovered  0 read_file ([time])
    1 step done, 1 failed (1 recovered), 1 retried in [time]
    ");
    assert_snapshot!(folder.recipe("run r.json -vv"), @"
    exit code 0
    --- stderr
    running    r.json
    started    0 read_file
    retrying   0 read_file: attempt 1 of 3 failed, the next in [time]: file not found: gone.md
    retrying   0 read_file: attempt 2 of 3 failed, the next in [time]: file not found: gone.md
    recovering 0 read_file: file not found: gone.md
    started    0.on_error[0] set_context
    done       0.on_error[0] set_context ([time])
    recovered  0 read_file ([time])
    1 step done, 1 failed (1 recovered), 1 retried in [time]
    ");
}

#[test]
fn a_run_ends_with_a_summary() {
    let folder = folder()
        .file("retried.json", RETRIED)
        .file("empty.json", "[]");
    assert_snapshot!(folder.recipe("run sub.json"), @"
    exit code 0
    --- stderr
    1 step done in [time]
    ");
    assert_snapshot!(folder.recipe("run r.json"), @"
    exit code 1
    --- stderr
    error: r.json: step 1 (parallel): substep 1 (read_file): file not found: gone.md
    3 steps done, 2 failed, 1 skipped in [time]
    ");
    assert_snapshot!(folder.recipe("run retried.json"), @"
    exit code 0
    --- stderr
    1 step done, 1 failed (1 recovered), 1 retried in [time]
    ");
    assert_snapshot!(folder.recipe("run empty.json"), @"
    exit code 0
    --- stderr
    0 steps done in [time]
    ");
}

#[test]
fn a_quiet_run_has_no_summary() {
    assert_snapshot!(folder().recipe("run sub.json -q"), @"exit code 0");
    assert_snapshot!(folder().recipe("run r.json -q"), @"
    exit code 1
    --- stderr
    error: r.json: step 1 (parallel): substep 1 (read_file): file not found: gone.md
    ");
}

#[test]
fn a_rejected_recipe_has_no_summary() {
    let folder = Folder::new().file("r.json", r#"[{"type": "nap"}]"#);
    assert_snapshot!(folder.recipe("run r.json"), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 11: step 0: unknown step type: nap
    ");
}
