//! A journal grows with the changes of steps, not with the size of the context.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod begin;

use std::fs;

use recipe_core::{Context, Executor, RecipeSource};
use recipe_journal::Store;
use serde_json::{Value, json};

use begin::begin;

/// Size in bytes of the journal of a run with these artifacts and steps.
async fn size(artifacts: Value, steps: Value) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    let mut context = Context::from_artifacts(artifacts.as_object().unwrap().clone());
    let journal = begin(&store, &context);
    let file = folder.path().join(journal.id().as_str()).join("run.db");
    let recipe = RecipeSource::json("r", steps.to_string());
    let executor = Executor::new(recipe_steps::registry());
    executor
        .run_durable(recipe, &mut context, journal.clone())
        .await
        .unwrap();
    drop(journal);
    fs::metadata(file).unwrap().len()
}

fn set(key: &str, value: impl Into<Value>) -> Value {
    json!({"type": "set_context", "key": key, "value": value.into()})
}

fn repeated(count: usize, step: impl Fn(usize) -> Value) -> Value {
    (0..count).map(step).collect()
}

#[tokio::test]
async fn the_context_is_stored_once_however_many_steps_run() {
    let large = "x".repeat(1_000_000);
    let few = size(json!({"large": large}), repeated(1, |_| set("a", "b"))).await;
    let many = size(json!({"large": large}), repeated(300, |_| set("a", "b"))).await;
    assert!((1_000_000..1_100_000).contains(&few), "{few} bytes");
    assert!(
        (many - few) / 299 < 400,
        "{} bytes a step",
        (many - few) / 299
    );
}

#[tokio::test]
async fn a_large_value_that_many_steps_set_is_stored_once() {
    let large = "x".repeat(100_000);
    let steps = repeated(100, |index| set(&format!("copy{index}"), "{{ large }}"));
    let bytes = size(json!({"large": large}), steps).await;
    assert!(bytes < 200_000, "{bytes} bytes");
}

#[tokio::test]
async fn a_growing_list_or_string_is_stored_once() {
    let append = |key: &'static str, value: Value| move |_| json!({"type": "set_context", "key": key, "value": value, "if_exists": "merge"});
    for (first, more) in [
        (json!([{"a": 1}]), json!([{"b": 2}])),
        (json!("first"), json!("and more")),
    ] {
        let bytes = async |count| {
            size(
                json!({"all": first}),
                repeated(count, append("all", more.clone())),
            )
            .await
        };
        let (few, many) = (bytes(100).await, bytes(900).await);
        assert!(
            (many - few) / 800 < 450,
            "{} bytes a step",
            (many - few) / 800
        );
    }
}

#[tokio::test]
async fn the_results_of_a_loop_are_stored_with_their_iterations() {
    let items: Vec<String> = (0..200).map(|index| format!("{index:01000}")).collect();
    let steps = json!([{
        "type": "loop", "items": "items", "item_key": "item", "result_key": "out",
        "substeps": [set("item", "{{ item }}!")],
    }]);
    let bytes = size(json!({"items": items}), steps).await;
    // The items and the results.
    assert!(bytes < 2 * 200 * 1_000 * 2, "{bytes} bytes");
}
