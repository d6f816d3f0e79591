//! Conditions take the branch that the reference takes, or are an error, as recorded in
//! `conformance/conditions.json`.
//!
//! Differences are listed with a reason in `conformance/condition-differences.json`, which is
//! tested, too.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::time::SystemTime;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::harness::Folder;

/// Conditions recorded by `tests/reference/conditions.py`.
#[derive(Deserialize)]
struct Recorded {
    /// Artifacts of the conditions.
    context: Map<String, Value>,
    /// Each condition with its branch, or `error`.
    cases: Map<String, Value>,
}

/// Conditions that differ for the same reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    /// Reason, for people.
    #[serde(rename = "reason")]
    _reason: String,
    /// Our branch, or `error`.
    ours: Value,
    conditions: Vec<String>,
}

#[test]
fn conditions_take_the_branch_of_the_reference() {
    let recorded: Recorded = read("conditions.json");
    let differences: Vec<Difference> = read("condition-differences.json");
    let mut expected = recorded.cases.clone();
    for difference in &differences {
        for condition in &difference.conditions {
            let before = expected.insert(condition.clone(), difference.ours.clone());
            assert!(
                before.is_some_and(|reference| reference != difference.ours),
                "does not differ or is not recorded: {condition}"
            );
        }
    }
    let taken = branches_taken(&recorded);
    let wrong: BTreeMap<&String, (&Value, &Value)> = taken
        .iter()
        .map(|(condition, took)| (condition, (took, &expected[condition])))
        .filter(|(_, (took, expected))| took != expected)
        .collect();
    assert!(
        wrong.is_empty(),
        "{} conditions, with what they are and should be: {wrong:#?}",
        wrong.len()
    );
    assert_eq!(taken.len(), expected.len());
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance");
    serde_json::from_reader(File::open(folder.join(name)).unwrap()).unwrap()
}

/// Branches of all conditions in one run, each in its own recipe, so that an invalid one is a
/// separate error.
fn branches_taken(recorded: &Recorded) -> Map<String, Value> {
    let mark = |outcome: Value| json!({"steps": [{"type": "set_context", "key": "took", "value": outcome}]});
    let round = json!({
        "type": "execute_recipe",
        "config": {"recipe_path": "cases/{{ case }}.json"},
        "on_error": mark("error".into()),
    });
    let recipe = json!({"steps": [{
        "type": "loop",
        "config": {"items": "names", "item_key": "case", "substeps": [round], "result_key": "outcomes"},
    }]});
    let mut folder = Folder::new()
        .file("recipe.json", recipe.to_string())
        .file("there.txt", "")
        .file("old.txt", "");
    let old = File::options().write(true).open(folder.path("old.txt"));
    old.unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    let mut context = recorded.context.clone();
    let names: Vec<String> = (0..recorded.cases.len()).map(|n| n.to_string()).collect();
    for (name, condition) in names.iter().zip(recorded.cases.keys()) {
        let steps = json!([
            {
                "type": "conditional",
                "condition": condition,
                "if_true": mark("true".into()),
                "if_false": mark("false".into()),
            },
            {"type": "set_context", "key": "case", "value": "{{ took }}"},
        ]);
        folder = folder.file(&format!("cases/{name}.json"), steps.to_string());
    }
    context.insert("names".to_owned(), names.into());
    folder = folder.file("context.json", Value::Object(context).to_string());
    let outcome =
        folder.recipe("run recipe.json --context-file context.json --context-out out.json -q");
    assert_eq!(outcome.code(), 0, "{outcome}");
    let outcomes = folder.read_json("out.json")["outcomes"].take();
    let outcomes = outcomes.as_array().unwrap().iter().map(|took| match took {
        Value::String(took) if took == "true" => true.into(),
        Value::String(took) if took == "false" => false.into(),
        // The recipe of the case has not replaced its name.
        _ => "error".into(),
    });
    recorded.cases.keys().cloned().zip(outcomes).collect()
}
