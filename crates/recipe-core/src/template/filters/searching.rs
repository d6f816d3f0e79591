//! Filters that choose items of a list by one of their properties.

use liquid_core::error::Result;
use liquid_core::model::{ScalarCow, Value, ValueCow, ValueView};

use super::lists::{items, owned};
use super::{Arguments, Declaration};
use crate::template::model::{Kind, equal, is_truthy, walk};

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("find", (1, 2), |input, arguments| {
        let found = items(input)
            .into_iter()
            .find(|item| matches(*item, arguments));
        Ok(found.map_or(Value::Nil, ValueView::to_value))
    }),
    Declaration::new("find_index", (1, 2), |input, arguments| {
        let index = items(input)
            .into_iter()
            .position(|item| matches(item, arguments));
        Ok(index.map_or(Value::Nil, |index| Value::scalar(index as i64)))
    }),
    Declaration::new("has", (1, 2), |input, arguments| {
        Ok(Value::scalar(
            items(input)
                .into_iter()
                .any(|item| matches(item, arguments)),
        ))
    }),
    Declaration::new("reject", (1, 2), reject),
    Declaration::new("where", (1, 2), |input, arguments| {
        Ok(owned(
            items(input)
                .into_iter()
                .filter(|item| matches(*item, arguments)),
        ))
    }),
];

fn reject(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    if arguments.some(0).is_none() {
        return Ok(Value::Array(Vec::new()));
    }
    Ok(owned(
        items(input)
            .into_iter()
            .filter(|item| !matches(*item, arguments)),
    ))
}

/// Whether an item has the property of the first argument, equal to the second or, without one, true.
fn matches(item: &dyn ValueView, arguments: &Arguments<'_>) -> bool {
    let Some(key) = arguments.some(0) else {
        return false;
    };
    let property = property(item, key);
    let value = property.view();
    match arguments.some(1) {
        Some(wanted) => value.is_some_and(|value| equal(value, wanted)),
        None => value.is_some_and(is_truthy),
    }
}

/// What an item has under a key.
pub(super) enum Property<'v> {
    Value(ValueCow<'v>),
    /// The item has no such property.
    Missing,
    /// Items of this kind have no properties.
    NoProperties,
}

impl Property<'_> {
    pub(super) fn view(&self) -> Option<&dyn ValueView> {
        match self {
            Self::Value(value) => Some(value.as_view()),
            Self::Missing | Self::NoProperties => None,
        }
    }
}

/// A property of an item. A text has the words in it as properties, whose value they are themselves.
pub(super) fn property<'v>(item: &'v dyn ValueView, key: &dyn ValueView) -> Property<'v> {
    let found = match (Kind::of(item), Kind::of(key)) {
        (Kind::Text(text), Kind::Text(key)) if text.contains(&*key) => {
            return Property::Value(ValueCow::Owned(key_value(&key)));
        }
        (Kind::Object(_), Kind::Text(key)) => walk_object(item, &key),
        (Kind::List(_), Kind::Integer(index)) => walk(item, &[ScalarCow::new(index)]),
        (Kind::Object(_) | Kind::List(_) | Kind::Text(_), _) => None,
        _ => return Property::NoProperties,
    };
    found.map_or(Property::Missing, Property::Value)
}

fn walk_object<'v>(item: &'v dyn ValueView, key: &str) -> Option<ValueCow<'v>> {
    let object = item.as_object()?;
    crate::template::model::object_get(object, key).map(ValueCow::Borrowed)
}

fn key_value(key: &str) -> Value {
    Value::scalar(key.to_owned())
}
