//! Benchmark of parsing a recipe of a hundred steps: `cargo bench -p recipe-core`.

#![allow(
    missing_docs,
    reason = "the functions that criterion's macros make have none"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use recipe_core::Recipe;
use recipe_core::document::Format;
use serde_json::{Value, json};

const STEPS: usize = 100;

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("recipe/parse 100 steps");
    for (name, format, text) in [
        ("JSON", Format::Json, as_json()),
        ("YAML", Format::Yaml, as_yaml()),
    ] {
        let text: Arc<str> = text.into();
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| Recipe::parse(black_box(text.clone()), format).expect("valid recipe"));
        });
    }
}

fn as_json() -> String {
    let step = |index: usize| {
        let config = json!({"key": format!("key{index}"), "value": "Hello {{ name }}"});
        json!({"type": "set_context", "config": config})
    };
    json!({"steps": (0..STEPS).map(step).collect::<Value>()}).to_string()
}

fn as_yaml() -> String {
    let mut text = "steps:\n".to_owned();
    for index in 0..STEPS {
        let _ = write!(
            text,
            "  - type: set_context\n    config:\n      key: key{index}\n      value: \"Hello {{{{ name }}}}\"\n"
        );
    }
    text
}

criterion_group!(benches, parse);
criterion_main!(benches);
