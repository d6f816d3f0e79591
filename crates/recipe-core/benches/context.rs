//! Benchmark of cloning a context and writing to the clone: `cargo bench -p recipe-core`.

#![allow(
    missing_docs,
    reason = "the functions that criterion's macros make have none"
)]

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use recipe_core::Context;
use serde_json::{Value, json};

/// Numbers of artifacts and their total bytes.
const SIZES: [(usize, usize); 4] = [(1, 0), (10, 50_000_000), (100, 0), (1_000, 0)];

fn clone(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("context/clone");
    for (artifacts, bytes) in SIZES {
        let context = context(artifacts, bytes);
        group.bench_function(id(artifacts, bytes), |bencher| {
            bencher.iter(|| black_box(&context).clone());
        });
    }
}

/// The first write to a clone copies the names; later ones do not.
fn write_to_a_clone(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("context/first write to a clone");
    for (artifacts, bytes) in SIZES {
        let context = context(artifacts, bytes);
        group.bench_function(id(artifacts, bytes), |bencher| {
            bencher.iter_batched(
                || context.clone(),
                |mut clone| {
                    clone.set("new", "value");
                    clone
                },
                BatchSize::SmallInput,
            );
        });
    }
}

fn context(artifacts: usize, bytes: usize) -> Context {
    let text = "x".repeat(bytes / artifacts);
    let artifact = |index: usize| (format!("artifact{index}"), json!({"text": text}));
    let artifacts: Value = (0..artifacts).map(artifact).collect();
    match artifacts {
        Value::Object(artifacts) => Context::from_artifacts(artifacts),
        _ => unreachable!("pairs make an object"),
    }
}

fn id(artifacts: usize, bytes: usize) -> BenchmarkId {
    BenchmarkId::from_parameter(format!("{artifacts} artifacts, {} MB", bytes / 1_000_000))
}

criterion_group!(benches, clone, write_to_a_clone);
criterion_main!(benches);
