//! Arithmetic. Numbers in text count as numbers, everything else as 0.

use liquid_core::error::Result;
use liquid_core::model::{Value, ValueView};

use super::{Arguments, Declaration, refused};
use crate::template::model::Kind;

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("abs", (0, 0), abs),
    Declaration::new("at_least", (1, 1), at_least),
    Declaration::new("at_most", (1, 1), at_most),
    Declaration::new("ceil", (0, 0), |input, _| {
        Ok(rounded(number(input), f64::ceil))
    }),
    Declaration::new("divided_by", (1, 1), divided_by),
    Declaration::new("floor", (0, 0), |input, _| {
        Ok(rounded(number(input), f64::floor))
    }),
    Declaration::new("minus", (1, 1), |input, arguments| {
        let (left, right) = operands(input, arguments);
        calculate("minus", left, right, i64::checked_sub, |l, r| l - r)
    }),
    Declaration::new("modulo", (1, 1), modulo),
    Declaration::new("plus", (1, 1), |input, arguments| {
        let (left, right) = operands(input, arguments);
        calculate("plus", left, right, i64::checked_add, |l, r| l + r)
    }),
    Declaration::new("round", (0, 1), round),
    Declaration::new("times", (1, 1), |input, arguments| {
        let (left, right) = operands(input, arguments);
        calculate("times", left, right, i64::checked_mul, |l, r| l * r)
    }),
];

/// A number as templates know them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    Integer(i64),
    Float(f64),
}

impl Number {
    pub(super) fn as_float(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Float(float) => float,
        }
    }

    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Integer(integer) => Value::scalar(integer),
            Self::Float(float) => Value::scalar(float),
        }
    }
}

/// The number that a value is, or that its text says.
pub(super) fn parse_number(view: &dyn ValueView) -> Option<Number> {
    Some(match Kind::of(view) {
        Kind::Integer(integer) => Number::Integer(integer),
        Kind::Large(integer) => Number::Float(integer as f64),
        Kind::Float(float) => Number::Float(float),
        Kind::Bool(truth) => Number::Integer(i64::from(truth)),
        Kind::Text(text) => {
            let text = text.trim();
            match text.parse::<i64>() {
                Ok(integer) => Number::Integer(integer),
                Err(_) => Number::Float(text.parse().ok()?),
            }
        }
        _ => return None,
    })
}

/// The whole number that a value is, or that its text says; parts of one are cut off.
pub(in crate::template) fn integer(view: &dyn ValueView) -> Option<i64> {
    match (Kind::of(view), parse_number(view)?) {
        (_, Number::Integer(integer)) => Some(integer),
        (Kind::Text(_), Number::Float(_)) => None,
        (_, Number::Float(float)) => float.is_finite().then_some(float as i64),
    }
}

fn number(view: &dyn ValueView) -> Number {
    parse_number(view).unwrap_or(Number::Integer(0))
}

fn operands(input: &dyn ValueView, arguments: &Arguments<'_>) -> (Number, Number) {
    let right = arguments.get(0).map_or(Number::Integer(0), number);
    (number(input), right)
}

/// Whole numbers stay whole; with a fraction, the result is what the decimal digits say, `0.1 + 0.2` being `0.3`.
pub(super) fn calculate(
    name: &str,
    left: Number,
    right: Number,
    whole: fn(i64, i64) -> Option<i64>,
    fraction: fn(f64, f64) -> f64,
) -> Result<Value> {
    if let (Number::Integer(left), Number::Integer(right)) = (left, right) {
        return match whole(left, right) {
            Some(result) => Ok(Value::scalar(result)),
            None => Err(refused(
                name,
                "the result is beyond whole numbers of 64 bits",
            )),
        };
    }
    Ok(Value::scalar(decimal(fraction(
        left.as_float(),
        right.as_float(),
    ))))
}

/// A float without the last digits, which the binary form got wrong.
fn decimal(float: f64) -> f64 {
    const DIGITS: usize = 14;
    format!("{float:.DIGITS$e}").parse().unwrap_or(float)
}

fn abs(input: &dyn ValueView, _: &Arguments<'_>) -> Result<Value> {
    Ok(match number(input) {
        Number::Integer(integer) => Value::scalar(integer.saturating_abs()),
        Number::Float(float) => Value::scalar(float.abs()),
    })
}

fn at_least(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let (left, right) = operands(input, arguments);
    let larger = if right.as_float() > left.as_float() {
        right
    } else {
        left
    };
    Ok(larger.into_value())
}

fn at_most(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let (left, right) = operands(input, arguments);
    let smaller = if right.as_float() < left.as_float() {
        right
    } else {
        left
    };
    Ok(smaller.into_value())
}

/// Down to the next whole number, where both are whole.
fn divided_by(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let (left, right) = operands(input, arguments);
    match (left, right) {
        (_, Number::Integer(0)) => Err(refused("divided_by", "cannot divide by 0")),
        (_, Number::Float(0.0)) => Err(refused("divided_by", "cannot divide by 0")),
        (Number::Integer(left), Number::Integer(right)) => {
            let down =
                left.checked_rem(right).is_some_and(|rest| rest != 0) && (left < 0) != (right < 0);
            match left.checked_div(right) {
                Some(quotient) => Ok(Value::scalar(quotient - i64::from(down))),
                None => Err(refused(
                    "divided_by",
                    "the result is beyond whole numbers of 64 bits",
                )),
            }
        }
        (left, right) => Ok(Value::scalar(left.as_float() / right.as_float())),
    }
}

fn modulo(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let (left, right) = operands(input, arguments);
    match (left, right) {
        (_, Number::Integer(0)) => Err(refused("modulo", "cannot divide by 0")),
        (_, Number::Float(0.0)) => Err(refused("modulo", "cannot divide by 0")),
        (Number::Integer(left), Number::Integer(right)) => {
            let rest = left.checked_rem(right).unwrap_or(0);
            let other_side = rest != 0 && (rest < 0) != (right < 0);
            Ok(Value::scalar(if other_side { rest + right } else { rest }))
        }
        (left, right) => Ok(Value::scalar(decimal(left.as_float() % right.as_float()))),
    }
}

/// To the nearest, halves to the even one.
fn round(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let digits = arguments.some(0).and_then(integer).unwrap_or(0);
    Ok(match (number(input), digits) {
        (_, ..0) => Value::scalar(0),
        (number, 0) => rounded(number, f64::round_ties_even),
        (Number::Integer(integer), _) => Value::scalar(integer),
        (Number::Float(float), digits) => {
            let digits = usize::try_from(digits).unwrap_or(0).min(300);
            Value::scalar(format!("{float:.digits$}").parse().unwrap_or(float))
        }
    })
}

fn rounded(number: Number, round: fn(f64) -> f64) -> Value {
    match number {
        Number::Integer(integer) => Value::scalar(integer),
        Number::Float(float) => {
            let whole = round(float);
            let in_range = whole.abs() < i64::MAX as f64;
            if in_range {
                Value::scalar(whole as i64)
            } else {
                Value::scalar(float)
            }
        }
    }
}
