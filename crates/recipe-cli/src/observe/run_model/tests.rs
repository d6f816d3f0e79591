//! Tests of the model through the page and the trace that are made from it.

use std::sync::Arc;

use recipe_core::event::Usage;
use recipe_core::secrets::KnownSecrets;
use serde_json::{Value, json};

use super::*;
use crate::observe::calling_run;
use crate::observe::report;
use crate::observe::trace;

fn step(parent: Option<usize>, path: &str, state: State, end: Option<u64>) -> TimedStep {
    TimedStep {
        parent,
        path: path.to_owned(),
        step_type: "parallel".to_owned(),
        name: None,
        config: None,
        start: Duration::ZERO,
        end: end.map(Duration::from_micros),
        state,
        error: None,
        retries: Vec::new(),
        recovering: None,
        changes: ChangedArtifacts::default(),
        usage: Usage::default(),
        tool_calls: ToolCalls::default(),
    }
}

/// A run that was resumed and then killed.
fn killed() -> RunModel {
    let steps = vec![
        step(None, "0", State::Reused, Some(0)),
        step(None, "1", State::Cancelled, None),
        step(Some(1), ".substeps[0]", State::Reused, Some(0)),
        step(Some(1), ".substeps[1]", State::Cancelled, None),
    ];
    let mut model = RunModel::new("main.json".to_owned(), Detail::Everything);
    for step in &steps {
        model.tally.counts.steps += 1;
        model.tally.counts.count(step.state);
    }
    model.began = SystemTime::UNIX_EPOCH;
    model.duration = Duration::from_micros(7);
    model.steps = steps;
    model
}

