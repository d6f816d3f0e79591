//! Faults of the environment: few file descriptors, a full disk, changed files and directories.
//! `durable_faults.rs` tests faults of journals.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{Folder, Outcome};

fn parallel(substep: &Value, count: usize, max_concurrency: usize) -> String {
    let substeps = vec![substep; count];
    json!([{"type": "parallel", "max_concurrency": max_concurrency, "substeps": substeps}])
        .to_string()
}

/// Runs steps in a directory that they remove first.
fn in_removed_folder(steps: &Value) -> Outcome {
    let mut all = vec![json!({"type": "shell", "command": "rm -r ../inner"})];
    all.extend(steps.as_array().unwrap().iter().cloned());
    let folder = Folder::new().file("inner/r.json", json!(all).to_string());
    let mut command = folder.command("run r.json");
    folder.outcome(command.current_dir(folder.path("inner")))
}

#[test]
fn ten_thousand_concurrent_recipes_need_at_most_64_file_descriptors() {
    let call = json!({"type": "execute_recipe", "recipe_path": "part.json"});
    let folder = Folder::new()
        .file("r.json", parallel(&call, 10_000, 0))
        .file(
            "part.json",
            r#"[{"type": "set_context", "key": "x", "value": "{{ y }}"}]"#,
        );
    assert_snapshot!(folder.limited("-n 64", "run r.json"), @"
    exit code 0
    --- stderr
    20001 steps done in [time]
    ");
}

#[test]
fn more_programs_than_file_descriptors_are_an_error_that_a_limit_avoids() {
    let program = json!({"type": "command", "program": "cat"});
    let folder = Folder::new()
        .file("all.json", parallel(&program, 100, 0))
        .file("few.json", parallel(&program, 100, 4));
    let outcome = folder.limited("-n 64", "run all.json -q");
    assert_eq!(outcome.code(), 1);
    let stderr = outcome.stderr();
    assert!(
        stderr.starts_with("error: all.json: step 0 (parallel): substep "),
        "{stderr}"
    );
    let reason = "(command): cannot start cat: Too many open files (os error 24)\n";
    assert!(stderr.ends_with(reason), "{stderr}");
    assert_snapshot!(folder.limited("-n 64", "run few.json"), @"
    exit code 0
    --- stderr
    101 steps done in [time]
    ");
}

#[test]
fn a_full_disk_fails_the_writing_step_and_keeps_the_existing_file() {
    let large = "0123456789abcdef".repeat(4_096);
    let write = |path: &str| {
        json!([{"type": "write_files", "files": [{"path": path, "content": large}]}]).to_string()
    };
    let folder = Folder::new()
        .file("new.json", write("made"))
        .file("old.json", write("out/kept"))
        .file("out/kept", "as it was");
    assert_snapshot!(folder.limited("-f 16", "run new.json -q"), @"
    exit code 1
    --- stderr
    error: new.json: step 0 (write_files): cannot write made: File too large (os error 27)
    ");
    assert_snapshot!(folder.limited("-f 16", "run old.json -q"), @"
    exit code 1
    --- stderr
    error: old.json: step 0 (write_files): cannot write out/kept: File too large (os error 27)
    ");
    assert_eq!(folder.read("out/kept"), "as it was");
    // Temporary files are removed as well.
    assert_eq!(fs::read_dir(folder.path("out")).unwrap().count(), 1);
    assert_eq!(folder.names(), ["new.json", "old.json", "out"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_for_results_is_reported_after_all_steps() {
    for output in ["--report", "--trace", "--context-out"] {
        let folder = Folder::new().file(
            "r.json",
            r#"[{"type": "write_files", "files": [{"path": "made", "content": ""}]}]"#,
        );
        symlink("/dev/full", folder.path("full")).unwrap();
        let outcome = folder.recipe(&format!("run r.json -q {output} full"));
        assert_eq!(outcome.code(), 1, "{output}");
        assert_eq!(
            outcome.stderr(),
            "error: cannot write full: No space left on device (os error 28)\n",
            "{output}"
        );
        assert!(folder.path("made").exists());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_for_logs_is_reported_and_the_steps_run() {
    let folder = Folder::new().file("logs/x", "").file(
        "r.json",
        r#"[{"type": "write_files", "files": [{"path": "made", "content": ""}]}]"#,
    );
    symlink("/dev/full", folder.path("logs/info.log")).unwrap();
    assert_snapshot!(folder.recipe("run r.json -q --log-dir logs"), @"
    exit code 0
    --- stderr
    warning: logs/info.log is incomplete: No space left on device (os error 28)
    ");
    assert!(folder.path("made").exists());
}

#[test]
fn a_file_that_vanishes_after_globbing_is_reported_or_skipped_if_optional() {
    let read = |optional: bool| {
        json!([{"type": "read_files", "path": "notes/*.md", "content_key": "notes", "merge_mode": "dict",
            "optional": optional}])
        .to_string()
    };
    let folder = Folder::new()
        .file("r.json", read(false))
        .file("optional.json", read(true))
        .file("notes/b.md", "here");
    // Listed but impossible to open, like a file that is removed in between.
    symlink("nowhere", folder.path("notes/a.md")).unwrap();
    assert_snapshot!(folder.recipe("run r.json -q"), @"
    exit code 1
    --- stderr
    error: r.json: step 0 (read_files): file not found: notes/a.md
    ");
    assert_snapshot!(folder.recipe("run optional.json -q --context-out -"), @r#"
    exit code 0
    --- stdout
    {
      "notes": {
        "notes/b.md": "here"
      }
    }
    "#);
}

#[test]
fn an_unreadable_file_is_reported_even_if_optional() {
    let folder = Folder::new().file("folder/x", "");
    symlink("two", folder.path("one")).unwrap();
    symlink("one", folder.path("two")).unwrap();
    let mut said = String::new();
    for path in ["one", "one/below", "folder", "folder/x/below"] {
        let recipe =
            json!([{"type": "read_files", "path": path, "content_key": "x", "optional": true}]);
        fs::write(folder.path("r.json"), recipe.to_string()).unwrap();
        said += &folder.recipe("run r.json -q").stderr();
    }
    for recipe in ["one", "folder"] {
        said += &folder.recipe(&format!("run {recipe} -q")).stderr();
    }
    assert_snapshot!(said, @"
    error: r.json: step 0 (read_files): cannot read one: Too many levels of symbolic links (os error 40)
    error: r.json: step 0 (read_files): cannot read one/below: Too many levels of symbolic links (os error 40)
    error: r.json: step 0 (read_files): cannot read folder: Is a directory (os error 21)
    error: r.json: step 0 (read_files): cannot read folder/x/below: Not a directory (os error 20)
    error: one: cannot read recipe file: Too many levels of symbolic links (os error 40)
    error: folder: cannot read recipe file: Is a directory (os error 21)
    ");
}

#[test]
fn removing_the_working_directory_fails_the_step_that_needs_it() {
    assert_snapshot!(in_removed_folder(&json!([
        {"type": "set_context", "key": "x", "value": "goes on"},
        {"type": "command", "program": "true"},
        {"type": "write_files", "files": [{"path": "out/x", "content": ""}]},
    ])), @"
    exit code 1
    --- stderr
    error: r.json: step 3 (write_files): cannot write out/x: No such file or directory (os error 2)
    3 steps done, 1 failed in [time]
    ");
    assert_snapshot!(in_removed_folder(&json!([{"type": "read_file", "path": "x", "artifact": "x"}])), @"
    exit code 1
    --- stderr
    error: r.json: step 1 (read_file): file not found: x
    1 step done, 1 failed in [time]
    ");
    assert_snapshot!(in_removed_folder(&json!([{"type": "execute_recipe", "recipe_path": "part.json"}])), @"
    exit code 1
    --- stderr
    error: r.json: step 1 (execute_recipe): part.json: recipe file not found
    1 step done, 1 failed in [time]
    ");
}

#[test]
fn a_durable_run_without_a_working_directory_is_an_error() {
    let folder = Folder::new().file("r.json", "[]");
    let program = env!("CARGO_BIN_EXE_recipe");
    let script = format!(
        "mkdir inner; cd inner; rmdir ../inner; exec {program} run ../r.json --durable --store {}",
        folder.path("s").display()
    );
    let mut command = Command::new("bash");
    command.args(["-c", &script]).current_dir(folder.path(""));
    assert_snapshot!(folder.outcome(&mut command), @"
    exit code 2
    --- stderr
    error: cannot use the working directory: No such file or directory (os error 2)
    ");
}
