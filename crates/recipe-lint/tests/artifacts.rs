//! Artifacts that nothing can have set, and unused inputs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;

use recipe_lint::{Linted, Linter};

/// Each diagnostic as `line:column code: message [what is underlined]`.
fn lint(text: &str) -> Vec<String> {
    let linter = Linter::new(recipe_steps::registry());
    let linted = linter.lint_text(Path::new("r.json"), text.into());
    let without_file = |line: String| line.trim_start_matches("r.json ").to_owned();
    shown(&linted).into_iter().map(without_file).collect()
}

/// The same, after the file name.
fn shown(linted: &Linted) -> Vec<String> {
    let name = linted.file.file_name().unwrap().to_string_lossy();
    let shown = linted.diagnostics.iter().map(|found| {
        assert_eq!(found.file, linted.file);
        let help = found.suggestion.as_ref().map(|name| format!(" -> {name}"));
        format!(
            "{name} {}:{} {}: {}{} [{}]",
            found.start.line,
            found.start.column,
            found.code,
            found.message,
            help.unwrap_or_default(),
            &linted.text[found.span.clone()]
        )
    });
    shown.collect()
}

#[test]
fn an_unset_name_is_reported_with_a_suggestion() {
    assert_eq!(
        lint(
            r#"{"inputs": {"topic": {}}, "steps": [
            {"type": "read_file", "path": "{{ topik }}.md", "artifact": "notes"},
            {"type": "set_context", "key": "a", "value": ["{{ topic }}", "\n{{ notes }} {{ later }}"]},
            {"type": "set_context", "key": "later", "value": "{{ a }}"},
            {"type": "write_files", "files": [{"path": "x", "content_key": "note"}]}
        ]}"#
        ),
        [
            "2:47 unset-artifact: step 0 (read_file): path: `topik` is not set by any input or earlier step -> topic [topik]",
            "3:92 unset-artifact: step 1 (set_context): value[1]: `later` is not set by any input or earlier step [later]",
            "5:77 unset-artifact: step 3 (write_files): files[0].content_key: `note` is not set by any input or earlier step -> notes [note]",
        ]
    );
}

#[test]
fn optional_names_may_be_unset() {
    assert_eq!(
        lint(
            r#"{"inputs": {"a": {}}, "steps": [{"type": "set_context", "key": "b", "value":
            "{{ x | default: a }}{% if y %}{{ y }}{% endif %}{% assign z = 1 %}{{ z }}{% for i in a %}{{ i }}{% endfor %}"}]}"#
        ),
        [""; 0]
    );
}

#[test]
fn artifacts_that_are_set_by_default_are_known() {
    assert_eq!(
        lint(
            r#"{"inputs": {"p": {}}, "steps": [
            {"type": "docpack_extract", "docpack_path": "{{ p }}", "extract_dir": "x", "outline_key": "outline"},
            {"type": "set_context", "key": "a", "value": "{{ outline }} {{ resource_files }} {{ outline_data }}"}
        ]}"#
        ),
        [
            "3:97 unset-artifact: step 1 (set_context): value: `outline_data` is not set by any input or earlier step -> outline [outline_data]"
        ]
    );
}

#[test]
fn items_are_set_only_inside_their_loop_and_results_only_after_it() {
    assert_eq!(
        lint(
            r#"{"inputs": {"list": {}}, "steps": [
            {"type": "loop", "items": "list", "item_key": "item", "result_key": "done", "substeps": [
                {"type": "set_context", "key": "inner", "value": "{{ item }}{{ __index }}"},
                {"type": "set_context", "key": "item", "value": "{{ inner }}"}]},
            {"type": "set_context", "key": "end", "value": "{{ done }}{{ done__errors }}{{ item }}{{ inner }}"},
            {"type": "loop", "items": "lits", "item_key": "i", "substeps": []}
        ]}"#
        ),
        [
            "5:92 unset-artifact: step 1 (set_context): value: `item` is not set by any input or earlier step [item]",
            "5:102 unset-artifact: step 1 (set_context): value: `inner` is not set by any input or earlier step [inner]",
            "6:40 unset-artifact: step 2 (loop): items: `lits` is not set by any input or earlier step -> list [lits]",
        ]
    );
}

