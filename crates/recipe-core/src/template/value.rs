//! Values of template expressions.
//!
//! They borrow from the context: a JSON value becomes a [`Value`] without a copy. Results of
//! filters are shared, so that a clone is cheap.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::number::Number;

/// Value of an expression.
#[derive(Debug, Clone)]
pub(super) enum Value<'v> {
    /// A name that does not exist.
    Undefined,
    Nil,
    Bool(bool),
    Number(Number),
    Text(Text<'v>),
    List(List<'v>),
    Object(Object<'v>),
    Range(Range),
    /// Literal `empty`: equal to every empty string, list and object.
    Empty,
    /// Literal `blank`: equal to those and to strings of white space.
    Blank,
}

/// A string, borrowed or shared.
#[derive(Debug, Clone)]
pub(super) enum Text<'v> {
    Borrowed(&'v str),
    Shared(Arc<str>),
}

/// A list of the context or from a filter.
#[derive(Debug, Clone)]
pub(super) enum List<'v> {
    Json(&'v [Json]),
    Shared(Arc<Vec<Value<'v>>>),
    /// Key and value of an object that a loop iterates over.
    Entry(Arc<[Value<'v>; 2]>),
}

/// An object of the context, or a built-in one such as `forloop`.
#[derive(Debug, Clone)]
pub(super) enum Object<'v> {
    Json(&'v Map<String, Json>),
    Shared(Arc<Vec<(&'static str, Value<'v>)>>),
}

/// Integers from `first` to `last`, both included; empty if `last` is less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    first: i64,
    last: i64,
}

impl<'v> Value<'v> {
    pub(super) fn from_json(json: &'v Json) -> Self {
        match json {
            Json::Null => Self::Nil,
            Json::Bool(truth) => Self::Bool(*truth),
            Json::Number(number) => Self::Number(Number::from_json(number)),
            Json::String(text) => Self::Text(Text::Borrowed(text)),
            Json::Array(list) => Self::List(List::Json(list)),
            Json::Object(map) => Self::Object(Object::Json(map)),
        }
    }

    pub(super) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(Text::Shared(text.into()))
    }

    pub(super) fn borrowed(text: &'v str) -> Self {
        Self::Text(Text::Borrowed(text))
    }

    pub(super) fn integer(integer: i64) -> Self {
        Self::Number(Number::Integer(integer))
    }

    /// A length or index.
    pub(super) fn count(count: usize) -> Self {
        Self::integer(i64::try_from(count).unwrap_or(i64::MAX))
    }

    pub(super) fn list(items: Vec<Self>) -> Self {
        Self::List(List::Shared(Arc::new(items)))
    }

    /// Converts a value to an integer as Python's `int` does; an undefined one is 0.
    pub(super) fn to_integer(&self) -> Option<Number> {
        match self {
            Self::Number(number) => number.truncated(),
            Self::Bool(truth) => Some(Number::Integer((*truth).into())),
            Self::Text(text) => Number::parse_integer_text(text.as_str()),
            Self::Undefined => Some(Number::Integer(0)),
            _ => None,
        }
    }

    pub(super) fn is_nil(&self) -> bool {
        matches!(self, Self::Undefined | Self::Nil)
    }

    /// Whether the value is true: all values but null and `false` are.
    pub(super) fn is_truthy(&self) -> bool {
        !matches!(self, Self::Undefined | Self::Nil | Self::Bool(false))
    }

    /// Whether the value is an empty string, list or object.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.as_str().is_empty(),
            Self::List(list) => list.len() == 0,
            Self::Object(object) => object.len() == 0,
            Self::Empty => true,
            _ => false,
        }
    }

    /// Whether the value is empty or a string of white space.
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) => text.as_str().chars().all(char::is_whitespace),
            Self::Blank => true,
            Self::Empty => false,
            _ => self.is_empty(),
        }
    }

    /// Kind of the value, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Undefined | Self::Nil => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
            Self::Range(_) => "a range",
            Self::Empty => "`empty`",
            Self::Blank => "`blank`",
        }
    }

    /// Returns a member: by index, key, or `size`, `first` and `last`.
    pub(super) fn member(&self, key: &Value<'_>) -> Option<Value<'v>> {
        match key {
            Value::Number(Number::Integer(index)) => self.item(*index),
            Value::Text(key) => self.named(key.as_str()),
            _ => None,
        }
    }

    /// Returns a member by key, or `size`, `first` and `last`.
    pub(super) fn named(&self, name: &str) -> Option<Value<'v>> {
        if let Self::Object(object) = self
            && let Some(value) = object.get(name)
        {
            return Some(value);
        }
        match (name, self) {
            ("size", Self::Text(text)) => Some(Value::count(text.as_str().chars().count())),
            ("size", Self::Object(object)) => Some(Value::count(object.len())),
            ("size", Self::List(list)) => Some(Value::count(list.len())),
            ("size", Self::Range(range)) => Some(Value::count(range.len())),
            ("first", Self::Object(object)) => {
                let (name, value) = object.entries().next()?;
                Some(Value::entry(name, value))
            }
            ("first", _) => self.item(0),
            ("last", _) => self.item(-1),
            _ => None,
        }
    }

    fn item(&self, index: i64) -> Option<Value<'v>> {
        let position = |length: usize| {
            let length = i64::try_from(length).ok()?;
            let position = if index < 0 {
                index.checked_add(length)?
            } else {
                index
            };
            (position < length).then_some(usize::try_from(position).ok()?)
        };
        match self {
            Self::List(list) => list.get(position(list.len())?),
            Self::Range(range) => Some(range.get(position(range.len())?)),
            _ => None,
        }
    }

    /// An object entry as a list of key and value.
    pub(super) fn entry(name: Text<'v>, value: Value<'v>) -> Self {
        Self::List(List::Entry(Arc::new([Self::Text(name), value])))
    }
}

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Shared(text) => text,
        }
    }
}

