//! Benchmark of scheduling and running substeps, which must not depend on the size of the context:
//! `cargo bench -p recipe-steps`.
//!
//! Compare results of the same run only; other load on the machine changes them.

#![allow(
    missing_docs,
    reason = "the functions that criterion's macros make have none"
)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use recipe_core::{Context, Executor, RecipeSource};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const SUBSTEPS: usize = 1_000;

/// Trivial substeps, to measure launching them and handling their ends.
fn schedule(criterion: &mut Criterion) {
    let substep = json!({"type": "set_context", "key": "done", "value": "yes"});
    let each = json!({
        "type": "loop", "items": vec![1; SUBSTEPS], "item_key": "item", "substeps": [substep],
    });
    for (name, recipe) in [
        ("parallel, no limit", parallel(&substep, 0)),
        ("parallel, 8 at once", parallel(&substep, 8)),
        ("loop, one at a time", json!([each])),
    ] {
        run(
            criterion,
            &format!("schedule/1,000 of a {name}"),
            &recipe,
            &Context::new(),
        );
    }
}

/// Substeps that each load and run a recipe of two steps with templates.
fn call(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a temporary directory can be created");
    let sub_recipe = dir.path().join("sub.json");
    let steps = json!([
        {"type": "set_context", "key": "title", "value": "{{ doc.title | default: 'none' }}"},
        {"type": "set_context", "key": "length", "value": "{{ doc.paragraphs | size }}"},
    ]);
    std::fs::write(&sub_recipe, steps.to_string()).expect("a temporary file can be written");
    let recipe = parallel(
        &json!({"type": "execute_recipe", "recipe_path": sub_recipe}),
        8,
    );
    let mut large = Context::new();
    large.set("doc", document(50 << 20));
    run(
        criterion,
        "call/1,000 on an empty context",
        &recipe,
        &Context::new(),
    );
    run(criterion, "call/1,000 on 50 MB of context", &recipe, &large);
}

fn parallel(substep: &Value, limit: usize) -> Value {
    json!([{"type": "parallel", "substeps": vec![substep; SUBSTEPS], "max_concurrency": limit}])
}

/// Measures whole runs of a recipe, including its preparation.
fn run(criterion: &mut Criterion, name: &str, recipe: &Value, context: &Context) {
    let text = recipe.to_string();
    let runtime = Runtime::new().expect("the runtime has what it needs");
    let executor = Executor::new(recipe_steps::registry());
    let source = || RecipeSource::json("bench", text.clone());
    let mut group = criterion.benchmark_group("substeps");
    group.throughput(Throughput::Elements(SUBSTEPS as u64));
    group.sample_size(20);
    group.bench_function(name, |bencher| {
        bencher.iter_batched(
            || (source(), context.clone()),
            |(source, mut context)| {
                let run = executor.run(source, &mut context);
                runtime.block_on(run).expect("the recipe runs");
                context
            },
            BatchSize::PerIteration,
        );
    });
}

/// Document of about `bytes` bytes.
fn document(bytes: usize) -> Value {
    const PARAGRAPH: usize = 1_000;
    let paragraph = json!({"text": "x".repeat(PARAGRAPH), "tags": ["a", "b"]});
    json!({"title": "Large", "paragraphs": vec![paragraph; bytes / PARAGRAPH]})
}

criterion_group!(benches, schedule, call);
criterion_main!(benches);
