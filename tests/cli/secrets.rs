//! Secrets: configuration values with secret names are masked everywhere.

use crate::harness::{Folder, Outcome};
use insta::assert_snapshot;

const SECRET: &str = "sk-live-1234";

fn assert_hidden(outcome: &Outcome) {
    assert!(!outcome.stdout().contains(SECRET), "{outcome}");
    assert!(!outcome.stderr().contains(SECRET), "{outcome}");
    assert!(outcome.stderr().contains("***"), "{outcome}");
}

/// Recipe that fails with the secret in its error.
fn folder() -> Folder {
    Folder::new().file(
        "r.json",
        format!(r#"[{{"type": "read_file", "path": "{SECRET}.md", "artifact": "x"}}]"#),
    )
}

#[test]
fn a_secret_given_as_an_option_is_masked_in_errors_and_progress() {
    let outcome = folder().recipe(&format!("run r.json -vv --config api_key={SECRET}"));
    assert_hidden(&outcome);
    assert_snapshot!(outcome, @"
    exit code 1
    --- stderr
    given      configuration api_key
    running    r.json
    started    0 read_file
    failed     0 read_file ([time]): file not found: ***.md
    error: r.json: step 0 (read_file): file not found: ***.md
    0 steps done, 1 failed in [time]
    ");
}

#[test]
fn a_secret_is_masked_in_problems_of_the_document() {
    let folder = Folder::new().file("r.json", format!(r#"[{{"type": "{SECRET}"}}]"#));
    assert_hidden(&folder.recipe(&format!("run r.json --config password={SECRET}")));
}

#[test]
fn a_secret_is_masked_in_warnings() {
    let folder = Folder::new().file(
        "r.json",
        format!(r#"[{{"type": "set_context", "key": "a", "value": 1, "{SECRET}": 1}}]"#),
    );
    let outcome = folder.recipe(&format!("run r.json --config password={SECRET}"));
    assert_eq!(outcome.code(), 0);
    assert_hidden(&outcome);
}

#[test]
fn a_secret_from_the_environment_is_masked() {
    let folder = Folder::new().file(
        "r.json",
        format!(
            r#"{{"env_vars": ["RECIPE_TEST_API_KEY"], "steps": [
                {{"type": "read_file", "path": "{SECRET}.md", "artifact": "x"}}]}}"#
        ),
    );
    let mut command = folder.command("run r.json -v");
    assert_hidden(&folder.outcome(command.env("RECIPE_TEST_API_KEY", SECRET)));
}

#[test]
fn a_secret_that_only_a_substep_loads_is_masked() {
    let folder = Folder::new()
        .file(
            "main.json",
            r#"[{"type": "parallel", "substeps": [{"type": "execute_recipe", "recipe_path": "sub.json"}]}]"#,
        )
        .file(
            "sub.json",
            format!(
                r#"{{"env_vars": ["RECIPE_TEST_API_KEY"], "steps": [
                    {{"type": "read_file", "path": "{SECRET}.md", "artifact": "x"}}]}}"#
            ),
        );
    let mut command = folder.command("run main.json -vv");
    assert_hidden(&folder.outcome(command.env("RECIPE_TEST_API_KEY", SECRET)));
}

#[test]
fn a_secret_is_masked_in_logs() {
    let folder = folder();
    folder.recipe(&format!(
        "run r.json --log-dir logs --config api_key={SECRET}"
    ));
    for name in ["debug.log", "info.log", "error.log"] {
        let log = folder.read(&format!("logs/{name}"));
        assert!(!log.contains(SECRET) && log.contains("***"), "{log}");
    }
}