#[test]
fn on_error_steps_may_read_the_error_and_set_artifacts_for_later_steps() {
    assert_eq!(
        lint(
            r#"{"inputs": {"a": {}}, "steps": [
            {"type": "parallel", "config": {"substeps": [{"type": "set_context", "key": "x", "value": "{{ a }}{{ error }}"}]},
             "on_error": {"steps": [{"type": "set_context", "key": "y", "value": "{{ error.message }}{{ x }}"}]}},
            {"type": "set_context", "key": "end", "value": "{{ error.step }}{{ y }}"}
        ]}"#
        ),
        [
            "2:114 unset-artifact: step 0 (parallel): substeps[0] (set_context): value: `error` is not set by any input or earlier step [error]",
            "3:105 unset-artifact: step 0 (parallel): on_error.steps[0] (set_context): value: `x` is not set by any input or earlier step [x]",
        ]
    );
}

#[test]
fn programs_read_their_templates_and_set_their_output() {
    assert_eq!(
        lint(
            r#"{"inputs": {"a": {}, "b": {}}, "steps": [
            {"type": "command", "program": "ls", "args": ["{{ a }}", "{{ x }}"], "env": {"B": "{{ b }}{{ y }}"}, "output_key": "out"},
            {"type": "shell", "command": "echo {{ out.stdout }}", "stdin": "{{ z }}"}
        ]}"#
        ),
        [
            "2:74 unset-artifact: step 0 (command): args[1]: `x` is not set by any input or earlier step [x]",
            "2:106 unset-artifact: step 0 (command): env.B: `y` is not set by any input or earlier step [y]",
            "3:80 unset-artifact: step 1 (shell): stdin: `z` is not set by any input or earlier step [z]",
        ]
    );
}

#[test]
fn names_that_unknown_steps_may_set_are_not_reported() {
    for steps in [
        // Without declared inputs a caller may set anything.
        r#"{"steps": [{"type": "set_context", "key": "a", "value": "{{ x }}"}]}"#,
        // A step of an unknown type, or an unknown recipe, may set anything.
        r#"{"inputs": {"a": {}}, "steps": [{"type": "llm_generate", "config": {}}, {"type": "set_context", "key": "a", "value": "{{ x }}"}]}"#,
        r#"{"inputs": {"a": {}}, "steps": [{"type": "execute_recipe", "recipe_path": "{{ a }}.json"}, {"type": "set_context", "key": "a", "value": "{{ x }}"}]}"#,
        r#"{"inputs": {"a": {}}, "steps": [{"type": "read_files", "path": "a", "content_key": "{{ a }}"}, {"type": "set_context", "key": "b", "value": "{{ x }}"}]}"#,
        // One branch is enough.
        r#"{"inputs": {"a": {}}, "steps": [{"type": "conditional", "condition": "{{ a }}", "if_true": {"steps": [{"type": "set_context", "key": "x", "value": 1}]}}, {"type": "set_context", "key": "b", "value": "{{ x }}"}]}"#,
    ] {
        let unset: Vec<_> = lint(steps)
            .into_iter()
            .filter(|line| line.contains("unset"))
            .collect();
        assert_eq!(unset, [""; 0], "{steps}");
    }
}

