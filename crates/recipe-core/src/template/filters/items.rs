//! Items of a list, and their properties.

use super::filter::FilterError;
use crate::template::compare::equal_items;
use crate::template::limits::MAX_ITERATIONS;
use crate::template::number::Number;
use crate::template::value::{List, Value};

/// Returns the items of a list, flattened; a single value is the only item.
pub(super) fn items<'v>(input: &Value<'v>) -> Result<Vec<Value<'v>>, FilterError> {
    /// Lists nested deeper are items.
    const MAX_LEVEL: usize = 5;
    fn flatten<'v>(list: &List<'v>, level: usize, items: &mut Vec<Value<'v>>) {
        for item in list.iter() {
            match item {
                Value::List(list) if level < MAX_LEVEL => flatten(&list, level + 1, items),
                item => items.push(item),
            }
        }
    }
    Ok(match input {
        Value::Undefined | Value::Nil => Vec::new(),
        Value::List(list) => {
            let mut items = Vec::with_capacity(list.len());
            flatten(list, 0, &mut items);
            items
        }
        Value::Range(range) if range.len() as u64 > MAX_ITERATIONS => {
            return Err(FilterError::new(format_args!(
                "range too long: over {MAX_ITERATIONS} numbers"
            )));
        }
        Value::Range(range) => (0..range.len()).map(|index| range.get(index)).collect(),
        single => vec![single.clone()],
    })
}

/// Result of looking up a property.
pub(super) enum Property<'v> {
    Value(Value<'v>),
    /// The item has no such property.
    Missing,
    /// The item is null.
    OfNull,
    /// Items of this kind have no properties.
    NoProperties,
}

/// Looks up a property of an item as python-liquid does. A string has its substrings as properties,
/// whose value they are themselves, and its characters by index; an integer has itself.
pub(super) fn property<'v>(item: &Value<'v>, key: &Value<'_>) -> Property<'v> {
    let found = match (item, key) {
        (Value::Undefined | Value::Nil, _) => return Property::OfNull,
        (Value::Object(object), Value::Text(key)) => object.get(key.as_str()),
        (Value::List(_), Value::Number(Number::Integer(_))) => item.member(key),
        (Value::Text(text), Value::Text(key)) => text
            .as_str()
            .contains(key.as_str())
            .then(|| Value::text(key.as_str())),
        (Value::Text(text), Value::Number(Number::Integer(index))) => {
            let characters = text.as_str().chars();
            let found = match usize::try_from(*index) {
                Ok(index) => characters.clone().nth(index),
                Err(_) => usize::try_from(-(index + 1))
                    .ok()
                    .and_then(|index| characters.rev().nth(index)),
            };
            found.map(|character| Value::text(character.to_string()))
        }
        (Value::Object(_) | Value::List(_) | Value::Text(_), _) => None,
        (Value::Bool(_) | Value::Number(Number::Integer(_) | Number::Large(_)), key)
            if is_integer(key) =>
        {
            Some(Value::Bool(equal_items(item, key)))
        }
        _ => return Property::NoProperties,
    };
    found.map_or(Property::Missing, Property::Value)
}

fn is_integer(key: &Value<'_>) -> bool {
    matches!(
        key,
        Value::Bool(_) | Value::Number(Number::Integer(_) | Number::Large(_))
    )
}

/// Error for an item whose kind has no properties.
pub(super) fn no_properties(item: &Value<'_>) -> FilterError {
    FilterError::new(format_args!("{} has no properties", item.kind()))
}
