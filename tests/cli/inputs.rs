//! `recipe inputs`: lists the inputs of a recipe.

use crate::harness::Folder;
use insta::assert_snapshot;

#[test]
fn every_input_is_a_line_with_type_requirement_and_description() {
    let folder = Folder::new().file(
        "r.json",
        r#"{"inputs": {
            "title": {"type": "string", "description": "The title\nof the report."},
            "count": {"type": "integer", "default": 3},
            "parts": {"type": "array", "default": ["a", {"b": null}], "description": "What to tell."},
            "on": {"type": "boolean", "required": false},
            "anything": {}
        }, "steps": []}"#,
    );
    assert_snapshot!(folder.recipe("inputs r.json"), @r#"
    exit code 0
    --- stdout
    title     string   required          The title of the report.
    count     integer  3
    parts     array    ["a",{"b":null}]  What to tell.
    on        boolean  optional
    anything  any      required
    "#);
}

#[test]
fn a_recipe_without_inputs_prints_a_note_and_no_results() {
    let folder = Folder::new().file("r.json", "[]");
    assert_snapshot!(folder.recipe("inputs r.json"), @"
    exit code 0
    --- stderr
    note: r.json has no inputs
    ");
}

#[test]
fn an_invalid_recipe_is_reported_as_in_a_run() {
    let folder = Folder::new()
        .file(
            "wrong.json",
            r#"{"inptus": {}, "steps": [{"type": "paralel"}]}"#,
        )
        .file("broken.json", "[{]")
        .file(
            "ill.json",
            r#"{"inputs": {"n": {"type": "int"}}, "steps": []}"#,
        );
    for name in ["wrong.json", "broken.json", "ill.json", "missing.json", "."] {
        let listed = folder.recipe(&format!("inputs {name}"));
        let run = folder.recipe(&format!("run {name}"));
        assert_eq!(listed.to_string(), run.to_string());
    }
    assert_snapshot!(folder.recipe("inputs broken.json"), @"
    exit code 2
    --- stderr
    error: broken.json: line 1, column 3: key must be a string, near `[{]`
    ");
}

#[test]
fn warnings_are_those_of_a_run() {
    let folder = Folder::new().file(
        "r.json",
        r#"{"inputs": {"n": {"type": "integer"}}, "descripton": "d", "steps": []}"#,
    );
    assert_snapshot!(folder.recipe("inputs r.json"), @"
    exit code 0
    --- stdout
    n  integer  required
    --- stderr
    warning: r.json: line 1, column 40: unknown field: descripton
    help: did you mean `description`?
    ");
}

#[test]
fn control_characters_are_escaped() {
    let folder = Folder::new().file(
        "r.json",
        r#"{"inputs": {"a\u001b[31m": {"description": "b\u0007"}}, "steps": []}"#,
    );
    assert_snapshot!(folder.recipe("inputs r.json"), @r"
    exit code 0
    --- stdout
    a\u{1b}[31m  any  required  b\u{7}
    ");
}
