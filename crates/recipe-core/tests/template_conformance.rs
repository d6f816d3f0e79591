//! The recorded template cases: what python-liquid, for which real recipes are written, makes of each.
//!
//! The few that come out differently are listed in `template-differences.json` with the reason, and the list
//! is checked too: a listed case that begins to agree must be taken off.

#![allow(
    clippy::unwrap_used,
    reason = "what fails in a test should fail the test"
)]

use std::collections::HashMap;
use std::path::Path;

use recipe_core::template::Template;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    template: String,
    context: Map<String, Value>,
    expect: Option<String>,
    #[serde(default)]
    error: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    name: String,
    reason: String,
}

fn read<T: DeserializeOwned>(file: &str) -> T {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance");
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// What came out instead, where it is not what was recorded.
fn difference(case: &Case) -> Option<String> {
    let rendered = Template::parse(&case.template).and_then(|t| t.render(&case.context));
    match (rendered, &case.expect) {
        (Ok(text), Some(expected)) if text == *expected && !case.error => None,
        (Err(_), None) if case.error => None,
        (Ok(text), _) => Some(format!("{text:?}")),
        (Err(error), _) => Some(error.to_string()),
    }
}

#[test]
fn templates_render_as_recorded_but_for_the_listed_differences() {
    let cases: Vec<Case> = read("templates.json");
    let listed: Vec<Difference> = read("template-differences.json");
    let listed: HashMap<_, _> = listed.into_iter().map(|d| (d.name, d.reason)).collect();
    assert!(
        listed.values().all(|reason| reason.len() > 10),
        "each difference has its reason"
    );
    assert!(
        listed
            .keys()
            .all(|name| cases.iter().any(|case| case.name == *name))
    );

    let mut wrong = Vec::new();
    for case in &cases {
        match (difference(case), listed.contains_key(&case.name)) {
            (None, false) | (Some(_), true) => {}
            (None, true) => wrong.push(format!("{}: agrees now, take it off the list", case.name)),
            (Some(got), false) => wrong.push(format!(
                "{}: {:?}\n  expected {:?}\n  got      {got}",
                case.name, case.template, case.expect
            )),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        listed.len() * 20 <= cases.len(),
        "at least 95 % of the cases agree"
    );
}
