//! Sequential steps and loops.

use std::io;

use serde_json::{Value, json};

use super::figures::{each, grouped, megabytes, milliseconds};
use super::measure::{Contender, Medians};
use super::section::{Section, Table};
use super::target::{Bound, Target};
use super::workbench::Bench;

/// Two runs with different numbers of steps or items.
#[derive(Clone, Copy)]
struct Pair {
    few: (usize, Contender),
    many: (usize, Contender),
}

impl Pair {
    fn microseconds(self, costs: &Medians) -> f64 {
        let more = self.many.0 - self.few.0;
        each(costs[self.many.1], costs[self.few.1], more)
    }

    fn bytes(self, costs: &Medians) -> f64 {
        let (few, many) = (costs[self.few.1].memory, costs[self.many.1].memory);
        (many as f64 - few as f64) / (self.many.0 - self.few.0) as f64
    }
}

/// Measures the tables.
pub(super) fn section(bench: &Bench<'_>) -> io::Result<Section> {
    let (sequence, reference) = sequences(bench)?;
    let (loops, targets) = loops(bench)?;
    Ok(Section {
        title: "Sequential steps and loops",
        text: format!("{sequence}{reference}\n{loops}"),
        targets,
        lines: Vec::new(),
    })
}

/// Measures sequential steps.
fn sequences(bench: &Bench<'_>) -> io::Result<(String, String)> {
    let mut contest = bench.contest();
    let sizes = [bench.sized(10_000), bench.sized(100_000)];
    let reference_sizes = [100, 1_100];
    for size in sizes.into_iter().chain(reference_sizes) {
        bench.write(&sequence_name(size), &sequence(size))?;
    }
    let [few, many] =
        sizes.map(|size| (size, contest.process(bench.run(&sequence_name(size), &[]))));
    let of_reference: Vec<_> = reference_sizes
        .into_iter()
        .filter_map(|size| {
            let command = bench.reference(&[&sequence_name(size)])?;
            Some((size, contest.process(command)))
        })
        .collect();
    let costs = contest.run()?;
    let ours = Pair { few, many };
    let sequence = format!(
        "{} sequential `set_context` steps: {} ms and {} MB in all, {:.2} µs per step.",
        grouped(many.0 as u64),
        milliseconds(costs[many.1]),
        megabytes(costs[many.1]),
        ours.microseconds(&costs)
    );
    let reference = match of_reference[..] {
        [few, many] => format!(
            " The reference takes {:.0} µs per step.\n",
            Pair { few, many }.microseconds(&costs)
        ),
        _ => "\n".to_owned(),
    };
    Ok((sequence, reference))
}

fn sequence_name(steps: usize) -> String {
    format!("sequence{steps}.json")
}

/// Recipe of `steps` steps.
pub(super) fn sequence(steps: usize) -> Value {
    let step = |index: usize| {
        let config =
            json!({"key": format!("key{}", index % 10), "value": format!("value {index}")});
        json!({"type": "set_context", "config": config})
    };
    json!({"steps": (0..steps).map(step).collect::<Value>()})
}

/// Measures loops with and without results.
fn loops(bench: &Bench<'_>) -> io::Result<(String, Vec<Target>)> {
    let sizes = [bench.sized(10_000), bench.sized(1_000_000)];
    for size in sizes {
        bench.write(&items_name(size), &items(size))?;
        bench.write(&results_name(size), &results(size))?;
    }
    // Loads the same items without a loop.
    bench.write("loading.json", &sequence(1))?;
    let (loading, results) = (items_name as fn(usize) -> String, results_name as _);
    let ways = [
        (
            "no loop: the items are loaded",
            "loading.json",
            None,
            loading,
        ),
        ("one at a time", "one.json", Some((1, false)), loading),
        ("8 at a time", "eight.json", Some((8, false)), loading),
        (
            "one at a time, with results",
            "results.json",
            Some((1, true)),
            loading,
        ),
        (
            "no loop: items, results and history are loaded",
            "loading.json",
            None,
            results,
        ),
    ];
    let mut contest = bench.contest();
    let mut pairs = Vec::new();
    for (name, recipe, way, context) in ways {
        if let Some((limit, has_results)) = way {
            bench.write(recipe, &looping(limit, has_results))?;
        }
        let [few, many] = sizes.map(|size| {
            let command = bench.run(recipe, &["--context-file", &context(size)]);
            (size, contest.process(command))
        });
        pairs.push((name, Pair { few, many }));
    }
    let costs = contest.run()?;

    let mut table = Table::new(&[
        "a loop over items",
        "ms",
        "MB",
        "µs per item",
        "bytes per item",
    ]);
    for (name, pair) in &pairs {
        table.row(&[
            (*name).to_owned(),
            milliseconds(costs[pair.many.1]),
            megabytes(costs[pair.many.1]),
            format!("{:.2}", pair.microseconds(&costs)),
            format!("{:.0}", pair.bytes(&costs)),
        ]);
    }
    let bytes: Vec<f64> = pairs.iter().map(|(_, pair)| pair.bytes(&costs)).collect();
    let [loading, one, eight, with_results, loading_results] = bytes[..] else {
        unreachable!("each way has a pair");
    };
    let text = format!(
        "A loop over {} numbers with one `set_context` with a template. Microseconds and bytes are the \
         cost of one more item, including the item itself; the first row is only that.\n\n{}",
        grouped(sizes[1] as u64),
        table.into_text()
    );
    let targets = vec![
        Target {
            of: "memory of a loop without results, beyond the items".to_owned(),
            bound: Bound::AtMost(8.0),
            figure: (one - loading).max(eight - loading).max(0.0),
            unit: " bytes per item",
        },
        Target {
            of: "memory of a loop with results, against that of a file with the same results"
                .to_owned(),
            bound: Bound::AtMost(1.25),
            figure: with_results / loading_results,
            unit: " ×",
        },
    ];
    Ok((text, targets))
}

fn results_name(count: usize) -> String {
    format!("results{count}.json")
}

/// Context of `count` items with the results of a loop over them.
fn results(count: usize) -> Value {
    let result = |index: usize| Value::from(format!("{index}!"));
    let round = |index| json!({"key": index, "result": result(index), "error": null});
    let mut context = items(count);
    context["results"] = (0..count).map(result).collect();
    context["results__errors"] = json!([]);
    context["results__history"] = (0..count).map(round).collect();
    context
}

pub(super) fn items_name(count: usize) -> String {
    format!("items{count}.json")
}

/// Context of `count` items.
pub(super) fn items(count: usize) -> Value {
    json!({"items": (0..count).collect::<Vec<_>>()})
}

/// Recipe that loops over them.
pub(super) fn looping(limit: usize, has_results: bool) -> Value {
    let set = json!({"key": "item", "value": "{{ item }}!"});
    let mut config = json!({
        "items": "items",
        "item_key": "item",
        "substeps": [{"type": "set_context", "config": set}],
        "max_concurrency": limit,
    });
    if has_results {
        config["result_key"] = json!("results");
    }
    json!({"steps": [{"type": "loop", "config": config}]})
}
