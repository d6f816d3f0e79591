//! Conversion of a given value to the declared type of an input.

use std::str::FromStr;

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use serde_json::{Number, Value};

use super::input::InputType;
use crate::document::json::parse_json;

/// From this integer on, not every integer is a distinct double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Result of a conversion.
pub(super) enum Conversion {
    AsGiven,
    Converted(Value),
    Impossible,
}

impl InputType {
    /// Converts a value; text is read as JSON, `true` and `false` in any case.
    pub(super) fn convert(self, given: &Value) -> Conversion {
        match (self, given) {
            (Self::Integer, Value::Number(number)) if number.is_f64() => converted(whole(number)),
            _ if self.accepts(given) => Conversion::AsGiven,
            (Self::Integer, Value::String(text)) => converted(whole_in(text.trim())),
            (Self::Boolean, Value::String(text)) => {
                match text.trim().to_ascii_lowercase().as_str() {
                    "true" => Conversion::Converted(true.into()),
                    "false" => Conversion::Converted(false.into()),
                    _ => Conversion::Impossible,
                }
            }
            (_, Value::String(text)) => match parse_json(text.trim()) {
                Ok(value) if self.accepts(&value) => Conversion::Converted(value),
                _ => Conversion::Impossible,
            },
            _ => Conversion::Impossible,
        }
    }

    /// Whether a value has this type without conversion; 1.0 is an integer.
    pub(super) fn is_of(self, value: &Value) -> bool {
        matches!(self.convert(value), Conversion::AsGiven)
            || (self == Self::Integer && value.as_f64().is_some_and(|float| float.fract() == 0.0))
    }

    fn accepts(self, value: &Value) -> bool {
        match self {
            Self::String => value.is_string(),
            Self::Number => value.is_number(),
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::Boolean => value.is_boolean(),
            Self::Array => value.is_array(),
            Self::Object => value.is_object(),
            Self::Null => value.is_null(),
        }
    }
}

fn converted(number: Option<Number>) -> Conversion {
    match number {
        Some(number) => Conversion::Converted(number.into()),
        None => Conversion::Impossible,
    }
}

/// Returns a float as an integer, unless another integer could have been meant.
fn whole(number: &Number) -> Option<Number> {
    let float = number.as_f64()?;
    let is_exact = float.fract() == 0.0 && float.abs() < EXACT;
    is_exact.then(|| Number::from(float as i64))
}

/// Parses an integer, also with an exponent or a fraction of zeros.
fn whole_in(text: &str) -> Option<Number> {
    let Ok(Value::Number(number)) = parse_json(text) else {
        return None;
    };
    if !number.is_f64() {
        return Some(number);
    }
    // A large exponent would produce as many digits.
    let float = number.as_f64().filter(|float| float.abs() < 1e20)?;
    if float != 0.0 && float.abs() < 1.0 {
        return None;
    }
    let decimal = BigDecimal::from_str(text).ok()?;
    let (integer, _) = decimal
        .is_integer()
        .then(|| decimal.with_scale(0).into_bigint_and_exponent())?;
    from_big(&integer)
}

fn from_big(integer: &BigInt) -> Option<Number> {
    match i64::try_from(integer) {
        Ok(integer) => Some(integer.into()),
        Err(_) => u64::try_from(integer).ok().map(Number::from),
    }
}
