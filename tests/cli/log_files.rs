//! `--log-dir`: three files of log records.

use crate::harness::Folder;
use insta::assert_snapshot;
use serde_json::{Value, json};

const RECIPE: &str = r#"[
    {"type": "set_context", "config": {"key": "a", "value": "1"}, "name": "first"},
    {"type": "parallel", "substeps": [
        {"type": "read_file", "path": "gone.md", "artifact": "x", "optionl": false}
    ]}
]"#;

/// Log without timestamps.
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
fn json_records_name_their_step() {
    let folder = Folder::new().file("r.json", RECIPE);
    folder.recipe("run r.json --log-dir logs --log-format json");
    let lines = folder.read("logs/debug.log");
    let records = lines.lines().map(|line| {
        let mut record: Value = serde_json::from_str(line).unwrap();
        assert!(record["time"].as_str().unwrap().ends_with('Z'), "{line}");
        record["time"] = "…".into();
        if let Some((message, time)) = record["message"].as_str().unwrap().rsplit_once(", ")
            && time.ends_with(" s")
        {
            record["message"] = format!("{message}, [time]").into();
        }
        format!("{record}\n")
    });
    assert_snapshot!(records.collect::<String>(), @r#"
    {"time":"…","level":"INFO","message":"run started: r.json"}
    {"time":"…","level":"WARN","message":"r.json: line 4, column 67: step 1 (parallel): substep 0 (read_file): unknown field: optionl, did you mean `optional`?"}
    {"time":"…","level":"DEBUG","path":"0","type":"set_context","message":"step started: 0 set_context \"first\""}
    {"time":"…","level":"INFO","path":"0","type":"set_context","message":"step done: 0 set_context \"first\", [time]"}
    {"time":"…","level":"DEBUG","path":"1","type":"parallel","message":"step started: 1 parallel"}
    {"time":"…","level":"DEBUG","path":"1.substeps[0]","type":"read_file","message":"step started: 1.substeps[0] read_file"}
    {"time":"…","level":"ERROR","path":"1.substeps[0]","type":"read_file","message":"step failed: 1.substeps[0] read_file: file not found: gone.md, [time]"}
    {"time":"…","level":"DEBUG","path":"1","type":"parallel","message":"step failed: 1 parallel: substep 0 (read_file): file not found: gone.md, [time]"}
    {"time":"…","level":"ERROR","message":"run failed: r.json: step 1 (parallel): substep 0 (read_file): file not found: gone.md, [time]"}
    "#);
}

#[test]
fn the_log_format_requires_log_files() {
    let folder = Folder::new().file("r.json", "[]");
    assert_snapshot!(folder.recipe("run r.json --log-format json"), @"
    exit code 2
    --- stderr
    error: the following required arguments were not provided:
      --log-dir <DIR>

    Usage: recipe run --log-dir <DIR> --log-format <FORMAT> <RECIPE>

    For more information, try '--help'.
    ");
}

#[test]
fn a_secret_is_masked_in_records_of_one_line_too() {
    let secret = "quo\"te\nline";
    let recipe = json!([{"type": "read_file", "path": "{{ p }}", "artifact": "x"}]);
    let folder = Folder::new().file("r.json", recipe.to_string());
    let mut command = folder.command("run r.json -q --log-dir logs");
    command
        .args(["--context", &format!("p={secret}")])
        .args(["--config", &format!("api_key={secret}")]);
    folder.outcome(&mut command);
    assert_snapshot!(records(&folder.read("logs/error.log")), @"
    ERROR step failed: 0 read_file: file not found: ***, [time]
    ERROR run failed: r.json: step 0 (read_file): file not found: ***, [time]
    ");
}

#[test]
fn a_second_run_appends_to_the_files() {
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
fn without_the_option_no_files_are_written() {
    let folder = Folder::new().file("r.json", RECIPE);
    folder.recipe("run r.json");
    assert_eq!(folder.names(), ["r.json"]);
}

#[cfg(unix)]
#[test]
fn a_directory_that_cannot_be_created_is_reported() {
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
