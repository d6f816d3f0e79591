//! Filters that sort a list by its items or a property. The order is total: missing and null values
//! come last, and kinds without an order are an error.

use std::cmp::Ordering;

use super::filter::{Arguments, Declaration, FilterError};
use super::items::{Property, items, no_properties, property};
use crate::template::compare::Unordered;
use crate::template::number::Number;
use crate::template::printing::text;
use crate::template::value::Value;

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("sort", (0, 1), |input, arguments| {
        sorted(input, arguments, property_or_null, Key::from_value)
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

/// Sort key of an item; null sorts last.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Numbers(Vec<Sortable>),
    Text(String),
    Null,
}

/// A number with a total order; NaN sorts last.
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
    /// Returns the key of a value, or its kind if that has no order.
    fn from_value(value: &Value<'_>) -> Result<Self, &'static str> {
        Ok(match value {
            Value::Number(number) => Self::Numbers(vec![Sortable(number.clone())]),
            Value::Bool(truth) => Self::Numbers(vec![Sortable(Number::Integer((*truth).into()))]),
            Value::Text(text) => Self::Text(text.as_str().to_owned()),
            other => return Err(other.kind()),
        })
    }
}

type KeyOf = fn(&Value<'_>) -> Result<Key, &'static str>;

type PropertyOf = for<'v> fn(&Value<'v>, &Value<'v>) -> Result<Value<'v>, FilterError>;

/// Returns a property of an item; null if it is missing.
fn property_or_null<'v>(item: &Value<'v>, key: &Value<'v>) -> Result<Value<'v>, FilterError> {
    match property(item, key) {
        Property::Value(value) => Ok(value),
        Property::Missing | Property::OfNull => Ok(Value::Nil),
        Property::NoProperties => Err(no_properties(item)),
    }
}

/// Returns a property of an object; null for other values.
fn entry_or_null<'v>(item: &Value<'v>, key: &Value<'v>) -> Result<Value<'v>, FilterError> {
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
) -> Result<Value<'v>, FilterError> {
    let items = items(input)?;
    let is_single = items.len() < 2;
    // A key that is false in Python is ignored.
    let key = arguments.some(0).filter(|key| match key {
        Value::Text(text) => !text.as_str().is_empty(),
        Value::Number(number) => number.compare(&Number::Integer(0)) != Some(Ordering::Equal),
        key => key.is_truthy(),
    });
    let key = key.map(|key| Value::text(text(key)));
    let mut keyed = Vec::with_capacity(items.len());
    // Kind of the first value that is not null; all others must be comparable with it.
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

/// Returns the numbers in a value, so that `a9` sorts before `a10`. Values without any sort last.
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
