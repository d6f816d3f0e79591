//! Values of expressions, and how they compare: as in Python.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::expression_error::ExpressionProblem;
use super::number::Number;

/// A value, whose texts may be those of the expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'t> {
    None,
    Bool(bool),
    Number(Number),
    Text(Cow<'t, str>),
    List(Vec<Value<'t>>),
    Tuple(Vec<Value<'t>>),
    Object(BTreeMap<Key<'t>, Value<'t>>),
}

/// A key of an object; numbers that are equal are the same key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'t> {
    None,
    Whole(i128),
    /// The bits of a double that is not a whole number.
    Double(u64),
    Text(Cow<'t, str>),
}

impl<'t> Value<'t> {
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(holds) => *holds,
            Self::Number(number) => !number.is_zero(),
            Self::Text(text) => !text.is_empty(),
            Self::List(items) | Self::Tuple(items) => !items.is_empty(),
            Self::Object(entries) => !entries.is_empty(),
        }
    }

    /// Its kind, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool(_) => "a truth value",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Tuple(_) => "a tuple",
            Self::Object(_) => "an object",
        }
    }

    /// The number it is; truth values are 0 and 1.
    pub(super) fn number(&self) -> Option<Number> {
        match self {
            Self::Bool(holds) => Some(Number::Whole((*holds).into())),
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn whole_number(&self) -> Option<i128> {
        match self.number()? {
            Number::Whole(number) => Some(number),
            Number::Double(_) => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is made of parts that have an order, so that it can be repeated.
    pub(super) fn is_sequence(&self) -> bool {
        matches!(self, Self::Text(_) | Self::List(_) | Self::Tuple(_))
    }

    /// The key of an object that it is.
    pub(super) fn into_key(self) -> Result<Key<'t>, ExpressionProblem> {
        match (self.number(), self) {
            (Some(Number::Whole(number)), _) => Ok(Key::Whole(number)),
            (Some(Number::Double(double)), _) => {
                let whole = Number::Whole(double as i128);
                match whole.compare(Number::Double(double)) {
                    Some(Ordering::Equal) => Ok(Key::Whole(double as i128)),
                    _ => Ok(Key::Double(double.to_bits())),
                }
            }
            (None, Self::None) => Ok(Key::None),
            (None, Self::Text(text)) => Ok(Key::Text(text)),
            (None, other) => Err(ExpressionProblem::Key { kind: other.kind() }),
        }
    }

    pub(super) fn equals(&self, other: &Self) -> bool {
        if let (Some(a), Some(b)) = (self.number(), other.number()) {
            return a.compare(b) == Some(Ordering::Equal);
        }
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::List(a), Self::List(b)) | (Self::Tuple(a), Self::Tuple(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equals(b))
            }
            (Self::Object(a), Self::Object(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .zip(b)
                        .all(|((key, a), (same, b))| key == same && a.equals(b))
            }
            _ => false,
        }
    }

    /// Which of two values comes first, for an operator; `None` where a number is not a number at all.
    pub(super) fn order(
        &self,
        other: &Self,
        operator: &'static str,
    ) -> Result<Option<Ordering>, ExpressionProblem> {
        if let (Some(a), Some(b)) = (self.number(), other.number()) {
            return Ok(a.compare(b));
        }
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => Ok(Some(a.cmp(b))),
            (Self::List(a), Self::List(b)) | (Self::Tuple(a), Self::Tuple(b)) => {
                match a.iter().zip(b).find(|(a, b)| !a.equals(b)) {
                    Some((a, b)) => a.order(b, operator),
                    None => Ok(Some(a.len().cmp(&b.len()))),
                }
            }
            _ => Err(kinds(operator, self, other)),
        }
    }

    /// `is`, for which one of the two has to be `None`, `True` or `False`: of others it says how they are kept in memory.
    pub(super) fn is(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::None, Self::None) => Some(true),
            (Self::Bool(a), Self::Bool(b)) => Some(a == b),
            (Self::None | Self::Bool(_), _) | (_, Self::None | Self::Bool(_)) => Some(false),
            _ => None,
        }
    }

    /// Whether it is in a container: `in`.
    pub(super) fn is_in(&self, container: &Self) -> Result<bool, ExpressionProblem> {
        match (self, container) {
            (_, Self::List(items) | Self::Tuple(items)) => {
                Ok(items.iter().any(|item| item.equals(self)))
            }
            (_, Self::Object(entries)) => Ok(entries.contains_key(&self.clone().into_key()?)),
            (Self::Text(part), Self::Text(text)) => Ok(text.contains(&**part)),
            _ => Err(kinds("in", self, container)),
        }
    }
}

/// An operator without a meaning for what stands beside it.
pub(super) fn kinds(
    operator: &'static str,
    left: &Value<'_>,
    right: &Value<'_>,
) -> ExpressionProblem {
    ExpressionProblem::Kinds {
        operator,
        left: left.kind(),
        right: right.kind(),
    }
}
