//! The rules of JSON Schema for the value of an input.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde_json::{Number, Value};

use super::input::Input;

/// A broken rule, with the place in the value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Misfit {
    /// Place in the value, such as `[1].name`; empty for the value itself.
    pub(super) place: String,
    pub(super) rule: Rule,
    /// Start of the value at that place.
    pub(super) value: String,
}

/// A rule; it displays as the predicate of a value that breaks it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rule {
    Type(&'static str),
    OneOf(Vec<Value>),
    AtLeast(Number),
    AtMost(Number),
    MoreThan(Number),
    LessThan(Number),
    LengthAtLeast(u64),
    LengthAtMost(u64),
    Matches(String),
    ItemsAtLeast(u64),
    ItemsAtMost(u64),
    Unique,
    Has(String),
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(name) => write!(f, "is not {name}"),
            Self::OneOf(values) => {
                let values: Vec<String> = values.iter().map(Value::to_string).collect();
                write!(f, "is not one of {}", values.join(", "))
            }
            Self::AtLeast(limit) => write!(f, "is less than {limit}"),
            Self::AtMost(limit) => write!(f, "is more than {limit}"),
            Self::MoreThan(limit) => write!(f, "is not more than {limit}"),
            Self::LessThan(limit) => write!(f, "is not less than {limit}"),
            Self::LengthAtLeast(limit) => write!(f, "has fewer characters than {limit}"),
            Self::LengthAtMost(limit) => write!(f, "has more characters than {limit}"),
            Self::Matches(pattern) => write!(f, "does not match `{pattern}`"),
            Self::ItemsAtLeast(limit) => write!(f, "has fewer items than {limit}"),
            Self::ItemsAtMost(limit) => write!(f, "has more items than {limit}"),
            Self::Unique => f.write_str("has duplicate items"),
            Self::Has(member) => write!(f, "has no member {member}"),
        }
    }
}

impl Input {
    /// Checks a converted value at any depth.
    pub(super) fn check(&self, value: &Value) -> Result<(), Misfit> {
        self.check_at(String::new(), value)
    }

    fn check_at(&self, place: String, value: &Value) -> Result<(), Misfit> {
        match self.broken_rule(value) {
            Some(rule) => Err(Misfit {
                place,
                rule,
                value: beginning(value),
            }),
            None => self.check_inside(&place, value),
        }
    }

    fn check_inside(&self, place: &str, value: &Value) -> Result<(), Misfit> {
        match value {
            Value::Array(items) => {
                let Some(rules) = &self.items else {
                    return Ok(());
                };
                for (index, item) in items.iter().enumerate() {
                    rules.check_member(format!("{place}[{index}]"), item)?;
                }
            }
            Value::Object(members) => {
                for (name, rules) in &self.properties {
                    if let Some(member) = members.get(name) {
                        rules.check_member(format!("{place}.{name}"), member)?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Checks a value inside another, which is not converted.
    fn check_member(&self, place: String, value: &Value) -> Result<(), Misfit> {
        if let Some(expected) = self.input_type
            && !expected.is_of(value)
        {
            return Err(Misfit {
                place,
                rule: Rule::Type(expected.with_article()),
                value: beginning(value),
            });
        }
        self.check_at(place, value)
    }

    fn broken_rule(&self, value: &Value) -> Option<Rule> {
        if let Some(choices) = &self.choices
            && !choices.iter().any(|choice| is_same(choice, value))
        {
            return Some(Rule::OneOf(choices.clone()));
        }
        match value {
            Value::Number(number) => self.broken_rule_of_number(number),
            Value::String(text) => self.broken_rule_of_text(text),
            Value::Array(items) => self.broken_rule_of_list(items),
            Value::Object(members) => {
                let lacking = self
                    .required_members()
                    .iter()
                    .find(|name| !members.contains_key(*name));
                lacking.cloned().map(Rule::Has)
            }
            _ => None,
        }
    }

    fn broken_rule_of_number(&self, number: &Number) -> Option<Rule> {
        let breaks = |limit: &Option<Number>, broken: fn(Ordering) -> bool| {
            let limit = limit.as_ref()?;
            broken(compare(number, limit)).then(|| limit.clone())
        };
        None.or_else(|| breaks(&self.minimum, Ordering::is_lt).map(Rule::AtLeast))
            .or_else(|| breaks(&self.maximum, Ordering::is_gt).map(Rule::AtMost))
            .or_else(|| breaks(&self.exclusive_minimum, Ordering::is_le).map(Rule::MoreThan))
            .or_else(|| breaks(&self.exclusive_maximum, Ordering::is_ge).map(Rule::LessThan))
    }

    fn broken_rule_of_text(&self, text: &str) -> Option<Rule> {
        let length = text.chars().count() as u64;
        if let Some(limit) = self.min_length.filter(|limit| length < *limit) {
            return Some(Rule::LengthAtLeast(limit));
        }
        if let Some(limit) = self.max_length.filter(|limit| length > *limit) {
            return Some(Rule::LengthAtMost(limit));
        }
        let pattern = self
            .pattern
            .as_ref()
            .filter(|pattern| !pattern.is_in(text))?;
        Some(Rule::Matches(pattern.as_str().to_owned()))
    }

    fn broken_rule_of_list(&self, items: &[Value]) -> Option<Rule> {
        let length = items.len() as u64;
        if let Some(limit) = self.min_items.filter(|limit| length < *limit) {
            return Some(Rule::ItemsAtLeast(limit));
        }
        if let Some(limit) = self.max_items.filter(|limit| length > *limit) {
            return Some(Rule::ItemsAtMost(limit));
        }
        let mut seen = HashSet::new();
        let is_again = |item: &Value| !seen.insert(canonical(item).to_string());
        (self.unique_items && items.iter().any(is_again)).then_some(Rule::Unique)
    }
}

/// Whether two values are equal in JSON Schema, where 1 equals 1.0.
fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => compare(left, right).is_eq(),
        _ => left == right,
    }
}

/// Normalizes a value, so that equal values have the same form.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e18 => {
                (float as i64).into()
            }
            _ => value.clone(),
        },
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Object(members) => {
            let sorted: BTreeMap<&String, Value> = members
                .iter()
                .map(|(name, member)| (name, canonical(member)))
                .collect();
            sorted
                .into_iter()
                .map(|(name, member)| (name.clone(), member))
                .collect()
        }
        _ => value.clone(),
    }
}

/// Compares two numbers; integers exactly.
fn compare(left: &Number, right: &Number) -> Ordering {
    let integer = |number: &Number| match number.as_i64() {
        Some(integer) => Some(i128::from(integer)),
        None => number.as_u64().map(i128::from),
    };
    match (integer(left), integer(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        // Numbers of JSON are finite.
        _ => {
            let float = |number: &Number| number.as_f64().unwrap_or(0.0);
            let (left, right) = (float(left), float(right));
            if left == right {
                Ordering::Equal
            } else {
                left.total_cmp(&right)
            }
        }
    }
}

/// Shortens a value for a message of one line.
pub(super) fn beginning(value: &Value) -> String {
    const MAX_LENGTH: usize = 40;
    let text = value.to_string();
    match text.char_indices().nth(MAX_LENGTH) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}