impl<'v> List<'v> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Json(list) => list.len(),
            Self::Shared(list) => list.len(),
            Self::Entry(entry) => entry.len(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<Value<'v>> {
        match self {
            Self::Json(list) => list.get(index).map(Value::from_json),
            Self::Shared(list) => list.get(index).cloned(),
            Self::Entry(entry) => entry.get(index).cloned(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Value<'v>> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

impl<'v> Object<'v> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Json(map) => map.len(),
            Self::Shared(entries) => entries.len(),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<Value<'v>> {
        match self {
            Self::Json(map) => map.get(name).map(Value::from_json),
            Self::Shared(entries) => {
                let (_, value) = entries.iter().find(|(key, _)| *key == name)?;
                Some(value.clone())
            }
        }
    }

    /// Returns the entries in order.
    pub(super) fn entries(&self) -> Box<dyn Iterator<Item = (Text<'v>, Value<'v>)> + '_> {
        match self {
            Self::Json(map) => Box::new(
                map.iter()
                    .map(|(name, value)| (Text::Borrowed(name.as_str()), Value::from_json(value))),
            ),
            Self::Shared(entries) => Box::new(
                entries
                    .iter()
                    .map(|(name, value)| (Text::Borrowed(name), value.clone())),
            ),
        }
    }
}

impl Range {
    pub(super) fn new(first: i64, last: i64) -> Self {
        if last < first {
            return Self { first: 0, last: -1 };
        }
        Self { first, last }
    }

    pub(super) fn first(self) -> i64 {
        self.first
    }

    pub(super) fn last(self) -> i64 {
        self.last
    }

    pub(super) fn len(self) -> usize {
        let length = i128::from(self.last) - i128::from(self.first) + 1;
        usize::try_from(length).unwrap_or(usize::MAX)
    }

    pub(super) fn get<'v>(self, index: usize) -> Value<'v> {
        Value::integer(self.first.saturating_add_unsigned(index as u64))
    }

    pub(super) fn contains(self, number: &Number) -> bool {
        match number.truncated() {
            Some(Number::Integer(integer)) => {
                (self.first..=self.last).contains(&integer)
                    && number.compare(&Number::Integer(integer)) == Some(Ordering::Equal)
            }
            _ => false,
        }
    }
}
