//! Invalid documents: one clear line with its location, whatever the file contains.

use crate::harness::{Folder, Outcome};
use insta::assert_snapshot;

fn run(recipe: impl AsRef<[u8]>) -> Outcome {
    Folder::new().file("r.json", recipe).recipe("run r.json")
}

#[test]
fn truncated_json() {
    assert_snapshot!(run("{\n  \"steps\": [\n    {\"type\": \"set_context\", \"key\""), @r#"
    exit code 2
    --- stderr
    error: r.json: line 3, column 33: unexpected end of input in object, near `"set_context", "key"`
    "#);
}

#[test]
fn an_empty_file() {
    assert_snapshot!(run(""), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 1: unexpected end of input, expected a value
    ");
}

#[test]
fn a_scalar() {
    assert_snapshot!(run("42"), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 1: expected an object with `steps`, or a list of steps
    ");
    assert_snapshot!(run("null"), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 1: expected an object with `steps`, or a list of steps
    ");
    assert_snapshot!(run("\"text\""), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 1: expected an object with `steps`, or a list of steps
    ");
}

#[test]
fn invalid_utf_8() {
    assert_snapshot!(run(b"[{\"type\": \"\xff\"}]"), @"
    exit code 2
    --- stderr
    error: r.json: recipe file has invalid UTF-8 at byte 11
    ");
}

#[test]
fn wrong_types_in_fields() {
    assert_snapshot!(run(r#"{"steps": {}}"#), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 11: steps: expected a list, found an object
    ");
    assert_snapshot!(run(r#"{"steps": [7]}"#), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 12: steps[0]: expected an object with a `type`, found `7`
    ");
    assert_snapshot!(run(r#"[{"type": 7}]"#), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 2: steps[0]: type: expected text
    ");
    assert_snapshot!(run(r#"[{"type": "parallel", "substeps": "all"}]"#), @r#"
    exit code 2
    --- stderr
    error: r.json: line 1, column 35: step 0 (parallel): substeps: expected a list, found "all"
    "#);
    assert_snapshot!(run(r#"[{"type": "write_files", "files": [{"path": 1, "content": "x"}]}]"#), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 45: step 0 (write_files): files[0].path: expected text, found `1`
    ");
    assert_snapshot!(run(r#"{"env_vars": "HOME", "steps": []}"#), @r#"
    exit code 2
    --- stderr
    error: r.json: line 1, column 14: env_vars: expected a list, found "HOME"
    "#);
    assert_snapshot!(run(r#"{"inputs": {"a": {"type": "int"}}, "steps": []}"#), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 27: inputs.a.type: expected one of `string`, `number`, `integer`, `boolean`, `array`, `object`, `null`, found `int`
    ");
}

#[test]
fn a_step_without_a_type() {
    assert_snapshot!(run(r#"[{"config": {}}]"#), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 2: steps[0]: missing field `type`
    ");
}

#[test]
fn text_after_the_document() {
    assert_snapshot!(run("[] []"), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 4: trailing characters, near `[] []`
    ");
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    assert_snapshot!(run("[{\"type\": \"a\\n\\u001b[31mred\"}]"), @r"
    exit code 2
    --- stderr
    error: r.json: line 1, column 11: step 0: unknown step type: a\n\u{1b}[31mred
    ");
}

#[test]
fn markdown_without_a_recipe() {
    let folder = Folder::new().file("r.md", "# Title\n");
    assert_snapshot!(folder.recipe("run r.md"), @"
    exit code 2
    --- stderr
    error: r.md: no ```json block in the Markdown text
    ");
}

#[test]
fn a_document_with_100_000_levels() {
    assert_snapshot!(run("[".repeat(100_000)), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 128: nested too deeply, near `[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[`
    ");
    assert_snapshot!(run("{\"steps\":[".repeat(100_000)), @r#"
    exit code 2
    --- stderr
    error: r.json: line 1, column 640: nested too deeply, near `[{"steps":[{"steps":[{"steps":[{"steps":`
    "#);
}

#[test]
fn a_long_list_of_steps_is_accepted() {
    let steps = vec![r#"{"type": "set_context", "key": "a", "value": "b"}"#; 20_000].join(",");
    assert_snapshot!(run(format!("[{steps}]")), @"
    exit code 0
    --- stderr
    20000 steps done in [time]
    ");
}
