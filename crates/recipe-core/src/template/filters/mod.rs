//! Filters of templates, compatible with python-liquid, for which real recipes are written.
//!
//! A filter is a function and an entry in a table that declares its arguments.

mod dates;
mod encoding;
mod filter;
mod html;
mod items;
mod lists;
mod numbers;
mod searching;
mod sorting;
mod text;
mod values;

use super::number::Number;
use super::value::Value;

pub(super) use filter::{Arguments, Declaration};

fn declarations() -> impl Iterator<Item = &'static Declaration> {
    [
        dates::FILTERS,
        encoding::FILTERS,
        html::FILTERS,
        lists::FILTERS,
        numbers::FILTERS,
        searching::FILTERS,
        sorting::FILTERS,
        text::FILTERS,
        values::FILTERS,
    ]
    .into_iter()
    .flatten()
}

/// Finds a filter by name.
pub(super) fn find(name: &str) -> Option<&'static Declaration> {
    declarations().find(|declaration| declaration.name == name)
}

/// Returns the names of all filters.
pub fn filter_names() -> impl Iterator<Item = &'static str> {
    declarations().map(|declaration| declaration.name)
}

/// Estimates the size of a value in bytes, without the content of its items.
pub(super) fn shallow_size(value: &Value<'_>) -> usize {
    match value {
        Value::Text(text) => text.as_str().len(),
        Value::List(list) => list.len() * size_of::<Value<'_>>(),
        Value::Number(Number::Large(integer)) => {
            usize::try_from(integer.bits() / 8).unwrap_or(usize::MAX)
        }
        _ => 0,
    }
}
