//! Filters for lists. Nested lists are flattened; a single value is a list of one item.

use super::filter::{Arguments, Declaration, FilterError, check_size};
use super::items::{Property, items, no_properties, property};
use super::numbers::parse_number;
use crate::template::compare::equal_items;
use crate::template::number::{Number, sum as sum_of};
use crate::template::printing::text;
use crate::template::value::{List, Value};

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("compact", (0, 1), compact),
    Declaration::new("concat", (1, 1), concat),
    Declaration::new("first", (0, 0), |input, _| Ok(end(input, "first"))),
    Declaration::new("index", (1, 1), index),
    Declaration::new("join", (0, 1), join),
    Declaration::new("last", (0, 0), |input, _| Ok(end(input, "last"))),
    Declaration::new("map", (1, 1), map),
    Declaration::new("reverse", (0, 0), |input, _| {
        let mut items = items(input)?;
        items.reverse();
        Ok(Value::list(items))
    }),
    Declaration::new("sum", (0, 1), sum),
    Declaration::new("uniq", (0, 1), uniq),
];

fn compact<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Value<'v>, FilterError> {
    let mut items = items(input)?;
    let Some(key) = arguments.some(0) else {
        items.retain(|item| !item.is_nil());
        return Ok(Value::list(items));
    };
    let mut kept = Vec::new();
    for item in items {
        if member(&item, key)?.is_some_and(|value| !value.is_nil()) {
            kept.push(item);
        }
    }
    Ok(Value::list(kept))
}

fn concat<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Value<'v>, FilterError> {
    let mut items = items(input)?;
    match arguments.get(0) {
        Some(Value::List(other)) => items.extend(other.iter()),
        other => {
            let kind = other.map_or("nothing", Value::kind);
            return Err(FilterError::new(format_args!(
                "expected a list to append, found {kind}"
            )));
        }
    }
    Ok(Value::list(items))
}

/// Returns the first or last item; `first` of an object is its first entry.
fn end<'v>(input: &Value<'v>, which: &str) -> Value<'v> {
    let found = match (input, which) {
        (Value::Object(object), "first") => object
            .entries()
            .next()
            .map(|(name, value)| Value::entry(name, value)),
        (Value::List(_) | Value::Range(_), which) => input.named(which),
        _ => None,
    };
    found.unwrap_or(Value::Nil)
}

fn index<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Value<'v>, FilterError> {
    let items = match input {
        Value::List(list) => list.iter().collect(),
        Value::Range(_) | Value::Undefined => items(input)?,
        other => {
            return Err(FilterError::new(format_args!(
                "expected a list, found {}",
                other.kind()
            )));
        }
    };
    let wanted = arguments.get(0).unwrap_or(&Value::Nil);
    let index = items.iter().position(|item| equal_items(item, wanted));
    Ok(index.map_or(Value::Nil, Value::count))
}

fn join<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Value<'v>, FilterError> {
    let separator = match arguments.get(0) {
        Some(_) => arguments.text(0),
        None => " ".to_owned(),
    };
    let items = items(input)?;
    let items: Vec<_> = items.iter().map(text).collect();
    let size = items.iter().try_fold(0_usize, |size, item| {
        size.checked_add(item.len())?.checked_add(separator.len())
    });
    check_size(size)?;
    Ok(Value::text(items.join(&separator)))
}

/// Returns a property of each item; null if an item is null, as in python-liquid.
fn map<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Value<'v>, FilterError> {
    if matches!(input, Value::Nil) {
        return Ok(Value::Nil);
    }
    let key = Value::text(arguments.text(0));
    let mut values = Vec::new();
    for item in items(input)? {
        values.push(match property(&item, &key) {
            Property::Value(value) => value,
            Property::Missing => Value::Undefined,
            Property::OfNull => return Ok(Value::Nil),
            Property::NoProperties => return Err(no_properties(&item)),
        });
    }
    Ok(Value::list(values))
}

/// Returns `item[key]` as in Python; an error if the item has no members of that kind.
fn member<'v>(item: &Value<'v>, key: &Value<'v>) -> Result<Option<Value<'v>>, FilterError> {
    match (item, key) {
        (Value::Object(_), Value::Text(_))
        | (Value::List(_) | Value::Text(_), Value::Number(_)) => Ok(match property(item, key) {
            Property::Value(value) => Some(value),
            _ => None,
        }),
        (Value::Object(_), _) => Ok(None),
        _ => Err(no_properties(item)),
    }
}

fn sum<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Value<'v>, FilterError> {
    let mut numbers = Vec::new();
    for item in items(input)? {
        let summand = match arguments.some(0) {
            None => item,
            Some(key) => match property(&item, key) {
                Property::Value(value) => value,
                Property::Missing => Value::Nil,
                Property::OfNull => return Ok(Value::Nil),
                Property::NoProperties => return Err(no_properties(&item)),
            },
        };
        numbers.push(match parse_number(&summand) {
            Some(number) => number,
            None if matches!(summand, Value::Text(_)) => {
                return Err(FilterError::new(
                    "expected numbers, found a non-numeric string",
                ));
            }
            None => Number::Integer(0),
        });
    }
    Ok(Value::Number(sum_of(numbers)?))
}

fn uniq<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Value<'v>, FilterError> {
    let mut kept: Vec<Value<'v>> = Vec::new();
    let mut seen: Vec<Option<Value<'v>>> = Vec::new();
    for item in items(input)? {
        let by = match arguments.some(0) {
            None => Some(item.clone()),
            Some(key) => member(&item, key)?,
        };
        let is_known = seen.iter().any(|known| match (known, &by) {
            (Some(known), Some(by)) => equal_items(known, by),
            (None, None) => true,
            _ => false,
        });
        if !is_known {
            seen.push(by);
            kept.push(item);
        }
    }
    Ok(Value::List(List::Shared(kept.into())))
}
