//! Golden Liquid: cases for engines of Liquid, which lie beside the repository.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::cases::Case;
use super::differences::Differences;
use super::json;
use super::outcome::Outcome;

/// Cases that have to be as expected, whatever the list says.
const EXPECTED: usize = 990;

#[derive(Deserialize)]
struct Golden {
    tests: Vec<Test>,
}

/// What is expected of a case.
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

/// Renders the cases and compares with what a file expects of them. Those that need partials are not among them.
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
        let ours = Outcome::of(&case.template, &case.data);
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
        "Golden Liquid: {as_expected} of {} cases come out as expected",
        cases.len()
    );
    if !whole {
        return Ok(right);
    }
    for name in differences.golden_names() {
        if !differing.contains(name) {
            println!("nothing differs by it any more: {name}, a case of Golden Liquid");
            right = false;
        }
    }
    if as_expected < EXPECTED {
        println!("at least {EXPECTED} have to");
    }
    Ok(right && as_expected >= EXPECTED)
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
