//! Benchmark of parsing and rendering templates: `cargo bench -p recipe-core`.

#![allow(
    missing_docs,
    reason = "the functions that criterion's macros make have none"
)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use recipe_core::Context;
use recipe_core::template::Template;
use serde_json::json;

const TEXT: &str = "Hello {{ user.name | upcase }}, {{ items | size }} items";

const LOOP: &str = "{% for item in items %}{% if item > 50 %}{{ item }},{% endif %}{% endfor %}";

/// Parsed templates are cached in the process, so each new one differs.
fn parse(criterion: &mut Criterion) {
    let mut count = 0;
    let mut another = || {
        count += 1;
        format!("{TEXT} {count}")
    };
    criterion.bench_function("template/parse, new", |bencher| {
        bencher.iter_batched(
            &mut another,
            |text| Template::parse(&text).expect("valid template"),
            BatchSize::SmallInput,
        );
    });
    criterion.bench_function("template/parse, cached", |bencher| {
        bencher.iter(|| Template::parse(black_box(TEXT)).expect("valid template"));
    });
}

fn render(criterion: &mut Criterion) {
    let mut context = Context::new();
    context.set("user", json!({"name": "Ada"}));
    context.set("items", (0..100).collect::<Vec<_>>());
    for (name, text) in [
        ("no tags", "Hello"),
        ("two values", TEXT),
        ("a loop over 100 items", LOOP),
    ] {
        let template = Template::parse(text).expect("valid template");
        criterion.bench_function(&format!("template/render, {name}"), |bencher| {
            bencher.iter(|| template.render(black_box(&context)).expect("it renders"));
        });
    }
}

criterion_group!(benches, parse, render);
criterion_main!(benches);
