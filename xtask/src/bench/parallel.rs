//! Substeps of a `parallel`, each calling a recipe, against the floor and the reference.

use std::io;
use std::process::Command;

use serde_json::{Value, json};

use super::figures::{each, grouped, time_and_memory, times, times_memory};
use super::measure::Cost;
use super::plot::Line;
use super::section::{Section, Table};
use super::target::{Bound, Target};
use super::workbench::Bench;

/// How many run at the same time, everywhere.
pub(super) const LIMIT: usize = 64;

/// The recipe that substeps call.
pub(super) const SUB_RECIPE: &str = "sub.json";

/// What is measured, in the order of the columns.
const NAMES: [&str; 5] = [
    "recipe",
    "floor",
    "floor, reading directly",
    "floor, few tasks at once",
    "reference",
];

/// The floors that have targets: those with as many tasks as there are substeps.
const TARGETED: [usize; 2] = [1, 2];

const SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];

/// The most substeps that the reference is given.
const REFERENCE: [usize; 3] = [100, 1_000, 5_000];

/// Makes the table.
pub(super) fn section(bench: &Bench<'_>) -> io::Result<Section> {
    bench.write(SUB_RECIPE, &sub_recipe("Hello {{ name | upcase }}"))?;
    let last = SIZES.len() - usize::from(bench.quick);
    let mut sizes = SIZES[..last].to_vec();
    sizes.extend(REFERENCE.iter().filter(|size| !SIZES.contains(size)));
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
Each substep is an `execute_recipe` of one `set_context` with a template; at most 64 run at once, everywhere. The floor does by
hand what that is made of: a task for each that waits for its place at a semaphore, a read of the file by tokio, a rendering
of a template parsed before, an insert into a clone of the map. It has no recipe to read, and says nothing of what it
does. *Reading directly*: files are read on the threads of the runtime, as `recipe` reads a small file that it has read
before. *Few tasks at once*: in addition a task is only made when there is a place for it, as in `recipe`; what that
floor has in memory does not grow, while the recipe alone, 6.7 MB of text at 100,000 substeps, takes more. Targets are
for the first two, which are what anyone would write first.
";

/// One size; `None` for what is not given so many.
fn row(bench: &Bench<'_>, size: usize) -> io::Result<[Option<Cost>; 5]> {
    let recipe = "parallel.json";
    bench.write(recipe, &parallel(size, LIMIT))?;
    let context = ["--context", "name=world"];
    let mut contest = bench.contest();
    let ours = [
        bench.run(recipe, &context),
        floor(bench, size, &["eager"]),
        floor(bench, size, &["eager", "blocking"]),
        floor(bench, size, &["blocking"]),
    ]
    .map(|command| contest.process(command));
    let reference = bench.reference(&[recipe, "--context", "name=world"]);
    let reference = reference.filter(|_| REFERENCE.contains(&size));
    let reference = reference.map(|command| contest.process(command));
    let costs = contest.run()?;
    let [recipe, floor, direct, few] = ours.map(|contender| Some(costs[contender]));
    let reference = reference.map(|contender| costs[contender]);
    Ok([recipe, floor, direct, few, reference])
}

fn floor(bench: &Bench<'_>, size: usize, ways: &[&str]) -> Command {
    let mut command = bench.program(&bench.competitors.floor);
    command
        .args([size.to_string(), LIMIT.to_string()])
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
        let (name, Some(recipe), Some(floor)) = (NAMES[column], row[0], row[column]) else {
            continue;
        };
        targets.push(Target {
            of: format!("time of {size} substeps, against the {name}"),
            bound: Bound::AtMost(2.0),
            figure: times(recipe, floor),
            unit: " ×",
        });
        targets.push(Target {
            of: format!("memory of {size} substeps, against the {name}"),
            bound: Bound::AtMost(2.0),
            figure: times_memory(recipe, floor),
            unit: " ×",
        });
    }
    // Between the smallest and the largest that both were given, so that what starting takes is left out.
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
                "a substep, how much faster than the reference ({recipe:.1} µs against {reference:.0} µs, between {few} and {} substeps)",
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

/// A recipe that sets an artifact to what a template makes.
pub(super) fn sub_recipe(template: &str) -> Value {
    let config = json!({"key": "greeting", "value": template});
    json!({"steps": [{"type": "set_context", "config": config}]})
}

/// A recipe of a `parallel` with so many substeps that call the sub-recipe.
pub(super) fn parallel(substeps: usize, limit: usize) -> Value {
    json!({"steps": [parallel_step(substeps, limit)]})
}

/// The step of it.
pub(super) fn parallel_step(substeps: usize, limit: usize) -> Value {
    let substep = json!({"type": "execute_recipe", "config": {"recipe_path": SUB_RECIPE}});
    let config = json!({"substeps": vec![substep; substeps], "max_concurrency": limit});
    json!({"type": "parallel", "config": config})
}
