//! Output to a closed pipe or a full disk: never a panic.

use std::io::pipe;

use crate::harness::Folder;

#[test]
fn a_closed_pipe_is_not_an_error() {
    let folder = Folder::new()
        .file("r.json", "[]")
        .file("i.json", r#"{"inputs": {"n": {}}, "steps": []}"#);
    folder.recipe("run r.json -q --durable");
    for arguments in [
        "schema",
        "steps",
        "inputs i.json",
        "graph r.json",
        "init",
        "completions bash",
        "man",
        "--help",
        "--version",
        "run r.json -q --context-out -",
        "run r.json -q --events -",
        "runs",
        "runs --json",
        "runs prune --keep 0 --dry-run",
        "show",
        "show --json",
        "show --report -",
    ] {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let outcome = folder.outcome(folder.command(arguments).stdout(writer));
        assert_eq!((outcome.code(), &*outcome.stderr()), (0, ""), "{arguments}");
    }
}

#[test]
fn a_closed_standard_error_changes_nothing() {
    let folder = Folder::new().file(
        "r.json",
        r#"[{"type": "read_file", "path": "x", "artifact": "x"}]"#,
    );
    for (arguments, code) in [("run r.json -v", 1), ("validate missing", 2), ("run", 2)] {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let outcome = folder.outcome(folder.command(arguments).stderr(writer));
        assert_eq!(outcome.code(), code, "{arguments}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let folder = Folder::new().file("r.json", "[]");
    folder.recipe("run r.json -q --durable");
    for arguments in [
        "runs",
        "runs --json",
        "runs prune --keep 0 --dry-run",
        "show",
        "show --json",
        "show --report -",
        "schema",
        "steps",
        "init",
        "completions zsh",
        "man",
        "graph r.json",
        "--help",
        "run r.json -q --context-out -",
    ] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let outcome = folder.outcome(folder.command(arguments).stdout(full));
        assert_eq!(outcome.code(), 1, "{arguments}");
        let stderr = outcome.stderr();
        assert!(stderr.starts_with("error: cannot write"), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}
