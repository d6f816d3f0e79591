//! The list of differences that are meant, and what it explains.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;

use serde::Deserialize;

use super::cases::Case;
use super::outcome::Outcome;
use super::pattern::fits;
use super::read_json;

/// An entry of the list: a reason, and everything that differs for it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    reason: String,
    /// Generated templates, by patterns for their names.
    #[serde(default)]
    generated: Vec<Generated>,
    /// Cases of Golden Liquid, by name.
    #[serde(default)]
    golden: Vec<String>,
    /// Cases in `templates.json`, by name: see `tests/templates.rs`.
    #[serde(default, rename = "recorded")]
    _recorded: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Generated {
    ours: Kind,
    names: Vec<String>,
}

/// A difference, as seen from our side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// An error where python-liquid prints something.
    Error,
    /// A text where python-liquid has an error.
    Text,
    /// A text other than that of python-liquid.
    OtherText,
    /// Never meant.
    #[serde(skip)]
    Panic,
}

impl Kind {
    fn of(python: &Outcome, ours: &Outcome) -> Self {
        match (python, ours) {
            (_, Outcome::Panic) => Self::Panic,
            (_, Outcome::Error(_)) => Self::Error,
            (Outcome::Text(_), Outcome::Text(_)) => Self::OtherText,
            (_, Outcome::Text(_)) => Self::Text,
        }
    }
}

/// A template that comes out differently.
pub(crate) struct Found<'c> {
    case: &'c Case,
    ours: Outcome,
    kind: Kind,
    /// The number of the entry that explains it, and the pattern in it.
    explained_by: Option<(usize, String)>,
    pub(crate) reason: Option<String>,
}

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Case {
            name,
            template,
            data,
            python,
        } = self.case;
        writeln!(f, "{name}")?;
        if let Some(reason) = &self.reason {
            writeln!(f, "  for the reason that {reason}")?;
        }
        writeln!(f, "  template {template:?}")?;
        if !data.is_empty() {
            writeln!(f, "  data     {}", serde_json::Value::from(data.clone()))?;
        }
        writeln!(f, "  python   {python}")?;
        write!(f, "  ours     {}", self.ours)
    }
}

pub(crate) struct Differences(Vec<Difference>);

impl Differences {
    pub(crate) fn read(file: &Path) -> io::Result<Self> {
        read_json(file).map(Self)
    }

    /// The difference between the outcomes of a case, if there is one.
    pub(crate) fn find<'c>(&self, case: &'c Case, ours: Outcome) -> Option<Found<'c>> {
        if ours.agrees(&case.python) {
            return None;
        }
        let kind = Kind::of(&case.python, &ours);
        let explained_by = self.explain(&case.name, kind);
        let reason = explained_by
            .as_ref()
            .map(|(entry, _)| self.0[*entry].reason.clone());
        Some(Found {
            case,
            ours,
            kind,
            explained_by,
            reason,
        })
    }

    fn explain(&self, name: &str, kind: Kind) -> Option<(usize, String)> {
        let entries = self.0.iter().enumerate();
        let mut patterns = entries.flat_map(|(entry, difference)| {
            let generated = difference.generated.iter().filter(|g| g.ours == kind);
            generated.flat_map(move |g| g.names.iter().map(move |name| (entry, name)))
        });
        let (entry, pattern) = patterns.find(|(_, pattern)| fits(pattern, name))?;
        Some((entry, pattern.clone()))
    }

    /// Whether each pattern explains something; prints those that do not.
    pub(crate) fn all_used(&self, found: &[Found<'_>]) -> bool {
        let mut used = true;
        for (number, difference) in self.0.iter().enumerate() {
            for name in difference.generated.iter().flat_map(|g| &g.names) {
                let explains = |f: &Found<'_>| {
                    f.explained_by
                        .as_ref()
                        .is_some_and(|(entry, pattern)| *entry == number && pattern == name)
                };
                if !found.iter().any(explains) {
                    println!("nothing differs any more: {name} ({})", difference.reason);
                    used = false;
                }
            }
        }
        used
    }

    /// The reason for a difference in a case of Golden Liquid.
    pub(crate) fn golden(&self, name: &str) -> Option<&str> {
        let entry = self.0.iter().find(|d| d.golden.iter().any(|g| g == name))?;
        Some(&entry.reason)
    }

    /// The cases of Golden Liquid that the list has.
    pub(crate) fn golden_names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|d| &d.golden).map(String::as_str)
    }
}

/// Prints how many differ, by reason, or by the beginning of their names where there is none.
pub(crate) fn print_groups(found: &[Found<'_>]) {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    let mut others: BTreeMap<(String, Kind), usize> = BTreeMap::new();
    for found in found {
        if let Some(reason) = &found.reason {
            *reasons.entry(reason).or_default() += 1;
        } else {
            let group: Vec<&str> = found.case.name.split('/').take(2).collect();
            *others.entry((group.join("/"), found.kind)).or_default() += 1;
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
