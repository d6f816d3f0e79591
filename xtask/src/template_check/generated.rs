//! The generated templates: rendered, compared with what python-liquid makes of them, and the differences shown.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::cases::Case;
use super::differences::{Differences, Explanation, Kind};
use super::outcome::Outcome;

/// Unexplained differences that are shown unless all are asked for.
const SHOWN: usize = 40;

/// A template that comes out differently.
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

/// Compares; prints what differs without a reason, or all that differs. Tells whether everything has a reason and, where
/// the cases are all there are, whether everything in the list explains something.
pub(crate) fn check(cases: &[Case], differences: &Differences, list: bool, whole: bool) -> bool {
    let found: Vec<Found<'_>> = cases
        .iter()
        .filter_map(|case| {
            let ours = Outcome::of(&case.template, &case.data);
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
    print(&unexplained, if list { usize::MAX } else { SHOWN });
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
        println!("nothing differs by it any more: {unused}");
    }
    println!(
        "generated templates: {}, {} come out the same, {} differ for a reason, {} differ without one",
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

/// Prints how many differ, by reason, or by the beginning of their names where there is none.
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
            Kind::Error => "ours is an error",
            Kind::Text => "python's is an error",
            Kind::OtherText => "the texts differ",
            Kind::Panic => "ours panics",
        };
        println!("{count:6}  without a reason: {group}, {kind}");
    }
}
