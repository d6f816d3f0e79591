//! `--events`: events of a run as lines of JSON, and their schema.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::Folder;

/// Retries, recovers, warns, fails, skips: nearly all events.
const VARIED: &str = r#"[
    {"type": "set_context", "config": {"key": "a", "value": "1"}, "name": "first"},
    {"type": "read_file", "config": {"path": "gone.md", "artifact": "x"}, "retry": {"attempts": 2, "delay": 0.001},
     "on_error": {"steps": [{"type": "set_context", "key": "x", "value": "none", "optionl": true}]}},
    {"type": "parallel", "max_concurrency": 1, "substeps": [
        {"type": "read_file", "path": "gone.md", "artifact": "x"},
        {"type": "set_context", "key": "b", "value": "2"}
    ]}
]"#;

/// Parses events, one per line.
fn events(text: &str) -> Vec<Value> {
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Text without times, durations, and delays, which vary.
fn timeless(text: &str) -> String {
    let lines = events(text).into_iter().map(|mut event| {
        for field in ["time", "duration", "delay"] {
            if let Some(value) = event.get_mut(field) {
                *value = json!("…");
            }
        }
        format!("{event}\n")
    });
    lines.collect()
}

/// Returns the mismatch of an event with the schema, if any. Supports only keywords of that schema.
fn misfit(event: &Value, schema: &Value) -> Option<String> {
    let kinds = schema["oneOf"].as_array().unwrap();
    let kind = kinds
        .iter()
        .find(|kind| kind["properties"]["event"]["const"] == event["event"]);
    let Some(kind) = kind else {
        return Some(format!("no such event: {event}"));
    };
    let known = |name: &str| {
        [schema, kind]
            .into_iter()
            .find_map(|schema| schema["properties"].get(name))
    };
    for (name, value) in event.as_object().unwrap() {
        let Some(field) = known(name) else {
            return Some(format!("no such field: {name}"));
        };
        let listed = field["oneOf"].as_array();
        let is_listed = |values: &Vec<Value>| values.iter().any(|one| one["const"] == *value);
        let fits = match field["type"].as_str().unwrap_or("listed") {
            "listed" => listed.is_some_and(is_listed),
            "string" => value.is_string(),
            "number" => value.as_f64().is_some_and(|number| number >= 0.0),
            "integer" => value.is_u64(),
            other => panic!("a type that this test does not know: {other}"),
        };
        if !fits {
            return Some(format!("{name} is not a valid {}", field["type"]));
        }
    }
    let mut required = [schema, kind]
        .into_iter()
        .flat_map(|schema| schema["required"].as_array().unwrap())
        .filter_map(Value::as_str);
    required
        .find(|name| event.get(name).is_none())
        .map(|name| format!("{name} is missing"))
}

fn schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/events.schema.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn every_event_of_a_run_is_one_line() {
    let folder = Folder::new().file("r.json", VARIED);
    assert_eq!(folder.recipe("run r.json -q --events e.jsonl").code(), 1);
    assert_snapshot!(timeless(&folder.read("e.jsonl")), @r#"
    {"time":"…","event":"run_started","recipe":"r.json"}
    {"time":"…","event":"warning","message":"line 4, column 82: step 1 (read_file): on_error step 0 (set_context): unknown field: optionl"}
    {"time":"…","event":"step_started","path":"0","type":"set_context","name":"first"}
    {"time":"…","event":"step_finished","path":"0","type":"set_context","name":"first","duration":"…"}
    {"time":"…","event":"step_started","path":"1","type":"read_file"}
    {"time":"…","event":"step_retried","path":"1","type":"read_file","attempt":1,"attempts":2,"delay":"…","error":"file not found: gone.md"}
    {"time":"…","event":"step_recovering","path":"1","type":"read_file","error":"file not found: gone.md"}
    {"time":"…","event":"step_started","path":"1.on_error[0]","type":"set_context"}
    {"time":"…","event":"step_finished","path":"1.on_error[0]","type":"set_context","duration":"…"}
    {"time":"…","event":"step_recovered","path":"1","type":"read_file","duration":"…"}
    {"time":"…","event":"step_started","path":"2","type":"parallel"}
    {"time":"…","event":"progress","path":"2","done":0,"failed":0,"total":2}
    {"time":"…","event":"step_started","path":"2.substeps[0]","type":"read_file"}
    {"time":"…","event":"step_failed","path":"2.substeps[0]","type":"read_file","duration":"…","error":"file not found: gone.md"}
    {"time":"…","event":"progress","path":"2","done":0,"failed":1,"total":2}
    {"time":"…","event":"step_skipped","path":"2.substeps[1]","type":"set_context"}
    {"time":"…","event":"step_failed","path":"2","type":"parallel","duration":"…","error":"substep 0 (read_file): file not found: gone.md"}
    {"time":"…","event":"run_finished","recipe":"r.json","duration":"…","error":"r.json: step 2 (parallel): substep 0 (read_file): file not found: gone.md"}
    "#);
}

#[test]
fn every_line_matches_the_schema() {
    let folder = Folder::new().file("r.json", VARIED).file(
        "p.json",
        r#"[{"type": "shell", "command": "echo a; echo b >&2"}]"#,
    );
    folder.recipe("run r.json -q --events e.jsonl");
    folder.recipe("run p.json -q --events p.jsonl");
    let lines = folder.read("e.jsonl") + &folder.read("p.jsonl");
    let (schema, events) = (schema(), events(&lines));
    for event in &events {
        assert_eq!(misfit(event, &schema), None, "{event}");
    }
    let seen: BTreeSet<&str> = events
        .iter()
        .filter_map(|event| event["event"].as_str())
        .collect();
    let all = schema["oneOf"].as_array().unwrap();
    let all: BTreeSet<&str> = all
        .iter()
        .filter_map(|kind| kind["properties"]["event"]["const"].as_str())
        .collect();
    let unseen: Vec<_> = all.difference(&seen).collect();
    // The first needs a signal, the next two a resumed run, the last two a language model.
    let others = [
        "step_cancelled",
        "step_reused",
        "steps_reused",
        "tool_called",
        "used",
    ];
    assert_eq!(unseen, others.each_ref());
}

#[test]
fn timestamps_never_decrease() {
    let folder = Folder::new().file("r.json", VARIED);
    folder.recipe("run r.json -q --events e.jsonl");
    let events = events(&folder.read("e.jsonl"));
    let times: Vec<&str> = events.iter().map(|e| e["time"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    for time in times {
        assert!(time.len() == 24 && time.ends_with('Z'), "{time}");
    }
}

#[test]
fn standard_output_contains_only_the_events() {
    let folder = Folder::new().file("r.json", "[]");
    let outcome = folder.recipe("run r.json -v --events -");
    assert_eq!(outcome.code(), 0);
    assert_snapshot!(timeless(&outcome.stdout()), @r#"
    {"time":"…","event":"run_started","recipe":"r.json"}
    {"time":"…","event":"run_finished","recipe":"r.json","duration":"…"}
    "#);
}

#[test]
fn an_invalid_recipe_is_an_event() {
    let folder = Folder::new().file("r.json", r#"[{"type": "nosuch"}]"#);
    assert_eq!(folder.recipe("run r.json --events e.jsonl").code(), 2);
    assert_snapshot!(timeless(&folder.read("e.jsonl")), @r#"
    {"time":"…","event":"run_started","recipe":"r.json"}
    {"time":"…","event":"run_finished","recipe":"r.json","duration":"…","error":"r.json: line 1, column 11: step 0: unknown step type: nosuch"}
    "#);
}

#[test]
fn the_file_is_overwritten() {
    let folder = Folder::new().file("r.json", "[]").file("e.jsonl", "old\n");
    folder.recipe("run r.json --events e.jsonl");
    assert_eq!(events(&folder.read("e.jsonl")).len(), 2);
}

#[test]
fn no_line_is_lost_with_many_concurrent_steps() {
    let step = r#"{"type": "set_context", "key": "a", "value": "1"}"#;
    let steps = vec![step; 1_000].join(",");
    let folder = Folder::new().file(
        "r.json",
        format!(r#"[{{"type": "parallel", "substeps": [{steps}]}}]"#),
    );
    folder.recipe("run r.json --events e.jsonl");
    let events = events(&folder.read("e.jsonl"));
    let count = |name| events.iter().filter(|e| e["event"] == name).count();
    assert_eq!(
        (count("step_started"), count("step_finished")),
        (1_001, 1_001)
    );
    assert_eq!(events.last().unwrap()["event"], "run_finished");
}

#[test]
fn two_results_cannot_have_the_same_destination() {
    let folder = Folder::new().file("r.json", "[]");
    assert_snapshot!(folder.recipe("run r.json --events - --context-out -"), @"
    exit code 2
    --- stderr
    error: --context-out and --events cannot both be written to standard output
    ");
    assert_snapshot!(folder.recipe("run r.json --events x --context-out x"), @"
    exit code 2
    --- stderr
    error: --context-out and --events cannot both be written to x
    ");
    assert_eq!(folder.names(), ["r.json"]);
}

#[test]
fn a_file_that_cannot_be_created_is_reported_before_the_run() {
    let folder = Folder::new().file(
        "r.json",
        r#"[{"type": "write_files", "files": [{"path": "made", "content": ""}]}]"#,
    );
    assert_snapshot!(folder.recipe("run r.json --events no/e.jsonl"), @"
    exit code 2
    --- stderr
    error: cannot write no/e.jsonl: folder not found: no
    ");
    assert_snapshot!(folder.recipe("run r.json --events ."), @"
    exit code 2
    --- stderr
    error: cannot write .: it is a folder
    ");
    assert_eq!(folder.names(), ["r.json"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_single_warning_and_the_run_continues() {
    let folder = Folder::new().file(
        "r.json",
        r#"[{"type": "write_files", "files": [{"path": "made", "content": ""}]}]"#,
    );
    assert_snapshot!(folder.recipe("run r.json --events /dev/full"), @"
    exit code 1
    --- stderr
    warning: /dev/full is incomplete: No space left on device (os error 28)
    1 step done in [time]
    ");
    assert!(folder.path("made").exists());
}

#[test]
fn masking_a_secret_keeps_every_line_valid() {
    // The first three are words in the records themselves.
    for secret in ["step_started", "duration\":0.0", "2026", "quo\"te\\d"] {
        let recipe = json!([
            {"type": "set_context", "key": "n", "value": secret},
            {"type": "loop", "items": "given", "item_key": "i", "result_key": "r", "substeps": [
                {"type": "read_file", "path": "{{ i }}.md", "artifact": "x"},
            ]},
        ]);
        let folder = Folder::new().file("r.json", recipe.to_string());
        let given = json!({ secret: secret }).to_string();
        let mut command = folder.command("run r.json -q --events e.jsonl --log-dir logs");
        command
            .args(["--log-format", "json"])
            .args(["--context-json", &format!("given={given}")])
            .args(["--config", &format!("api_key={secret}")]);
        assert_eq!(folder.outcome(&mut command).code(), 1, "{secret}");
        for name in ["e.jsonl", "logs/debug.log"] {
            let events = events(&folder.read(name));
            let texts: Vec<&str> = events
                .iter()
                .flat_map(|event| ["path", "error", "message"].map(|name| &event[name]))
                .filter_map(Value::as_str)
                .collect();
            assert!(texts.iter().any(|text| text.contains("***")), "{texts:?}");
            assert!(!texts.iter().any(|text| text.contains(secret)), "{texts:?}");
        }
    }
}
