//! Golden Liquid: cases for engines of Liquid, which lie beside the repository.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::differences::Differences;
use super::outcome::Outcome;
use super::{Options, read_json, silent_panics};

/// Cases that have to be as expected, whatever the list says.
const EXPECTED: usize = 990;

#[derive(Deserialize)]
struct Golden {
    tests: Vec<Test>,
}

#[derive(Deserialize)]
struct Test {
    name: String,
    template: String,
    #[serde(default)]
    data: Map<String, Value>,
    result: Option<String>,
    #[serde(default)]
    results: Vec<String>,
    #[serde(default)]
    invalid: bool,
    /// Partials, which recipes do not have.
    templates: Option<Value>,
}

impl Test {
    fn expects(&self, ours: &Outcome) -> bool {
        match ours {
            Outcome::Text(text) => {
                !self.invalid && self.result.iter().chain(&self.results).any(|r| r == text)
            }
            Outcome::Error(_) => self.invalid,
            Outcome::Panic => false,
        }
    }
}

/// Renders the cases. Without the file that has them, all is well.
pub(crate) fn check(
    options: &Options,
    workspace: &Path,
    differences: &Differences,
) -> io::Result<bool> {
    let beside = workspace.join("../shared/golden-liquid/golden_liquid.json");
    let file = match &options.golden {
        Some(file) => file,
        None if beside.is_file() => &beside,
        None => {
            println!(
                "Golden Liquid is left out: {} is not there",
                beside.display()
            );
            return Ok(true);
        }
    };
    let golden: Golden = read_json(file)?;
    let tests: Vec<Test> = golden
        .tests
        .into_iter()
        .filter(|test| test.templates.is_none())
        .collect();
    let outcomes = silent_panics(|| {
        let outcomes = tests.iter().map(|t| Outcome::of(&t.template, &t.data));
        outcomes.collect::<Vec<_>>()
    });
    let mut right = true;
    let mut expected = 0;
    let mut differing = HashSet::new();
    for (test, ours) in tests.iter().zip(&outcomes) {
        if test.expects(ours) {
            expected += 1;
            continue;
        }
        differing.insert(test.name.as_str());
        let reason = differences.golden(&test.name);
        right &= reason.is_some();
        if reason.is_none() || options.list {
            print(test, ours, reason);
        }
    }
    for name in differences.golden_names() {
        if !differing.contains(name) {
            println!("as expected now, or not there: {name}, a case of Golden Liquid");
            right = false;
        }
    }
    println!(
        "Golden Liquid: {expected} of {} cases as expected, at least {EXPECTED} have to be",
        tests.len()
    );
    Ok(right && expected >= EXPECTED)
}

fn print(test: &Test, ours: &Outcome, reason: Option<&str>) {
    println!("golden: {}", test.name);
    if let Some(reason) = reason {
        println!("  for the reason that {reason}");
    }
    println!("  template {:?}", test.template);
    if !test.data.is_empty() {
        println!("  data     {}", Value::from(test.data.clone()));
    }
    if test.invalid {
        println!("  expected an error");
    } else {
        let texts: Vec<&String> = test.result.iter().chain(&test.results).collect();
        println!("  expected {texts:?}");
    }
    println!("  ours     {ours}");
}
