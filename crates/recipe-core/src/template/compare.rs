//! Equality and ordering of values.

use std::cmp::Ordering;

use super::number::Number;
use super::value::Value;

/// Two kinds of values that cannot be ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot compare {0} with {1}")]
pub(super) struct Unordered(pub(super) &'static str, pub(super) &'static str);

/// Whether two values are equal; numbers by value, lists and objects item by item.
pub(super) fn equal(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Empty, Value::Empty) | (Value::Blank, Value::Blank) => true,
        (Value::Empty | Value::Blank, Value::Empty | Value::Blank) => false,
        (Value::Empty, other) | (other, Value::Empty) => other.is_empty(),
        (Value::Blank, other) | (other, Value::Blank) => other.is_blank(),
        (left, right) if left.is_nil() || right.is_nil() => left.is_nil() && right.is_nil(),
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Number(left), Value::Number(right)) => left.compare(right) == Some(Ordering::Equal),
        (Value::Text(left), Value::Text(right)) => left.as_str() == right.as_str(),
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right.iter())
                    .all(|(left, right)| equal(&left, &right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.entries().all(|(name, value)| {
                    right
                        .get(name.as_str())
                        .is_some_and(|other| equal(&value, &other))
                })
        }
        (Value::Range(left), Value::Range(right)) => left == right,
        _ => false,
    }
}

/// Whether two list items are equal by Python's `==`, where `true` is 1 and `false` is 0.
pub(super) fn equal_items(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Bool(truth), Value::Number(number))
        | (Value::Number(number), Value::Bool(truth)) => {
            number.compare(&Number::Integer((*truth).into())) == Some(Ordering::Equal)
        }
        _ => equal(left, right),
    }
}

/// Orders two strings or two numbers, `true` being 1 and `false` 0. `None` for null and NaN.
pub(super) fn compare(left: &Value<'_>, right: &Value<'_>) -> Result<Option<Ordering>, Unordered> {
    match (left, right) {
        (left, right) if left.is_nil() || right.is_nil() => Ok(None),
        (Value::Text(left), Value::Text(right)) => Ok(Some(left.as_str().cmp(right.as_str()))),
        _ => match (number(left), number(right)) {
            (Some(left), Some(right)) => Ok(left.compare(&right)),
            _ => Err(Unordered(left.kind(), right.kind())),
        },
    }
}

fn number(value: &Value<'_>) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::Bool(truth) => Some(Number::Integer((*truth).into())),
        _ => None,
    }
}
