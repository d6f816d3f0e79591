//! `recipe run --durable` and `recipe resume`: finished steps do not run again.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::Folder;

/// Four substeps, of which the third fails until the file `ok` exists, then a loop. Each appends a
/// line to `log`.
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
fn a_run_resumes_at_the_failed_step() {
    let folder = folder();
    assert_snapshot!(folder.recipe("run main.json --durable"), @"
    exit code 1
    --- stderr
    error: main.json: step 1 (parallel): 1 of 3 failed
    error: main.json: step 1 (parallel): substep 2 (shell): sh exited with status 1
    7 steps done, 2 failed in [time]
    help: to resume: recipe resume [run]
    ");
    assert_eq!(sorted_log(&folder), "a b");
    let folder = folder.file("ok", "");
    let outcome = folder.recipe("resume --context-out out.json");
    assert_snapshot!(outcome, @"
    exit code 0
    --- stderr
    7 steps done, 7 reused in [time]
    ");
    assert_eq!(sorted_log(&folder), "a b c end");

    folder.recipe("run main.json --context-out plain.json -q");
    assert_eq!(folder.read("out.json"), folder.read("plain.json"));
}

#[test]
fn an_uninterrupted_durable_run_is_like_any_other() {
    let folder = folder().file("ok", "");
    let durable =
        folder.recipe("run main.json --durable --context-out durable.json --events e.jsonl");
    let plain = folder.recipe("run main.json --context-out plain.json");
    assert_eq!(durable.to_string(), plain.to_string());
    assert_eq!(folder.read("durable.json"), folder.read("plain.json"));
}

#[test]
fn a_run_is_resumed_with_its_options() {
    let folder = folder();
    folder.recipe(
        "run main.json -q --durable --context extra=1 --context-out out.json --report r.html",
    );
    std::fs::remove_file(folder.path("out.json")).unwrap();
    std::fs::remove_file(folder.path("r.html")).unwrap();
    let folder = folder.file("ok", "").file("elsewhere/x", "");
    // From another directory, with another destination of a result.
    let mut command = folder.command("resume --report there.html");
    command.current_dir(folder.path("elsewhere"));
    let outcome = folder.outcome(&mut command);
    assert_eq!(outcome.code(), 0, "{outcome}");
    assert_eq!(folder.read_json("out.json")["extra"], json!("1"));
    assert!(folder.path("elsewhere/there.html").exists());
    assert!(!folder.path("r.html").exists());
}

#[test]
fn progress_shows_reused_steps() {
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
    reused     1.substeps[0]: 2 steps inside
    reused     1.substeps[1] execute_recipe
    reused     1.substeps[1]: 2 steps inside
    ");
    assert_eq!(reused_in_events(&folder), 7);
}

/// Number of reused steps in the events.
fn reused_in_events(folder: &Folder) -> u64 {
    let events = folder.read("e.jsonl");
    let events = events
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    events
        .map(|event: Value| match event["event"].as_str().unwrap() {
            "step_reused" => 1,
            "steps_reused" => event["steps"].as_u64().unwrap(),
            _ => 0,
        })
        .sum()
}

/// Counts on the page of a report.
fn counts_in_report(folder: &Folder) -> Value {
    let page = folder.read("r.html");
    let data = page.split_once(r#""counts":"#).unwrap().1;
    let counts = data.split_once('}').unwrap().0.to_owned() + "}";
    serde_json::from_str(&counts).unwrap()
}

/// Checks the example of the README.
#[test]
fn every_step_that_does_not_run_again_is_reused() {
    let set = |key: &str| json!({"type": "set_context", "key": key, "value": "{{ item }}{{ n }}"});
    let call = |n| json!({"type": "execute_recipe", "recipe_path": "part.json", "context_overrides": {"n": n}});
    let round = json!([
        set("a"),
        {"type": "conditional", "condition": "true", "if_true": {"steps": [set("b"), set("c")]}},
        set("item"),
    ]);
    let nightly = json!([
        set("title"),
        {"type": "loop", "config": {
            "items": (0..223).collect::<Vec<_>>(), "item_key": "item", "result_key": "notes", "substeps": round,
        }},
        set("middle"),
        {"type": "parallel", "max_concurrency": 1, "substeps": (0..25).map(call).collect::<Vec<_>>()},
        set("end"),
    ]);
    let part = json!([
        set("a"),
        {"type": "shell", "command": "test {{ n }} != 17 || test -f ok"},
        set("b"),
        set("c"),
    ]);
    let folder = Folder::new()
        .file("nightly.json", nightly.to_string())
        .file("part.json", part.to_string());
    assert_snapshot!(folder.recipe("run nightly.json --durable"), @"
    exit code 1
    --- stderr
    error: nightly.json: step 3 (parallel): substep 17 (part.json): step 1 (shell): sh exited with status 1
    1204 steps done, 3 failed, 7 skipped in [time]
    help: to resume: recipe resume [run]
    ");
    let folder = folder.file("ok", "");
    let outcome = folder.recipe("resume --events e.jsonl --report r.html --log-dir logs");
    assert_snapshot!(outcome, @"
    exit code 0
    --- stderr
    41 steps done, 1204 reused in [time]
    ");
    assert_eq!(reused_in_events(&folder), 1204);
    let counts = counts_in_report(&folder);
    assert_eq!(counts["reused"], 1204);
    assert_eq!(counts["steps"], 1245);
    let page = folder.read("r.html");
    assert!(page.contains(r#""reusedInside":1183"#));
    let log = folder.read("logs/info.log");
    assert!(log.contains("steps reused inside 1: 1115"), "{log}");
}

#[test]
fn iterations_and_steps_inside_failures_are_reused() {
    let set = json!({"type": "set_context", "key": "item", "value": "{{ item }}"});
    let until = |file: &str| json!({"type": "shell", "command": format!("test {{{{ item }}}} != 3 || test -f {file}")});
    let recipe = json!([
        // A tolerated failure, and a recovered one.
        {"type": "parallel", "fail_fast": false, "max_failures": 1, "substeps": [
            {"type": "shell", "command": "exit 3"},
            {"type": "shell", "config": {"command": "exit 4"}, "on_error": {"steps": [set]}},
        ]},
        // Two complete iterations with a loop in each, and half of one.
        {"type": "loop", "config": {"items": [1, 2, 3], "item_key": "item", "result_key": "all", "substeps": [
            {"type": "loop", "config": {"items": [7, 8], "item_key": "inner", "result_key": "x", "substeps": [set]}},
            until("one"),
        ]}},
        // Its `on_error` steps are running when the run stops.
        {
            "type": "parallel",
            "config": {"fail_fast": false, "substeps": [set, set, {"type": "shell", "command": "exit 5"}]},
            "on_error": {"steps": [set, {"type": "shell", "command": "test -f two"}]},
        },
    ]);
    let folder = Folder::new().file("r.json", recipe.to_string());
    let mut said = vec![folder.recipe("run r.json --durable").to_string()];
    let mut counted = Vec::new();
    for file in ["one", "two"] {
        std::fs::write(folder.path(file), "").unwrap();
        said.push(
            folder
                .recipe("resume --events e.jsonl --report r.html")
                .to_string(),
        );
        counted.push((
            reused_in_events(&folder),
            counts_in_report(&folder)["reused"].clone(),
        ));
    }
    assert_snapshot!(said.join(""), @"
    exit code 1
    --- stderr
    error: r.json: step 1 (loop): item 2: step 1 (shell): sh exited with status 1
    13 steps done, 4 failed (1 recovered) in [time]
    help: to resume: recipe resume [run]
    exit code 1
    --- stderr
    error: r.json: step 2 (parallel): on_error step 1 (shell): sh exited with status 1
    5 steps done, 15 reused, 3 failed in [time]
    help: to resume: recipe resume [run]
    exit code 0
    --- stderr
    1 step done, 21 reused, 1 failed (1 recovered) in [time]
    ");
    assert_eq!(counted, [(15, json!(15)), (21, json!(21))]);
}

#[test]
fn the_newest_stopped_run_is_resumed() {
    let folder = folder().file("done.json", "[]");
    assert_snapshot!(folder.recipe("resume"), @"
    exit code 2
    --- stderr
    error: no run to resume in [folder]/state/recipe/runs
    ");
    folder.recipe("run main.json --durable -q --context title=first");
    folder.recipe("run done.json --durable -q");
    let folder = folder.file("ok", "");
    assert_eq!(folder.recipe("resume").code(), 0);
    assert_snapshot!(folder.recipe("resume"), @"
    exit code 2
    --- stderr
    error: no run to resume in [folder]/state/recipe/runs
    ");
}

#[test]
fn a_run_can_be_selected_by_the_start_or_end_of_its_id() {
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
        stderr.starts_with("error: ambiguous run id 20: matches [run], [run]"),
        "{stderr}"
    );
}

#[test]
fn a_rejected_recipe_leaves_nothing_to_resume() {
    let folder = Folder::new().file("r.json", r#"[{"type": "nosuch"}]"#);
    assert_eq!(folder.recipe("run r.json --durable --store s").code(), 2);
    assert_eq!(std::fs::read_dir(folder.path("s")).unwrap().count(), 0);
}

#[test]
fn a_run_with_invalid_arguments_is_not_stored() {
    let folder = folder();
    folder.recipe("run main.json --durable --store s --report nowhere/r.html");
    assert!(!folder.path("s").exists());
}

#[test]
fn options_of_durable_runs_require_durable() {
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
fn a_batch_is_written_when_the_run_ends() {
    let folder = folder();
    folder.recipe("run main.json --durable --durability batch -q");
    let folder = folder.file("ok", "");
    assert_eq!(folder.recipe("resume").code(), 0);
    assert_eq!(sorted_log(&folder), "a b c end");
}

#[test]
fn failed_on_error_steps_resume_with_the_first_error() {
    let folder = Folder::new().file(
        "r.json",
        r#"[{"type": "shell", "config": {"command": "exit 3"}, "on_error": {"steps": [
            {"type": "shell", "command": "test -f ok"},
            {"type": "set_context", "key": "why", "value": "{{ error.message }}"}
        ]}}]"#,
    );
    folder.recipe("run r.json --durable -q");
    // Stops again, so that the step is recorded twice.
    folder.recipe("resume -q");
    let folder = folder.file("ok", "");
    folder.recipe("resume --context-out out.json -q");
    assert_eq!(
        folder.read_json("out.json")["why"],
        "sh exited with status 3"
    );
}
