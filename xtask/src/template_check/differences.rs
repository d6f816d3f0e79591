//! List of intended differences.

use std::io;
use std::path::Path;

use serde::Deserialize;

use super::cases::Case;
use super::json;
use super::outcome::Outcome;
use super::pattern::matches;

/// Variant of python-liquid with all changes at once.
const TOGETHER: &str = "together";

/// Entry of the list: a reason, and the outcomes that differ for it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    reason: String,
    /// Variant of python-liquid that agrees with us.
    variant: Option<String>,
    /// Generated templates, by name pattern.
    #[serde(default)]
    generated: Vec<Generated>,
    /// Cases of Golden Liquid, by name.
    #[serde(default)]
    golden: Vec<String>,
    /// Cases of Golden Liquid, by name, in which python-liquid agrees with us.
    #[serde(default)]
    golden_as_python: Vec<String>,
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

/// Kind of a difference, from our side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// We fail, python-liquid renders.
    Error,
    /// We render, python-liquid fails.
    Text,
    /// Both render different texts.
    OtherText,
    /// We panic, which is never intended.
    #[serde(skip)]
    Panic,
}

impl Kind {
    pub(crate) fn of(python: &Outcome, ours: &Outcome) -> Self {
        match (python, ours) {
            (_, Outcome::Panic) => Self::Panic,
            (_, Outcome::Error(_)) => Self::Error,
            (Outcome::Text(_), Outcome::Text(_)) => Self::OtherText,
            (_, Outcome::Text(_)) => Self::Text,
        }
    }
}

