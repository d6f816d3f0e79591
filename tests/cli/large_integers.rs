//! Integers of any size stay exact, or are errors with their location.

use insta::assert_snapshot;

use crate::harness::Folder;

/// Reads a file and writes it through a loop, a parallel and a template.
const THROUGH_ALL: &str = r#"{"steps": [
    {"type": "read_files", "path": "in.json", "content_key": "data"},
    {"type": "loop", "items": "data.list", "item_key": "item", "result_key": "results", "substeps": [
        {"type": "set_context", "key": "item", "value": {"text": "{{ item }}", "plus": "{{ item | plus: 1 }}"}}
    ]},
    {"type": "parallel", "result_key": "side", "substeps": [
        {"type": "set_context", "key": "json", "value": "{{ data | json }}"}
    ]},
    {"type": "execute_recipe", "recipe_path": "sub.json", "context_overrides": {"again": "{{ data | json }}"}},
    {"type": "write_files", "files": [{"path": "out.json", "content_key": "again"}]}
]}"#;

const SUB: &str =
    r#"{"steps": [{"type": "set_context", "key": "done", "value": "{{ again.list | last }}"}]}"#;

const LIMITS: &str = r#"{"list": [18446744073709551615, 9223372036854775808, -9223372036854775808, 9007199254740993, -0]}"#;

#[test]
fn integers_of_64_bits_stay_exact() {
    let folder = Folder::new()
        .file("r.json", THROUGH_ALL)
        .file("sub.json", SUB)
        .file("in.json", LIMITS);
    let outcome = folder.recipe(
        "run r.json --durable --store store --events events.jsonl --context-out out-all.json",
    );
    assert_eq!(outcome.code(), 0, "{}", outcome.stderr());
    let flat = |name: &str| -> String { folder.read(name).split_whitespace().collect() };
    let list = "[18446744073709551615,9223372036854775808,-9223372036854775808,9007199254740993,0]";
    assert_eq!(flat("out.json"), format!("{{\"list\":{list}}}"));
    let all = flat("out-all.json");
    assert!(
        all.contains(&format!("\"data\":{{\"list\":{list}}}")),
        "{all}"
    );
    assert!(
        all.contains(r#"{"text":"18446744073709551615","plus":"18446744073709551616"}"#),
        "{all}"
    );
    // The journal stores them exactly, too.
    let shown = folder.recipe("show --store store --json").stdout();
    let shown: String = shown.split_whitespace().collect();
    assert!(shown.contains("18446744073709551615"), "{shown}");
}

#[test]
fn a_too_large_integer_in_a_file_fails_the_step() {
    let folder = Folder::new()
        .file("r.json", THROUGH_ALL)
        .file("sub.json", SUB)
        .file("in.json", "{\"a\":\n  12345678901234567890123}");
    assert_snapshot!(folder.recipe("run r.json"), @"
    exit code 1
    --- stderr
    error: r.json: step 0 (read_files): number not representable: in.json: line 2, column 3: integer out of range: 12345678901234567890123
    0 steps done, 1 failed in [time]
    ");
}

#[test]
fn a_too_large_integer_on_the_command_line_is_rejected() {
    let folder = Folder::new()
        .file("r.json", "[]")
        .file("in.json", "{\"a\": [1, -9223372036854775809]}");
    assert_snapshot!(folder.recipe("run r.json --context-json a=18446744073709551616"), @"
    exit code 2
    --- stderr
    error: --context-json a: line 1, column 1: integer out of range: 18446744073709551616: 18446744073709551616
    ");
    assert_snapshot!(folder.recipe("run r.json --context-file in.json"), @"
    exit code 2
    --- stderr
    error: in.json: line 1, column 11: integer out of range: -9223372036854775809
    ");
    let kept = "run r.json --context-json a=[18446744073709551615,-0,1e30] --context-out -";
    assert_snapshot!(folder.recipe(kept), @r#"
    exit code 0
    --- stdout
    {
      "a": [
        18446744073709551615,
        0,
        1e+30
      ]
    }
    --- stderr
    0 steps done in [time]
    "#);
}

#[test]
fn a_too_large_integer_in_a_recipe_is_rejected() {
    let folder = Folder::new().file(
        "r.json",
        "[\n  {\"type\": \"set_context\", \"key\": \"a\", \"value\": [99999999999999999999]}\n]",
    );
    assert_snapshot!(folder.recipe("run r.json"), @r#"
    exit code 2
    --- stderr
    error: r.json: line 2, column 49: integer out of range: 99999999999999999999, near `ey": "a", "value": [99999999999999999999`
    "#);
    assert_snapshot!(folder.recipe("validate r.json"), @r#"
    exit code 1
    --- stderr
    error[syntax]: integer out of range: 99999999999999999999
     --> r.json:2:49
      |
    2 |   {"type": "set_context", "key": "a", "value": [99999999999999999999]}
      |                                                 ^

    1 error in 1 of 1 file
    "#);
}

#[test]
fn a_too_large_integer_in_rendered_json_is_rejected() {
    let folder = Folder::new()
        .file("r.json", r#"[
            {"type": "set_context", "key": "a", "value": "99999999999999999999"},
            {"type": "execute_recipe", "recipe_path": "sub.json", "context_overrides": {"b": "[{{ a }}]"}}
        ]"#)
        .file("sub.json", "[]");
    assert_snapshot!(folder.recipe("run r.json"), @"
    exit code 1
    --- stderr
    error: r.json: step 1 (execute_recipe): invalid context_overrides.b: line 1, column 2: integer out of range: 99999999999999999999
    1 step done, 1 failed in [time]
    ");
}