/// Data of the page of a run.
fn shown(model: &RunModel, secrets: &KnownSecrets) -> Value {
    let page = report::page(model, secrets);
    let (_, data) = page
        .split_once(r#"<script type="application/json" id="data">"#)
        .unwrap();
    serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap()
}

/// The model of a run whose step makes these calls.
fn calling(calls: &Value, detail: Detail) -> RunModel {
    let live = LiveModel::new("main.json".to_owned(), calling_run::secrets(), detail);
    let live = Arc::new(live);
    calling_run::observe(calls, live.clone());
    Arc::into_inner(live).unwrap().into_inner()
}

#[test]
fn the_page_has_the_calls_of_tools_of_each_step_without_secrets() {
    let calls = calling_run::calls();
    let live = calling(&calls, Detail::Everything);
    let (run, _folder) = calling_run::store(&calls);
    for model in [live, RunModel::from_stored(&run).unwrap()] {
        // Texts were masked when the model got them.
        let mut data = shown(&model, &KnownSecrets::new());
        assert_eq!(data["toolCalls"], "2 tool calls (1 failed)");
        let mut calls = data["steps"][0]["toolCalls"].take();
        for call in calls.as_array_mut().unwrap() {
            assert!(call["start"].as_u64() <= call["end"].as_u64());
            for time in ["start", "end"] {
                call.as_object_mut().unwrap().remove(time);
            }
        }
        assert_eq!(
            calls,
            json!([
                {
                    "tool": "search",
                    "arguments": {"text": "{\n  \"for\": \"fish\",\n  \"body\": \"{\\\"key\\\":\\\"***\\\"}\"\n}"},
                    "result": {"text": "{\"key\":\"***\"}"},
                },
                {"tool": "***", "arguments": {"text": "[\n  \"***\"\n]"}, "error": {"text": "***"}},
            ])
        );
    }
}

#[test]
fn of_the_calls_of_a_step_the_first_ones_are_kept_and_of_each_the_beginning() {
    let long = "x".repeat(MAX_VALUE + 1);
    let call = json!({"tool": long, "arguments": long, "says": long});
    let calls = Value::from(vec![call; MAX_TOOL_CALLS + 2]);
    let live = calling(&calls, Detail::Everything);
    let (run, _folder) = calling_run::store(&calls);
    for model in [live, RunModel::from_stored(&run).unwrap()] {
        let data = shown(&model, &KnownSecrets::new());
        let step = &data["steps"][0];
        assert_eq!(data["toolCalls"], "102 tool calls");
        let kept = step["toolCalls"].as_array().unwrap();
        assert_eq!((kept.len(), &step["moreToolCalls"]), (100, &json!(2)));
        let cut = json!({"text": "x".repeat(2_000), "size": 2_001});
        assert_eq!((&kept[99]["arguments"], &kept[99]["result"]), (&cut, &cut));
        assert_eq!(kept[99]["tool"], "x".repeat(200));
    }
}

#[test]
fn in_a_trace_calls_of_tools_lie_inside_their_step() {
    let mut calls = calling_run::calls();
    // Longer than the step has run.
    calls[0]["took"] = json!(3_600_000_000_u64);
    let model = calling(&calls, Detail::Times);
    assert_eq!(model.steps[0].tool_calls.kept[0].arguments.text, "");
    let trace = trace::json(&model, &KnownSecrets::new());
    let trace: Value = serde_json::from_str(&trace).unwrap();
    let events = trace["traceEvents"].as_array().unwrap().iter();
    let slices: Vec<&Value> = events.filter(|event| event["ph"] == "X").collect();
    let words = slices.iter().map(|slice| {
        let [name, tid, args] = ["name", "tid", "args"].map(|name| &slice[name]);
        format!("{name} {tid} {args}\n")
    });
    insta::assert_snapshot!(words.collect::<String>(), @r#"
    "main.json" 0 {"outcome":"done"}
    "agent 0" 0 {"path":"0","type":"agent","outcome":"done"}
    "search" 0 {"path":"0","type":"agent","outcome":"done"}
    "***" 0 {"path":"0","type":"agent","outcome":"failed","error":"***"}
    "#);
    let times = |slice: &Value| {
        let [start, took] = ["ts", "dur"].map(|name| slice[name].as_u64().unwrap());
        (start, start + took)
    };
    let (start, end) = times(slices[1]);
    for call in &slices[2..] {
        let inside = times(call);
        assert!(start <= inside.0 && inside.1 <= end, "{inside:?}");
    }
}

#[test]
fn the_page_of_a_run_whose_process_was_killed_says_that_it_was_interrupted() {
    let data = shown(&killed(), &KnownSecrets::new());
    assert_eq!(
        (&data["outcome"], &data["error"]),
        (&json!("interrupted"), &Value::Null)
    );
    assert_eq!(
        data["counts"],
        json!({"steps": 4, "done": 0, "reused": 2, "failed": 0, "retried": 0, "recovered": 0, "skipped": 0, "cancelled": 2})
    );
    let steps = data["steps"].as_array().unwrap().iter();
    let steps = steps.map(|step| {
        let [path, state, end] = ["path", "state", "end"].map(|name| &step[name]);
        format!("{path} {state} {end}\n")
    });
    insta::assert_snapshot!(steps.collect::<String>(), @r#"
    "0" "reused" 0
    "1" "cancelled" 7
    ".substeps[0]" "reused" 0
    ".substeps[1]" "cancelled" 7
    "#);
    // The page has a sign and a colour for reused steps.
    let page = report::page(&killed(), &KnownSecrets::new());
    assert!(page.contains("reused: '") && page.contains(".reused {"));
}

#[test]
fn in_a_trace_reused_steps_are_moments_at_their_whole_addresses() {
    let trace = trace::json(&killed(), &KnownSecrets::new());
    let trace: Value = serde_json::from_str(&trace).unwrap();
    let events = trace["traceEvents"].as_array().unwrap().iter();
    let events = events.filter(|event| event["ph"] != "M").map(|event| {
        let [path, outcome] = ["path", "outcome"].map(|name| &event["args"][name]);
        let [phase, name, took] = ["ph", "name", "dur"].map(|name| &event[name]);
        format!("{phase} {name} {took} {path} {outcome}\n")
    });
    insta::assert_snapshot!(events.collect::<String>(), @r#"
    "X" "main.json" 7 null "interrupted"
    "i" "reused" null "0" "reused"
    "X" "parallel 1" 7 "1" "cancelled"
    "i" "reused" null "1.substeps[0]" "reused"
    "X" "parallel 1.substeps[1]" 7 "1.substeps[1]" "cancelled"
    "#);
}
