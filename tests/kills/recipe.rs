//! Recipe of the killed runs: all steps that run others, and programs with visible effects.
//!
//! Each program appends the address of its step to the file `effects`, which so records how often
//! each step ran. The addresses are those of the journal.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

/// File to which programs append the addresses of their steps.
pub(crate) const EFFECTS: &str = "effects";

/// Step whose recorded inner steps run again in its second attempt.
pub(crate) const RETRIED: &str = "10/flaky.json";

/// File that exists once that step's inner step has failed.
pub(crate) const HAS_FAILED: &str = "failed-inside";

/// Steps that fail, once or always.
pub(crate) const FAILING: [&str; 3] = ["9", "10/flaky.json:2", "11"];

/// Writes `main.json` and the recipes that it calls.
pub(crate) fn write(folder: &Path) {
    let recipes = [
        ("main.json", main()),
        ("middle.json", middle()),
        ("inner.json", inner()),
        ("flaky.json", flaky()),
    ];
    for (name, steps) in recipes {
        fs::write(folder.join(name), steps.to_string()).unwrap();
    }
}

fn main() -> Value {
    let branch = |index: usize| {
        let at = format!("3.substeps[{index}]");
        call("middle.json", &at, json!(format!("branch {index}")))
    };
    json!([
        {"type": "set_context", "key": "notes", "value": ["began"]},
        with_output(effect("1", "echo one"), "one"),
        add_note("one said {{ one.stdout | strip }}"),
        {"type": "parallel", "max_concurrency": 2, "result_key": "branches", "collect": ["answer", "parts"],
            "substeps": [branch(0), parallel_of_two("3.substeps[1]"), branch(2), branch(3)]},
        {"type": "write_files", "root": "out", "files": [
            {"path": "branches.json", "content_key": "branches"},
            {"path": "notes.json", "content_key": "notes"}]},
        {"type": "loop", "items": ["a", "b", "c", "d"], "item_key": "item", "result_key": "letters",
            "max_concurrency": 3, "substeps": [
                effect("5.items[{{ __index }}].substeps[0]", "sleep 0.002"),
                {"type": "set_context", "key": "item", "value": "{{ item }}!", "if_exists": "merge"},
                {"type": "write_files", "files": [{"path": "out/{{ __index }}.txt", "content": "{{ item }}"}]},
                effect("5.items[{{ __index }}].substeps[3]", "")]},
        {"type": "loop", "items": {"x": [1], "y z": [2]}, "item_key": "pair", "result_key": "pairs", "substeps": [
            effect(r#"6.items["{{ __key }}"].substeps[0]"#, ""),
            {"type": "set_context", "key": "pair", "value": ["{{ __key }}"], "if_exists": "merge"},
            effect(r#"6.items["{{ __key }}"].substeps[2]"#, "sleep 0.003")]},
        {"type": "read_files", "path": "out/*.txt", "content_key": "texts", "merge_mode": "dict"},
        {"type": "conditional", "condition": "file_exists('out/3.txt') and '{{ branches | size }}' == '4'",
            "if_true": {"steps": [
                effect("8.if_true[0]", ""),
                add_note(&"long ".repeat(100)),
                call("inner.json", "8.if_true[2]", json!("from the condition"))]},
            "if_false": {"steps": [{"type": "set_context", "key": "wrong", "value": "yes"}]}},
        {"type": "command", "config": program("9", &fail_once("failed")), "retry": {"attempts": 3, "delay": 0.005}},
        {"type": "execute_recipe", "config": {"recipe_path": "flaky.json"}, "retry": {"attempts": 2, "delay": 0.01}},
        {"type": "command", "config": program("11", "echo 'always fails' >&2; exit 3"), "on_error": {"steps": [
            effect("11.on_error[0]", ""),
            add_note("caught {{ error.message }} of {{ error.step }}"),
            effect("11.on_error[2]", "sleep 0.005")]}},
        {"type": "parallel", "fail_fast": false, "max_failures": 1, "result_key": "some", "substeps": [
            effect("12.substeps[0]", "sleep 0.002"),
            {"type": "command", "program": "false"},
            add_note("not seen by the parent")]},
        with_output(effect("13", "cat out/*.txt"), "last"),
        add_note("{{ texts | json }}"),
        {"type": "write_files", "files": [
            {"path": "out/all.json", "content": "{{ notes | json }}{{ some | json }}{{ pairs | json }}"}]}
    ])
}

/// Recipe called at `{{ at }}` with the artifact `who`.
fn middle() -> Value {
    json!([
        effect("{{ at }}/middle.json:0", "sleep 0.004"),
        {"type": "set_context", "key": "answer", "value": "{{ who }}"},
        {"type": "parallel", "result_key": "parts", "collect": ["inner"], "substeps": [
            effect("{{ at }}/middle.json:2.substeps[0]", "sleep 0.002"),
            call("inner.json", "{{ at }}/middle.json:2.substeps[1]", json!("a part of {{ who }}"))]},
        {"type": "set_context", "key": "answer", "value": " with {{ parts[1].inner }}", "if_exists": "merge"},
        effect("{{ at }}/middle.json:4", "")
    ])
}

/// Recipe called at `{{ at }}` with the artifact `who`.
fn inner() -> Value {
    json!([
        {"type": "set_context", "key": "inner", "value": "inner"},
        effect("{{ at }}/inner.json:1", "sleep 0.002"),
        {"type": "set_context", "key": "inner", "value": " of {{ who }}", "if_exists": "merge"}
    ])
}

/// Recipe that fails the first time.
fn flaky() -> Value {
    json!([
        effect("10/flaky.json:0", ""),
        add_note("tried"),
        {"type": "command", "config": program("10/flaky.json:2", &fail_once(HAS_FAILED))},
        effect("10/flaky.json:3", "sleep 0.002")
    ])
}

fn effect(path: &str, then: &str) -> Value {
    json!({"type": "command", "config": program(path, then)})
}

/// Program that first appends the address of its step to the effects.
fn program(path: &str, then: &str) -> Value {
    let script = format!(r#"printf '%s\n' "$0" >> {EFFECTS}; {then}"#);
    json!({"program": "sh", "args": ["-c", script, path]})
}

fn fail_once(marker: &str) -> String {
    format!("test -e {marker} || {{ touch {marker}; exit 1; }}")
}

fn with_output(mut effect: Value, key: &str) -> Value {
    effect["config"]["output_key"] = key.into();
    effect
}

/// Step whose repetition would be visible.
fn add_note(note: &str) -> Value {
    json!({"type": "set_context", "key": "notes", "value": [note], "if_exists": "merge"})
}

fn call(recipe: &str, at: &str, who: Value) -> Value {
    json!({"type": "execute_recipe", "recipe_path": recipe, "context_overrides": {"at": at, "who": who}})
}

fn parallel_of_two(path: &str) -> Value {
    json!({"type": "parallel", "result_key": "parts", "substeps": [
        effect(&format!("{path}.substeps[0]"), "sleep 0.003"),
        add_note("not seen by the parent")]})
}
