//! `--log-dir`: three files with records of what happened.

use crate::harness::Folder;
use insta::assert_snapshot;

const RECIPE: &str = r#"[
    {"type": "set_context", "config": {"key": "a", "value": "1"}, "name": "first"},
    {"type": "parallel", "substeps": [
        {"type": "read_file", "path": "gone.md", "artifact": "x", "optionl": false}
    ]}
]"#;

/// A log without the times in it.
fn records(log: &str) -> String {
    let records = log.lines().map(|line| {
        let (timestamp, record) = line.split_once(' ').unwrap();
        assert!(
            timestamp.ends_with('Z') && timestamp.contains('T'),
            "{line}"
        );
        match record.rsplit_once(", ") {
            Some((record, time)) if time.ends_with(" s") => format!("{}, [time]\n", record.trim()),
            _ => format!("{}\n", record.trim()),
        }
    });
    records.collect()
}

#[test]
fn each_file_has_the_records_of_its_level_and_above() {
    let folder = Folder::new().file("r.json", RECIPE);
    assert_eq!(folder.recipe("run r.json --log-dir logs/today").code(), 1);
    assert_snapshot!(records(&folder.read("logs/today/debug.log")), @r#"
    INFO run started: r.json
    WARN r.json: line 4, column 67: step 1 (parallel): substep 0 (read_file): unknown field: optionl, did you mean `optional`?
    DEBUG step started: 0 set_context "first"
    INFO step done: 0 set_context "first", [time]
    DEBUG step started: 1 parallel
    DEBUG step started: 1.substeps[0] read_file
    ERROR step failed: 1.substeps[0] read_file: file not found: gone.md, [time]
    DEBUG step failed: 1 parallel: substep 0 (read_file): file not found: gone.md, [time]
    ERROR run failed: r.json: step 1 (parallel): substep 0 (read_file): file not found: gone.md, [time]
    "#);
    assert_snapshot!(records(&folder.read("logs/today/info.log")), @r#"
    INFO run started: r.json
    WARN r.json: line 4, column 67: step 1 (parallel): substep 0 (read_file): unknown field: optionl, did you mean `optional`?
    INFO step done: 0 set_context "first", [time]
    ERROR step failed: 1.substeps[0] read_file: file not found: gone.md, [time]
    ERROR run failed: r.json: step 1 (parallel): substep 0 (read_file): file not found: gone.md, [time]
    "#);
    assert_snapshot!(records(&folder.read("logs/today/error.log")), @"
    ERROR step failed: 1.substeps[0] read_file: file not found: gone.md, [time]
    ERROR run failed: r.json: step 1 (parallel): substep 0 (read_file): file not found: gone.md, [time]
    ");
}

#[test]
fn a_second_run_adds_to_the_files() {
    let folder = Folder::new().file("r.json", "[]");
    folder.recipe("run r.json --log-dir logs");
    folder.recipe("run r.json --log-dir logs");
    assert_eq!(
        folder.read("logs/info.log").matches("run started").count(),
        2
    );
}

#[test]
fn a_record_is_one_line_whatever_is_in_it() {
    let folder = Folder::new().file(
        "r.json",
        r#"[{"type": "read_file", "path": "a\nb\u001b[31m", "artifact": "x"}]"#,
    );
    folder.recipe("run r.json --log-dir logs");
    assert_snapshot!(records(&folder.read("logs/error.log")), @r#"
    ERROR step failed: 0 read_file: file not found: a\nb\u{1b}[31m, [time]
    ERROR run failed: r.json: step 0 (read_file): file not found: a\nb\u{1b}[31m, [time]
    "#);
}

#[test]
fn without_the_option_there_are_no_files() {
    let folder = Folder::new().file("r.json", RECIPE);
    folder.recipe("run r.json");
    assert_eq!(folder.names(), ["r.json"]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = Folder::new().file("r.json", "[]").file("file", "");
    assert_snapshot!(folder.recipe("run r.json --log-dir file/logs"), @"
    exit code 2
    --- stderr
    error: cannot make the log folder file/logs: Not a directory (os error 20)
    ");
    let folder = Folder::new()
        .file("r.json", "[]")
        .file("logs/info.log/x", "");
    assert_snapshot!(folder.recipe("run r.json --log-dir logs"), @"
    exit code 2
    --- stderr
    error: cannot write the log file logs/info.log: Is a directory (os error 21)
    ");
}
