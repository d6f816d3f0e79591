//! What it costs that a run can be resumed.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::measure::{
    Measured, ROUNDS, file_system, medians, milliseconds, more_each, process, synced_append,
};
use super::{Bench, remove};

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
pub(super) fn table(bench: &Bench<'_>) -> io::Result<String> {
    let sub = json!([{"type": "set_context", "key": "done", "value": "yes"}]);
    fs::write(bench.folder.join(SUB_RECIPE), sub.to_string())?;
    let mut table = heading(bench.folder)?;
    table.push_str("| steps | | plain, ms | `--durable`, ms | µs more a step | `--durability batch`, ms | µs more a step | journal, bytes a step |\n");
    table.push_str("|---|---|---|---|---|---|---|---|\n");
    for case in cases() {
        fs::write(bench.folder.join("main.json"), case.recipe.to_string())?;
        let measured = WAYS.map(|way| Box::new(|| time(bench, way)) as Measured<'_>);
        let times = medians(measured.into())?;
        let [plain, step, batch] = times[..] else {
            unreachable!("there is a time for each way");
        };
        // The store is that of the last process.
        let journal = size(&bench.folder.join(STORE))?;
        let more = |time| more_each(time, plain, case.steps);
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            case.steps,
            case.name,
            milliseconds(plain),
            milliseconds(step),
            more(step),
            milliseconds(batch),
            more(batch),
            journal / case.steps as u64,
        );
    }
    Ok(table)
}

fn heading(folder: &Path) -> io::Result<String> {
    let system = match file_system(folder) {
        Some(system) => format!(", on {system},"),
        None => String::new(),
    };
    let sync = synced_append(folder)?.as_micros();
    Ok(format!(
        "# Durable runs

Whole processes of the release build, medians of {ROUNDS} rounds in which all ways were run in turn. Each has a store of its
own in {}{system} where it takes {sync} µs to append a kilobyte and have it on the disk.

",
        folder.display()
    ))
}

/// How long the recipe takes.
fn time(bench: &Bench<'_>, way: &[&str]) -> io::Result<std::time::Duration> {
    remove(&bench.folder.join(STORE))?;
    let mut command = Command::new(bench.program);
    command
        .args(["run", "main.json", "--quiet"])
        .args(way)
        .current_dir(bench.folder);
    if !way.is_empty() {
        command.args(["--store", STORE]);
    }
    process(&mut command)
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
