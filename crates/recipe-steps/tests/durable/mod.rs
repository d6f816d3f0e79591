//! Durable runs that are interrupted or fail, and are resumed by another process.
//!
//! In a lab with a disk, each run resumes the previous one, and the log covers all of them.

mod any_interruption;
mod any_recipe;
mod changed_recipes;
mod conditions;
mod delays;
mod events;
mod failed_part;
mod failing_journal;
mod failures_inside;
mod order;
mod secrets;

use serde_json::{Value, json};

/// A named step of type `work`.
fn work(name: &str, config: Value) -> Value {
    let mut step = config;
    step["type"] = json!("work");
    step["name"] = json!(name);
    step
}

/// A step that takes a second.
fn second(name: &str) -> Value {
    work(name, json!({"seconds": 1}))
}

/// A step that takes a second and fails the first time.
fn fails_once(name: &str) -> Value {
    work(name, json!({"seconds": 1, "fail": "broke", "times": 1}))
}

/// Adds controls to a step.
fn controlled(step: Value, controls: Value) -> Value {
    let mut config = step;
    let step_type = config["type"].take();
    config
        .as_object_mut()
        .expect("a step is an object")
        .shift_remove("type");
    let mut step = controls;
    step["type"] = step_type;
    step["config"] = config;
    step
}

fn call(path: &str) -> Value {
    json!({"type": "execute_recipe", "recipe_path": path})
}
