//! Growth of time and memory with the amount of work.

use std::fs;
use std::io;
use std::process::Command;

use serde_json::json;

use super::figures::{grouped, slope, time_and_memory};
use super::files::reading;
use super::large_context::document;
use super::measure::Cost;
use super::parallel::{MAX_CONCURRENCY, SUB_RECIPE, parallel, sub_recipe};
use super::section::{Section, Table};
use super::steps::{items, items_name, looping, sequence};
use super::validate::folder;
use super::workbench::Bench;

/// Kind of work in varying amounts.
struct Growing {
    name: &'static str,
    /// Amount at 1×.
    base: usize,
    /// Writes the files for an amount and returns the command.
    command: fn(&Bench<'_>, usize) -> io::Result<Command>,
}

const GROWING: [Growing; 6] = [
    Growing {
        name: "substeps of a `parallel`",
        base: 1_000,
        command: |bench, count| {
            bench.write(SUB_RECIPE, &sub_recipe("Hello {{ name | upcase }}"))?;
            let recipe = format!("parallel{count}.json");
            bench.write(&recipe, &parallel(count, MAX_CONCURRENCY))?;
            Ok(bench.run(&recipe, &[]))
        },
    },
    Growing {
        name: "sequential steps",
        base: 1_000,
        command: |bench, count| {
            let recipe = format!("sequence{count}.json");
            bench.write(&recipe, &sequence(count))?;
            Ok(bench.run(&recipe, &[]))
        },
    },
    Growing {
        name: "items of a loop, with results",
        base: 10_000,
        command: |bench, count| {
            bench.write("loop.json", &looping(1, true))?;
            bench.write(&items_name(count), &items(count))?;
            Ok(bench.run("loop.json", &["--context-file", &items_name(count)]))
        },
    },
    Growing {
        name: "kilobytes of context, one step",
        base: 500,
        command: |bench, count| {
            let context = format!("context{count}.json");
            bench.write("one.json", &sequence(1))?;
            bench.write(&context, &json!({"doc": document(count * 1_000)}))?;
            Ok(bench.run("one.json", &["--context-file", &context]))
        },
    },
    Growing {
        name: "files read",
        base: 100,
        command: |bench, count| {
            let texts = format!("texts{count}");
            fs::create_dir(bench.folder.join(&texts))?;
            for index in 0..count {
                let file = bench.folder.join(&texts).join(format!("{index}.txt"));
                fs::write(file, "x".repeat(1_000))?;
            }
            let recipe = format!("read{count}.json");
            bench.write(&recipe, &reading(&json!(format!("{texts}/*.txt"))))?;
            Ok(bench.run(&recipe, &[]))
        },
    },
    Growing {
        name: "recipes validated",
        base: 10,
        command: |bench, count| {
            let recipes = format!("recipes{count}");
            folder(bench, &recipes, count)?;
            Ok(bench.recipe(&["validate", &recipes]))
        },
    },
];

/// Measures the table.
pub(super) fn section(bench: &Bench<'_>) -> io::Result<Section> {
    let mut table = Table::new(&[
        "",
        "at 1×",
        "1×",
        "10×",
        "100×",
        "slope of time",
        "slope of memory",
    ]);
    for Growing {
        name,
        base,
        command,
    } in GROWING
    {
        let base = bench.sized(base);
        let sizes = [base, base * 10, base * 100];
        let mut contest = bench.contest();
        let mut contenders = Vec::new();
        for size in sizes {
            contenders.push(contest.process(command(bench, size)?));
        }
        let costs = contest.run()?;
        let costs: Vec<Cost> = contenders
            .into_iter()
            .map(|contender| costs[contender])
            .collect();
        let time = |index: usize| (sizes[index] as f64, costs[index].time.as_secs_f64());
        let memory = |index: usize| (sizes[index] as f64, costs[index].memory as f64);
        let mut cells = vec![name.to_owned(), grouped(base as u64)];
        cells.extend(costs.iter().map(|&cost| time_and_memory(Some(cost))));
        cells.push(format!(
            "{:.2}, {:.2}",
            slope(time(0), time(1)),
            slope(time(1), time(2))
        ));
        cells.push(format!(
            "{:.2}, {:.2}",
            slope(memory(0), memory(1)),
            slope(memory(1), memory(2))
        ));
        table.row(&cells);
    }
    Ok(Section {
        title: "Growth",
        text: format!(
            "The same work ten and a hundred times. Slopes of both parts of the curve on logarithmic \
             axes: 1 is proportional, 2 quadratic; start-up makes them less than 1.\n\n{}",
            table.into_text()
        ),
        targets: Vec::new(),
        lines: Vec::new(),
    })
}
