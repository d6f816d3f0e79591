//! `recipe validate`: all that is wrong with documents, without running them.

use crate::harness::Folder;
use insta::assert_snapshot;

#[test]
fn valid_recipes_are_passed_over_in_silence() {
    let folder = Folder::new()
        .file("a.json", r#"{"steps": []}"#)
        .file("b.md", "```json\n[{\"type\": \"write_files\", \"files\": [{\"path\": \"x\", \"content\": \"\"}]}]\n```");
    assert_snapshot!(folder.recipe("validate a.json b.md"), @"exit code 0");
    assert_eq!(folder.names(), ["a.json", "b.md"]);
}

#[test]
fn every_error_is_a_line_with_its_place() {
    let folder = Folder::new().file(
        "r.json",
        r#"{
  "naem": "x",
  "steps": [
    {"type": "paralel"},
    {"type": "parallel", "config": {
      "substeps": [
        {"type": "set_context", "key": "a", "value": 1, "if_exist": "merge"},
        {"type": "set_context", "key": "a", "value": 1, "if_exists": "replace"},
        {"type": "conditional", "condition": "true", "if_true": {"steps": [{"type": "teleport"}]}}
      ]
    }},
    {"type": "parallel", "substeps": [], "delay": -1}
  ]
}"#,
    );
    assert_snapshot!(folder.recipe("validate r.json"), @"
    exit code 1
    --- stderr
    error: r.json: line 2, column 3: unknown field: naem
    help: did you mean `name`?
    error: r.json: line 4, column 14: step 0: unknown step type: paralel
    help: did you mean `parallel`?
    error: r.json: line 7, column 57: step 1 (parallel): substep 0 (set_context): unknown field: if_exist
    help: did you mean `if_exists`?
    error: r.json: line 8, column 70: step 1 (parallel): substep 1 (set_context): if_exists: expected `overwrite` or `merge`, found `replace`
    error: r.json: line 9, column 85: step 1 (parallel): substep 2 (conditional): if_true step 0: unknown step type: teleport
    error: r.json: line 12, column 51: step 2 (parallel): delay: -1 is not a number of seconds, write 0 or more
    ");
}

#[test]
fn every_file_is_checked_and_the_worst_decides_how_it_ends() {
    let folder = Folder::new()
        .file("wrong.json", r#"[{"type": "set_context"}]"#)
        .file("right.json", "[]")
        .file("broken.json", "[{]");
    assert_snapshot!(folder.recipe("validate wrong.json right.json broken.json"), @"
    exit code 1
    --- stderr
    error: wrong.json: line 1, column 11: step 0 (set_context): missing field `key`
    error: broken.json: line 1, column 3: key must be a string, near `[{]`
    ");
    assert_snapshot!(folder.recipe("validate missing.json wrong.json"), @"
    exit code 2
    --- stderr
    error: missing.json: recipe file not found
    error: wrong.json: line 1, column 11: step 0 (set_context): missing field `key`
    ");
}

#[test]
fn a_long_list_of_errors_is_cut() {
    let steps = vec![r#"{"type": "teleport"}"#; 30].join(",\n");
    let folder = Folder::new().file("r.json", format!("[{steps}]"));
    let outcome = folder.recipe("validate r.json");
    assert_eq!(outcome.code(), 1);
    let stderr = outcome.stderr();
    assert_eq!(stderr.lines().count(), 21);
    assert_snapshot!(stderr.lines().last().unwrap(), @"error: r.json: 10 more problems");
}
