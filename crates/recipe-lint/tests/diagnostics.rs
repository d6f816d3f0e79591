//! Messages and spans of the linter.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;

use insta::assert_snapshot;
use recipe_lint::{Diagnostic, Linter};

/// Each diagnostic as `line:column code: message [what is underlined]`.
fn lint(file: &str, text: &str) -> String {
    let linted = Linter::new(recipe_steps::registry()).lint_text(Path::new(file), text.into());
    shown(text, &linted.diagnostics)
}

fn shown(text: &str, diagnostics: &[Diagnostic]) -> String {
    let lines = diagnostics.iter().map(|found| {
        let start = found.start;
        let underlined = &text[found.span.clone()];
        let help = found.suggestion.as_ref().map(|name| format!(" -> {name}"));
        format!(
            "{}:{} {}: {}{} [{underlined}]",
            start.line,
            start.column,
            found.code,
            found.message,
            help.unwrap_or_default()
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn misspelled_names() {
    assert_snapshot!(lint("r.json", r#"{"stepz": [], "steps": [
    {"type": "reed_file", "path": "x"},
    {"type": "read_file", "config": {"path": "x", "artefact": "a", "artifact": "b"}, "nmae": "n"},
    {"type": "teleport"}
]}"#), @r#"
    1:2 unknown-field: unknown field: stepz -> steps ["stepz"]
    2:14 unknown-step-type: step 0: unknown step type: reed_file -> read_file ["reed_file"]
    3:51 unknown-field: step 1 (read_file): unknown field: artefact -> artifact ["artefact"]
    3:86 unknown-field: step 1 (read_file): unknown field: nmae -> name ["nmae"]
    4:14 unknown-step-type: step 2: unknown step type: teleport ["teleport"]
    "#);
}

#[test]
fn a_step_without_a_type_that_begins_with_any_character() {
    assert_snapshot!(lint("r.yaml", "- größe: 1\n- éa: 1\n"), @"
    1:3 missing-field: steps[0]: missing field `type` [g]
    2:3 missing-field: steps[1]: missing field `type` [é]
    ");
}

#[test]
fn wrong_and_missing_values() {
    assert_snapshot!(lint("r.json", r#"[
    {"type": "parallel", "substeps": {}, "delay": 1},
    {"type": "parallel", "substeps": [], "delay": "soon"},
    {"type": "parallel", "substeps": [], "delay": -1},
    {"type": "parallel", "substeps": [], "max_concurrency": 1.5, "timeout": 0},
    {"type": "set_context", "key": "a"},
    {"type": "set_context", "key": "a", "value": 1, "if_exists": "replace"},
    {"type": "write_files", "files": [{"path": "a"}]},
    {"type": "loop", "items": 5, "item_key": "i", "substeps": []},
    {"type": "conditional", "condition": true, "if_true": [{"type": "x"}]},
    {"key": "a"},
    7,
    {"type": "loop", "items": "a", "substep": []}
]"#), @r#"
    2:38 invalid-value: step 0 (parallel): substeps: expected a list, found an object [{}]
    3:51 invalid-value: step 1 (parallel): delay: expected a number, found "soon" ["soon"]
    4:51 invalid-value: step 2 (parallel): delay: invalid number of seconds: -1, expected 0 or more [-1]
    5:61 invalid-value: step 3 (parallel): max_concurrency: expected a whole number, found `1.5` [1.5]
    6:14 missing-field: step 4 (set_context): missing field `value` ["set_context"]
    7:66 invalid-value: step 5 (set_context): if_exists: expected `overwrite` or `merge`, found `replace` ["replace"]
    8:39 invalid-value: step 6 (write_files): files[0]: missing `content` or `content_key` [{"path": "a"}]
    9:31 invalid-value: step 7 (loop): items: expected the path of an artifact, a list or an object, found `5` [5]
    10:59 invalid-value: step 8 (conditional): if_true: expected an object with `steps`, found a list [[{"type": "x"}]]
    11:5 missing-field: steps[9]: missing field `type` [{]
    12:5 invalid-value: steps[10]: expected an object with a `type`, found `7` [7]
    13:14 missing-field: step 11 (loop): missing field `item_key` ["loop"]
    13:14 missing-field: step 11 (loop): missing field `substeps` ["loop"]
    13:36 unknown-field: step 11 (loop): unknown field: substep -> substeps ["substep"]
    "#);
    assert_snapshot!(lint("r.json", r#"{"steps": {}}"#), @"1:11 invalid-value: steps: expected a list, found an object [{}]");
    assert_snapshot!(lint("r.json", r#"{"name": "x"}"#), @"1:1 missing-field: missing field `steps` [{]");
    assert_snapshot!(lint("r.json", r#"{"steps": [], "inputs": {"a": {"type": "text"}}}"#), @r#"1:40 invalid-value: inputs.a.type: expected one of `string`, `number`, `integer`, `boolean`, `array`, `object`, `null`, found `text` ["text"]"#);
}

#[test]
fn substeps_of_an_invalid_step_are_checked_too() {
    assert_snapshot!(lint("r.json", r#"[
    {"type": "parallel", "delay": -1, "substeps": [
        {"type": "loop", "items": [], "item_key": 1, "substeps": [{"type": "reed_file"}]}
    ]}
]"#), @r#"
    2:35 invalid-value: step 0 (parallel): delay: invalid number of seconds: -1, expected 0 or more [-1]
    3:51 invalid-value: step 0 (parallel): substeps[0] (loop): item_key: expected text, found `1` [1]
    3:76 unknown-step-type: step 0 (parallel): substeps[0] (loop): substeps[0]: unknown step type: reed_file -> read_file ["reed_file"]
    "#);
}

#[test]
fn text_that_does_not_parse() {
    assert_snapshot!(lint("r.json", "[\n  {\"type\": \"x\",, }\n]"), @"2:16 syntax: key must be a string [,]");
    assert_snapshot!(lint("r.json", "{\"steps\": ["), @"1:11 syntax: unexpected end of input in list [[]");
    assert_snapshot!(lint("r.json", ""), @"1:1 syntax: unexpected end of input, expected a value []");
    assert_snapshot!(lint("r.yaml", "steps:\n  - type: x\n   bad: y\n"), @"3:4 syntax: while parsing a block collection, did not find expected '-' indicator [b]");
    assert_snapshot!(lint("r.yaml", "steps: []\nsteps: []\n"), @"2:1 duplicate-key: duplicate key: steps [s]");
    assert_snapshot!(lint("r.md", "# No recipe\n"), @"1:1 syntax: no ```json block in the Markdown text [#]");
    assert_snapshot!(lint("r.json", "7"), @"1:1 invalid-value: expected an object with `steps`, or a list of steps [7]");
}

#[test]
fn duplicate_keys() {
    assert_snapshot!(lint("r.json", r#"{"steps": [{"type": "set_context", "key": "a", "value": 1, "key": "b"}]}"#), @r#"1:60 duplicate-key: duplicate key "key": only the last value is used ["key"]"#);
}

#[test]
fn mistakes_in_templates_are_shown_inside_the_text() {
    assert_snapshot!(lint("r.json", r#"[
    {"type": "set_context", "key": "a", "value": "line\n\"é\u00e9\" {{ x | upcas }}"},
    {"type": "set_context", "key": "a", "value": {"deep": ["fine", "{% if x %}never closed"]}},
    {"type": "read_file", "path": "{{ a + b }}", "artifact": "x"},
    {"type": "write_files", "files": [{"path": "a", "content_key": "x"}, {"path": "{{ 'x", "content_key": "x"}]},
    {"type": "loop", "items": "{{ x", "item_key": "i", "substeps": [
        {"type": "execute_recipe", "recipe_path": "{% bogus %}", "context_overrides": {"a": "{{ }}"}}
    ]}
]"#), @"
    2:76 template-syntax: step 0 (set_context): value: unknown filter: upcas -> upcase [upcas]
    3:69 template-syntax: step 1 (set_context): value.deep[1]: missing `{% endif %}` for `{% if %}` [{%]
    4:41 template-syntax: step 2 (read_file): path: unexpected `+` [+]
    5:84 template-syntax: step 3 (write_files): files[1].path: missing `}}` for `{{` [{{]
    6:32 template-syntax: step 4 (loop): items: missing `}}` for `{{` [{{]
    7:52 template-syntax: step 4 (loop): substeps[0] (execute_recipe): recipe_path: unknown tag: bogus [{%]
    7:97 template-syntax: step 4 (loop): substeps[0] (execute_recipe): context_overrides.a: unexpected end of tag, expected a value [}]
    ");
    assert_snapshot!(lint("r.yaml", "- type: set_context\n  key: a\n  value: |\n    Write about {{ topic }}.\n    Use {{ style | defualt: 'plain' }}.\n- type: set_context\n  key: b\n  value: >-\n    Folded\n    {% for x on list %}{% endfor %}\n"), @"
    5:20 template-syntax: step 0 (set_context): value: unknown filter: defualt -> default [defualt]
    10:14 template-syntax: step 1 (set_context): value: unexpected `on`, expected `in` [on]
    ");
}

#[test]
fn invalid_conditions() {
    assert_snapshot!(lint("r.json", r#"[
    {"type": "conditional", "condition": "1 ==", "if_true": {}},
    {"type": "conditional", "condition": "", "if_true": {}},
    {"type": "conditional", "condition": 5, "if_true": {}},
    {"type": "conditional", "condition": "{{ x }} == 1 and file_exists('y')", "if_true": {}},
    {"type": "conditional", "condition": "st == 'x'", "if_true": {}},
    {"type": "conditional", "condition": "'x' in [st]", "if_true": {}},
    {"type": "conditional", "condition": "not(done) and {{ x }}", "if_true": {}},
    {"type": "conditional", "condition": "'{{ st }}' == draft", "if_true": {}},
    {"type": "conditional", "condition": "file_exist('y') or {{ x }}", "if_true": {}},
    {"type": "conditional", "condition": "'3' > 5", "if_true": {}},
    {"type": "conditional", "condition": "file_exists('y') == TRUE", "if_true": {}}
]"#), @r#"
    2:42 condition-syntax: step 0 (conditional): condition: invalid `1 ==`: unexpected end of condition, expected a value (column 5) ["1 =="]
    3:42 condition-syntax: step 1 (conditional): condition: empty, expected true, false or an expression [""]
    4:42 invalid-value: step 2 (conditional): condition: expected true, false or a string, found `5` [5]
    6:42 condition-syntax: step 4 (conditional): condition: unknown name st: write artifacts as {{ st }} and strings in quotes ["st == 'x'"]
    7:42 condition-syntax: step 5 (conditional): condition: unknown name st: write artifacts as {{ st }} and strings in quotes ["'x' in [st]"]
    8:42 condition-syntax: step 6 (conditional): condition: unknown name done: write artifacts as {{ done }} and strings in quotes ["not(done) and {{ x }}"]
    9:42 condition-syntax: step 7 (conditional): condition: unknown name draft: write artifacts as {{ draft }} and strings in quotes ["'{{ st }}' == draft"]
    10:42 condition-syntax: step 8 (conditional): condition: invalid expression, whatever it renders to: unknown function: file_exist, did you mean file_exists? ["file_exist('y') or {{ x }}"]
    11:42 condition-syntax: step 9 (conditional): condition: invalid `'3' > 5`: `>` is not supported between a string and a number (column 5) ["'3' > 5"]
    12:42 condition-syntax: step 10 (conditional): condition: unknown name TRUE: use True ["file_exists('y') == TRUE"]
    "#);
}

#[test]
fn conditions_that_are_never_true() {
    assert_snapshot!(lint("r.json", r#"[
    {"type": "conditional", "condition": "\"x\" == 'x' and all_files_exist( '{{ a }}/*.md' )", "if_true": {"steps": [
        {"type": "conditional", "condition": "all_files_exist(['a', 'b'])", "if_true": {}}]}}
]"#), @"2:60 never-true: step 0 (conditional): condition: all_files_exist takes a list of paths and is always false for text, write all_files_exist([…]) [all_files_exist]");
}

#[test]
fn a_correct_recipe_is_clean() {
    let text = include_str!("../../../examples/parallel/main.json");
    let linter = Linter::new(recipe_steps::registry());
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    std::env::set_current_dir(examples.join("..")).unwrap();
    let linted = linter.lint(&examples.join("parallel/main.json"));
    assert_eq!(&*linted.text, text);
    assert_eq!(linted.diagnostics, []);
}

#[test]
fn a_condition_that_never_renders_to_an_expression_is_a_warning() {
    let found = |condition: &str| {
        let recipe = serde_json::json!([{"type": "conditional", "condition": condition}]);
        lint("r.json", &recipe.to_string())
    };
    for right in [
        "{{ a }}",
        "'{{ a }}' == 'b' and not {{ c }}",
        "{{ a }} {{ operator }} {{ b }}",
        "{{ not }} file_exists('{{ folder }}/{{ file }}')",
        "{{ function }}('a')",
        "{% if a %}true{% else %}false{% endif %} &&",
        "{{ a }}{{ b }}{{ c }}{{ d }}{{ e }} &&",
    ] {
        assert_eq!(found(right), "", "{right}");
    }
    for wrong in [
        "{{ a }} && {{ b }}",
        "'{{ a }} == 'b'",
        "({{ a }} or {{ b }}",
        "{{ a }} = 1",
        "file_exists({{ a }}",
    ] {
        let found = found(wrong);
        assert!(found.contains("condition-syntax"), "{wrong}: {found}");
    }
    assert_snapshot!(found("'{{ a }}' = 'b'"), @r#"1:36 condition-syntax: step 0 (conditional): condition: invalid expression, whatever it renders to: unexpected `=`, use `==` ["'{{ a }}' = 'b'"]"#);
}

#[test]
fn controls_of_steps_are_checked_at_their_position() {
    assert_snapshot!(lint("r.json", r#"[
    {"type": "read_file", "path": "a", "artifact": "a", "retry": {"attempts": 2}},
    {"type": "read_file", "config": {"path": "a", "artifact": "a", "timeout": 5}},
    {"type": "read_file", "config": {"path": "a", "artifact": "a"}, "timeout": -1, "nmae": "x"},
    {"type": "read_file", "config": {"path": "a", "artifact": "a"}, "retry": {"atempts": 2}},
    {"type": "read_file", "config": {"path": "a", "artifact": "a"}, "on_error": {"steps": [{"type": "read_fil"}]}},
    {"type": "read_file", "config": {"path": "a", "artifact": "a"}, "on_error": [{"type": "set_context"}]},
    {"type": "read_file", "config": {"path": "a", "artifact": "a"}, "on_error": {"steps": [{"type": "set_context", "key": "k", "value": "{{ error.message | upcas }}"}]}}
]"#), @r#"
    2:57 unknown-field: step 0 (read_file): misplaced field: retry belongs beside `config`: {"type": …, "config": {…}, "retry": …} ["retry"]
    3:68 unknown-field: step 1 (read_file): misplaced field: timeout belongs beside `config`: {"type": …, "config": {…}, "timeout": …} ["timeout"]
    4:80 invalid-value: step 2 (read_file): timeout: invalid number of seconds: -1, expected 0 or more [-1]
    4:84 unknown-field: step 2 (read_file): unknown field: nmae -> name ["nmae"]
    5:69 missing-field: step 3 (read_file): retry: missing field `attempts` ["retry"]
    5:79 unknown-field: step 3 (read_file): unknown field: atempts -> attempts ["atempts"]
    6:101 unknown-step-type: step 4 (read_file): on_error step 0: unknown step type: read_fil -> read_file ["read_fil"]
    7:81 invalid-value: step 5 (read_file): on_error: expected an object, found a list [[{"type": "set_context"}]]
    8:157 template-syntax: step 6 (read_file): on_error.steps[0] (set_context): value: unknown filter: upcas -> upcase [upcas]
    "#);
    assert_snapshot!(lint("r.yaml", "- type: read_file\n  config: {path: a, artifact: a}\n  retry:\n    attempts: 0\n"), @"4:15 invalid-value: step 0 (read_file): retry.attempts: invalid number of attempts: 0, expected 1 or more [0]");
}
