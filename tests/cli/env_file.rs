//! The file `.env` in the working directory.

use crate::harness::Folder;
use insta::assert_snapshot;

/// Recipe whose error shows the configuration value, unless masked.
const RECIPE: &str = r#"{"env_vars": ["RECIPE_TEST_TOKEN"], "steps": [
    {"type": "read_file", "path": "of-file and of-process", "artifact": "x"}
]}"#;

#[test]
fn variables_are_read_and_the_environment_wins() {
    let folder = Folder::new()
        .file("r.json", RECIPE)
        .file(".env", "RECIPE_TEST_TOKEN=of-file\n");
    assert_snapshot!(folder.recipe("run r.json"), @"
    exit code 1
    --- stderr
    error: r.json: step 0 (read_file): file not found: *** and of-process
    0 steps done, 1 failed in [time]
    ");
    let mut command = folder.command("run r.json");
    assert_snapshot!(folder.outcome(command.env("RECIPE_TEST_TOKEN", "of-process")), @"
    exit code 1
    --- stderr
    error: r.json: step 0 (read_file): file not found: of-file and ***
    0 steps done, 1 failed in [time]
    ");
}

#[test]
fn a_malformed_file_is_an_error_without_values() {
    let folder = Folder::new()
        .file("r.json", "[]")
        .file(".env", "A=1\nAPI_KEY sk-live-1234\n");
    assert_snapshot!(folder.recipe("run r.json"), @"
    exit code 2
    --- stderr
    error: .env: line 2: not of the form NAME=VALUE
    ");
}

#[test]
fn a_file_of_invalid_utf8_is_an_error() {
    let folder = Folder::new().file("r.json", "[]").file(".env", b"A=\xff\n");
    assert_snapshot!(folder.recipe("run r.json"), @"
    exit code 2
    --- stderr
    error: cannot read .env: stream did not contain valid UTF-8
    ");
}

#[test]
fn a_directory_of_that_name_is_ignored() {
    let folder = Folder::new()
        .file("r.json", "[]")
        .file(".env/bin/python", "");
    assert_snapshot!(folder.recipe("run r.json"), @"
    exit code 0
    --- stderr
    0 steps done in [time]
    ");
}

#[test]
fn a_file_in_a_parent_directory_is_not_read() {
    let folder = Folder::new()
        .file("in/r.json", RECIPE)
        .file(".env", "RECIPE_TEST_TOKEN=of-file\n");
    let mut command = folder.command("run r.json");
    let outcome = folder.outcome(command.current_dir(folder.path("in")));
    assert!(outcome.stderr().contains("of-file"), "{outcome}");
}
