//! What it costs that a run can be resumed.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::figures::{each, milliseconds};
use super::measure::{file_system, synced_append};
use super::section::{Section, Table};
use super::workbench::{Bench, remove};

/// The ways to run a recipe that are compared.
const WAYS: [&[&str]; 3] = [&[], &["--durable"], &["--durable", "--durability", "batch"]];

/// A recipe, and how many steps its figures are divided by.
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
            name: "`set_context`, one after the other",
            steps: 1_000,
            recipe: (0..1_000).map(set).collect(),
        },
        Case {
            name: "substeps of a `parallel`: `execute_recipe` of one `set_context`",
            steps: 1_000,
            recipe: json!([{"type": "parallel", "substeps": vec![call; 1_000]}]),
        },
        Case {
            name: "`command` running `true`, one after the other",
            steps: 200,
            recipe: json!(vec![program; 200]),
        },
    ]
}

/// The recipe that substeps call.
const SUB_RECIPE: &str = "sub.json";

/// The store, in the folder of the benchmark.
const STORE: &str = "runs";

/// Makes the table.
pub(super) fn section(bench: &Bench<'_>) -> io::Result<Section> {
    let sub = json!([{"type": "set_context", "key": "done", "value": "yes"}]);
    bench.write(SUB_RECIPE, &sub)?;
    let mut table = Table::new(&[
        "steps",
        "",
        "plain, ms",
        "`--durable`, ms",
        "µs more a step",
        "`--durability batch`, ms",
        "µs more a step",
        "journal, bytes a step",
    ]);
    for case in cases() {
        bench.write("main.json", &case.recipe)?;
        let store = bench.folder.join(STORE);
        let mut contest = bench.contest();
        let ways = WAYS.map(|way| contest.prepared_process(|| remove(&store), run(bench, way)));
        let costs = contest.run()?;
        let [plain, step, batch] = ways.map(|way| costs[way]);
        // The store is that of the last process.
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
        "Each run has a store of its own{system} where it takes {sync} µs to append a kilobyte and have it on the disk."
    ))
}

fn run(bench: &Bench<'_>, way: &[&str]) -> Command {
    let mut command = bench.run("main.json", way);
    if !way.is_empty() {
        command.args(["--store", STORE]);
    }
    command
}

/// How many bytes the files in a folder have.
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
