//! Substeps of a `parallel`, each calling a recipe, against the baseline and the reference.

use std::io;
use std::process::Command;

use serde_json::{Value, json};

use super::figures::{each, grouped, time_and_memory, times, times_memory};
use super::measure::Cost;
use super::plot::Line;
use super::section::{Section, Table};
use super::target::{Bound, Target};
use super::workbench::Bench;

/// Maximum number of concurrent substeps, for all contenders.
pub(super) const MAX_CONCURRENCY: usize = 64;

/// Recipe that substeps call.
pub(super) const SUB_RECIPE: &str = "sub.json";

/// Contenders, in the order of the columns.
const NAMES: [&str; 5] = [
    "recipe",
    "baseline",
    "baseline, reading directly",
    "baseline, few tasks at once",
    "reference",
];

/// Baselines with targets: those with one task per substep.
const TARGETED: [usize; 2] = [1, 2];

const SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];

/// Numbers of substeps for the reference.
const REFERENCE_SIZES: [usize; 3] = [100, 1_000, 5_000];

/// Measures the table.
pub(super) fn section(bench: &Bench<'_>) -> io::Result<Section> {
    bench.write(SUB_RECIPE, &sub_recipe("Hello {{ name | upcase }}"))?;
    let last = SIZES.len() - usize::from(bench.quick);
    let mut sizes = SIZES[..last].to_vec();
    sizes.extend(REFERENCE_SIZES.iter().filter(|size| !SIZES.contains(size)));
    sizes.sort_unstable();
    let rows: io::Result<Vec<_>> = sizes.iter().map(|&size| row(bench, size)).collect();
    let rows = rows?;

    let mut heads = vec!["substeps"];
    heads.extend(NAMES);
    let mut table = Table::new(&heads);
    for (size, costs) in sizes.iter().zip(&rows) {
        let mut cells = vec![grouped(*size as u64)];
        cells.extend(costs.iter().map(|&cost| time_and_memory(cost)));
        table.row(&cells);
    }
    Ok(Section {
        title: "Substeps of a `parallel`",
        text: format!("{TEXT}\n{}", table.into_text()),
        targets: targets(&sizes, &rows),
        lines: lines(&sizes, &rows),
    })
}

const TEXT: &str = "\
Each substep is an `execute_recipe` of one `set_context` with a template; at most 64 run at a time, everywhere. The
baseline does the same by hand: one task per substep, which waits at a semaphore, reads the file with tokio, renders a
template parsed before, and inserts the result into a clone of the map. It parses no recipe and reports no events.
*Reading directly*: files are read on the threads of the runtime, as `recipe` reads a small file that it has read
before. *Few tasks at once*: in addition, a task is only created once it can run, as in `recipe`; the memory of that
baseline does not grow, while the recipe alone, 6.7 MB of text at 100,000 substeps, takes more. The first two, which are
the obvious ways to write it, have targets.
";

/// Measures one size; `None` for contenders that do not get this many substeps.
fn row(bench: &Bench<'_>, size: usize) -> io::Result<[Option<Cost>; 5]> {
    let recipe = "parallel.json";
    bench.write(recipe, &parallel(size, MAX_CONCURRENCY))?;
    let context = ["--context", "name=world"];
    let mut contest = bench.contest();
    let ours = [
        bench.run(recipe, &context),
        baseline(bench, size, &["eager"]),
        baseline(bench, size, &["eager", "blocking"]),
        baseline(bench, size, &["blocking"]),
    ]
    .map(|command| contest.process(command));
    let reference = bench.reference(&[recipe, "--context", "name=world"]);
    let reference = reference.filter(|_| REFERENCE_SIZES.contains(&size));
    let reference = reference.map(|command| contest.process(command));
    let costs = contest.run()?;
    let [recipe, baseline, direct, few] = ours.map(|contender| Some(costs[contender]));
    let reference = reference.map(|contender| costs[contender]);
    Ok([recipe, baseline, direct, few, reference])
}

fn baseline(bench: &Bench<'_>, size: usize, ways: &[&str]) -> Command {
    let mut command = bench.program(&bench.competitors.baseline);
    command
        .args([size.to_string(), MAX_CONCURRENCY.to_string()])
        .arg(SUB_RECIPE)
        .args(ways);
    command
}

fn targets(sizes: &[usize], rows: &[[Option<Cost>; 5]]) -> Vec<Target> {
    let (Some(size), Some(row)) = (sizes.last(), rows.last()) else {
        return Vec::new();
    };
    let size = grouped(*size as u64);
    let mut targets = Vec::new();
    for column in TARGETED {
        let (name, Some(recipe), Some(baseline)) = (NAMES[column], row[0], row[column]) else {
            continue;
        };
        targets.push(Target {
            of: format!("time of {size} substeps, against the {name}"),
            bound: Bound::AtMost(2.0),
            figure: times(recipe, baseline),
            unit: " ×",
        });
        targets.push(Target {
            of: format!("memory of {size} substeps, against the {name}"),
            bound: Bound::AtMost(2.0),
            figure: times_memory(recipe, baseline),
            unit: " ×",
        });
    }
    // Between the smallest and the largest size of both, so that start-up cancels out.
    let both: Vec<_> = sizes
        .iter()
        .zip(rows)
        .filter_map(|(size, row)| Some((*size, row[0]?, row[4]?)))
        .collect();
    if let [
        (few, recipe_few, reference_few),
        ..,
        (many, recipe_many, reference_many),
    ] = both[..]
    {
        let more = many - few;
        let reference = each(reference_many, reference_few, more);
        let recipe = each(recipe_many, recipe_few, more);
        targets.push(Target {
            of: format!(
                "a substep, speed-up over the reference ({recipe:.1} µs against {reference:.0} µs, between {few} and {} substeps)",
                grouped(many as u64)
            ),
            bound: Bound::AtLeast(50.0),
            figure: reference / recipe,
            unit: " ×",
        });
    }
    targets
}

fn lines(sizes: &[usize], rows: &[[Option<Cost>; 5]]) -> Vec<Line> {
    let line = |(column, name): (usize, &&str)| Line {
        name: (*name).to_owned(),
        points: sizes
            .iter()
            .zip(rows)
            .filter_map(|(&size, row)| Some((size as f64, row[column]?.time.as_secs_f64() * 1e3)))
            .collect(),
    };
    NAMES.iter().enumerate().map(line).collect()
}

/// Recipe that sets an artifact to a template.
pub(super) fn sub_recipe(template: &str) -> Value {
    let config = json!({"key": "greeting", "value": template});
    json!({"steps": [{"type": "set_context", "config": config}]})
}

/// Recipe of a `parallel` with `substeps` calls of the sub-recipe.
pub(super) fn parallel(substeps: usize, limit: usize) -> Value {
    json!({"steps": [parallel_step(substeps, limit)]})
}

/// The `parallel` step of that recipe.
pub(super) fn parallel_step(substeps: usize, limit: usize) -> Value {
    let substep = json!({"type": "execute_recipe", "config": {"recipe_path": SUB_RECIPE}});
    let config = json!({"substeps": vec![substep; substeps], "max_concurrency": limit});
    json!({"type": "parallel", "config": config})
}
