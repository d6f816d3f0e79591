//! Cost of a substep on contexts of different sizes.

use std::io;

use serde_json::{Value, json};

use super::figures::{each, grouped, megabytes};
use super::measure::{Contender, Contest, Medians};
use super::parallel::{MAX_CONCURRENCY, SUB_RECIPE, parallel, parallel_step, sub_recipe};
use super::section::{Section, Table};
use super::target::{Bound, Target};
use super::workbench::Bench;

/// Contexts: name and size in bytes.
const CONTEXTS: [(&str, usize); 3] = [("none", 0), ("0.5 MB", 500_000), ("50 MB", 50_000_000)];

/// Maximum size for the reference, which copies the context for each substep.
const MAX_REFERENCE_SIZE: usize = 500_000;

/// Substeps of two runs. Their difference excludes the time for loading.
struct Sizes {
    few: usize,
    many: usize,
}

/// Measures the table.
pub(super) fn section(bench: &Bench<'_>) -> io::Result<Section> {
    bench.write(SUB_RECIPE, &sub_recipe("{{ doc.title | default: 'none' }}"))?;
    let ours = Sizes {
        few: 1_000,
        many: 1_000 + bench.sized(50_000),
    };
    let mut contest = bench.contest();
    // A separate contest, so that it does not reduce the rounds of figures with a target.
    let mut reference_contest = bench.contest();
    for size in [ours.few, ours.many] {
        bench.write(&recipe_name(size), &parallel(size, MAX_CONCURRENCY))?;
    }
    let mut recipe = Vec::new();
    let mut reference = Vec::new();
    for (_, bytes) in CONTEXTS {
        let context = format!("context{bytes}.json");
        bench.write(&context, &json!({"doc": document(bytes)}))?;
        let mut add = |size| {
            let context = ["--context-file", &context[..]];
            contest.process(bench.run(&recipe_name(size), &context))
        };
        recipe.push((add(ours.few), add(ours.many)));
        reference.push(of_reference(bench, &mut reference_contest, bytes)?);
    }
    let costs = contest.run()?;
    let reference_costs = reference_contest.run()?;

    let mut table = Table::new(&[
        "context",
        "`recipe`, µs per substep",
        "peak MB",
        "the reference, µs per substep",
    ]);
    let figure = |sizes: &Sizes, (few, many): (Contender, Contender), costs: &Medians| {
        each(costs[many], costs[few], sizes.many - sizes.few)
    };
    for (((name, _), recipe), reference) in CONTEXTS.iter().zip(&recipe).zip(&reference) {
        let reference = reference.as_ref().map(|(sizes, runs)| {
            grouped(figure(sizes, *runs, &reference_costs).max(0.0).round() as u64)
        });
        table.row(&[
            (*name).to_owned(),
            format!("{:.2}", figure(&ours, *recipe, &costs)),
            megabytes(costs[recipe.1]),
            reference.unwrap_or_else(|| "not measured".to_owned()),
        ]);
    }
    let [none, .., large] = recipe[..] else {
        unreachable!("each context has a pair");
    };
    Ok(Section {
        title: "Substeps on a large context",
        text: format!(
            "Time per substep, from two runs that differ by {} substeps, so that loading the context \
             cancels out. The context is an object with a list of paragraphs, from `--context-file`; \
             the reference, which does not have this option, reads it in a first step.\n\n{}",
            grouped((ours.many - ours.few) as u64),
            table.into_text()
        ),
        targets: vec![Target {
            of: "a substep on a context of 50 MB, against an empty one".to_owned(),
            bound: Bound::AtMost(1.1),
            figure: figure(&ours, large, &costs) / figure(&ours, none, &costs),
            unit: " ×",
        }],
        lines: Vec::new(),
    })
}

type OfReference = (Sizes, (Contender, Contender));

/// Measures the reference, with as many substeps as it can handle.
fn of_reference(
    bench: &Bench<'_>,
    contest: &mut Contest<'_>,
    bytes: usize,
) -> io::Result<Option<OfReference>> {
    if bytes > MAX_REFERENCE_SIZE {
        return Ok(None);
    }
    let sizes = match bytes {
        0 => Sizes {
            few: 100,
            many: 1_100,
        },
        _ => Sizes { few: 2, many: 52 },
    };
    let mut runs = Vec::new();
    for size in [sizes.few, sizes.many] {
        let recipe = format!("reference{bytes}-{size}.json");
        let config = json!({"path": format!("document{bytes}.json"), "content_key": "doc"});
        let read = json!({"type": "read_files", "config": config});
        bench.write(&format!("document{bytes}.json"), &document(bytes))?;
        bench.write(
            &recipe,
            &json!({"steps": [read, parallel_step(size, MAX_CONCURRENCY)]}),
        )?;
        runs.extend(
            bench
                .reference(&[&recipe])
                .map(|command| contest.process(command)),
        );
    }
    Ok(match runs[..] {
        [few, many] => Some((sizes, (few, many))),
        _ => None,
    })
}

fn recipe_name(substeps: usize) -> String {
    format!("parallel{substeps}.json")
}

/// Object with about this many bytes of paragraphs.
pub(super) fn document(bytes: usize) -> Value {
    const PARAGRAPH: usize = 1_000;
    let paragraph = json!({"text": "x".repeat(PARAGRAPH), "tags": ["a", "b"]});
    json!({"title": "Large", "paragraphs": vec![paragraph; bytes / PARAGRAPH]})
}
