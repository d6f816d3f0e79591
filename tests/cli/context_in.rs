//! `--context`, `--context-file` and `--config`: the initial context of a run.

use crate::harness::Folder;
use insta::assert_snapshot;

fn folder(context: &str) -> Folder {
    Folder::new()
        .file("r.json", "[]")
        .file("given.json", context)
}

#[test]
fn context_values_are_text_and_override_the_file() {
    let folder = folder(r#"{"a": [1, {"b": null}], "n": 1}"#);
    let outcome = folder.recipe(
        "run r.json --context n=2 --context-file given.json --context url=a=b --context empty= --context-out -",
    );
    assert_snapshot!(outcome, @r#"
    exit code 0
    --- stdout
    {
      "a": [
        1,
        {
          "b": null
        }
      ],
      "n": "2",
      "url": "a=b",
      "empty": ""
    }
    --- stderr
    0 steps done in [time]
    "#);
}

#[test]
fn the_last_value_of_a_name_wins() {
    let outcome = folder("{}").recipe("run r.json --context a=1 --context a=2 --context-out -");
    assert_snapshot!(outcome, @r#"
    exit code 0
    --- stdout
    {
      "a": "2"
    }
    --- stderr
    0 steps done in [time]
    "#);
}

#[test]
fn configuration_is_not_an_artifact() {
    let outcome = folder("{}").recipe("run r.json --config region=eu --context-out -");
    assert_snapshot!(outcome, @"
    exit code 0
    --- stdout
    {}
    --- stderr
    0 steps done in [time]
    ");
}

#[test]
fn inputs_convert_text_and_fill_in_defaults() {
    let folder = Folder::new().file(
        "r.json",
        r#"{"inputs": {"n": {"type": "integer"}, "on": {"default": true}}, "steps": []}"#,
    );
    assert_snapshot!(folder.recipe("run r.json --context n=3 --context-out -"), @r#"
    exit code 0
    --- stdout
    {
      "n": 3,
      "on": true
    }
    --- stderr
    0 steps done in [time]
    "#);
}

#[test]
fn a_malformed_file_is_shown_with_its_location() {
    assert_snapshot!(folder("{\n  \"a\": 1,\n}").recipe("run r.json --context-file given.json"), @"
    exit code 2
    --- stderr
    error: given.json: line 3, column 1: trailing comma
    ");
    assert_snapshot!(folder("").recipe("run r.json --context-file given.json"), @"
    exit code 2
    --- stderr
    error: given.json: line 1, column 1: unexpected end of input, expected a value
    ");
    let deep = "[".repeat(100_000);
    assert_snapshot!(folder(&deep).recipe("run r.json --context-file given.json"), @"
    exit code 2
    --- stderr
    error: given.json: line 1, column 128: nested too deeply
    ");
}

#[test]
fn a_file_must_contain_an_object() {
    assert_snapshot!(folder("[1]").recipe("run r.json --context-file given.json"), @"
    exit code 2
    --- stderr
    error: given.json: a context file holds a JSON object, not a list
    ");
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let outcome =
        folder("\u{feff}{\"a\": 1}").recipe("run r.json --context-file given.json --context-out -");
    assert_snapshot!(outcome, @r#"
    exit code 0
    --- stdout
    {
      "a": 1
    }
    --- stderr
    0 steps done in [time]
    "#);
}

#[test]
fn a_missing_file_is_reported() {
    assert_snapshot!(folder("{}").recipe("run r.json --context-file missing.json"), @"
    exit code 2
    --- stderr
    error: context file not found: missing.json
    ");
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_reported() {
    assert_snapshot!(folder("{}").recipe("run r.json --context-file ."), @"
    exit code 2
    --- stderr
    error: cannot read the context file .: Is a directory (os error 21)
    ");
    let binary = Folder::new()
        .file("r.json", "[]")
        .file("given.json", b"{\"a\": \"\xff\"}");
    assert_snapshot!(binary.recipe("run r.json --context-file given.json"), @"
    exit code 2
    --- stderr
    error: cannot read the context file given.json: stream did not contain valid UTF-8
    ");
}
