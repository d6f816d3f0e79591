//! What substeps cost, and that the size of the context is no part of it: `cargo bench -p recipe-steps`.
//!
//! A thousand substeps, each a recipe that renders two templates, on an empty context and on one of 50 MB. Compare
//! the lines of one run; timings of different runs say little on a busy machine.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints what it measured"
)]

use std::time::{Duration, Instant};

use recipe_core::{Context, Executor, Format, RecipeSource};
use serde_json::{Value, json};

const SUBSTEPS: usize = 1_000;
const ROUNDS: usize = 15;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let sub_recipe = folder.path().join("sub.json");
    let steps = json!([
        {"type": "set_context", "key": "title", "value": "{{ doc.title | default: 'none' }}"},
        {"type": "set_context", "key": "length", "value": "{{ doc.paragraphs | size }}"},
    ]);
    std::fs::write(&sub_recipe, steps.to_string()).unwrap();
    let substep = json!({"type": "execute_recipe", "recipe_path": sub_recipe});
    let recipe = json!([{
        "type": "parallel", "substeps": vec![substep; SUBSTEPS], "max_concurrency": 8,
    }]);

    let empty = Context::new();
    let mut large = Context::new();
    large.set("doc", document(50 << 20));

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_time()
        .build()
        .unwrap();
    let time = |context: &Context| {
        let source = RecipeSource::Text {
            name: "bench".into(),
            text: recipe.to_string(),
            format: Format::Json,
        };
        let mut context = context.clone();
        let executor = Executor::new(recipe_steps::registry());
        let started = Instant::now();
        runtime
            .block_on(executor.run(source, &mut context))
            .unwrap();
        started.elapsed()
    };

    let (mut on_empty, mut on_large) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        on_empty.push(time(&empty));
        on_large.push(time(&large));
    }
    println!("{SUBSTEPS} substeps, each a recipe of two steps, median of {ROUNDS} rounds:");
    println!("  empty context    {:>8.2?}", median(on_empty));
    println!("  50 MB of context {:>8.2?}", median(on_large));
}

/// About as many bytes of paragraphs.
fn document(bytes: usize) -> Value {
    const PARAGRAPH: usize = 1_000;
    let paragraph = json!({"text": "x".repeat(PARAGRAPH), "tags": ["a", "b"]});
    json!({"title": "Large", "paragraphs": vec![paragraph; bytes / PARAGRAPH]})
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
