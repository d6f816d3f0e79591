//! Recursive recipes and nested steps: deep is fine, endless is an error.

use crate::harness::Folder;
use insta::assert_snapshot;
use serde_json::{Value, json};

#[test]
fn a_recipe_that_calls_itself_endlessly_is_an_error() {
    let folder = Folder::new().file(
        "r.json",
        r#"[{"type": "execute_recipe", "recipe_path": "r.json"}]"#,
    );
    assert_snapshot!(folder.recipe("run r.json"), @"
    exit code 1
    --- stderr
    error: r.json: step 0 (execute_recipe): recipe calls exceed the depth limit of 100: r.json > r.json > …
    0 steps done, 101 failed in [time]
    ");
}

#[test]
fn recipes_that_call_each_other_endlessly_are_an_error() {
    let folder = Folder::new()
        .file(
            "a.json",
            r#"[{"type": "execute_recipe", "recipe_path": "b.json"}]"#,
        )
        .file(
            "b.json",
            r#"[{"type": "execute_recipe", "recipe_path": "a.json"}]"#,
        );
    assert_snapshot!(folder.recipe("run a.json"), @"
    exit code 1
    --- stderr
    error: a.json: step 0 (execute_recipe): recipe calls exceed the depth limit of 100: a.json > b.json > a.json > …
    0 steps done, 101 failed in [time]
    ");
}

#[test]
fn endless_calls_through_parallel_are_an_error() {
    let folder = Folder::new().file(
        "r.json",
        r#"[{"type": "parallel", "substeps": [{"type": "execute_recipe", "recipe_path": "r.json"}]}]"#,
    );
    assert_snapshot!(folder.recipe("run r.json"), @"
    exit code 1
    --- stderr
    error: r.json: step 0 (parallel): substep 0 (execute_recipe): recipe calls exceed the depth limit of 100: r.json > r.json > …
    0 steps done, 202 failed in [time]
    ");
}

#[test]
fn a_hundred_nested_recipes_are_accepted() {
    let mut folder = Folder::new().file(
        "100.json",
        r#"[{"type": "set_context", "key": "end", "value": "yes"}]"#,
    );
    for index in 0..100 {
        let call =
            json!([{"type": "execute_recipe", "recipe_path": format!("{}.json", index + 1)}]);
        folder = folder.file(&format!("{index}.json"), call.to_string());
    }
    let outcome = folder.recipe("run 0.json --context-out -");
    assert_eq!(outcome.code(), 0, "{outcome}");
    assert!(outcome.stdout().contains("\"end\": \"yes\""));
}

#[test]
fn steps_may_be_nested_as_deeply_as_documents_and_call_recipes_there() {
    for wrap in [conditional, r#loop, parallel] {
        let mut step = json!({"type": "execute_recipe", "recipe_path": "r.json"});
        for _ in 0..30 {
            step = wrap(step);
        }
        let folder = Folder::new().file("r.json", json!([step]).to_string());
        let outcome = folder.recipe("run r.json");
        assert_eq!(outcome.code(), 1, "{outcome}");
        assert!(
            outcome.stderr().contains("exceed the depth limit of 100"),
            "{outcome}"
        );
    }
}

fn conditional(step: Value) -> Value {
    json!({"type": "conditional", "condition": "true", "if_true": {"steps": [step]}})
}

fn r#loop(step: Value) -> Value {
    json!({"type": "loop", "items": [1], "item_key": "item", "substeps": [step]})
}

fn parallel(step: Value) -> Value {
    json!({"type": "parallel", "substeps": [step]})
}
