//! Recipes that changed since a durable run stopped.

use insta::assert_snapshot;

use crate::harness::Folder;

/// Calls two recipes and fails until the file `ok` exists.
const MAIN: &str = r#"[
    {"type": "execute_recipe", "recipe_path": "one.json"},
    {"type": "execute_recipe", "recipe_path": "two.json"},
    {"type": "shell", "command": "echo end >> log"}
]"#;

const ONE: &str = r#"[{"type": "shell", "command": "echo one >> log"}, {"type": "set_context", "key": "a", "value": "1"}]"#;

const TWO: &str = r#"[
    {"type": "shell", "command": "echo two >> log"},
    {"type": "shell", "command": "test -f ok && echo three >> log"},
    {"type": "set_context", "key": "b", "value": "{{ a }}"}
]"#;

/// Creates a run that failed in the second recipe, and replaces a file.
fn stopped(file: &str, text: &str) -> Folder {
    let folder = Folder::new()
        .file("main.json", MAIN)
        .file("one.json", ONE)
        .file("two.json", TWO);
    assert_eq!(folder.recipe("run main.json --durable -q").code(), 1);
    folder.file(file, text).file("ok", "")
}

#[test]
fn a_changed_main_recipe_is_rejected_with_file_and_step() {
    let folder = stopped("main.json", &MAIN.replace("echo end", "echo fin"));
    assert_snapshot!(folder.recipe("resume"), @"
    exit code 2
    --- stderr
    error: main.json: step 2 (shell) has changed since the run started
    help: --accept-changes goes on with the recipes as they are now and runs again what is not the same
    ");
    assert_eq!(folder.read("log"), "one\ntwo\n");
}

#[test]
fn a_changed_unfinished_recipe_is_rejected_with_file_and_step() {
    let folder = stopped("two.json", &TWO.replace("three", "3"));
    assert_snapshot!(folder.recipe("resume"), @"
    exit code 2
    --- stderr
    error: two.json: step 1 (shell) has changed since the run started
    help: --accept-changes goes on with the recipes as they are now and runs again what is not the same
    ");
    assert_eq!(folder.read("log"), "one\ntwo\n");
}

#[test]
fn a_changed_finished_recipe_is_rejected_with_file_and_step() {
    let folder = stopped("one.json", &ONE.replace(r#""1""#, r#""2""#));
    assert_snapshot!(folder.recipe("resume"), @"
    exit code 2
    --- stderr
    error: one.json: step 1 (set_context) has changed since the run started
    help: --accept-changes goes on with the recipes as they are now and runs again what is not the same
    ");
}

#[test]
fn a_rejected_run_can_be_resumed_with_the_original_recipe() {
    let folder = stopped("one.json", "[]");
    assert_eq!(folder.recipe("resume").code(), 2);
    let folder = folder.file("one.json", ONE);
    assert_snapshot!(folder.recipe("resume"), @"
    exit code 0
    --- stderr
    4 steps done, 4 reused in [time]
    ");
}

#[test]
fn only_accepted_changes_run_again() {
    let folder = stopped("one.json", &ONE.replace(r#""1""#, r#""2""#));
    let outcome = folder.recipe("resume --accept-changes --context-out out.json");
    assert_snapshot!(outcome, @"
    exit code 0
    --- stderr
    6 steps done, 2 reused in [time]
    ");
    assert_eq!(folder.read("log"), "one\ntwo\nthree\nend\n");
    assert_eq!(folder.read_json("out.json")["b"], "2");
}

#[test]
fn added_and_removed_steps_are_reported() {
    let folder = stopped(
        "two.json",
        r#"[{"type": "set_context", "key": "b", "value": "x"}]"#,
    );
    assert_snapshot!(folder.recipe("resume"), @"
    exit code 2
    --- stderr
    error: two.json: step 0 (set_context), step 1 (shell, removed), step 2 (set_context, removed) have changed since the run started
    help: --accept-changes goes on with the recipes as they are now and runs again what is not the same
    ");
    let folder = stopped(
        "one.json",
        r#"[{"type": "set_context", "key": "a", "value": "1"}, {"type": "set_context", "key": "a", "value": "1"}, {"type": "set_context", "key": "c", "value": "1"}]"#,
    );
    assert_snapshot!(folder.recipe("resume"), @"
    exit code 2
    --- stderr
    error: one.json: step 0 (set_context), step 2 (set_context, new) have changed since the run started
    help: --accept-changes goes on with the recipes as they are now and runs again what is not the same
    ");
    assert_eq!(folder.recipe("resume --accept-changes -q").code(), 0);
    assert_eq!(folder.read("log"), "one\ntwo\nthree\nend\n");
}

#[test]
fn a_file_that_is_not_a_recipe_any_more_is_rejected() {
    let folder = stopped("two.json", "{");
    assert_snapshot!(folder.recipe("resume"), @"
    exit code 1
    --- stderr
    error: main.json: step 1 (execute_recipe): two.json: line 1, column 1: unexpected end of input in object, near `{`
    0 steps done, 3 reused, 1 failed in [time]
    help: to resume: recipe resume [run]
    ");
    assert_eq!(folder.recipe("resume --accept-changes -q").code(), 1);
}

#[test]
fn a_recipe_that_the_run_itself_writes_is_not_a_change() {
    let folder = Folder::new().file(
        "main.json",
        r#"[{"type": "loop", "items": "names", "item_key": "name", "substeps": [
            {"type": "write_files", "files": [{"path": "made.json",
                "content": "[{\"type\": \"shell\", \"command\": \"echo {{ name }} >> log\"}]"}]},
            {"type": "execute_recipe", "recipe_path": "made.json"}
        ]}, {"type": "shell", "command": "test -f ok && echo end >> log"}]"#,
    );
    folder.recipe(r#"run main.json --durable --context-json names=["a","b"] -q"#);
    let folder = folder.file("ok", "");
    assert_snapshot!(folder.recipe("resume"), @"
    exit code 0
    --- stderr
    1 step done, 7 reused in [time]
    ");
    assert_eq!(folder.read("log"), "a\nb\nend\n");
}
