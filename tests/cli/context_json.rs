//! `--context-json`: artifacts of any JSON type.

use crate::harness::Folder;
use insta::assert_snapshot;

#[test]
fn values_are_json() {
    let folder = Folder::new().file("r.json", "[]");
    let outcome = folder.recipe(
        r#"run r.json --context-json list=[1,{"a":null}] --context-json text="x=y" --context-json n=1.50 --context-out -"#,
    );
    assert_snapshot!(outcome, @r#"
    exit code 0
    --- stdout
    {
      "list": [
        1,
        {
          "a": null
        }
      ],
      "text": "x=y",
      "n": 1.5
    }
    --- stderr
    0 steps done in [time]
    "#);
}

#[test]
fn the_last_option_wins_over_earlier_ones_and_the_file() {
    let folder = Folder::new()
        .file("r.json", "[]")
        .file("given.json", r#"{"a": 0, "b": 0, "c": 0}"#);
    let outcome = folder.recipe(
        "run --context-json a=1 --context b=1 r.json --context a=2 --context-json b=2 --context-json a=3 --context b=3 --context-file given.json --context-out -",
    );
    assert_snapshot!(outcome, @r#"
    exit code 0
    --- stdout
    {
      "a": 3,
      "b": "3",
      "c": 0
    }
    --- stderr
    0 steps done in [time]
    "#);
    let outcome =
        folder.recipe("run r.json --context-json=a=1 --context=a=2 -v --context-out - -q");
    assert_eq!(outcome.code(), 2);
    let outcome = folder.recipe("run r.json --context-json=a=1 -q --context=a=2 --context-out -");
    assert_snapshot!(outcome, @r#"
    exit code 0
    --- stdout
    {
      "a": "2"
    }
    "#);
}

#[test]
fn inputs_apply_to_given_values() {
    let folder = Folder::new().file(
        "r.json",
        r#"{"inputs": {"n": {"type": "integer"}, "on": {"type": "boolean"}}, "steps": []}"#,
    );
    let outcome =
        folder.recipe(r#"run r.json --context-json n="7" --context-json on=true --context-out -"#);
    assert_snapshot!(outcome, @r#"
    exit code 0
    --- stdout
    {
      "n": 7,
      "on": true
    }
    --- stderr
    0 steps done in [time]
    "#);
    assert_snapshot!(folder.recipe("run r.json --context-json n=[7] --context on=true"), @"
    exit code 2
    --- stderr
    error: r.json: input n is not an integer: [7]
    ");
}

#[test]
fn a_malformed_value_is_one_line_with_its_name_and_location() {
    let folder = Folder::new().file("r.json", "[]");
    let error = |argument: &str| {
        let mut command = folder.command("run r.json --context-json");
        let outcome = folder.outcome(command.arg(argument));
        assert_eq!(
            (outcome.code(), outcome.stderr().lines().count()),
            (2, 1),
            "{outcome}"
        );
        outcome.stderr()
    };
    assert_snapshot!(error("items=[a, b]"), @"error: --context-json items: line 1, column 2: expected value: [a, b]");
    assert_snapshot!(error("items={\n  \"ä\": 1,\n}"), @r#"error: --context-json items: line 3, column 1: trailing comma: {\n  "ä": 1,\n}"#);
    assert_snapshot!(error("items="), @"error: --context-json items: line 1, column 1: unexpected end of input, expected a value");
    assert_snapshot!(error("items=[1"), @"error: --context-json items: line 1, column 2: unexpected end of input in list: [1");
    assert_snapshot!(error("items=1 2"), @"error: --context-json items: line 1, column 3: trailing characters: 1 2");
    assert_snapshot!(error(&format!("deep={}", "[".repeat(10_000))), @"error: --context-json deep: line 1, column 128: nested too deeply: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[…");
    assert_snapshot!(error("novalue"), @"error: --context-json takes NAME=JSON, missing `=`: novalue");
    assert_snapshot!(error("=1"), @"error: --context-json takes NAME=JSON, the name before `=` is empty: =1");
}

#[cfg(unix)]
#[test]
fn a_value_of_invalid_utf8_is_rejected() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new().file("r.json", "[]");
    let mut command = folder.command("run r.json --context-json");
    let outcome = folder.outcome(command.arg(std::ffi::OsStr::from_bytes(b"a=\"\xff\"")));
    assert_snapshot!(outcome, @r#"
    exit code 2
    --- stderr
    error: --context-json takes NAME=JSON, not UTF-8 text: a="�"
    "#);
}
