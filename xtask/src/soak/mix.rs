//! Scenarios of a round, one for each way in which recipes run and end.

use std::time::Duration;

use recipe_core::RecipeSource;
use recipe_core::document::Format;
use serde_json::{Value, json};

/// Recipe, the fate of its run, and the expected end.
pub(super) struct Scenario {
    /// Name of the scenario and of its working directory.
    pub(super) name: &'static str,
    pub(super) fate: Fate,
    pub(super) ending: Ending,
    text: String,
    format: Format,
}

/// Fate of a run.
#[derive(Clone, Copy)]
pub(super) enum Fate {
    ToItsEnd,
    /// Its token is cancelled after this time.
    Cancelled(Duration),
    /// Its future is dropped after this time.
    Dropped(Duration),
    /// The run is durable, fails, and is resumed.
    Resumed,
}

/// Expected end of a run that is not dropped.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ending {
    Done,
    /// The run fails, and the error contains this text.
    Failed(&'static str),
}

use Ending::{Done, Failed};
use Fate::{Cancelled, Dropped, Resumed, ToItsEnd};

impl Scenario {
    fn new(name: &'static str, ending: Ending, steps: Value) -> Self {
        Self {
            name,
            fate: ToItsEnd,
            ending,
            text: steps.to_string(),
            format: Format::Json,
        }
    }

    fn text(name: &'static str, format: Format, ending: Ending, text: &str) -> Self {
        Self {
            text: text.to_owned(),
            format,
            ..Self::new(name, ending, Value::Null)
        }
    }

    fn with_fate(self, fate: Fate) -> Self {
        Self { fate, ..self }
    }

    /// Source of the recipe.
    pub(super) fn source(&self) -> RecipeSource {
        RecipeSource::text(self.name.to_owned(), self.text.clone(), self.format)
    }
}

/// Called recipes, by file name.
pub(super) fn called_recipes() -> [(&'static str, Value); 2] {
    let part = json!([
        {"type": "set_context", "key": "double", "value": "{{ number | times: 2 }}"},
        {"type": "conditional", "condition": "{{ number }} > 5",
            "if_true": {"steps": [{"type": "set_context", "key": "size", "value": "large"}]},
            "if_false": {"steps": [{"type": "set_context", "key": "size", "value": "small"}]}},
        {"type": "write_files", "root": "{{ folder }}",
            "files": [{"path": "{{ number }}.txt", "content": "{{ double }} is {{ size }}"}]},
        {"type": "read_files", "path": "{{ folder }}/{{ number }}.txt", "content_key": "said"},
    ]);
    let again = json!([{"type": "execute_recipe", "recipe_path": "{{ recipes }}/again.json"}]);
    [("part.json", part), ("again.json", again)]
}

/// Enough new templates, on several threads, to fill and reset the cache of the process: the memory
/// of each thread then has its final size.
pub(super) fn filling() -> Vec<Scenario> {
    let names = ["filling_a", "filling_b", "filling_c", "filling_d"];
    let fill = |name| Scenario::new(name, Done, made_up_templates(name, 10_000));
    names.into_iter().map(fill).collect()
}

/// All scenarios of a round. Parts depend on the round's number, so that no cache has them.
pub(super) fn round(number: u64) -> Vec<Scenario> {
    // Interrupts runs at a different point in each round.
    let soon = Duration::from_millis(number * 7 % 150);
    [side_by_side(), effects(), failures(number)]
        .into_iter()
        .flatten()
        .chain([
            Scenario::new(
                "templates",
                Done,
                made_up_templates(&number.to_string(), 100),
            ),
            Scenario::new("cancelled", Failed("cancelled"), endless()).with_fate(Cancelled(soon)),
            Scenario::new("dropped", Done, endless()).with_fate(Dropped(soon)),
            Scenario::new("dropped_at_once", Done, endless()).with_fate(Dropped(Duration::ZERO)),
        ])
        .collect()
}

fn side_by_side() -> Vec<Scenario> {
    let calls = |count: usize| -> Vec<Value> {
        let call = |number| {
            json!({"type": "execute_recipe", "recipe_path": "{{ recipes }}/part.json",
                "context_overrides": {"number": number}})
        };
        (0..count).map(|number| call(number.to_string())).collect()
    };
    let rounds = json!([{"type": "conditional", "condition": "{{ item.number }} % 3 == 1",
        "if_true": {"steps": [{"type": "read_file", "path": "{{ folder }}/missing", "artifact": "x"}]},
        "if_false": {"steps": [{"type": "set_context", "key": "item", "value": "{{ item.number }}"}]}}]);
    let items: Vec<_> = (0..60).map(|number| json!({"number": number})).collect();
    vec![
        Scenario::new(
            "limited",
            Done,
            json!([{"type": "parallel", "max_concurrency": 4, "delay": 0.001, "substeps": calls(20),
                "result_key": "results"}]),
        ),
        Scenario::new(
            "unlimited",
            Done,
            json!([{"type": "parallel", "substeps": calls(40), "timeout": 600}]),
        ),
        Scenario::new(
            "loops",
            Done,
            json!([{"type": "loop", "items": items, "item_key": "item", "max_concurrency": 8, "fail_fast": false,
                "result_key": "results", "substeps": rounds}]),
        ),
    ]
}

fn effects() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "files",
            Done,
            json!([
                {"type": "loop", "items": ["a", "b", "c", "d"], "item_key": "name", "result_key": "written", "substeps": [
                    {"type": "write_files", "root": "{{ folder }}",
                        "files": [{"path": "{{ name }}.json", "content": {"name": "{{ name }}"}}]}]},
                {"type": "read_files", "path": "{{ folder }}/?.json", "content_key": "all", "merge_mode": "dict"},
                {"type": "write_files", "root": "{{ folder }}",
                    "files": [{"path": "outline.json", "content": {"title": "t", "sections": []}}]},
                {"type": "docpack_create", "outline_path": "{{ folder }}/outline.json",
                    "resource_files": ["{{ folder }}/a.json", "{{ folder }}/b.json"],
                    "output_path": "{{ folder }}/packed.docpack"},
                {"type": "docpack_extract", "docpack_path": "{{ folder }}/packed.docpack",
                    "extract_dir": "{{ folder }}/unpacked"},
            ]),
        ),
        Scenario::new(
            "commands",
            Done,
            json!([
                {"type": "parallel", "max_concurrency": 3, "substeps": [
                    {"type": "command", "program": "cat", "stdin": "{{ folder }}", "output_key": "out"},
                    {"type": "shell", "command": "echo out; echo err >&2; exit 3", "check": false, "output_key": "out"},
                    {"type": "shell", "command": "sleep 60 & echo left in the background"},
                    {"type": "block"},
                ]},
                {"type": "shell", "config": {"command": "sleep 60"}, "timeout": 0.05, "on_error": {"steps": []}},
            ]),
        ),
        Scenario::new(
            "durable",
            Done,
            json!([
                {"type": "set_context", "key": "kept", "value": "{{ folder }}"},
                {"type": "parallel", "substeps": [
                    {"type": "command", "program": "test", "args": ["-f", "{{ folder }}/ready"]},
                    {"type": "set_context", "key": "x", "value": "{{ kept }}"}]},
            ]),
        )
        .with_fate(Resumed),
        Scenario::text(
            "yaml",
            Format::Yaml,
            Done,
            "- type: set_context\n  key: x\n  value: '{{ folder | upcase }}'\n",
        ),
    ]
}

