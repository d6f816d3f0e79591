//! Recorded template cases: outcomes of python-liquid, for which real recipes are written.
//!
//! The cases of `conformance/templates.json` came with the reference. `templates/recorded.json` has
//! cases that were once rendered incorrectly; `templates/record.py` writes it with python-liquid
//! 2.3.6. Each case is a test of its own name. The few differences are listed with a reason in
//! `conformance/template-differences.json`, which `cargo xtask template-check` uses as well. The
//! list is tested too: a case that agrees must be removed from it.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use recipe_core::template::Template;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    template: String,
    #[serde(default)]
    context: Map<String, Value>,
    expect: Option<String>,
    #[serde(default)]
    error: bool,
}

/// Recorded cases with a common context.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    context: Map<String, Value>,
    cases: Vec<Case>,
}

/// Entry of the list. Its other fields are for `cargo xtask template-check`.
#[derive(Deserialize)]
struct Difference {
    reason: String,
    /// Cases of this test, by name.
    #[serde(default)]
    recorded: Vec<String>,
}

fn main() -> ExitCode {
    let mut cases: Vec<Case> = read("conformance/templates.json");
    let recorded: Recorded = read("templates/recorded.json");
    cases.extend(recorded.cases.into_iter().map(|case| Case {
        name: format!("recorded/{}", case.name),
        context: recorded.context.clone(),
        ..case
    }));
    let differences: Vec<Difference> = read("conformance/template-differences.json");
    let names: Vec<String> = cases.iter().map(|case| case.name.clone()).collect();
    let listed: Vec<String> = differences
        .iter()
        .flat_map(|d| d.recorded.clone())
        .collect();
    let mut trials: Vec<Trial> = cases
        .into_iter()
        .map(|case| {
            let differs = listed.contains(&case.name);
            Trial::test(format!("templates/{}", case.name), move || {
                if differs {
                    still_differs(&case)
                } else {
                    agrees(&case)
                }
            })
        })
        .collect();
    trials.push(Trial::test(
        "templates/the list of differences",
        move || check_list(&differences, &names),
    ));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn read<T: DeserializeOwned>(file: &str) -> T {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
    let text = std::fs::read_to_string(dir.join(file)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Returns our outcome if it differs from the recorded one.
fn difference(case: &Case) -> Option<String> {
    let rendered = Template::parse(&case.template).and_then(|t| t.render(&case.context));
    match (rendered, &case.expect) {
        (Ok(text), Some(expected)) if text == *expected && !case.error => None,
        (Err(_), None) if case.error => None,
        (Ok(text), _) => Some(format!("{text:?}")),
        (Err(error), _) => Some(format!("error: {error}")),
    }
}

fn agrees(case: &Case) -> Result<(), Failed> {
    match difference(case) {
        None => Ok(()),
        Some(got) => {
            let (template, expected) = (&case.template, &case.expect);
            Err(format!("{template:?}\n  expected {expected:?}\n  got      {got}").into())
        }
    }
}

fn still_differs(case: &Case) -> Result<(), Failed> {
    match difference(case) {
        Some(_) => Ok(()),
        None => Err("agrees now: remove it from template-differences.json".into()),
    }
}

fn check_list(differences: &[Difference], names: &[String]) -> Result<(), Failed> {
    let mut listed = 0;
    for Difference { reason, recorded } in differences {
        if reason.is_empty() {
            return Err(format!("{recorded:?} is listed without a reason").into());
        }
        if let Some(name) = recorded.iter().find(|name| !names.contains(name)) {
            return Err(format!("unknown case {name}").into());
        }
        listed += recorded.len();
    }
    if listed * 20 > names.len() {
        return Err("fewer than 95 % of the cases agree".into());
    }
    Ok(())
}
