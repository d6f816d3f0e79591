//! `recipe run`: output and exit code.

use crate::harness::Folder;
use insta::assert_snapshot;

const GREETING: &str = r#"[{"type": "set_context", "key": "greeting", "value": "hello"}]"#;

#[test]
fn without_a_terminal_a_successful_run_prints_only_its_summary() {
    let folder = Folder::new().file("r.json", GREETING);
    assert_snapshot!(folder.recipe("run r.json"), @"
    exit code 0
    --- stderr
    1 step done in [time]
    ");
}

#[test]
fn a_failed_step_is_one_line_with_the_whole_path() {
    let folder = Folder::new()
        .file(
            "main.json",
            r#"{"steps": [
                {"type": "set_context", "key": "a", "value": "1"},
                {"type": "parallel", "config": {"substeps": [
                    {"type": "set_context", "key": "b", "value": "2"},
                    {"type": "execute_recipe", "name": "second", "config": {"recipe_path": "recipes/b.json"}}
                ]}}
            ]}"#,
        )
        .file("recipes/b.json", r#"[{"type": "read_file", "path": "notes.md", "artifact": "n"}]"#);
    assert_snapshot!(folder.recipe("run main.json"), @r#"
    exit code 1
    --- stderr
    error: main.json: step 1 (parallel): substep 1 (recipes/b.json "second"): step 0 (read_file): file not found: notes.md
    2 steps done, 3 failed in [time]
    "#);
}

#[test]
fn all_errors_of_the_main_recipe_are_reported_before_anything_runs() {
    let folder = Folder::new().file(
        "r.json",
        r#"[
    {"type": "write_files", "files": [{"path": "made.txt", "content": "x"}]},
    {"type": "paralel", "substeps": []},
    {"type": "set_context", "key": "a"},
    {"type": "set_context", "key": "a", "value": 1, "if_exist": "merge"}
]"#,
    );
    assert_snapshot!(folder.recipe("run r.json"), @"
    exit code 2
    --- stderr
    error: r.json: line 3, column 14: step 1: unknown step type: paralel
    help: did you mean `parallel`?
    error: r.json: line 4, column 14: step 2 (set_context): missing field `value`
    warning: r.json: line 5, column 53: step 3 (set_context): unknown field: if_exist
    help: did you mean `if_exists`?
    ");
    assert_eq!(folder.names(), ["r.json"]);
}

#[test]
fn an_invalid_sub_recipe_fails_the_step_that_calls_it() {
    let folder = Folder::new()
        .file(
            "main.json",
            r#"[{"type": "execute_recipe", "recipe_path": "sub.json"}]"#,
        )
        .file(
            "sub.json",
            "[\n  {\"type\": \"set_contxt\"},\n  {\"type\": \"read_file\"}\n]",
        );
    assert_snapshot!(folder.recipe("run main.json"), @"
    exit code 1
    --- stderr
    error: main.json: step 0 (execute_recipe): sub.json: line 2, column 12: step 0: unknown step type: set_contxt
    help: did you mean `set_context`?
    error: main.json: step 0 (execute_recipe): sub.json: line 3, column 12: step 1 (read_file): missing field `path`
    error: main.json: step 0 (execute_recipe): sub.json: line 3, column 12: step 1 (read_file): missing field `artifact`
    0 steps done, 1 failed in [time]
    ");
}

#[test]
fn a_malformed_sub_recipe_is_shown_with_its_location() {
    let folder = Folder::new()
        .file(
            "main.json",
            r#"[{"type": "execute_recipe", "recipe_path": "sub.json"}]"#,
        )
        .file("sub.json", "[\n  {\"type\": }\n]");
    assert_snapshot!(folder.recipe("run main.json"), @r#"
    exit code 1
    --- stderr
    error: main.json: step 0 (execute_recipe): sub.json: line 2, column 12: expected value, near `{"type": }`
    0 steps done, 1 failed in [time]
    "#);
}

#[test]
fn unknown_fields_are_warnings_with_the_nearest_name() {
    let folder = Folder::new()
        .file(
            "r.json",
            r#"{"descripton": "d", "steps": [
    {"type": "execute_recipe", "recipe_path": "sub.json", "context_override": {}}
]}"#,
        )
        .file(
            "sub.json",
            r#"[{"type": "set_context", "key": "a", "value": 1, "valeu": 2}]"#,
        );
    assert_snapshot!(folder.recipe("run r.json"), @"
    exit code 0
    --- stderr
    warning: r.json: line 1, column 2: unknown field: descripton
    help: did you mean `description`?
    warning: r.json: line 2, column 59: step 0 (execute_recipe): unknown field: context_override
    help: did you mean `context_overrides`?
    warning: 0/sub.json: line 1, column 50: step 0 (set_context): unknown field: valeu
    help: did you mean `value`?
    2 steps done in [time]
    ");
}

#[test]
fn unknown_fields_are_errors_under_strict() {
    let folder = Folder::new().file(
        "r.json",
        r#"[{"type": "set_context", "key": "a", "value": 1, "valeu": 2}]"#,
    );
    assert_snapshot!(folder.recipe("run r.json --strict"), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 50: step 0 (set_context): unknown field: valeu
    help: did you mean `value`?
    ");
}

#[test]
fn unknown_fields_of_a_sub_recipe_are_errors_under_strict() {
    let folder = Folder::new()
        .file(
            "r.json",
            r#"[{"type": "execute_recipe", "recipe_path": "sub.json"}]"#,
        )
        .file(
            "sub.json",
            r#"[{"type": "set_context", "key": "a", "value": 1, "valeu": 2}]"#,
        );
    assert_snapshot!(folder.recipe("run r.json --strict"), @"
    exit code 1
    --- stderr
    error: r.json: step 0 (execute_recipe): sub.json: line 1, column 50: step 0 (set_context): unknown field: valeu
    help: did you mean `value`?
    0 steps done, 1 failed in [time]
    ");
}

#[test]
fn quiet_shows_no_warnings() {
    let folder = Folder::new().file(
        "r.json",
        r#"[{"type": "set_context", "key": "a", "value": 1, "valeu": 2}]"#,
    );
    assert_snapshot!(folder.recipe("run r.json -q"), @"exit code 0");
}

#[test]
fn a_missing_input_is_reported() {
    let folder = Folder::new().file(
        "r.json",
        r#"{"inputs": {"title": {"description": "the title of the report"}}, "steps": []}"#,
    );
    assert_snapshot!(folder.recipe("run r.json"), @"
    exit code 2
    --- stderr
    error: r.json: missing input: title (the title of the report)
    ");
}

#[test]
fn an_ill_typed_input_is_reported() {
    let folder = Folder::new().file(
        "r.json",
        r#"{"inputs": {"count": {"type": "integer"}}, "steps": []}"#,
    );
    assert_snapshot!(folder.recipe("run r.json --context count=many"), @r#"
    exit code 2
    --- stderr
    error: r.json: input count is not an integer: "many"
    "#);
}

#[test]
fn markdown_is_a_recipe() {
    let folder = Folder::new().file("r.md", format!("# Title\n\n```json\n{GREETING}\n```\n"));
    assert_snapshot!(folder.recipe("run r.md --context-out -"), @r#"
    exit code 0
    --- stdout
    {
      "greeting": "hello"
    }
    --- stderr
    1 step done in [time]
    "#);
}

#[test]
fn each_of_several_failures_has_its_own_line() {
    let folder = Folder::new()
        .file("wrong.json", r#"[{"type": "set_contxt"}]"#)
        .file(
            "main.json",
            r#"[{"type": "parallel", "fail_fast": false, "substeps": [
                {"type": "read_file", "path": "a", "artifact": "a"},
                {"type": "set_context", "key": "b", "value": 1},
                {"type": "execute_recipe", "recipe_path": "wrong.json"},
                {"type": "parallel", "fail_fast": false, "substeps": [{"type": "read_file", "path": "c", "artifact": "c"}]}
            ]}]"#,
        );
    assert_snapshot!(folder.recipe("run main.json"), @"
    exit code 1
    --- stderr
    error: main.json: step 0 (parallel): 3 of 4 failed
    error: main.json: step 0 (parallel): substep 0 (read_file): file not found: a
    error: main.json: step 0 (parallel): substep 2 (wrong.json): line 1, column 11: step 0: unknown step type: set_contxt
    help: did you mean `set_context`?
    error: main.json: step 0 (parallel): substep 3 (parallel): 1 of 1 failed
    error: main.json: step 0 (parallel): substep 3 (parallel): substep 0 (read_file): file not found: c
    1 step done, 5 failed in [time]
    ");
    let many = vec![r#"{"type": "read_file", "path": "a", "artifact": "a"}"#; 100].join(", ");
    let folder = Folder::new().file(
        "many.json",
        format!(r#"[{{"type": "parallel", "fail_fast": false, "substeps": [{many}]}}]"#),
    );
    let outcome = folder.recipe("run -q many.json");
    assert_eq!(outcome.stderr().lines().count(), 22);
    assert!(outcome.stderr().ends_with("80 more failures\n"));
}
