//! Compares generated templates with python-liquid and shows the differences.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::cases::Case;
use super::differences::{Differences, Explanation, Kind};
use super::outcome::Outcome;

/// Maximum number of shown differences, without `--list`.
const MAX_SHOWN: usize = 40;

/// Template with a different outcome.
struct Found<'a> {
    case: &'a Case,
    ours: Outcome,
    explanation: Option<Explanation<'a>>,
    reasons: Vec<&'a str>,
}

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let case = self.case;
        writeln!(f, "{}", case.name)?;
        for reason in &self.reasons {
            writeln!(f, "  because  {reason}")?;
        }
        writeln!(f, "  template {:?}", case.template)?;
        if !case.data.is_empty() {
            writeln!(f, "  data     {}", Value::from(case.data.clone()))?;
        }
        writeln!(f, "  python   {}", case.python)?;
        write!(f, "  ours     {}", self.ours)
    }
}

/// Prints unexplained differences, or all. Returns whether every difference has a reason and, with
/// all cases, whether every entry of the list is used.
pub(crate) fn check(cases: &[Case], differences: &Differences, list: bool, whole: bool) -> bool {
    let found: Vec<Found<'_>> = cases
        .iter()
        .filter_map(|case| {
            let ours = Outcome::render(&case.template, &case.data);
            if ours.agrees(&case.python) {
                return None;
            }
            let explanation = differences.explain(case, &ours);
            let reasons = explanation.as_ref().map(|e| differences.reasons(e));
            Some(Found {
                case,
                ours,
                reasons: reasons.unwrap_or_default(),
                explanation,
            })
        })
        .collect();
    let (explained, unexplained): (Vec<_>, Vec<_>) =
        found.iter().partition(|found| found.explanation.is_some());
    if list {
        print(&explained, usize::MAX);
    }
    print(&unexplained, if list { usize::MAX } else { MAX_SHOWN });
    print_groups(&found);
    let used: Vec<_> = found
        .iter()
        .filter_map(|f| f.explanation.as_ref())
        .collect();
    let unused = match whole {
        true => differences.unused(&used),
        false => Vec::new(),
    };
    for unused in &unused {
        println!("unused entry: {unused}");
    }
    println!(
        "generated templates: {}, {} agree, {} differ for a reason, {} differ without one",
        cases.len(),
        cases.len() - found.len(),
        explained.len(),
        unexplained.len(),
    );
    unexplained.is_empty() && unused.is_empty()
}

fn print(found: &[&Found<'_>], most: usize) {
    for found in found.iter().take(most) {
        println!("{found}");
    }
    if found.len() > most {
        println!("… and {} more: --list shows all", found.len() - most);
    }
}

/// Prints the number of differences by reason, or by the start of their names without one.
fn print_groups(found: &[Found<'_>]) {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    let mut others: BTreeMap<(String, Kind), usize> = BTreeMap::new();
    for found in found {
        if found.explanation.is_none() {
            let group: Vec<&str> = found.case.name.split('/').take(2).collect();
            let kind = Kind::of(&found.case.python, &found.ours);
            *others.entry((group.join("/"), kind)).or_default() += 1;
        }
        for reason in &found.reasons {
            *reasons.entry(reason).or_default() += 1;
        }
    }
    for (reason, count) in reasons {
        println!("{count:6}  {reason}");
    }
    for ((group, kind), count) in others {
        let kind = match kind {
            Kind::Error => "only ours fails",
            Kind::Text => "only python's fails",
            Kind::OtherText => "the texts differ",
            Kind::Panic => "ours panics",
        };
        println!("{count:6}  without a reason: {group}, {kind}");
    }
}
