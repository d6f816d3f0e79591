//! Golden Liquid: cases for Liquid engines, in a directory beside the repository.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::cases::Case;
use super::differences::Differences;
use super::json;
use super::outcome::Outcome;

/// Minimum number of cases that must agree, whatever the list says.
const MIN_EXPECTED: usize = 990;

#[derive(Deserialize)]
struct Golden {
    tests: Vec<Test>,
}

/// Expected outcome of a case.
#[derive(Deserialize)]
struct Test {
    name: String,
    result: Option<String>,
    #[serde(default)]
    results: Vec<String>,
    #[serde(default)]
    invalid: bool,
}

impl Test {
    fn expects(&self, ours: &Outcome) -> bool {
        match ours {
            Outcome::Text(text) => !self.invalid && self.texts().any(|expected| expected == text),
            Outcome::Error(_) => self.invalid,
            Outcome::Panic => false,
        }
    }

    fn texts(&self) -> impl Iterator<Item = &String> {
        self.result.iter().chain(&self.results)
    }
}

/// Renders the cases and compares them with the expectations in a file. Cases with partials are
/// not included.
pub(crate) fn check(
    cases: &[Case],
    expected: &Path,
    differences: &Differences,
    list: bool,
    whole: bool,
) -> io::Result<bool> {
    let golden: Golden = json::read(expected)?;
    let tests: HashMap<&str, &Test> = golden.tests.iter().map(|t| (t.name.as_str(), t)).collect();
    let mut right = true;
    let mut differing = HashSet::new();
    for case in cases {
        let Some(test) = tests.get(case.name.as_str()) else {
            continue;
        };
        let ours = Outcome::render(&case.template, &case.data);
        if test.expects(&ours) {
            continue;
        }
        differing.insert(test.name.as_str());
        let reason = differences.golden(&test.name, ours.agrees(&case.python));
        right &= reason.is_some();
        if reason.is_none() || list {
            print(case, test, &ours, reason);
        }
    }
    let as_expected = cases.len() - differing.len();
    println!(
        "Golden Liquid: {as_expected} of {} cases agree",
        cases.len()
    );
    if !whole {
        return Ok(right);
    }
    for name in differences.golden_names() {
        if !differing.contains(name) {
            println!("unused entry: {name}, a case of Golden Liquid");
            right = false;
        }
    }
    if as_expected < MIN_EXPECTED {
        println!("at least {MIN_EXPECTED} must agree");
    }
    Ok(right && as_expected >= MIN_EXPECTED)
}

fn print(case: &Case, test: &Test, ours: &Outcome, reason: Option<&str>) {
    println!("Golden Liquid: {}", case.name);
    if let Some(reason) = reason {
        println!("  because  {reason}");
    }
    println!("  template {:?}", case.template);
    if !case.data.is_empty() {
        println!("  data     {}", Value::from(case.data.clone()));
    }
    if test.invalid {
        println!("  expected an error");
    } else {
        let texts: Vec<&String> = test.texts().collect();
        println!("  expected {texts:?}");
    }
    println!("  python   {}", case.python);
    println!("  ours     {ours}");
}
