//! Durable runs with a faulty store.

use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use insta::assert_snapshot;

use crate::harness::Folder;

/// Steps that each append a line to `log`.
fn many(count: usize) -> String {
    let steps: Vec<String> = (0..count)
        .map(|index| format!(r#"{{"type": "shell", "command": "echo {index} >> log"}}"#))
        .collect();
    format!("[{}]", steps.join(","))
}

/// Directory of the only run in the store `s`.
fn run_folder(folder: &Folder) -> PathBuf {
    let mut runs = fs::read_dir(folder.path("s")).unwrap();
    runs.next().unwrap().unwrap().path()
}

/// Id of that run.
fn run_id(folder: &Folder) -> String {
    let run = run_folder(folder);
    run.file_name().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn a_full_disk_fails_the_step_and_keeps_earlier_records() {
    let folder = Folder::new().file("r.json", many(200));
    let outcome = folder.limited("-f 64", "run r.json --durable --store s");
    assert_eq!(outcome.code(), 1, "{outcome}");
    let done = folder.read("log").lines().count();
    assert!((2..200).contains(&done), "{done} steps");
    let failed = done - 1;
    let stderr = outcome.stderr();
    let error = stderr.lines().next().unwrap();
    assert!(
        error.starts_with(&format!(
            "error: r.json: step {failed} (shell): cannot write journal s/[run]/run.db: "
        )),
        "{stderr}"
    );

    let outcome = folder.recipe("resume --store s");
    assert_eq!(outcome.code(), 0, "{outcome}");
    // Only the unrecorded step runs again.
    assert_eq!(folder.read("log").lines().count(), 201);
    assert!(
        outcome.stderr().contains(&format!("{failed} reused")),
        "{outcome}"
    );
}

#[test]
fn on_error_does_not_handle_a_full_disk() {
    let steps = format!(
        r#"[{{"type": "parallel", "fail_fast": false, "on_error": [{{"type": "shell", "command": "echo recovered >> log"}}],
            "substeps": {}}}]"#,
        many(200)
    );
    let folder = Folder::new().file("r.json", steps);
    let outcome = folder.limited("-f 64", "run r.json --durable --store s -q");
    assert_eq!(outcome.code(), 1, "{outcome}");
    assert!(!folder.read("log").contains("recovered"), "{outcome}");
}

#[test]
fn a_read_only_store_is_an_error_before_the_first_step() {
    let folder = Folder::new().file("r.json", many(1)).file("s", "a file");
    assert_snapshot!(folder.recipe("run r.json --durable --store s"), @"
    exit code 2
    --- stderr
    error: cannot use directory s: File exists (os error 17)
    ");
    assert_snapshot!(folder.recipe("run r.json --durable --store /proc/nowhere"), @"
    exit code 2
    --- stderr
    error: cannot use directory /proc/nowhere: No such file or directory (os error 2)
    ");
    assert!(!folder.path("log").exists());
}

#[test]
fn a_journal_that_becomes_read_only_is_an_error() {
    let folder = Folder::new().file("r.json", r#"[{"type": "shell", "command": "test -f ok"}]"#);
    folder.recipe("run r.json --durable --store s -q");
    let outcome = folder.limited("-f 0", "resume --store s");
    assert_snapshot!(outcome, @"
    exit code 2
    --- stderr
    error: cannot write journal [folder]/s/[run]/run.db: disk I/O error
    ");
}

#[test]
fn two_processes_cannot_run_the_same_run() {
    let folder = Folder::new().file(
        "r.json",
        r#"[{"type": "shell", "command": "touch started; while ! test -f ok; do sleep 0.01; done; echo x >> log"}]"#,
    );
    let mut first = folder
        .command("run r.json --durable --store s")
        .spawn()
        .unwrap();
    while !folder.path("started").exists() {
        sleep(Duration::from_millis(5));
    }
    let id = run_id(&folder);
    assert_snapshot!(folder.recipe(&format!("resume {id} --store s")), @"
    exit code 2
    --- stderr
    error: run is locked by another process: [run]
    ");
    // Without its id it is not selected.
    assert_snapshot!(folder.recipe("resume --store s"), @"
    exit code 2
    --- stderr
    error: no run to resume in [folder]/s
    ");
    fs::write(folder.path("ok"), "").unwrap();
    assert!(first.wait().unwrap().success());
    assert_eq!(folder.read("log"), "x\n");
}

#[test]
fn a_journal_of_an_unsupported_format_is_rejected() {
    let folder = Folder::new().file("r.json", r#"[{"type": "shell", "command": "test -f ok"}]"#);
    folder.recipe("run r.json --durable --store s -q");
    // Offset of `PRAGMA user_version` in SQLite files.
    let file = run_folder(&folder).join("run.db");
    let mut bytes = fs::read(&file).unwrap();
    bytes[60..64].copy_from_slice(&99u32.to_be_bytes());
    fs::write(&file, bytes).unwrap();
    let id = run_id(&folder);
    assert_snapshot!(folder.recipe(&format!("resume {id} --store s")), @"
    exit code 2
    --- stderr
    error: journal [folder]/s/[run]/run.db has format 99, this version reads format 2: use the version that wrote it
    ");
}

#[test]
fn a_corrupt_journal_is_rejected() {
    let folder = Folder::new().file("r.json", r#"[{"type": "shell", "command": "test -f ok"}]"#);
    folder.recipe("run r.json --durable --store s -q");
    let file = run_folder(&folder).join("run.db");
    let id = run_id(&folder);
    let resume = || folder.recipe(&format!("resume {id} --store s")).to_string();
    fs::write(&file, "not a database, but a text that is long enough to be taken for one at first sight, if only just so").unwrap();
    assert_snapshot!(resume(), @"
    exit code 2
    --- stderr
    error: cannot read journal [folder]/s/[run]/run.db: file is not a database
    ");
    fs::write(&file, "").unwrap();
    assert_snapshot!(resume(), @"
    exit code 2
    --- stderr
    error: empty journal [folder]/s/[run]/run.db: its process ended before the run began
    ");
    fs::remove_file(&file).unwrap();
    assert_snapshot!(resume(), @"
    exit code 2
    --- stderr
    error: empty journal [folder]/s/[run]/run.db: its process ended before the run began
    ");
}

#[test]
fn a_removed_directory_is_an_error() {
    let folder = Folder::new().file(
        "inner/r.json",
        r#"[{"type": "shell", "command": "test -f ok"}]"#,
    );
    let mut command = folder.command("run r.json --durable -q");
    folder.outcome(command.current_dir(folder.path("inner")));
    fs::rename(folder.path("inner"), folder.path("outer")).unwrap();
    assert_snapshot!(folder.recipe("resume"), @"
    exit code 2
    --- stderr
    error: cannot use the folder of the run: [folder]/inner: No such file or directory (os error 2)
    ");
}
