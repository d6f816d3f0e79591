//! `recipe run --durable` and `recipe resume`: what had finished is not done again.

use insta::assert_snapshot;
use serde_json::json;

use crate::harness::Folder;

/// Four substeps, of which the third fails until there is a file `ok`, and a loop behind them. Each leaves a line in
/// `log`.
const MAIN: &str = r#"[
    {"type": "set_context", "key": "title", "value": "T"},
    {"type": "parallel", "fail_fast": false, "result_key": "all", "collect": ["line"], "substeps": [
        {"type": "execute_recipe", "recipe_path": "sub.json", "context_overrides": {"line": "a"}},
        {"type": "execute_recipe", "recipe_path": "sub.json", "context_overrides": {"line": "b"}},
        {"type": "shell", "command": "test -f ok && echo c >> log"}
    ]},
    {"type": "loop", "items": "all", "item_key": "item", "result_key": "out", "substeps": [
        {"type": "set_context", "key": "item", "value": "{{ item.line }}{{ title }}"}
    ]},
    {"type": "shell", "command": "echo end >> log"}
]"#;

const SUB: &str = r#"[
    {"type": "shell", "command": "echo {{ line }} >> log"},
    {"type": "set_context", "key": "line", "value": "{{ line }}!"}
]"#;

fn folder() -> Folder {
    Folder::new().file("main.json", MAIN).file("sub.json", SUB)
}

fn sorted_log(folder: &Folder) -> String {
    let log = folder.read("log");
    let mut lines: Vec<&str> = log.lines().collect();
    lines.sort_unstable();
    lines.join(" ")
}

