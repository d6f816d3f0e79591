//! Filters of templates, compatible with python-liquid, for which real recipes are written.
//!
//! A filter is a function and an entry in a table that declares its arguments.

mod dates;
mod encoding;
mod html;
mod lists;
mod numbers;
mod searching;
mod sorting;
mod text;
mod values;

use std::fmt;

use super::compare::Unordered;
use super::number::{ArithmeticError, Number};
use super::printing;
use super::rendering::MAX_ITERATIONS;
use super::value::{List, Value};

pub(super) use numbers::integer;

/// Declaration of a filter.
pub(super) struct Declaration {
    pub(super) name: &'static str,
    /// Minimum and maximum number of positional arguments.
    pub(super) arguments: (usize, usize),
    /// Names of named arguments.
    pub(super) named: &'static [&'static str],
    pub(super) apply: Apply,
}

type Apply = for<'v> fn(&Value<'v>, &Arguments<'v>) -> Result<Value<'v>, FilterError>;

impl Declaration {
    const fn new(name: &'static str, arguments: (usize, usize), apply: Apply) -> Self {
        Self {
            name,
            arguments,
            named: &[],
            apply,
        }
    }

    const fn named(mut self, named: &'static [&'static str]) -> Self {
        self.named = named;
        self
    }
}

impl fmt::Debug for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

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

/// Error of applying a filter.
#[derive(Debug)]
pub(super) struct FilterError(String);

impl FilterError {
    fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<ArithmeticError> for FilterError {
    fn from(error: ArithmeticError) -> Self {
        Self::new(error)
    }
}

impl From<Unordered> for FilterError {
    fn from(kinds: Unordered) -> Self {
        Self::new(kinds)
    }
}

/// Evaluated arguments of a filter, without its input.
pub(super) struct Arguments<'v> {
    pub(super) positional: Vec<Value<'v>>,
    pub(super) named: Vec<(&'static str, Value<'v>)>,
}

impl<'v> Arguments<'v> {
    /// Returns an argument if it was given; null counts as given.
    fn get(&self, index: usize) -> Option<&Value<'v>> {
        self.positional.get(index)
    }

    /// Returns an argument if it was given and is not null.
    fn some(&self, index: usize) -> Option<&Value<'v>> {
        self.get(index).filter(|value| !value.is_nil())
    }

    /// Converts an argument to a string; empty for null.
    fn text(&self, index: usize) -> String {
        let argument = self.get(index);
        argument
            .map(|value| printing::text(value).into_owned())
            .unwrap_or_default()
    }

    fn named(&self, name: &str) -> Option<&Value<'v>> {
        let (_, value) = self.named.iter().find(|(given, _)| *given == name)?;
        Some(value)
    }

    /// Converts an argument to an integer, or returns the default if it was not given.
    fn integer(&self, index: usize, default: i64) -> Result<i64, FilterError> {
        match self.get(index) {
            None => Ok(default),
            Some(Value::Undefined) => Err(not_an_integer(&Value::Undefined)),
            Some(value) => integer(value)
                .map(|number| number.as_i64_clamped())
                .ok_or_else(|| not_an_integer(value)),
        }
    }
}

fn not_an_integer(value: &Value<'_>) -> FilterError {
    FilterError::new(format_args!("expected an integer, found {}", value.kind()))
}

/// Returns the items of a list, flattened; a single value is the only item.
fn items<'v>(input: &Value<'v>) -> Result<Vec<Value<'v>>, FilterError> {
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

/// Maximum size of a filter's result in bytes.
const MAX_RESULT: usize = 1 << 27;

/// Checks the size of a result before it is created.
fn check_size(bytes: Option<usize>) -> Result<(), FilterError> {
    match bytes {
        Some(bytes) if bytes <= MAX_RESULT => Ok(()),
        _ => Err(FilterError::new(format_args!(
            "result too large: over {MAX_RESULT} bytes"
        ))),
    }
}
