//! Recipes that run programs: rejecting them, their output in the log, their secrets.

use crate::harness::Folder;
use insta::assert_snapshot;

const SECRET: &str = "sk-live-1234";

#[test]
fn recipes_that_run_programs_can_be_rejected() {
    let folder = Folder::new().file(
        "r.json",
        r#"[
    {"type": "shell", "command": "touch ran"},
    {"type": "parallel", "substeps": [{"type": "command", "program": "touch", "args": ["ran"]}]}
]"#,
    );
    assert_snapshot!(folder.recipe("run r.json --no-commands"), @"
    exit code 2
    --- stderr
    error: r.json: line 2, column 14: step 0 (shell): shell steps are refused: the run was started with --no-commands
    error: r.json: line 3, column 48: step 1 (parallel): substep 0 (command): command steps are refused: the run was started with --no-commands
    ");
    assert_eq!(folder.names(), ["r.json"]);
    assert_eq!(folder.recipe("validate r.json").code(), 0);
    assert_eq!(folder.recipe("run r.json").code(), 0);
    assert!(folder.path("ran").exists());
}

#[test]
fn called_recipes_that_run_programs_are_rejected_on_loading() {
    let folder = Folder::new()
        .file(
            "main.json",
            r#"[{"type": "write_files", "files": [{"path": "before", "content": ""}]},
                {"type": "execute_recipe", "recipe_path": "sub.json"}]"#,
        )
        .file(
            "sub.json",
            r#"[{"type": "write_files", "files": [{"path": "late", "content": ""}]},
                {"type": "shell", "command": "touch late"}]"#,
        );
    assert_snapshot!(folder.recipe("run main.json --no-commands"), @"
    exit code 1
    --- stderr
    error: main.json: step 1 (execute_recipe): sub.json: line 2, column 26: step 1 (shell): shell steps are refused: the run was started with --no-commands
    1 step done, 1 failed in [time]
    ");
    assert_eq!(folder.names(), ["before", "main.json", "sub.json"]);
}

#[test]
fn the_output_of_programs_goes_to_the_debug_log() {
    let folder = Folder::new().file(
        "r.json",
        r#"[{"type": "shell", "command": "echo 'one\u001b[1m'; sleep 0.1; printf two >&2; exit 4"}]"#,
    );
    assert_snapshot!(folder.recipe("run r.json --log-dir logs"), @"
    exit code 1
    --- stderr
    error: r.json: step 0 (shell): sh exited with status 4: two
    0 steps done, 1 failed in [time]
    ");
    let log = folder.read("logs/debug.log");
    let records: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("step output"))
        .map(|line| line.split_once(' ').unwrap().1.trim())
        .collect();
    assert_eq!(
        records,
        [
            r"DEBUG step output: 0 stdout: one\u{1b}[1m",
            "DEBUG step output: 0 stderr: two"
        ]
    );
    assert!(!folder.read("logs/info.log").contains("step output"));
}

#[test]
fn a_secret_that_a_program_prints_is_masked() {
    let folder = Folder::new().file(
        "r.json",
        format!(
            r#"[{{"type": "shell", "command": "echo $S; echo \"no: $S\" >&2; exit 1", "env": {{"S": "{SECRET}"}}}}]"#
        ),
    );
    let arguments = format!("run r.json -vv --log-dir logs --config api_key={SECRET}");
    let outcome = folder.recipe(&arguments);
    assert_snapshot!(outcome, @"
    exit code 1
    --- stderr
    given      configuration api_key
    running    r.json
    started    0 shell
    failed     0 shell ([time]): sh exited with status 1: no: ***
    error: r.json: step 0 (shell): sh exited with status 1: no: ***
    0 steps done, 1 failed in [time]
    ");
    let log = folder.read("logs/debug.log");
    assert!(
        log.contains("stdout: ***") && !log.contains(SECRET),
        "{log}"
    );
}

#[test]
fn a_secret_is_masked_where_a_long_line_is_truncated() {
    let print = |length: usize| {
        let dots = ".".repeat(length - SECRET.len() / 2);
        format!("printf '{dots}%s and on\\n' \"$S\" >&2; ")
    };
    let command = format!("{}{} exit 1", print(8 << 10), print(160));
    let shell = serde_json::json!([{"type": "shell", "command": command, "env": {"S": SECRET}}]);
    let folder = Folder::new().file("r.json", shell.to_string());
    let arguments = format!("run r.json --log-dir logs --config api_key={SECRET}");
    let half = &SECRET[..SECRET.len() / 2];
    let outcome = folder.recipe(&arguments);
    assert!(outcome.stderr().contains("***"), "{outcome}");
    for text in [outcome.stderr(), folder.read("logs/debug.log")] {
        assert!(!text.contains(half), "{text}");
    }
}
