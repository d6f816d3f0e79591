//! Benchmark of checking the configurations of a recipe: `cargo bench -p recipe-steps`.

#![allow(
    missing_docs,
    reason = "the functions that criterion's macros make have none"
)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use recipe_core::Recipe;
use serde_json::{Value, json};

const STEPS: usize = 100;

fn check(criterion: &mut Criterion) {
    let registry = recipe_steps::registry();
    let call = json!({"type": "execute_recipe", "config": {"recipe_path": "sub.json"}});
    let set = json!({"type": "set_context", "config": {"key": "a", "value": "{{ b }}"}});
    // A misspelled field also takes the search for the nearest name.
    let misspelled =
        json!({"type": "set_context", "config": {"key": "a", "value": "b", "if_exist": "merge"}});
    let steps = |step: &Value| vec![step.clone(); STEPS];
    for (name, document) in [
        ("`set_context`", json!({"steps": steps(&set)})),
        (
            "`set_context` with a field misspelled",
            json!({"steps": steps(&misspelled)}),
        ),
        (
            "`execute_recipe` in a `parallel`",
            json!({"steps": [{"type": "parallel", "config": {"substeps": steps(&call)}}]}),
        ),
    ] {
        let recipe = Recipe::from_value(document).expect("valid recipe");
        criterion.bench_function(&format!("check/100 {name}"), |bencher| {
            bencher.iter(|| registry.check(black_box(&recipe)));
        });
    }
}

criterion_group!(benches, check);
criterion_main!(benches);
