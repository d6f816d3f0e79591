//! `recipe runs`: lists the stored runs.

use std::fs;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::Folder;
use crate::stored::{DONE, FAILS, columns};

/// Directory with two runs: one done, one failed.
fn two() -> Folder {
    let folder = Folder::new()
        .file("good.json", DONE)
        .file("recipes/bad.json", FAILS);
    assert_eq!(folder.run_durably("good.json").code(), 0);
    assert_eq!(folder.run_durably("recipes/bad.json").code(), 1);
    folder
}

/// List of runs without varying parts.
fn listed(folder: &Folder, options: &str) -> String {
    let outcome = folder.stored(&format!("runs {options}"));
    assert_eq!((outcome.code(), &*outcome.stderr()), (0, ""), "{options}");
    columns(&folder.settled(&outcome.stdout()))
}

fn objects(folder: &Folder) -> Vec<Value> {
    let outcome = folder.stored("runs --json");
    assert_eq!((outcome.code(), &*outcome.stderr()), (0, ""));
    serde_json::from_str(&outcome.stdout()).unwrap()
}

#[test]
fn the_newest_run_comes_first() {
    let folder = two();
    for _ in 0..3 {
        folder.run_durably("good.json");
    }
    assert_snapshot!(listed(&folder, ""), @"
    [run 4] | done | [minute] | [time] | good.json
    [run 3] | done | [minute] | [time] | good.json
    [run 2] | done | [minute] | [time] | good.json
    [run 1] | failed | [minute] | [time] | recipes/bad.json | step 0 (read_file): file not found: no.md
    [run 0] | done | [minute] | [time] | good.json
    ");
}

#[test]
fn runs_are_filtered_by_status_recipe_and_number() {
    let folder = two();
    folder.run_durably("good.json");
    let lists = [
        "--status done",
        "--status failed,interrupted",
        "--recipe recipes/",
        "--status done --limit 1",
    ];
    let lists = lists.map(|options| format!("{options}\n{}", listed(&folder, options)));
    assert_snapshot!(lists.concat(), @"
    --status done
    [run 2] | done | [minute] | [time] | good.json
    [run 0] | done | [minute] | [time] | good.json
    --status failed,interrupted
    [run 1] | failed | [minute] | [time] | recipes/bad.json | step 0 (read_file): file not found: no.md
    --recipe recipes/
    [run 1] | failed | [minute] | [time] | recipes/bad.json | step 0 (read_file): file not found: no.md
    --status done --limit 1
    [run 2] | done | [minute] | [time] | good.json
    ");
    assert_snapshot!(folder.stored("runs --status running"), @"
    exit code 0
    --- stderr
    note: no such runs in runs
    ");
    assert_snapshot!(folder.stored("runs --status odd"), @"
    exit code 2
    --- stderr
    error: invalid value 'odd' for '--status <STATUS>'
      [possible values: running, done, failed, interrupted, unreadable]

    For more information, try '--help'.
    ");
}

#[test]
fn a_run_is_an_object_for_programs() {
    let folder = two();
    let runs = objects(&folder);
    let mut run = runs[0].clone();
    for name in ["began", "ended"] {
        let time = run[name].take();
        let time: jiff::Timestamp = time.as_str().unwrap().parse().unwrap();
        assert_eq!(
            time.as_second() / 100,
            jiff::Timestamp::now().as_second() / 100
        );
    }
    assert!(run["duration"].take().as_f64().unwrap() > 0.0);
    let sessions = run["sessions"].take();
    assert!(sessions[0]["began"].is_string() && sessions[0]["ended"] == runs[0]["ended"]);
    assert_eq!(run["recipe_hash"].take().as_str().unwrap().len(), 64);
    let text = format!("{run:#}");
    let text = text.replace(
        folder.path("").to_str().unwrap().trim_end_matches('/'),
        "[folder]",
    );
    assert_snapshot!(folder.settled(&text), @r#"
    {
      "id": "[run 1]",
      "recipe": "recipes/bad.json",
      "recipe_hash": null,
      "folder": "[folder]",
      "status": "failed",
      "began": null,
      "ended": null,
      "duration": null,
      "error": "recipes/bad.json: step 0 (read_file): file not found: no.md",
      "sessions": null,
      "counts": {
        "failed": 1
      }
    }
    "#);
    assert_eq!(runs[1]["counts"], json!({"done": 1}));
}

#[test]
fn an_empty_store_is_not_an_error() {
    let folder = Folder::new();
    assert_snapshot!(folder.stored("runs"), @"
    exit code 0
    --- stderr
    note: no stored runs in runs
    ");
    assert_snapshot!(folder.stored("runs --json"), @"
    exit code 0
    --- stdout
    []
    --- stderr
    note: no stored runs in runs
    ");
}

#[test]
fn a_file_as_store_is_an_error() {
    let folder = Folder::new().file("runs", "");
    assert_snapshot!(folder.stored("runs"), @"
    exit code 2
    --- stderr
    error: cannot use directory runs: Not a directory (os error 20)
    ");
}

#[test]
fn a_run_that_cannot_be_read_does_not_hide_the_others() {
    let folder = two();
    for _ in 0..3 {
        folder.run_durably("good.json");
    }
    let ids = folder.ids();
    fs::write(folder.database(&ids[0]), "x".repeat(5_000)).unwrap();
    fs::remove_file(folder.database(&ids[1])).unwrap();
    let mut database = fs::read(folder.database(&ids[2])).unwrap();
    // The format version.
    database[60..64].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(folder.database(&ids[2]), &database).unwrap();
    // All but the first pages.
    let database = fs::read(folder.database(&ids[3])).unwrap();
    fs::write(folder.database(&ids[3]), &database[..2_048]).unwrap();
    let text = listed(&folder, "").replace(folder.path("").to_str().unwrap(), "[folder]/");
    assert_snapshot!(text, @"
    [run 4] | done | [minute] | [time] | good.json
    [run 3] | unreadable | [minute] | cannot read journal runs/[run 3]/run.db: database disk image is malformed
    [run 2] | unreadable | [minute] | journal runs/[run 2]/run.db has format 99, this version reads format 2: use the version that wrote it
    [run 1] | unreadable | [minute] | empty journal runs/[run 1]/run.db: its process ended before the run began
    [run 0] | unreadable | [minute] | cannot read journal runs/[run 0]/run.db: file is not a database
    ");
    assert_eq!(listed(&folder, "--status unreadable").lines().count(), 4);
    assert_eq!(listed(&folder, "--recipe .json").lines().count(), 1);

    let runs = objects(&folder);
    assert_eq!(runs.len(), 5);
    let mut unreadable = runs[2].clone();
    assert!(
        unreadable["error"]
            .take()
            .as_str()
            .unwrap()
            .contains("format 99")
    );
    assert!(unreadable["began"].take().is_string());
    assert_snapshot!(folder.settled(&format!("{unreadable:#}")), @r#"
    {
      "id": "[run 2]",
      "recipe": null,
      "recipe_hash": null,
      "folder": null,
      "status": "unreadable",
      "began": null,
      "ended": null,
      "duration": null,
      "error": null,
      "sessions": [],
      "counts": {}
    }
    "#);
}

#[cfg(unix)]
#[test]
fn names_and_errors_cannot_control_the_terminal() {
    let name = "a\nb\u{1b}[2J.json";
    let folder = Folder::new().file(
        name,
        r#"[{"type": "read_file", "path": "\u001b[31m<script>\n", "artifact": "a"}]"#,
    );
    let mut command = folder.command("run --durable --store runs -q");
    folder.outcome(command.arg(name));
    assert_snapshot!(listed(&folder, ""), @r"[run 0] | failed | [minute] | [time] | a\nb\u{1b}[2J.json | step 0 (read_file): file not found: \u{1b}[31m<script>\n");
}

#[test]
fn secrets_are_masked_in_lists() {
    let folder = Folder::new().file(
        "r.json",
        r#"[{"type": "read_file", "path": "hunter2-hunter2", "artifact": "a"}]"#,
    );
    folder.run_durably("r.json --config api_key=hunter2-hunter2");
    assert_snapshot!(listed(&folder, ""), @"[run 0] | failed | [minute] | [time] | r.json | step 0 (read_file): file not found: ***");
}

#[cfg(unix)]
#[test]
fn a_run_is_running_until_its_process_ends() {
    use crate::stored::{RunAtWork, SLOW};
    let folder = Folder::new().file("slow.json", SLOW);
    let at_work = RunAtWork::start(&folder);
    assert_snapshot!(listed(&folder, ""), @"[run 0] | running | [minute] | [time] | slow.json");
    assert_eq!(objects(&folder)[0]["ended"], Value::Null);
    drop(at_work);
    assert_snapshot!(listed(&folder, ""), @"[run 0] | interrupted | [minute] | at least [time] | slow.json");
    let run = &objects(&folder)[0];
    assert_eq!((&run["ended"], &run["error"]), (&Value::Null, &Value::Null));
    assert_eq!(run["counts"]["running"], Value::Null);
}