#[test]
fn sub_recipes_set_and_read_for_their_callers() {
    let folder = tempfile::tempdir().unwrap();
    let sub = folder.path().join("sub.json");
    let text = r#"[{"type": "set_context", "key": "made", "value": "{{ topic }}{{ given }}"}]"#;
    std::fs::write(&sub, text).unwrap();
    let main = format!(
        r#"{{"inputs": {{"topic": {{}}}}, "steps": [
            {{"type": "execute_recipe", "recipe_path": {sub:?}, "context_overrides": {{"given": "x", "more": "{{{{ given }}}}"}}}},
            {{"type": "set_context", "key": "end", "value": "{{{{ made }}}}{{{{ more }}}}{{{{ given }}}}"}}]}}"#
    );
    assert_eq!(lint(&main), [""; 0]);
    assert_eq!(lint(text), [""; 0]);
}

#[test]
fn names_that_a_caller_does_not_set_are_reported_in_the_called_recipe() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let inner = file(
        "inner.json",
        r#"{"inputs": {"extra": {"required": false}, "tone": {"default": "calm"}}, "steps": [
            {"type": "set_context", "key": "x", "value": "\u007b{ topik }}{{ extra }}{{ tone }}"}]}"#,
    );
    let outer = file(
        "outer.yaml",
        &format!(
            "- type: execute_recipe\n  recipe_path: {inner:?}\n- type: read_files\n  path: |\n    a\n    {{{{ folder }}}}\n  content_key: y\n"
        ),
    );
    // Called twice, reported once.
    let main = format!(
        r#"{{"inputs": {{"topic": {{}}}}, "steps": [
            {{"type": "execute_recipe", "recipe_path": {outer:?}}},
            {{"type": "execute_recipe", "recipe_path": {outer:?}, "context_overrides": {{"n": "{{{{ topic }}}}"}}}}]}}"#
    );
    let linter = Linter::new(recipe_steps::registry());
    let linted = linter.lint_text(Path::new("main.json"), main.into());
    assert_eq!(linted.diagnostics, []);
    let called: Vec<String> = linted.called.iter().flat_map(shown).collect();
    assert_eq!(
        called,
        [
            "inner.json 2:67 unset-artifact: step 0 (set_context): value: `topik` is not set by any input or earlier step when called by main.json -> topic [topik]",
            "inner.json 2:89 unset-artifact: step 0 (set_context): value: `tone` is not set by any input or earlier step when called by main.json [tone]",
            "outer.yaml 6:8 unset-artifact: step 1 (read_files): path: `folder` is not set by any input or earlier step when called by main.json [folder]",
        ]
    );
}

#[test]
fn recursive_calls_are_followed_up_to_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: usize| folder.path().join(format!("{name}.json"));
    for name in 0..30 {
        let next = path(name + 1);
        let call = format!(r#"{{"type": "execute_recipe", "recipe_path": {next:?}}}"#);
        let text = format!(r#"{{"inputs": {{"a": {{}}}}, "steps": [{call}, {call}, {call}]}}"#);
        std::fs::write(path(name), text).unwrap();
    }
    std::fs::write(path(30), "[]").unwrap();
    let linter = Linter::new(recipe_steps::registry());
    assert_eq!(linter.lint(&path(0)).diagnostics, []);
}

#[test]
fn unused_inputs_are_reported() {
    assert_eq!(
        lint(
            r#"{"inputs": {"used": {}, "unused": {"type": "string"}}, "steps": [
            {"type": "set_context", "key": "a", "value": "{% if used %}x{% endif %}"}]}"#
        ),
        [r#"1:25 unused-input: unused input: unused ["unused"]"#]
    );
}

#[test]
fn step_types_that_the_build_lacks_are_warnings() {
    let mut registry = recipe_steps::registry();
    registry.mark_unavailable("dream");
    let text = r#"[{"type": "dream", "config": {"prompt": "{{ x }}"}}]"#;
    let linted = Linter::new(registry).lint_text(Path::new("r.json"), text.into());
    assert_eq!(
        shown(&linted),
        [
            r#"r.json 1:11 unavailable-step-type: step 0: step type not available in this build: dream ["dream"]"#
        ]
    );
}