fn failures(number: u64) -> Vec<Scenario> {
    let waiting = json!({"type": "shell", "command": "sleep 60"});
    let panicking = json!({"type": "panic"});
    vec![
        Scenario::new(
            "fail_fast",
            Failed("substep 2 (read_file): file not found: "),
            json!([{"type": "parallel", "substeps": [
                waiting, {"type": "parallel", "substeps": [waiting, {"type": "wait", "seconds": 60}]},
                {"type": "read_file", "path": "{{ folder }}/missing", "artifact": "x"}]}]),
        ),
        Scenario::new(
            "retried",
            Failed("exited with status 1"),
            json!([
                {"type": "read_file", "config": {"path": "{{ folder }}/missing", "artifact": "x"},
                    "retry": {"attempts": 3, "delay": 0.01}, "on_error": {"steps": []}},
                {"type": "shell", "config": {"command": "exit 1"}, "retry": {"attempts": 2, "delay": 0.01}},
            ]),
        ),
        Scenario::new(
            "panicking",
            Failed("substep 1 (panic): step panicked: as asked"),
            json!([{"type": "parallel", "substeps": [waiting, panicking, {"type": "wait", "seconds": 60}]}]),
        ),
        Scenario::new(
            "too_deep",
            Failed("exceed the depth limit"),
            json!([{"type": "execute_recipe", "recipe_path": "{{ recipes }}/again.json"}]),
        ),
        Scenario::text(
            "malformed",
            Format::Json,
            Failed("unexpected end of input in object"),
            &format!(r#"[{{"type": "wait", "seconds": {number}"#),
        ),
        Scenario::new(
            "unknown",
            Failed("unknown step type"),
            json!([{"type": format!("step_{number}")}]),
        ),
        Scenario::new(
            "bad_template",
            Failed("value"),
            json!([{"type": "set_context", "key": "x", "value": format!("{{{{ {number} | no_filter }}}}")}]),
        ),
    ]
}

fn made_up_templates(about: &str, count: usize) -> Value {
    let step = |index| json!({"type": "set_context", "key": "x", "value": format!("{about} {index} {{{{ folder | size }}}}")});
    (0..count).map(step).collect()
}

/// Steps that would run for a minute: nested, with programs, and blocking.
fn endless() -> Value {
    let inner = json!([{"type": "shell", "command": "sleep 60"}, {"type": "wait", "seconds": 60}, {"type": "block"}]);
    let round = json!([{"type": "set_context", "key": "x", "value": "{{ item }}"},
        {"type": "parallel", "substeps": inner}]);
    json!([{"type": "loop", "items": [1, 2, 3], "item_key": "item", "result_key": "r", "max_concurrency": 2,
        "substeps": round}])
}
