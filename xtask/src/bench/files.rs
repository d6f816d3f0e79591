//! Reading and writing files, against `cat` and `cp`.

use std::fs;
use std::io;
use std::process::Command;

use serde_json::{Value, json};

use super::figures::{grouped, megabytes, milliseconds};
use super::section::{Section, Table};
use super::workbench::{Bench, remove};

/// Measures the table.
pub(super) fn section(bench: &Bench<'_>) -> io::Result<Section> {
    let count = bench.sized(10_000);
    let texts = bench.folder.join("texts");
    fs::create_dir(&texts)?;
    for index in 0..count {
        fs::write(texts.join(format!("{index:05}.txt")), "x".repeat(1_000))?;
    }
    bench.write("glob.json", &reading(&json!("texts/*.txt")))?;
    bench.write(
        "list.json",
        &reading(
            &(0..count)
                .map(|index| format!("texts/{index:05}.txt"))
                .collect(),
        ),
    )?;
    bench.write("write.json", &writing(count))?;

    let written = bench.folder.join("written");
    let mut contest = bench.contest();
    let mut rows = vec![
        (
            "`cat texts/*.txt`",
            contest.process(shell(bench, "cat texts/*.txt >/dev/null")),
        ),
        (
            "`read_files` of `texts/*.txt`",
            contest.process(bench.run("glob.json", &[])),
        ),
        (
            "`read_files` of a list",
            contest.process(bench.run("list.json", &[])),
        ),
    ];
    if let Some(command) = bench.reference(&["list.json"]) {
        rows.push(("the reference, the same list", contest.process(command)));
    }
    let text = format!("text={}", "x".repeat(1_000));
    let without = || remove(&written);
    let copy = shell(bench, "cp -r texts written");
    rows.push((
        "`cp -r` of the files",
        contest.prepared_process(without, copy),
    ));
    let write = bench.run("write.json", &["--context", &text]);
    rows.push(("`write_files`", contest.prepared_process(without, write)));
    if let Some(command) = bench.reference(&["write.json", "--context", &text]) {
        rows.push((
            "the reference, the same recipe",
            contest.prepared_process(without, command),
        ));
    }
    let costs = contest.run()?;

    let mut table = Table::new(&["", "ms", "MB"]);
    for (name, contender) in rows {
        let cost = costs[contender];
        table.row(&[name, &milliseconds(cost), &megabytes(cost)]);
    }
    Ok(Section {
        title: "Files",
        text: format!(
            "{} files of a kilobyte each. `cat` does not keep the content; `write_files` writes each to \
             a temporary file first and renames it.\n\n{}",
            grouped(count as u64),
            table.into_text()
        ),
        targets: Vec::new(),
        lines: Vec::new(),
    })
}

/// Recipe that reads files.
pub(super) fn reading(path: &Value) -> Value {
    let config = json!({"path": path, "content_key": "texts"});
    json!({"steps": [{"type": "read_files", "config": config}]})
}

/// Recipe that writes `count` files.
fn writing(count: usize) -> Value {
    let file = |index| json!({"path": format!("{index:05}.txt"), "content": "{{ text }}"});
    let files: Value = (0..count).map(file).collect();
    let config = json!({"root": "written", "files": files});
    json!({"steps": [{"type": "write_files", "config": config}]})
}

fn shell(bench: &Bench<'_>, line: &str) -> Command {
    let mut command = bench.program("sh");
    command.args(["-c", line]);
    command
}
