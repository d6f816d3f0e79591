//! Filters that select list items by a property, or by value if they are plain values.

use super::filter::{Arguments, Declaration, FilterError};
use super::items::{Property, items, no_properties, property};
use crate::template::compare::equal_items;
use crate::template::value::Value;

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("find", (1, 2), |input, arguments| {
        Ok(match first(input, arguments)? {
            Found::At(_, item) => item,
            Found::Nowhere | Found::OfNull => Value::Nil,
        })
    }),
    Declaration::new("find_index", (1, 2), |input, arguments| {
        Ok(match first(input, arguments)? {
            Found::At(index, _) => Value::count(index),
            Found::Nowhere | Found::OfNull => Value::Nil,
        })
    }),
    Declaration::new("has", (1, 2), |input, arguments| {
        Ok(match first(input, arguments)? {
            Found::At(..) => Value::Bool(true),
            Found::Nowhere => Value::Bool(false),
            Found::OfNull => Value::Nil,
        })
    }),
    Declaration::new("reject", (1, 2), |input, arguments| {
        match arguments.some(0) {
            None => Ok(Value::list(Vec::new())),
            Some(_) => chosen(input, arguments, false),
        }
    }),
    Declaration::new("where", (1, 2), |input, arguments| {
        chosen(input, arguments, true)
    }),
];

/// Result of a search.
enum Found<'v> {
    At(usize, Value<'v>),
    Nowhere,
    /// A null came first, which has no properties.
    OfNull,
}

fn first<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Found<'v>, FilterError> {
    if matches!(input, Value::Nil) {
        return Ok(Found::OfNull);
    }
    for (index, item) in items(input)?.into_iter().enumerate() {
        match matches(&item, arguments)? {
            Some(true) => return Ok(Found::At(index, item)),
            Some(false) => {}
            None => return Ok(Found::OfNull),
        }
    }
    Ok(Found::Nowhere)
}

/// Returns the items that match, or the others; null if an item is null, as in python-liquid.
fn chosen<'v>(
    input: &Value<'v>,
    arguments: &Arguments<'v>,
    wanted: bool,
) -> Result<Value<'v>, FilterError> {
    if matches!(input, Value::Nil) {
        return Ok(Value::Nil);
    }
    let mut chosen = Vec::new();
    for item in items(input)? {
        match matches(&item, arguments)? {
            Some(is_match) if is_match == wanted => chosen.push(item),
            Some(_) => {}
            None => return Ok(Value::Nil),
        }
    }
    Ok(Value::list(chosen))
}

/// Whether the property named by the first argument equals the second or, without one, is true.
/// `None` if the item is null, which has no properties.
fn matches(item: &Value<'_>, arguments: &Arguments<'_>) -> Result<Option<bool>, FilterError> {
    let key = arguments.get(0).unwrap_or(&Value::Nil);
    let value = match property(item, key) {
        Property::Value(value) => value,
        Property::Missing => Value::Nil,
        Property::OfNull => return Ok(None),
        Property::NoProperties => return Err(no_properties(item)),
    };
    Ok(Some(match arguments.some(1) {
        Some(wanted) => equal_items(&value, wanted),
        // Python's `not in (False, None)`: 0 is false here.
        None => !value.is_nil() && !equal_items(&value, &Value::Bool(false)),
    }))
}
