//! Start-up, with a recipe of one step.

use std::fs;
use std::io;

use serde_json::json;

use super::figures::{megabytes, milliseconds, times};
use super::section::{Section, Table};
use super::target::{Bound, Target};
use super::workbench::Bench;
use crate::programs::is_installed;

const TEXT: &str = "\
Beyond the empty program, `recipe` mostly takes the system's work before `main`: mapping a file of 30 MB and relocating
its addresses, since it is position-independent, as is proper for a program that reads untrusted input. The rest is
parsing the arguments and starting two threads and the event loop.
";

/// Measures the table.
pub(super) fn section(bench: &Bench<'_>) -> io::Result<Section> {
    bench.write(
        "one.json",
        &json!({"steps": [{"type": "set_context", "config": {"key": "a", "value": "b"}}]}),
    )?;
    fs::write(bench.folder.join("justfile"), "one:\n")?;
    let tasks = "version: '3'\ntasks: {one: {cmds: []}}\n";
    fs::write(bench.folder.join("Taskfile.yml"), tasks)?;

    let mut contest = bench.contest();
    let empty = contest.process(bench.program(&bench.competitors.empty));
    let recipe = contest.process(bench.run("one.json", &[]));
    let version = contest.process(bench.recipe(&["--version"]));
    let reference = bench.reference(&["one.json"]);
    let reference = reference.map(|command| contest.process(command));
    let runners = ["just", "task"].map(|program| {
        let mut command = bench.program(program);
        command.arg("one");
        is_installed(program).then(|| contest.process(command))
    });
    let costs = contest.run()?;

    let [just, task] = runners;
    let rows = [
        ("an empty Rust program", Some(empty)),
        ("`recipe run`, one `set_context`", Some(recipe)),
        ("`recipe --version`", Some(version)),
        ("the reference, the same recipe", reference),
        ("`just`, a recipe that does nothing", just),
        ("`task`, a task that does nothing", task),
    ];
    let mut table = Table::new(&["", "ms", "MB", "× the empty program"]);
    for (name, contender) in rows {
        let Some(contender) = contender else {
            table.row(&[name, "not installed", "", ""]);
            continue;
        };
        let cost = costs[contender];
        table.row(&[
            name,
            &milliseconds(cost),
            &megabytes(cost),
            &format!("{:.1}", times(cost, costs[empty])),
        ]);
    }

    let mut targets = vec![Target {
        of: "start-up, against the empty program".to_owned(),
        bound: Bound::AtMost(2.0),
        figure: times(costs[recipe], costs[empty]),
        unit: " ×",
    }];
    targets.extend(reference.map(|reference| Target {
        of: "start-up, speed-up over the reference".to_owned(),
        bound: Bound::AtLeast(500.0),
        figure: times(costs[reference], costs[recipe]),
        unit: " ×",
    }));
    Ok(Section {
        title: "Start-up",
        text: format!("{TEXT}\n{}", table.into_text()),
        targets,
        lines: Vec::new(),
    })
}