#[test]
fn a_run_goes_on_from_the_step_that_failed() {
    let folder = folder();
    assert_snapshot!(folder.recipe("run main.json --durable"), @"
    exit code 1
    --- stderr
    error: main.json: step 1 (parallel): 1 of 3 failed
    error: main.json: step 1 (parallel): substep 2 (shell): sh exited with status 1
    7 steps done, 2 failed in [time]
    help: go on with it: recipe resume [run]
    ");
    assert_eq!(sorted_log(&folder), "a b");
    let folder = folder.file("ok", "");
    let outcome = folder.recipe("resume --context-out out.json");
    assert_snapshot!(outcome, @"
    exit code 0
    --- stderr
    7 steps done, 3 reused in [time]
    ");
    assert_eq!(sorted_log(&folder), "a b c end");

    folder.recipe("run main.json --context-out plain.json -q");
    assert_eq!(folder.read("out.json"), folder.read("plain.json"));
}

#[test]
fn a_run_that_was_not_interrupted_is_like_one_that_is_not_durable() {
    let folder = folder().file("ok", "");
    let durable =
        folder.recipe("run main.json --durable --context-out durable.json --events e.jsonl");
    let plain = folder.recipe("run main.json --context-out plain.json");
    assert_eq!(durable.to_string(), plain.to_string());
    assert_eq!(folder.read("durable.json"), folder.read("plain.json"));
}

#[test]
fn a_run_is_resumed_as_it_was_begun() {
    let folder = folder();
    folder.recipe(
        "run main.json -q --durable --context extra=1 --context-out out.json --report r.html",
    );
    std::fs::remove_file(folder.path("out.json")).unwrap();
    std::fs::remove_file(folder.path("r.html")).unwrap();
    let folder = folder.file("ok", "").file("elsewhere/x", "");
    // From another folder, with one of the results somewhere else.
    let mut command = folder.command("resume --report there.html");
    command.current_dir(folder.path("elsewhere"));
    let outcome = folder.outcome(&mut command);
    assert_eq!(outcome.code(), 0, "{outcome}");
    assert_eq!(folder.read_json("out.json")["extra"], json!("1"));
    assert!(folder.path("elsewhere/there.html").exists());
    assert!(!folder.path("r.html").exists());
}

#[test]
fn progress_tells_what_is_not_run_again() {
    let folder = folder();
    folder.recipe("run main.json --durable -q");
    let folder = folder.file("ok", "");
    let stderr = folder.recipe("resume -v --events e.jsonl").stderr();
    let mut lines: Vec<&str> = stderr
        .lines()
        .filter(|line| line.starts_with("reused"))
        .collect();
    lines.sort_unstable();
    assert_snapshot!(lines.join("\n"), @"
    reused     0 set_context
    reused     1.substeps[0] execute_recipe
    reused     1.substeps[1] execute_recipe
    ");
    let events = folder.read("e.jsonl");
    let reused = events
        .lines()
        .filter(|line| line.contains(r#""event":"step_reused""#));
    assert_eq!(reused.count(), 3);
}

#[test]
fn the_newest_run_that_has_stopped_is_resumed() {
    let folder = folder().file("done.json", "[]");
    assert_snapshot!(folder.recipe("resume"), @"
    exit code 2
    --- stderr
    error: there is no run to resume in [folder]/state/recipe/runs
    ");
    folder.recipe("run main.json --durable -q --context title=first");
    folder.recipe("run done.json --durable -q");
    let folder = folder.file("ok", "");
    assert_eq!(folder.recipe("resume").code(), 0);
    assert_snapshot!(folder.recipe("resume"), @"
    exit code 2
    --- stderr
    error: there is no run to resume in [folder]/state/recipe/runs
    ");
}

#[test]
fn a_run_can_be_named_by_the_beginning_or_the_end_of_its_id() {
    let folder = folder().file("ok", "");
    folder.recipe("run main.json --durable -q --store s");
    let id = std::fs::read_dir(folder.path("s")).unwrap().next().unwrap();
    let id = id.unwrap().file_name().into_string().unwrap();
    for name in [&id[..], &id[..10], &id[16..]] {
        let outcome = folder.recipe(&format!("resume {name} --store s"));
        assert_eq!(outcome.code(), 0, "{outcome}");
    }
    assert_snapshot!(folder.recipe("resume 1999 --store s"), @"
    exit code 2
    --- stderr
    error: run not found in [folder]/s: 1999
    ");
    folder.recipe("run main.json --durable -q --store s");
    let stderr = folder.recipe("resume 20 --store s").stderr();
    assert!(
        stderr.starts_with("error: 20 is the beginning of several runs: [run], [run]"),
        "{stderr}"
    );
}

#[test]
fn a_recipe_that_is_refused_leaves_nothing_to_resume() {
    let folder = Folder::new().file("r.json", r#"[{"type": "nosuch"}]"#);
    assert_eq!(folder.recipe("run r.json --durable --store s").code(), 2);
    assert_eq!(std::fs::read_dir(folder.path("s")).unwrap().count(), 0);
}

#[test]
fn a_run_with_a_mistake_in_its_arguments_is_not_begun() {
    let folder = folder();
    folder.recipe("run main.json --durable --store s --report nowhere/r.html");
    assert!(!folder.path("s").exists());
}

#[test]
fn options_of_durable_runs_want_a_durable_run() {
    assert_snapshot!(folder().recipe("run main.json --store s"), @"
    exit code 2
    --- stderr
    error: the following required arguments were not provided:
      --durable

    Usage: recipe run --durable --store <DIR> <RECIPE>

    For more information, try '--help'.
    ");
    assert_snapshot!(folder().recipe("run main.json --durability batch"), @"
    exit code 2
    --- stderr
    error: the following required arguments were not provided:
      --durable

    Usage: recipe run --durable --durability <WHEN> <RECIPE>

    For more information, try '--help'.
    ");
    assert_snapshot!(folder().recipe("run main.json --durable --dry-run"), @"
    exit code 2
    --- stderr
    error: the argument '--durable' cannot be used with '--dry-run'

    Usage: recipe run --durable <RECIPE>

    For more information, try '--help'.
    ");
}

#[test]
fn a_batch_is_on_the_disk_when_the_run_has_ended() {
    let folder = folder();
    folder.recipe("run main.json --durable --durability batch -q");
    let folder = folder.file("ok", "");
    assert_eq!(folder.recipe("resume").code(), 0);
    assert_eq!(sorted_log(&folder), "a b c end");
}

#[test]
fn on_error_steps_that_failed_themselves_go_on_with_the_first_error() {
    let folder = Folder::new().file(
        "r.json",
        r#"[{"type": "shell", "config": {"command": "exit 3"}, "on_error": {"steps": [
            {"type": "shell", "command": "test -f ok"},
            {"type": "set_context", "key": "why", "value": "{{ error.message }}"}
        ]}}]"#,
    );
    folder.recipe("run r.json --durable -q");
    // Stops once more, so that what is known of the step has been written twice.
    folder.recipe("resume -q");
    let folder = folder.file("ok", "");
    folder.recipe("resume --context-out out.json -q");
    assert_eq!(
        folder.read_json("out.json")["why"],
        "sh exited with status 3"
    );
}
