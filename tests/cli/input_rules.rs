//! Constraints and defaults of inputs, and undeclared artifacts.

use insta::assert_snapshot;

use crate::harness::Folder;

fn folder(inputs: &str) -> Folder {
    let step = r#"{"type": "set_context", "key": "seen", "value": "{{ n }}"}"#;
    Folder::new().file(
        "r.json",
        format!("{{\n\"inputs\": {inputs},\n\"steps\": [{step}]}}"),
    )
}

#[test]
fn an_invalid_default_is_rejected_before_the_run() {
    for inputs in [
        r#"{"n": {"type": "integer", "default": "abc"}}"#,
        r#"{"n": {"type": "string", "default": 5}}"#,
        r#"{"n": {"enum": ["a", "b"], "default": "c"}}"#,
        r#"{"n": {"type": "integer", "minimum": 1, "default": 0}}"#,
        r#"{"n": {"pattern": "(", "default": "c"}}"#,
    ] {
        let folder = folder(inputs);
        assert_eq!(
            folder.recipe("run r.json --context n=1").code(),
            2,
            "{inputs}"
        );
        assert_eq!(folder.recipe("validate r.json").code(), 1, "{inputs}");
    }
    let folder = folder(r#"{"n": {"type": "integer", "default": "abc"}}"#);
    assert_snapshot!(folder.recipe("validate r.json"), @r#"
    exit code 1
    --- stderr
    error[invalid-value]: inputs.n.default: expected an integer, found "abc"
     --> r.json:2:48
      |
    2 | "inputs": {"n": {"type": "integer", "default": "abc"}},
      |                                                ^^^^^

    1 error in 1 of 1 file
    "#);
    assert_snapshot!(folder.recipe("run r.json"), @r#"
    exit code 2
    --- stderr
    error: r.json: line 2, column 48: inputs.n.default: expected an integer, found "abc"
    "#);
}

#[test]
fn a_value_that_violates_a_constraint_is_rejected() {
    let folder = folder(
        r#"{"n": {"type": "integer", "minimum": 1, "maximum": 9, "description": "how many"}}"#,
    );
    assert_snapshot!(folder.recipe("run r.json --context n=12"), @"
    exit code 2
    --- stderr
    error: r.json: input n (how many) is more than 9: 12
    ");
    assert_snapshot!(folder.recipe("run r.json --context n=5.0 -q --context-out -"), @r#"
    exit code 0
    --- stdout
    {
      "n": 5,
      "seen": "5"
    }
    "#);
}

#[test]
fn an_undeclared_artifact_is_reported() {
    let folder = folder(r#"{"n": {"type": "string", "default": "x"}, "name": {"default": ""}}"#)
        .file("given.json", r#"{"nam": 1}"#);
    assert_snapshot!(folder.recipe("run r.json --context nmae=Bob"), @"
    exit code 0
    --- stderr
    warning: undeclared artifact: nmae, r.json has no such input
    help: did you mean `name`?
    1 step done in [time]
    ");
    assert_snapshot!(folder.recipe("run r.json --strict --context nmae=Bob"), @"
    exit code 2
    --- stderr
    error: undeclared artifact: nmae, r.json has no such input
    help: did you mean `name`?
    ");
    assert_snapshot!(folder.recipe("run r.json --context-file given.json"), @"
    exit code 0
    --- stderr
    warning: undeclared artifact: nam, r.json has no such input
    help: did you mean `name`?
    1 step done in [time]
    ");
}

#[test]
fn misspelt_or_unsupported_keywords_are_reported() {
    let folder = folder(r#"{"n": {"minimun": 1, "multipleOf": 2}}"#);
    assert_snapshot!(folder.recipe("validate r.json"), @r#"
    exit code 1
    --- stderr
    error[unknown-field]: unknown field: minimun
     --> r.json:2:18
      |
    2 | "inputs": {"n": {"minimun": 1, "multipleOf": 2}},
      |                  ^^^^^^^^^
      = help: did you mean `minimum`?

    error[unknown-field]: unknown field: multipleOf
     --> r.json:2:32
      |
    2 | "inputs": {"n": {"minimun": 1, "multipleOf": 2}},
      |                                ^^^^^^^^^^^^

    2 errors in 1 of 1 file
    "#);
}
