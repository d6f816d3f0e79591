//! Whether the size of the context is any part of what a substep costs.

use std::io;

use serde_json::{Value, json};

use super::figures::{each, grouped, megabytes};
use super::measure::{Contender, Contest, Medians};
use super::parallel::{LIMIT, SUB_RECIPE, parallel, parallel_step, sub_recipe};
use super::section::{Section, Table};
use super::target::{Bound, Target};
use super::workbench::Bench;

/// The contexts: their names, and how many bytes they have.
const CONTEXTS: [(&str, usize); 3] = [("none", 0), ("0.5 MB", 500_000), ("50 MB", 50_000_000)];

/// The largest that the reference is given: it copies the context for each substep.
const LARGEST_OF_REFERENCE: usize = 500_000;

/// How many substeps there are in two runs: what is between the two is not what loading takes.
struct Sizes {
    few: usize,
    many: usize,
}

/// Makes the table.
pub(super) fn section(bench: &Bench<'_>) -> io::Result<Section> {
    bench.write(SUB_RECIPE, &sub_recipe("{{ doc.title | default: 'none' }}"))?;
    let ours = Sizes {
        few: 1_000,
        many: 1_000 + bench.sized(50_000),
    };
    let mut contest = bench.contest();
    // On its own, so that it does not take the rounds of what has a target.
    let mut reference_contest = bench.contest();
    for size in [ours.few, ours.many] {
        bench.write(&recipe_name(size), &parallel(size, LIMIT))?;
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
        "`recipe`, µs a substep",
        "MB at the most",
        "the reference, µs a substep",
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
        unreachable!("there is a pair for each context");
    };
    Ok(Section {
        title: "Substeps on a large context",
        text: format!(
            "What each substep takes of the {} that one run has more than another: what loading the context takes is in both. The \
             context is an object with a list of paragraphs, from `--context-file`; the reference, which has no such option, reads it in \
             a first step.\n\n{}",
            grouped((ours.many - ours.few) as u64),
            table.into_text()
        ),
        targets: vec![Target {
            of: "a substep on 50 MB of context, against one on none".to_owned(),
            bound: Bound::AtMost(1.1),
            figure: figure(&ours, large, &costs) / figure(&ours, none, &costs),
            unit: " ×",
        }],
        lines: Vec::new(),
    })
}

type OfReference = (Sizes, (Contender, Contender));

/// The same for the reference, with as many substeps as it can take.
fn of_reference(
    bench: &Bench<'_>,
    contest: &mut Contest<'_>,
    bytes: usize,
) -> io::Result<Option<OfReference>> {
    if bytes > LARGEST_OF_REFERENCE {
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
            &json!({"steps": [read, parallel_step(size, LIMIT)]}),
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

/// About as many bytes of paragraphs.
pub(super) fn document(bytes: usize) -> Value {
    const PARAGRAPH: usize = 1_000;
    let paragraph = json!({"text": "x".repeat(PARAGRAPH), "tags": ["a", "b"]});
    json!({"title": "Large", "paragraphs": vec![paragraph; bytes / PARAGRAPH]})
}
