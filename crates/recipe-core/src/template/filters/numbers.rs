//! Filters for numbers. Numeric strings count as numbers, all other values as 0.

use std::cmp::Ordering;

use super::filter::{Arguments, Declaration, FilterError};
use crate::template::number::{Number, Operation};
use crate::template::value::Value;

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("abs", (0, 0), |input, _| {
        Ok(Value::Number(number(input).abs()))
    }),
    Declaration::new("at_least", (1, 1), |input, arguments| {
        Ok(chosen(input, arguments, Ordering::Greater))
    }),
    Declaration::new("at_most", (1, 1), |input, arguments| {
        Ok(chosen(input, arguments, Ordering::Less))
    }),
    Declaration::new("ceil", (0, 0), |input, _| {
        Ok(Value::Number(number(input).rounded(f64::ceil)?))
    }),
    Declaration::new("divided_by", (1, 1), |input, arguments| {
        let (left, right) = operands(input, arguments);
        Ok(Value::Number(left.divided_by(&right)?))
    }),
    Declaration::new("floor", (0, 0), |input, _| {
        Ok(Value::Number(number(input).rounded(f64::floor)?))
    }),
    Declaration::new("minus", (1, 1), |input, arguments| {
        calculate(input, arguments, Operation::Minus)
    }),
    Declaration::new("modulo", (1, 1), |input, arguments| {
        calculate(input, arguments, Operation::Modulo)
    }),
    Declaration::new("plus", (1, 1), |input, arguments| {
        calculate(input, arguments, Operation::Plus)
    }),
    Declaration::new("round", (0, 1), round),
    Declaration::new("times", (1, 1), |input, arguments| {
        calculate(input, arguments, Operation::Times)
    }),
];

/// Converts a number, boolean or numeric string.
pub(super) fn parse_number(value: &Value<'_>) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::Bool(truth) => Some(Number::Integer((*truth).into())),
        Value::Text(text) => Number::parse(text.as_str()),
        _ => None,
    }
}

fn number(value: &Value<'_>) -> Number {
    parse_number(value).unwrap_or(Number::Integer(0))
}

fn operands(input: &Value<'_>, arguments: &Arguments<'_>) -> (Number, Number) {
    let right = arguments.get(0).map_or(Number::Integer(0), number);
    (number(input), right)
}

fn calculate<'v>(
    input: &Value<'v>,
    arguments: &Arguments<'v>,
    operation: Operation,
) -> Result<Value<'v>, FilterError> {
    let (left, right) = operands(input, arguments);
    Ok(Value::Number(left.calculate(operation, &right)?))
}

/// Returns the argument if it compares to the input as `side` says, else the input.
fn chosen<'v>(input: &Value<'v>, arguments: &Arguments<'v>, side: Ordering) -> Value<'v> {
    let (left, right) = operands(input, arguments);
    let (number, value) = match right.compare(&left) == Some(side) {
        true => (right, arguments.get(0)),
        false => (left, Some(input)),
    };
    match value {
        Some(Value::Bool(truth)) => Value::Bool(*truth),
        _ => Value::Number(number),
    }
}

/// Rounds to the nearest, ties to even.
fn round<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Value<'v>, FilterError> {
    let number = number(input);
    let digits = arguments.some(0).and_then(parse_number);
    let digits = digits.map_or(0, |digits| digits.as_i64_clamped());
    Ok(Value::Number(match usize::try_from(digits) {
        Err(_) => Number::Integer(0),
        Ok(0) => number.rounded(f64::round_ties_even)?,
        Ok(digits) => number.rounded_to(digits),
    }))
}
