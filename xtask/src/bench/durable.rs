//! Cost of durable runs.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::figures::{each, milliseconds};
use super::measure::{file_system, synced_append};
use super::section::{Section, Table};
use super::workbench::{Bench, remove};

/// Options of the compared runs.
const OPTIONS: [&[&str]; 3] = [&[], &["--durable"], &["--durable", "--durability", "batch"]];

/// Recipe, and the number of steps that its figures are divided by.
struct Case {
    name: &'static str,
    steps: usize,
    recipe: Value,
}

fn cases() -> [Case; 3] {
    let set = |index: usize| json!({"type": "set_context", "key": format!("key{}", index % 10), "value": format!("value {index}")});
    let call = json!({"type": "execute_recipe", "recipe_path": SUB_RECIPE});
    let program = json!({"type": "command", "program": "true"});
    [
        Case {
            name: "sequential `set_context`",
            steps: 1_000,
            recipe: (0..1_000).map(set).collect(),
        },
        Case {
            name: "substeps of a `parallel`: `execute_recipe` of one `set_context`",
            steps: 1_000,
            recipe: json!([{"type": "parallel", "substeps": vec![call; 1_000]}]),
        },
        Case {
            name: "sequential `command` running `true`",
            steps: 200,
            recipe: json!(vec![program; 200]),
        },
    ]
}

/// Recipe that substeps call.
const SUB_RECIPE: &str = "sub.json";

/// Directory of the store.
const STORE: &str = "runs";

/// Measures the table.
pub(super) fn section(bench: &Bench<'_>) -> io::Result<Section> {
    let sub = json!([{"type": "set_context", "key": "done", "value": "yes"}]);
    bench.write(SUB_RECIPE, &sub)?;
    let mut table = Table::new(&[
        "steps",
        "",
        "plain, ms",
        "`--durable`, ms",
        "added µs per step",
        "`--durability batch`, ms",
        "added µs per step",
        "journal, bytes per step",
    ]);
    for case in cases() {
        bench.write("main.json", &case.recipe)?;
        let store = bench.folder.join(STORE);
        let mut contest = bench.contest();
        let ways = OPTIONS.map(|way| contest.prepared_process(|| remove(&store), run(bench, way)));
        let costs = contest.run()?;
        let [plain, step, batch] = ways.map(|way| costs[way]);
        // The last process left the store.
        let journal = size(&store)?;
        let more = |cost| format!("{:+.1}", each(cost, plain, case.steps));
        table.row(&[
            case.steps.to_string(),
            case.name.to_owned(),
            milliseconds(plain),
            milliseconds(step),
            more(step),
            milliseconds(batch),
            more(batch),
            (journal / case.steps as u64).to_string(),
        ]);
    }
    Ok(Section {
        title: "Durable runs",
        text: format!("{}\n\n{}", introduction(bench.folder)?, table.into_text()),
        targets: Vec::new(),
        lines: Vec::new(),
    })
}

fn introduction(folder: &Path) -> io::Result<String> {
    let system = match file_system(folder) {
        Some(system) => format!(", on {system},"),
        None => String::new(),
    };
    let sync = synced_append(folder)?.as_micros();
    Ok(format!(
        "Each run has its own store{system} where appending and syncing a kilobyte takes {sync} µs."
    ))
}

fn run(bench: &Bench<'_>, way: &[&str]) -> Command {
    let mut command = bench.run("main.json", way);
    if !way.is_empty() {
        command.args(["--store", STORE]);
    }
    command
}

/// Total size of the files in a directory, in bytes.
fn size(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        bytes += match entry.file_type()?.is_dir() {
            true => size(&entry.path())?,
            false => entry.metadata()?.len(),
        };
    }
    Ok(bytes)
}
