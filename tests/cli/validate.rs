//! `recipe validate`: diagnostics for people.

use crate::harness::Folder;
use insta::assert_snapshot;

#[test]
fn valid_recipes_print_nothing() {
    let folder = Folder::new()
        .file("a.json", r#"{"steps": []}"#)
        .file("b.md", "```json\n[{\"type\": \"write_files\", \"files\": [{\"path\": \"x\", \"content\": \"\"}]}]\n```");
    assert_snapshot!(folder.recipe("validate a.json b.md"), @"exit code 0");
    assert_eq!(folder.names(), ["a.json", "b.md"]);
}

#[test]
fn every_error_is_shown_in_its_line() {
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
    assert_snapshot!(folder.recipe("validate r.json"), @r#"
    exit code 1
    --- stderr
    error[unknown-field]: unknown field: naem
     --> r.json:2:3
      |
    2 |   "naem": "x",
      |   ^^^^^^
      = help: did you mean `name`?

    error[unknown-step-type]: step 0: unknown step type: paralel
     --> r.json:4:14
      |
    4 |     {"type": "paralel"},
      |              ^^^^^^^^^
      = help: did you mean `parallel`?

    error[unknown-field]: step 1 (parallel): substep 0 (set_context): unknown field: if_exist
     --> r.json:7:57
      |
    7 |         {"type": "set_context", "key": "a", "value": 1, "if_exist": "merge"},
      |                                                         ^^^^^^^^^^
      = help: did you mean `if_exists`?

    error[invalid-value]: step 1 (parallel): substep 1 (set_context): if_exists: expected `overwrite` or `merge`, found `replace`
     --> r.json:8:70
      |
    8 |         {"type": "set_context", "key": "a", "value": 1, "if_exists": "replace"},
      |                                                                      ^^^^^^^^^

    error[unknown-step-type]: step 1 (parallel): substep 2 (conditional): if_true step 0: unknown step type: teleport
     --> r.json:9:85
      |
    9 |         {"type": "conditional", "condition": "true", "if_true": {"steps": [{"type": "teleport"}]}}
      |                                                                                     ^^^^^^^^^^

    error[invalid-value]: step 2 (parallel): delay: invalid number of seconds: -1, expected 0 or more
      --> r.json:12:51
       |
    12 |     {"type": "parallel", "substeps": [], "delay": -1}
       |                                                   ^^

    6 errors in 1 of 1 file
    "#);
}

#[test]
fn every_file_is_checked_and_the_worst_determines_the_exit_code() {
    let folder = Folder::new()
        .file("wrong.json", r#"[{"type": "set_context"}]"#)
        .file("right.json", "[]")
        .file("broken.json", "[{]");
    assert_snapshot!(folder.recipe("validate wrong.json right.json ./wrong.json broken.json"), @r#"
    exit code 1
    --- stderr
    error[syntax]: key must be a string
     --> broken.json:1:3
      |
    1 | [{]
      |   ^

    error[missing-field]: step 0 (set_context): missing field `key`
     --> wrong.json:1:11
      |
    1 | [{"type": "set_context"}]
      |           ^^^^^^^^^^^^^

    error[missing-field]: step 0 (set_context): missing field `value`
     --> wrong.json:1:11
      |
    1 | [{"type": "set_context"}]
      |           ^^^^^^^^^^^^^

    3 errors in 2 of 3 files
    "#);
    assert_snapshot!(folder.recipe("validate missing.json wrong.json"), @r#"
    exit code 2
    --- stderr
    error[unreadable]: recipe file not found
    --> missing.json

    error[missing-field]: step 0 (set_context): missing field `key`
     --> wrong.json:1:11
      |
    1 | [{"type": "set_context"}]
      |           ^^^^^^^^^^^^^

    error[missing-field]: step 0 (set_context): missing field `value`
     --> wrong.json:1:11
      |
    1 | [{"type": "set_context"}]
      |           ^^^^^^^^^^^^^

    3 errors in 2 of 2 files
    "#);
}

#[test]
fn many_errors_are_truncated() {
    let steps = vec![r#"{"type": "teleport"}"#; 30].join(",\n");
    let folder = Folder::new().file("r.json", format!("[{steps}]"));
    let outcome = folder.recipe("validate r.json");
    assert_eq!(outcome.code(), 1);
    let stderr = outcome.stderr();
    assert_eq!(stderr.matches("error[unknown-step-type]").count(), 20);
    let (_, end) = stderr.split_at(stderr.find("note:").unwrap());
    assert_snapshot!(end, @"
    note: 10 more problems in r.json
    30 errors in 1 of 1 file
    ");
}

#[test]
fn a_very_long_line_is_truncated_around_the_mistake() {
    let prompt = "ä".repeat(4000);
    let folder = Folder::new().file(
        "r.json",
        format!(
            r#"[{{"type": "set_context", "key": "a", "value": "{prompt}{{{{ x | }}}}{prompt}"}}]"#
        ),
    );
    assert_snapshot!(folder.recipe("validate r.json"), @"
    exit code 1
    --- stderr
    error[template-syntax]: step 0 (set_context): value: unexpected end of tag, expected a filter name
     --> r.json:1:4055
      |
    1 | …äääääääääääääääääääääää{{ x | }}ääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääää…
      |                                ^

    1 error in 1 of 1 file
    ");
}

#[test]
fn marks_are_correct_after_tabs_crlf_and_wide_characters() {
    let folder = Folder::new().file(
        "r.json",
        "[\r\n\t{\"type\": \"read_file\",\t\"path\": \"日本語é\", \"artifact\": \"a\", \"optinal\": true}\r\n]\r\n",
    );
    assert_snapshot!(folder.recipe("validate r.json"), @r#"
    exit code 1
    --- stderr
    error[unknown-field]: step 0 (read_file): unknown field: optinal
     --> r.json:2:57
      |
    2 |     {"type": "read_file",    "path": "日本語é", "artifact": "a", "optinal": true}
      |                                                                  ^^^^^^^^^
      = help: did you mean `optional`?

    1 error in 1 of 1 file
    "#);
}

#[test]
fn the_ends_of_a_multi_line_mistake_are_shown() {
    let fields: String = (1..40).map(|i| format!("      \"k{i}\": {i},\n")).collect();
    let folder = Folder::new().file(
        "r.json",
        format!("[{{\"type\": \"read_file\",\n  \"artifact\": \"a\",\n  \"path\": {{\n{fields}      \"z\": 0}}}}]"),
    );
    assert_snapshot!(folder.recipe("validate r.json"), @r#"
    exit code 1
    --- stderr
    error[invalid-value]: step 0 (read_file): path: expected text, found an object
      --> r.json:3:11
       |
     3 |     "path": {
       |  ___________^
     4 | |       "k1": 1,
     5 | |       "k2": 2,
     6 | |       "k3": 3,
    ...  |
    42 | |       "k39": 39,
    43 | |       "z": 0}}]
       | |_____________^

    1 error in 1 of 1 file
    "#);
}

#[test]
fn the_content_of_a_file_cannot_control_the_terminal() {
    let folder = Folder::new().file(
        "r.json",
        "[{\"type\": \"\u{1b}[31mteleport\u{9b}31m\"},\n {\"type\": \"\\u001b[31m\\n\"}]",
    );
    let outcome = folder.recipe("validate r.json");
    let stderr = outcome.stderr();
    assert!(!stderr.contains(['\u{1b}', '\u{9b}']), "{stderr:?}");
    assert_snapshot!(outcome, @r#"
    exit code 1
    --- stderr
    error[syntax]: control character (\u0000-\u001F) found while parsing a string
     --> r.json:1:12
      |
    1 | [{"type": "�[31mteleport�31m"},
      |            ^

    1 error in 1 of 1 file
    "#);
}

#[test]
fn an_invalid_document_is_shown_where_parsing_stopped() {
    let folder = Folder::new()
        .file("empty.json", "")
        .file("notes.md", "# Notes\n")
        .file("tab.yaml", "steps:\n\t- type: x\n")
        .file("binary.json", b"[\xff]");
    assert_snapshot!(folder.recipe("validate empty.json notes.md tab.yaml"), @"
    exit code 1
    --- stderr
    error[syntax]: unexpected end of input, expected a value
     --> empty.json:1:1
      |
    1 |
      | ^

    error[syntax]: no ```json block in the Markdown text
     --> notes.md:1:1
      |
    1 | # Notes
      | ^

    error[syntax]: tabs disallowed within this context (block indentation)
     --> tab.yaml:2:2
      |
    2 |     - type: x
      |     ^

    3 errors in 3 of 3 files
    ");
    assert_snapshot!(folder.recipe("validate binary.json"), @"
    exit code 2
    --- stderr
    error[unreadable]: recipe file has invalid UTF-8 at byte 1
    --> binary.json

    1 error in 1 of 1 file
    ");
}

/// Recipe that calls another one, which reads an artifact that neither of them sets.
fn caller() -> Folder {
    Folder::new()
        .file(
            "main.json",
            r#"{"inputs": {"topic": {}}, "steps": [
  {"type": "set_context", "key": "title", "value": "{{ topic }}"},
  {"type": "execute_recipe", "recipe_path": "recipes/sub.json"}
]}"#,
        )
        .file(
            "recipes/sub.json",
            r#"{"inputs": {"titel": {}}, "steps": [
  {"type": "set_context", "key": "x", "value": "{{ titel }}"}
]}"#,
        )
}

#[test]
fn a_missing_artifact_of_a_called_recipe_is_reported_where_it_is_read() {
    assert_snapshot!(caller().recipe("validate main.json"), @r#"
    exit code 0
    --- stderr
    warning[unset-artifact]: step 0 (set_context): value: `titel` is not set by any input or earlier step when called by main.json
     --> recipes/sub.json:2:52
      |
    2 |   {"type": "set_context", "key": "x", "value": "{{ titel }}"}
      |                                                    ^^^^^
      = help: did you mean `title`?

    1 warning in 1 of 2 files
    "#);
}

#[test]
fn warnings_fail_only_where_they_are_denied() {
    let codes = ["validate main.json", "validate main.json --deny-warnings"]
        .map(|arguments| caller().recipe(arguments).code());
    assert_eq!(codes, [0, 1]);
}

#[test]
fn a_called_recipe_is_reported_once() {
    let outcome = caller().recipe("validate . ./main.json --format json");
    let found: serde_json::Value = serde_json::from_str(&outcome.stdout()).unwrap();
    let files: Vec<_> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|found| &found["file"])
        .collect();
    assert_eq!(files, ["recipes/sub.json"]);
}

#[test]
fn mcp_servers_are_checked_and_their_reads_count() {
    let recipe = r#"inputs: {token: {type: string}, unread: {type: string}}
mcp_servers:
  git: {command: git-server, env: {TOKEN: "{{ token }}"}, shared: run}
  notes: {comand: x, url: "http://localhost/{{ token | upcas }}"}
steps:
  - {type: mcp, server: git, tool_name: log}
  - {type: mcp, server: gits, tool_name: log}
"#;
    let outcome = Folder::new()
        .file("r.yaml", recipe)
        .recipe("validate r.yaml");
    assert_snapshot!(outcome, @r#"
    exit code 1
    --- stderr
    warning[unused-input]: unused input: unread
     --> r.yaml:1:33
      |
    1 | inputs: {token: {type: string}, unread: {type: string}}
      |                                 ^^^^^^

    error[unknown-field]: unknown field: comand
     --> r.yaml:4:11
      |
    4 |   notes: {comand: x, url: "http://localhost/{{ token | upcas }}"}
      |           ^^^^^^
      = help: did you mean `command`?

    error[template-syntax]: mcp_servers.notes.url: unknown filter: upcas, did you mean upcase? in template `http://localhost/{{ token | upcas }}`, column 29
     --> r.yaml:4:27
      |
    4 |   notes: {comand: x, url: "http://localhost/{{ token | upcas }}"}
      |                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    error[invalid-value]: step 1 (mcp): server: server not found in mcp_servers: gits; did you mean git?
     --> r.yaml:7:25
      |
    7 |   - {type: mcp, server: gits, tool_name: log}
      |                         ^^^^

    3 errors, 1 warning in 1 of 1 file
    "#);
}
