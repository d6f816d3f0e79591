//! The filters of templates, with the meaning they have in python-liquid, which real recipes are written for.
//!
//! A filter is a function and a line in a table that says what arguments it takes.

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
use super::rendering::MAX_ROUNDS;
use super::value::{List, Value};

pub(super) use numbers::integer;

/// One filter.
pub(super) struct Declaration {
    pub(super) name: &'static str,
    /// The least and the most arguments it takes, without those that have a name.
    pub(super) arguments: (usize, usize),
    /// The names of its arguments that have one.
    pub(super) named: &'static [&'static str],
    pub(super) apply: Apply,
}

type Apply = for<'v> fn(&Value<'v>, &Arguments<'v>) -> Result<Value<'v>, Refusal>;

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

/// The filter of a name.
pub(super) fn find(name: &str) -> Option<&'static Declaration> {
    declarations().find(|declaration| declaration.name == name)
}

/// The filters a template can use.
pub fn filter_names() -> impl Iterator<Item = &'static str> {
    declarations().map(|declaration| declaration.name)
}

/// The reason for which a filter cannot work with what it was given.
#[derive(Debug)]
pub(super) struct Refusal(String);

impl Refusal {
    fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<ArithmeticError> for Refusal {
    fn from(error: ArithmeticError) -> Self {
        Self::new(error)
    }
}

impl From<Unordered> for Refusal {
    fn from(kinds: Unordered) -> Self {
        Self::new(kinds)
    }
}

/// The arguments of a filter, its input left out.
pub(super) struct Arguments<'v> {
    pub(super) positional: Vec<Value<'v>>,
    pub(super) named: Vec<(&'static str, Value<'v>)>,
}

impl<'v> Arguments<'v> {
    /// An argument that was given; null counts as given.
    fn get(&self, index: usize) -> Option<&Value<'v>> {
        self.positional.get(index)
    }

    /// An argument that was given and is not null.
    fn some(&self, index: usize) -> Option<&Value<'v>> {
        self.get(index).filter(|value| !value.is_nil())
    }

    /// The text of an argument; none for null.
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

    /// A whole number, or the default where no argument was given.
    fn whole(&self, index: usize, default: i64) -> Result<i64, Refusal> {
        match self.get(index) {
            None => Ok(default),
            Some(Value::Undefined) => Err(not_whole(&Value::Undefined)),
            Some(value) => integer(value)
                .map(|number| number.as_i64_clamped())
                .ok_or_else(|| not_whole(value)),
        }
    }
}

fn not_whole(value: &Value<'_>) -> Refusal {
    Refusal::new(format_args!(
        "expected a whole number, found {}",
        value.kind()
    ))
}

/// The items of a list, those of the lists in it among them; a single value as the only item.
fn items<'v>(input: &Value<'v>) -> Result<Vec<Value<'v>>, Refusal> {
    /// Deeper lists stay items.
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
        Value::Range(range) if range.len() as u64 > MAX_ROUNDS => {
            return Err(Refusal::new(format_args!(
                "range too long: over {MAX_ROUNDS} numbers"
            )));
        }
        Value::Range(range) => (0..range.len()).map(|index| range.get(index)).collect(),
        single => vec![single.clone()],
    })
}

/// About how many bytes a value takes, what is inside its items left out.
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

/// The largest text that one filter may make, in bytes.
const MAX_TEXT: usize = 1 << 27;

/// Refuses to make a text that would be too large.
fn check_size(bytes: Option<usize>) -> Result<(), Refusal> {
    match bytes {
        Some(bytes) if bytes <= MAX_TEXT => Ok(()),
        _ => Err(Refusal::new(format_args!(
            "result too large: over {MAX_TEXT} bytes"
        ))),
    }
}
