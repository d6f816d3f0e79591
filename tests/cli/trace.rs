//! `--trace`: the times of all steps, in the Trace Event Format.

use std::collections::BTreeMap;

use crate::harness::Folder;
use insta::assert_snapshot;
use serde_json::{Value, json};

/// Slice of the trace.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Slice {
    begin: u64,
    end: u64,
    lane: u64,
    path: Option<String>,
}

fn events(trace: &Value) -> &Vec<Value> {
    trace["traceEvents"].as_array().unwrap()
}

fn slices(trace: &Value) -> Vec<Slice> {
    let complete = events(trace).iter().filter(|event| event["ph"] == "X");
    let slices = complete.map(|event| {
        let begin = event["ts"].as_u64().unwrap();
        Slice {
            begin,
            end: begin + event["dur"].as_u64().unwrap(),
            lane: event["tid"].as_u64().unwrap(),
            path: event["args"]["path"].as_str().map(str::to_owned),
        }
    });
    slices.collect()
}

/// Fails unless the slices of each lane are disjoint or nested.
fn assert_nested(slices: &[Slice]) {
    let mut lanes: BTreeMap<u64, Vec<&Slice>> = BTreeMap::new();
    for slice in slices {
        lanes.entry(slice.lane).or_default().push(slice);
    }
    for mut lane in lanes.into_values() {
        lane.sort_by_key(|slice| (slice.begin, std::cmp::Reverse(slice.end)));
        let mut open: Vec<&Slice> = Vec::new();
        for slice in lane {
            while open.pop_if(|last| last.end <= slice.begin).is_some() {}
            if let Some(outer) = open.last() {
                assert!(slice.end <= outer.end, "{slice:?} crosses {outer:?}");
            }
            open.push(slice);
        }
    }
}

fn trace_of(recipe: &Value) -> Value {
    let folder = Folder::new().file("r.json", recipe.to_string());
    folder.recipe("run r.json -q --trace run.json");
    folder.read_json("run.json")
}

#[test]
fn a_failed_run_has_steps_as_slices_and_failures_as_instants() {
    let trace = trace_of(&json!([
        {"type": "set_context", "config": {"key": "a", "value": "1"}, "name": "first"},
        {"type": "read_file", "config": {"path": "no.md", "artifact": "x"},
         "retry": {"attempts": 2, "delay": 0}, "on_error": {"steps": []}},
        {"type": "parallel", "max_concurrency": 1, "substeps": [
            {"type": "read_file", "path": "gone.md", "artifact": "x"},
            {"type": "set_context", "key": "a", "value": "3"},
        ]},
    ]));
    assert_eq!(trace["displayTimeUnit"], "ms");
    let lines = events(&trace).iter().map(|event| {
        let of = |name: &str| match &event["args"][name] {
            Value::Null => String::new(),
            value => format!(" {name}={value}"),
        };
        let details: String = ["name", "path", "outcome", "attempt", "error"]
            .map(of)
            .concat();
        let (phase, name) = (
            event["ph"].as_str().unwrap(),
            event["name"].as_str().unwrap(),
        );
        format!("{} {phase} {name}{details}\n", event["tid"])
    });
    assert_snapshot!(lines.collect::<String>(), @r#"
    0 M process_name name="recipe"
    0 M thread_name name="run"
    0 M thread_sort_index
    0 X r.json outcome="failed" error="r.json: step 2 (parallel): substep 0 (read_file): file not found: gone.md"
    0 X first path="0" outcome="done"
    0 X read_file 1 path="1" outcome="recovered"
    0 i retry path="1" attempt="1 of 2" error="file not found: no.md"
    0 i recovering path="1" error="file not found: no.md"
    0 X parallel 2 path="2" outcome="failed" error="substep 0 (read_file): file not found: gone.md"
    0 i failed path="2" error="substep 0 (read_file): file not found: gone.md"
    0 X read_file 2.substeps[0] path="2.substeps[0]" outcome="failed" error="file not found: gone.md"
    0 i failed path="2.substeps[0]" error="file not found: gone.md"
    0 i skipped path="2.substeps[1]" outcome="skipped"
    "#);
}

#[test]
fn slices_of_a_lane_nest_and_concurrent_steps_have_separate_lanes() {
    let leaf = json!({"type": "set_context", "key": "a", "value": "1"});
    let slow = json!({"type": "parallel", "delay": 0.01, "substeps": [leaf, leaf, leaf]});
    let trace = trace_of(&json!([
        leaf,
        {"type": "parallel", "substeps": [slow, slow, slow]},
        {"type": "loop", "items": [1, 2, 3, 4, 5, 6], "item_key": "i", "max_concurrency": 3, "substeps": [leaf, slow]},
    ]));
    let slices = slices(&trace);
    assert_eq!(slices.len(), 1 + 1 + (1 + 3 * 4) + (1 + 6 * 5));
    assert_nested(&slices);

    let whole = &slices[0];
    assert!(
        slices
            .iter()
            .all(|slice| whole.begin <= slice.begin && slice.end <= whole.end)
    );
    let of = |path: &str| {
        let found = slices
            .iter()
            .find(|slice| slice.path.as_deref() == Some(path));
        found.unwrap_or_else(|| panic!("missing {path}"))
    };
    let three = [0, 1, 2].map(|index| of(&format!("1.substeps[{index}]")));
    for (index, slice) in three.iter().enumerate() {
        assert!(slice.end - slice.begin >= 20_000, "{slice:?}");
        assert!(
            three
                .iter()
                .skip(index + 1)
                .all(|other| other.lane != slice.lane)
        );
    }
    let one_after_the_other =
        of("0").end - of("0").begin + (of("1").end - of("1").begin) + (of("2").end - of("2").begin);
    assert!(one_after_the_other <= whole.end - whole.begin);
    assert_eq!([of("0").lane, of("1").lane, of("2").lane], [0, 0, 0]);

    let named: Vec<u64> = events(&trace)
        .iter()
        .filter(|event| event["name"] == "thread_name")
        .map(|event| event["tid"].as_u64().unwrap())
        .collect();
    let lanes = slices.iter().map(|slice| slice.lane).max().unwrap() + 1;
    assert_eq!(named, (0..lanes).collect::<Vec<_>>());
}

#[test]
fn a_trace_can_be_piped() {
    let folder = Folder::new().file("r.json", "[]");
    let printed = folder.recipe("run r.json --trace -").stdout();
    let trace: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(slices(&trace).len(), 1);
}
