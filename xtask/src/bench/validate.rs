//! Checking recipes: `recipe validate` of a folder.

use std::fs;
use std::io;

use super::figures::{each, grouped, megabytes, milliseconds};
use super::section::{Section, Table};
use super::steps::sequence;
use super::workbench::Bench;

/// How many steps each recipe has.
const STEPS: usize = 10;

/// Makes the table.
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
        title: "Checking recipes",
        text: format!(
            "`recipe validate` of a folder of recipes, each of {STEPS} steps: {:.0} µs a recipe.\n\n{}",
            each(costs[all], costs[one], count - 1),
            table.into_text()
        ),
        targets: Vec::new(),
        lines: Vec::new(),
    })
}

/// A folder of so many recipes.
pub(super) fn folder(bench: &Bench<'_>, name: &str, recipes: usize) -> io::Result<()> {
    fs::create_dir(bench.folder.join(name))?;
    for index in 0..recipes {
        let mut recipe = sequence(STEPS);
        // No two are the same text.
        recipe["name"] = format!("Recipe {index}").into();
        bench.write(&format!("{name}/{index}.json"), &recipe)?;
    }
    Ok(())
}