/// Part of an entry that explains a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Explanation<'d> {
    /// Outcome of this variant, or of these together.
    Variants(Vec<&'d str>),
    /// The name matches this pattern of an entry.
    Pattern(usize, &'d str),
}

/// List of intended differences.
pub(crate) struct Differences(Vec<Difference>);

impl Differences {
    pub(crate) fn read(file: &Path) -> io::Result<Self> {
        json::read(file).map(Self)
    }

    /// Explains the difference of a case, if the list does.
    pub(crate) fn explain(&self, case: &Case, ours: &Outcome) -> Option<Explanation<'_>> {
        self.by_variant(case, ours)
            .or_else(|| self.by_name(&case.name, Kind::of(&case.python, ours)))
    }

    fn by_variant(&self, case: &Case, ours: &Outcome) -> Option<Explanation<'_>> {
        let agrees = |variant: &str| {
            let outcome = case.variants.get(variant);
            outcome.is_some_and(|outcome| outcome.agrees(ours))
        };
        let listed = || self.0.iter().filter_map(|d| d.variant.as_deref());
        if let Some(variant) = listed().find(|variant| agrees(variant)) {
            return Some(Explanation::Variants(vec![variant]));
        }
        let changed = listed().filter(|variant| case.variants.contains_key(*variant));
        agrees(TOGETHER).then(|| Explanation::Variants(changed.collect()))
    }

    fn by_name(&self, name: &str, kind: Kind) -> Option<Explanation<'_>> {
        let (entry, pattern) = self
            .patterns()
            .filter(|(_, ours, _)| *ours == kind)
            .map(|(entry, _, pattern)| (entry, pattern))
            .find(|(_, pattern)| matches(pattern, name))?;
        Some(Explanation::Pattern(entry, pattern))
    }

    fn patterns(&self) -> impl Iterator<Item = (usize, Kind, &str)> {
        self.0.iter().enumerate().flat_map(|(entry, difference)| {
            let generated = difference.generated.iter();
            generated.flat_map(move |g| g.names.iter().map(move |n| (entry, g.ours, n.as_str())))
        })
    }

    /// Reasons of an explanation.
    pub(crate) fn reasons(&self, explanation: &Explanation<'_>) -> Vec<&str> {
        let entries = self.0.iter().enumerate();
        let explaining = entries.filter(|(number, difference)| match explanation {
            Explanation::Pattern(entry, _) => number == entry,
            Explanation::Variants(variants) => {
                let variant = difference.variant.as_deref();
                variant.is_some_and(|variant| variants.contains(&variant))
            }
        });
        explaining.map(|(_, d)| d.reason.as_str()).collect()
    }

    /// Parts of the list that no explanation uses.
    pub(crate) fn unused(&self, used: &[&Explanation<'_>]) -> Vec<String> {
        let variants = self.0.iter().filter_map(|d| d.variant.as_deref());
        let variants = variants.filter(|variant| {
            let has = |used: &&Explanation<'_>| matches!(used, Explanation::Variants(v) if v.contains(variant));
            !used.iter().any(has)
        });
        let patterns = self.patterns().filter(|(entry, _, pattern)| {
            let explanation = Explanation::Pattern(*entry, pattern);
            !used.contains(&&explanation)
        });
        let variants = variants.map(|variant| format!("the variant {variant}"));
        variants
            .chain(patterns.map(|(_, _, pattern)| pattern.to_owned()))
            .collect()
    }

    /// Reason for a difference from Golden Liquid, given whether python-liquid agrees with us.
    pub(crate) fn golden(&self, name: &str, as_python: bool) -> Option<&str> {
        let has = |names: &[String]| names.iter().any(|golden| golden == name);
        let entry = self
            .0
            .iter()
            .find(|d| has(&d.golden) || (as_python && has(&d.golden_as_python)))?;
        Some(&entry.reason)
    }

    /// Cases of Golden Liquid in the list.
    pub(crate) fn golden_names(&self) -> impl Iterator<Item = &str> {
        let names = self
            .0
            .iter()
            .flat_map(|d| d.golden.iter().chain(&d.golden_as_python));
        names.map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn differences() -> Differences {
        let list = json!([
            {"reason": "lists", "variant": "json"},
            {"reason": "nulls", "variant": "null"},
            {"reason": "unused", "variant": "other"},
            {"reason": "laxer", "generated": [{"ours": "text", "names": ["path/*", "written/*"]}]},
            {"reason": "golden", "golden": ["one"], "golden_as_python": ["two"]},
        ]);
        Differences(serde_json::from_value(list).unwrap())
    }

    fn case(name: &str, outcomes: serde_json::Value) -> Case {
        let mut case = json!({"name": name, "template": "{{ v }}", "data": {}, "variants": {}});
        for (key, value) in outcomes.as_object().unwrap() {
            case[key] = value.clone();
        }
        serde_json::from_value(case).unwrap()
    }

    #[test]
    fn a_variant_explains_only_its_own_outcome() {
        let differences = differences();
        let case = case(
            "x",
            json!({"text": "1", "variants": {"json": {"text": "[1]"}}}),
        );
        let explained = differences
            .explain(&case, &Outcome::Text("[1]".into()))
            .unwrap();
        assert_eq!(explained, Explanation::Variants(vec!["json"]));
        assert_eq!(differences.reasons(&explained), ["lists"]);
        assert_eq!(
            differences.explain(&case, &Outcome::Text("[2]".into())),
            None
        );
    }

    #[test]
    fn variants_together_explain_what_each_alone_does_not() {
        let differences = differences();
        let variants =
            json!({"json": {"text": "a"}, "null": {"text": "b"}, "together": {"text": "c"}});
        let case = case("x", json!({"text": "1", "variants": variants}));
        let explained = differences
            .explain(&case, &Outcome::Text("c".into()))
            .unwrap();
        assert_eq!(differences.reasons(&explained), ["lists", "nulls"]);
    }

    #[test]
    fn a_pattern_explains_one_kind_of_difference() {
        let differences = differences();
        let error = case("path/a", json!({"error": "no"}));
        let explained = differences
            .explain(&error, &Outcome::Text("a".into()))
            .unwrap();
        assert_eq!(explained, Explanation::Pattern(3, "path/*"));
        let text = case("path/a", json!({"text": "b"}));
        assert_eq!(differences.explain(&text, &Outcome::Text("a".into())), None);
        assert_eq!(differences.explain(&text, &Outcome::Panic), None);
        assert_eq!(
            differences.unused(&[&explained]),
            [
                "the variant json",
                "the variant null",
                "the variant other",
                "written/*"
            ]
        );
    }

    #[test]
    fn a_case_of_golden_liquid_may_need_python_to_agree() {
        let differences = differences();
        assert_eq!(differences.golden("one", false), Some("golden"));
        assert_eq!(differences.golden("two", true), Some("golden"));
        assert_eq!(differences.golden("two", false), None);
    }
}
