//! Filters that sort a list, by its items or by one of their properties. The order is total: what is missing or null comes
//! last, and kinds that have no order are an error.

use std::cmp::Ordering;

use super::lists::no_properties;
use super::searching::{Property, property};
use super::{Arguments, Declaration, Refusal, items};
use crate::template::compare::Unordered;
use crate::template::number::Number;
use crate::template::printing::text;
use crate::template::value::Value;

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("sort", (0, 1), |input, arguments| {
        sorted(input, arguments, property_or_null, Key::of)
    }),
    Declaration::new("sort_natural", (0, 1), |input, arguments| {
        sorted(input, arguments, property_or_null, |value| {
            Ok(Key::Text(text(value).to_lowercase()))
        })
    }),
    Declaration::new("sort_numeric", (0, 1), |input, arguments| {
        sorted(input, arguments, entry_or_null, |value| {
            Ok(Key::Numbers(numbers_in(value)))
        })
    }),
];

/// Sort key of an item. Null is the last.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Numbers(Vec<Sortable>),
    Text(String),
    Null,
}

/// A number in a total order: after all others comes the one that is not a number.
#[derive(Debug)]
struct Sortable(Number);

impl Ord for Sortable {
    fn cmp(&self, other: &Self) -> Ordering {
        let is_nan = |number: &Number| number.compare(number).is_none();
        match self.0.compare(&other.0) {
            Some(order) => order,
            None => is_nan(&self.0).cmp(&is_nan(&other.0)),
        }
    }
}

impl PartialOrd for Sortable {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Sortable {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Sortable {}

impl Key {
    /// The key of a value that is sorted by itself; with its kind where that has no order.
    fn of(value: &Value<'_>) -> Result<Self, &'static str> {
        Ok(match value {
            Value::Number(number) => Self::Numbers(vec![Sortable(number.clone())]),
            Value::Bool(truth) => Self::Numbers(vec![Sortable(Number::Integer((*truth).into()))]),
            Value::Text(text) => Self::Text(text.as_str().to_owned()),
            other => return Err(other.kind()),
        })
    }
}

type KeyOf = fn(&Value<'_>) -> Result<Key, &'static str>;

type PropertyOf = for<'v> fn(&Value<'v>, &Value<'v>) -> Result<Value<'v>, Refusal>;

/// The property of an item; null where it is missing.
fn property_or_null<'v>(item: &Value<'v>, key: &Value<'v>) -> Result<Value<'v>, Refusal> {
    match property(item, key) {
        Property::Value(value) => Ok(value),
        Property::Missing | Property::OfNull => Ok(Value::Nil),
        Property::NoProperties => Err(no_properties(item)),
    }
}

/// The property of an object; null for all else.
fn entry_or_null<'v>(item: &Value<'v>, key: &Value<'v>) -> Result<Value<'v>, Refusal> {
    match item {
        Value::Object(_) => property_or_null(item, key),
        _ => Ok(Value::Nil),
    }
}

fn sorted<'v>(
    input: &Value<'v>,
    arguments: &Arguments<'v>,
    property_of: PropertyOf,
    key_of: KeyOf,
) -> Result<Value<'v>, Refusal> {
    let items = items(input)?;
    let is_single = items.len() < 2;
    // What Python takes for false is not a key.
    let key = arguments.some(0).filter(|key| match key {
        Value::Text(text) => !text.as_str().is_empty(),
        Value::Number(number) => number.compare(&Number::Integer(0)) != Some(Ordering::Equal),
        key => key.is_truthy(),
    });
    let key = key.map(|key| Value::text(text(key)));
    let mut keyed = Vec::with_capacity(items.len());
    // The kind of the first value that is not null; all others must go with it.
    let mut kind: Option<(&'static str, Result<u8, ()>)> = None;
    for item in items {
        let by = match &key {
            None => item.clone(),
            Some(key) => property_of(&item, key)?,
        };
        let key = match by.is_nil() {
            true => Ok(Key::Null),
            false => key_of(&by),
        };
        let class = match &key {
            Ok(Key::Numbers(_)) => Some(Ok(0)),
            Ok(Key::Text(_)) => Some(Ok(1)),
            Ok(Key::Null) => None,
            Err(_) => Some(Err(())),
        };
        if let Some(class) = class {
            match kind {
                None => kind = Some((by.kind(), class)),
                Some((_, first)) if first == class && class.is_ok() => {}
                Some((first, _)) => return Err(Unordered(first, by.kind()).into()),
            }
        }
        keyed.push((key.unwrap_or(Key::Null), item));
    }
    if !is_single {
        keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
    }
    Ok(Value::list(
        keyed.into_iter().map(|(_, item)| item).collect(),
    ))
}

/// The numbers in a value: `a9` comes before `a10`. What has none comes last.
fn numbers_in(value: &Value<'_>) -> Vec<Sortable> {
    let mut numbers = Vec::new();
    match value {
        Value::Number(number) => numbers.push(Sortable(number.clone())),
        Value::Bool(_) => {}
        _ => {
            let text = text(value);
            let is_digit = |c: char| c.is_ascii_digit();
            let mut rest = &*text;
            while let Some(start) = rest.find(is_digit) {
                let start = start - usize::from(rest[..start].ends_with('-'));
                let digits = start + usize::from(rest[start..].starts_with('-'));
                let end = rest[digits..]
                    .find(|c| !is_digit(c))
                    .map_or(rest.len(), |end| digits + end);
                let number = Number::parse_integer(&rest[start..end]);
                numbers.push(Sortable(number.unwrap_or(Number::Float(f64::INFINITY))));
                rest = &rest[end..];
            }
        }
    }
    if numbers.is_empty() {
        numbers.push(Sortable(Number::Float(f64::INFINITY)));
    }
    numbers
}
