//! Validating recipes: `recipe validate` of a directory.

use std::fs;
use std::io;

use super::figures::{each, grouped, megabytes, milliseconds};
use super::section::{Section, Table};
use super::steps::sequence;
use super::workbench::Bench;

/// Number of steps of each recipe.
const STEPS: usize = 10;

/// Measures the table.
pub(super) fn section(bench: &Bench<'_>) -> io::Result<Section> {
    let count = bench.sized(1_000);
    folder(bench, "one", 1)?;
    folder(bench, "recipes", count)?;
    let mut contest = bench.contest();
    let one = contest.process(bench.recipe(&["validate", "one"]));
    let all = contest.process(bench.recipe(&["validate", "recipes"]));
    let costs = contest.run()?;
    let mut table = Table::new(&["recipes", "ms", "MB"]);
    for (count, contender) in [(1, one), (count, all)] {
        let cost = costs[contender];
        table.row(&[grouped(count as u64), milliseconds(cost), megabytes(cost)]);
    }
    Ok(Section {
        title: "Validating recipes",
        text: format!(
            "`recipe validate` of a directory of recipes with {STEPS} steps each: {:.0} µs per recipe.\n\n{}",
            each(costs[all], costs[one], count - 1),
            table.into_text()
        ),
        targets: Vec::new(),
        lines: Vec::new(),
    })
}

/// Creates a directory of `recipes` recipes.
pub(super) fn folder(bench: &Bench<'_>, name: &str, recipes: usize) -> io::Result<()> {
    fs::create_dir(bench.folder.join(name))?;
    for index in 0..recipes {
        let mut recipe = sequence(STEPS);
        // Each recipe has a different text.
        recipe["name"] = format!("Recipe {index}").into();
        bench.write(&format!("{name}/{index}.json"), &recipe)?;
    }
    Ok(())
}
