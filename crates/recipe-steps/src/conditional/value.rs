//! Values of expressions, with the comparisons of Python.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::expression_error::ExpressionProblem;
use super::number::Number;

/// A value; strings may borrow from the expression.
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

/// Key of an object; equal numbers are the same key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'t> {
    None,
    Integer(i128),
    /// Bits of a float that is not an integer.
    Float(u64),
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

    /// Kind of the value, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Tuple(_) => "a tuple",
            Self::Object(_) => "an object",
        }
    }

    /// Converts numbers and booleans, which are 0 and 1.
    pub(super) fn number(&self) -> Option<Number> {
        match self {
            Self::Bool(holds) => Some(Number::Integer((*holds).into())),
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn integer(&self) -> Option<i128> {
        match self.number()? {
            Number::Integer(number) => Some(number),
            Number::Float(_) => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether the value is a string, list or tuple, which can be repeated.
    pub(super) fn is_sequence(&self) -> bool {
        matches!(self, Self::Text(_) | Self::List(_) | Self::Tuple(_))
    }

    /// Converts the value to a key of an object.
    pub(super) fn into_key(self) -> Result<Key<'t>, ExpressionProblem> {
        match (self.number(), self) {
            (Some(Number::Integer(number)), _) => Ok(Key::Integer(number)),
            (Some(Number::Float(float)), _) => {
                let integer = float as i128;
                match Number::Integer(integer).compare(Number::Float(float)) {
                    Some(Ordering::Equal) => Ok(Key::Integer(integer)),
                    _ => Ok(Key::Float(float.to_bits())),
                }
            }
            (None, Self::None) => Ok(Key::None),
            (None, Self::Text(text)) => Ok(Key::Text(text)),
            (None, other) => Err(ExpressionProblem::InvalidKey { kind: other.kind() }),
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

    /// Orders two values for an operator; `None` if one is NaN.
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
            _ => Err(unsupported(operator, self, other)),
        }
    }

    /// Evaluates `is`. One of the two must be `None`, `True` or `False`: for other values the
    /// result would depend on their memory addresses.
    pub(super) fn is(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::None, Self::None) => Some(true),
            (Self::Bool(a), Self::Bool(b)) => Some(a == b),
            (Self::None | Self::Bool(_), _) | (_, Self::None | Self::Bool(_)) => Some(false),
            _ => None,
        }
    }

    /// Evaluates `in`.
    pub(super) fn is_in(&self, container: &Self) -> Result<bool, ExpressionProblem> {
        match (self, container) {
            (_, Self::List(items) | Self::Tuple(items)) => {
                Ok(items.iter().any(|item| item.equals(self)))
            }
            (_, Self::Object(entries)) => Ok(entries.contains_key(&self.clone().into_key()?)),
            (Self::Text(part), Self::Text(text)) => Ok(text.contains(&**part)),
            _ => Err(unsupported("in", self, container)),
        }
    }
}

/// Error for operands of unsupported kinds.
pub(super) fn unsupported(
    operator: &'static str,
    left: &Value<'_>,
    right: &Value<'_>,
) -> ExpressionProblem {
    ExpressionProblem::UnsupportedOperands {
        operator,
        left: left.kind(),
        right: right.kind(),
    }
}
