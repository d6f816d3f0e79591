//! Numbers in templates: integers of any length and floats, with Python's arithmetic.
//!
//! Integers are exact. If an operand is a float, `+`, `-`, `*` and `%` are computed in decimal on
//! its printed digits, to 28 digits, and rounded to the nearest float, as python-liquid does with
//! `Decimal(str(x))`.

use std::cmp::Ordering;
use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::sync::Arc;

use bigdecimal::num_bigint::{BigInt, ParseBigIntError};
use bigdecimal::{BigDecimal, RoundingMode};

/// Maximum digits of an integer; Python's limit for converting strings.
const MAX_DIGITS: u64 = 4_300;

/// Significant digits of decimal arithmetic; the default of Python's `decimal`.
const PRECISION: NonZeroU64 = NonZeroU64::new(28).expect("28 is not zero");

/// An integer or a float.
#[derive(Debug, Clone)]
pub(super) enum Number {
    Integer(i64),
    /// An integer beyond 64 bits.
    Large(Arc<BigInt>),
    Float(f64),
}

/// Error of a calculation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ArithmeticError {
    #[error("cannot divide by 0")]
    DivisionByZero,
    #[error("number out of range: over {MAX_DIGITS} digits")]
    TooLarge,
    #[error("result is not a number")]
    NotANumber,
}

/// Arithmetic operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Plus,
    Minus,
    Times,
    Modulo,
}

impl Number {
    /// Parses an integer of ASCII digits with an optional sign.
    pub(super) fn parse_integer(digits: &str) -> Option<Self> {
        if digits.len() as u64 > MAX_DIGITS {
            return None;
        }
        digits.parse::<i64>().map(Self::Integer).ok().or_else(|| {
            let parsed: Result<BigInt, ParseBigIntError> = digits.parse();
            parsed.ok().map(Self::from_big)
        })
    }

    /// Parses a number as Python's `int` or `float` does.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::parse_integer_text(text).or_else(|| Self::parse_float(text))
    }

    /// Parses an integer as Python's `int` does: digits, with single underscores between them.
    pub(super) fn parse_integer_text(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = without_underscores(text)?;
        let unsigned = digits.strip_prefix(['-', '+']).unwrap_or(&digits);
        let is_integer = !unsigned.is_empty() && unsigned.bytes().all(|b| b.is_ascii_digit());
        is_integer.then(|| Self::parse_integer(&digits)).flatten()
    }

    fn parse_float(text: &str) -> Option<Self> {
        without_underscores(text.trim())?
            .parse()
            .ok()
            .map(Self::Float)
    }

    pub(super) fn from_big(integer: BigInt) -> Self {
        match i64::try_from(&integer) {
            Ok(small) => Self::Integer(small),
            Err(_) => Self::Large(Arc::new(integer)),
        }
    }

    pub(super) fn from_json(number: &serde_json::Number) -> Self {
        if let Some(integer) = number.as_i64() {
            Self::Integer(integer)
        } else if let Some(integer) = number.as_u64() {
            Self::from_big(integer.into())
        } else {
            Self::Float(number.as_f64().unwrap_or(f64::NAN))
        }
    }

    pub(super) fn is_float(&self) -> bool {
        matches!(self, Self::Float(_))
    }

    pub(super) fn as_float(&self) -> f64 {
        match self {
            Self::Integer(integer) => *integer as f64,
            // Parsing decimal digits rounds to the nearest float.
            Self::Large(integer) => integer.to_string().parse().unwrap_or(f64::INFINITY),
            Self::Float(float) => *float,
        }
    }

    /// Truncates a float to an integer; `None` if it is not finite.
    pub(super) fn truncated(&self) -> Option<Self> {
        match self {
            Self::Float(float) => float_to_integer(float.trunc()),
            integer => Some(integer.clone()),
        }
    }

    /// Returns the number as an index or a count, clamped to 64 bits.
    pub(super) fn as_i64_clamped(&self) -> i64 {
        match self {
            Self::Integer(integer) => *integer,
            Self::Large(integer) if **integer < BigInt::from(0) => i64::MIN,
            Self::Large(_) => i64::MAX,
            Self::Float(float) => *float as i64,
        }
    }

    fn to_big(&self) -> Option<BigInt> {
        match self {
            Self::Integer(integer) => Some((*integer).into()),
            Self::Large(integer) => Some((**integer).clone()),
            Self::Float(_) => None,
        }
    }

    pub(super) fn abs(&self) -> Self {
        match self {
            Self::Float(float) => Self::Float(float.abs()),
            Self::Integer(integer) if *integer >= 0 => self.clone(),
            Self::Large(integer) if **integer >= BigInt::from(0) => self.clone(),
            negative => match negative.to_big() {
                Some(integer) => Self::from_big(-integer),
                None => negative.clone(),
            },
        }
    }

    /// Rounds a float to an integer; integers are returned as they are.
    pub(super) fn rounded(&self, round: fn(f64) -> f64) -> Result<Self, ArithmeticError> {
        match self {
            Self::Float(float) => {
                float_to_integer(round(*float)).ok_or(ArithmeticError::NotANumber)
            }
            integer => Ok(integer.clone()),
        }
    }

    /// Rounds to a number of decimal places.
    pub(super) fn rounded_to(&self, digits: usize) -> Self {
        match self {
            // Formatting rounds the exact binary value, halves to even, as Python's `round` does.
            Self::Float(float) if digits <= 330 => {
                Self::Float(format!("{float:.digits$}").parse().unwrap_or(*float))
            }
            other => other.clone(),
        }
    }

    pub(super) fn calculate(
        &self,
        operation: Operation,
        other: &Self,
    ) -> Result<Self, ArithmeticError> {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => {
                let small = match operation {
                    Operation::Plus => left.checked_add(*right),
                    Operation::Minus => left.checked_sub(*right),
                    Operation::Times => left.checked_mul(*right),
                    Operation::Modulo => left.checked_rem(*right).map(|rest| toward(rest, *right)),
                };
                match small {
                    Some(result) => Ok(Self::Integer(result)),
                    None => large(operation, &(*left).into(), &(*right).into()),
                }
            }
            (left, right) => match (left.to_big(), right.to_big()) {
                (Some(left), Some(right)) => large(operation, &left, &right),
                _ => decimal(operation, left, right),
            },
        }
    }

    /// Divides; the quotient of two integers is rounded down.
    pub(super) fn divided_by(&self, other: &Self) -> Result<Self, ArithmeticError> {
        match (self.to_big(), other.to_big()) {
            (_, Some(zero)) if zero == BigInt::from(0) => Err(ArithmeticError::DivisionByZero),
            (Some(left), Some(right)) => {
                let quotient = &left / &right;
                let is_below = (&left % &right != BigInt::from(0))
                    && (left < BigInt::from(0)) != (right < BigInt::from(0));
                Ok(Self::from_big(quotient - BigInt::from(i32::from(is_below))))
            }
            _ if other.as_float() == 0.0 => Err(ArithmeticError::DivisionByZero),
            _ => {
                let overflows =
                    |number: &Self| !number.is_float() && number.as_float().is_infinite();
                if overflows(self) || overflows(other) {
                    return Err(ArithmeticError::TooLarge);
                }
                Ok(Self::Float(self.as_float() / other.as_float()))
            }
        }
    }

    /// Compares two numbers by their exact values; `None` if one is NaN.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => Some(left.cmp(right)),
            (Self::Float(left), Self::Float(right)) => left.partial_cmp(right),
            (Self::Float(left), right) => right.compare_to_float(*left).map(Ordering::reverse),
            (left, Self::Float(right)) => left.compare_to_float(*right),
            (left, right) => Some(left.to_big()?.cmp(&right.to_big()?)),
        }
    }

    fn compare_to_float(&self, float: f64) -> Option<Ordering> {
        match float_to_integer(float.trunc()) {
            Some(trunc) => Some(self.compare(&trunc)?.then(match float.fract() {
                fraction if fraction > 0.0 => Ordering::Less,
                fraction if fraction < 0.0 => Ordering::Greater,
                _ => Ordering::Equal,
            })),
            None if float.is_nan() => None,
            None if float > 0.0 => Some(Ordering::Less),
            None => Some(Ordering::Greater),
        }
    }
}

/// Sums numbers: exactly for integers, in decimal to 28 digits if any is a float.
pub(super) fn sum(numbers: Vec<Number>) -> Result<Number, ArithmeticError> {
    let decimals: Option<Vec<BigDecimal>> = match numbers.iter().any(Number::is_float) {
        true => numbers.iter().map(Number::to_decimal).collect(),
        false => None,
    };
    match decimals {
        None => numbers.iter().try_fold(Number::Integer(0), |sum, number| {
            sum.calculate(Operation::Plus, number)
        }),
        Some(decimals) => to_float(
            decimals
                .into_iter()
                .fold(BigDecimal::from(0), |sum, decimal| {
                    (sum + decimal).with_precision_round(PRECISION, RoundingMode::HalfEven)
                }),
        ),
    }
}

/// Removes underscores between digits; `None` if one is elsewhere.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    let are_between = (0..bytes.len())
        .filter(|at| bytes[*at] == b'_')
        .all(|at| is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)));
    are_between.then(|| text.replace('_', ""))
}

/// Converts a float without a fraction to an integer; `None` if it is not finite.
fn float_to_integer(float: f64) -> Option<Number> {
    if float.abs() < 9.0e18 {
        return Some(Number::Integer(float as i64));
    }
    let digits = float.is_finite().then(|| format!("{float:.0}"))?;
    Number::parse_integer(&digits)
}

/// Adjusts a remainder to the sign of the divisor, as in Python.
fn toward(rest: i64, divisor: i64) -> i64 {
    if rest != 0 && (rest < 0) != (divisor < 0) {
        rest + divisor
    } else {
        rest
    }
}

fn large(operation: Operation, left: &BigInt, right: &BigInt) -> Result<Number, ArithmeticError> {
    let zero = BigInt::from(0);
    let result = match operation {
        Operation::Plus => left + right,
        Operation::Minus => left - right,
        Operation::Times => left * right,
        Operation::Modulo if *right == zero => return Err(ArithmeticError::DivisionByZero),
        Operation::Modulo => {
            let rest = left % right;
            if rest != zero && (rest < zero) != (*right < zero) {
                rest + right
            } else {
                rest
            }
        }
    };
    // A digit is more than three bits; formatting is slow.
    if result.bits() > MAX_DIGITS * 3 && result.to_string().len() as u64 > MAX_DIGITS {
        return Err(ArithmeticError::TooLarge);
    }
    Ok(Number::from_big(result))
}

fn decimal(operation: Operation, left: &Number, right: &Number) -> Result<Number, ArithmeticError> {
    let (Some(one), Some(other)) = (left.to_decimal(), right.to_decimal()) else {
        return not_finite(operation, left.as_float(), right.as_float());
    };
    let result = match operation {
        Operation::Plus => one + other,
        Operation::Minus => one - other,
        Operation::Times => one * other,
        Operation::Modulo => {
            if other == 0 {
                return Err(ArithmeticError::DivisionByZero);
            }
            let quotient = (left.as_float() / right.as_float()).abs();
            if quotient >= 1e28 {
                return Err(ArithmeticError::TooLarge);
            }
            one % other
        }
    };
    if result == 0 {
        return Ok(Number::Float(zero(
            operation,
            left.as_float(),
            right.as_float(),
        )));
    }
    to_float(result.with_precision_round(PRECISION, RoundingMode::HalfEven))
}

/// Returns a zero with the sign of the operation's result.
fn zero(operation: Operation, left: f64, right: f64) -> f64 {
    match operation {
        Operation::Times => 0.0_f64.copysign(left.signum() * right.signum()),
        Operation::Modulo => 0.0_f64.copysign(left),
        Operation::Plus if left == 0.0 => left + right,
        Operation::Minus if left == 0.0 => left - right,
        Operation::Plus | Operation::Minus => 0.0,
    }
}

/// Rounds to the nearest float.
fn to_float(decimal: BigDecimal) -> Result<Number, ArithmeticError> {
    let float = decimal.to_scientific_notation().parse();
    float
        .map(Number::Float)
        .map_err(|_| ArithmeticError::NotANumber)
}

fn not_finite(operation: Operation, left: f64, right: f64) -> Result<Number, ArithmeticError> {
    let result = match operation {
        Operation::Plus => left + right,
        Operation::Minus => left - right,
        Operation::Times => left * right,
        Operation::Modulo if right == 0.0 => return Err(ArithmeticError::DivisionByZero),
        Operation::Modulo => left % right,
    };
    match result.is_nan() && !left.is_nan() && !right.is_nan() {
        true => Err(ArithmeticError::NotANumber),
        false => Ok(Number::Float(result)),
    }
}

impl Number {
    /// Converts the printed digits; `None` if the number is not finite.
    fn to_decimal(&self) -> Option<BigDecimal> {
        match self {
            Self::Float(float) => {
                let printed = float.is_finite().then(|| self.to_string())?;
                BigDecimal::from_str(&printed).ok()
            }
            integer => integer.to_big().map(BigDecimal::from),
        }
    }
}

/// Formats a number as Python does: floats with the fewest digits, a point or an exponent.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let float = match self {
            Self::Integer(integer) => return write!(f, "{integer}"),
            Self::Large(integer) => return write!(f, "{integer}"),
            Self::Float(float) => *float,
        };
        if float.is_nan() {
            return f.write_str("nan");
        }
        if float.is_infinite() {
            return f.write_str(if float > 0.0 { "inf" } else { "-inf" });
        }
        let (digits, exponent) = shortest(float);
        if (-4..16).contains(&exponent) {
            // Decimal notation with at least one digit after the point.
            return match usize::try_from(exponent) {
                Ok(whole) => {
                    let padded = format!("{digits:0<width$}", width = whole + 2);
                    let (whole, fraction) = padded.split_at(whole + 1);
                    write!(f, "{}{whole}.{fraction}", sign(float))
                }
                Err(_) => {
                    let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
                    write!(f, "{}0.{zeros}{digits}", sign(float))
                }
            };
        }
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let direction = if exponent < 0 { '-' } else { '+' };
        let exponent = exponent.abs();
        write!(
            f,
            "{}{first}{point}{rest}e{direction}{exponent:02}",
            sign(float)
        )
    }
}

fn sign(float: f64) -> &'static str {
    if float.is_sign_negative() { "-" } else { "" }
}

/// Returns the shortest digits that identify a finite float, and its exponent. If two candidates
/// are equally near, the even one, as in Python; the standard library may return the other.
fn shortest(float: f64) -> (String, i32) {
    let Some(printed) = serde_json::Number::from_f64(float.abs()) else {
        return ("0".to_owned(), 0);
    };
    let printed = printed.to_string();
    let (digits, exponent) = printed.split_once('e').unwrap_or((&printed, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0');
    let leading = all.len() - significant.len();
    let significant = significant.trim_end_matches('0');
    if significant.is_empty() {
        return ("0".to_owned(), 0);
    }
    let exponent = exponent + whole.len() as i32 - 1 - leading as i32;
    (significant.to_owned(), exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_in_python() {
        let floats = [
            1.0,
            0.1,
            1e16,
            1e15,
            1e-5,
            1e-4,
            1.5e300,
            -2.5,
            123456789012.5,
            -0.0,
            900_719_925_474_099.2,
            5e-324,
        ];
        let shown = floats.map(|float| Number::Float(float).to_string());
        assert_eq!(
            shown.join(" "),
            "1.0 0.1 1e+16 1000000000000000.0 1e-05 0.0001 1.5e+300 -2.5 123456789012.5 -0.0 900719925474099.2 5e-324"
        );
    }

    /// Results of Python 3.11 with python-liquid 2.3.6.
    #[test]
    fn arithmetic_matches_python_decimal() {
        let number = |text: &str| Number::parse(text).unwrap();
        for (left, operation, right, expected) in [
            (
                "1234567890123.456",
                Operation::Plus,
                "0.001",
                "1234567890123.457",
            ),
            (
                "9007199254740993",
                Operation::Plus,
                "0.0",
                "9007199254740992.0",
            ),
            ("9007199254740993", Operation::Plus, "1", "9007199254740994"),
            ("0.1", Operation::Plus, "0.2", "0.3"),
            (
                "1000000000000000000000000000000",
                Operation::Plus,
                "0.5",
                "1e+30",
            ),
            (
                "1000000000000000000000000000000",
                Operation::Times,
                "1000000000000000000000000000000",
                "1000000000000000000000000000000000000000000000000000000000000",
            ),
            (
                "9223372036854775807",
                Operation::Plus,
                "1",
                "9223372036854775808",
            ),
            (
                "-9223372036854775808",
                Operation::Minus,
                "1",
                "-9223372036854775809",
            ),
            ("1.1", Operation::Times, "1.1", "1.21"),
            ("7.5", Operation::Modulo, "2", "1.5"),
            ("-7.5", Operation::Modulo, "2", "-1.5"),
            ("-7", Operation::Modulo, "2", "1"),
            ("7", Operation::Modulo, "-2", "-1"),
        ] {
            let result = number(left).calculate(operation, &number(right));
            assert_eq!(
                result.unwrap().to_string(),
                expected,
                "{left} {operation:?} {right}"
            );
        }
    }

    #[test]
    fn an_integer_that_grows_without_bound_is_an_error() {
        let mut number = Number::Integer(10);
        let error = loop {
            match number.calculate(Operation::Times, &number) {
                Ok(square) => number = square,
                Err(error) => break error,
            }
        };
        assert_eq!(error, ArithmeticError::TooLarge);
    }

    #[test]
    fn integers_and_floats_are_compared_by_their_exact_values() {
        let compare = |left: &str, right: &str| {
            Number::parse(left)
                .unwrap()
                .compare(&Number::parse(right).unwrap())
        };
        assert_eq!(
            compare("9007199254740993", "9007199254740992.0"),
            Some(Ordering::Greater)
        );
        assert_eq!(
            compare("9007199254740992.0", "9007199254740993"),
            Some(Ordering::Less)
        );
        assert_eq!(
            compare("99999999999999999999", "1e20"),
            Some(Ordering::Less)
        );
        assert_eq!(compare("1", "1.5"), Some(Ordering::Less));
        assert_eq!(compare("-1", "-1.5"), Some(Ordering::Greater));
        assert_eq!(compare("1", "inf"), Some(Ordering::Less));
        assert_eq!(compare("1", "nan"), None);
    }
}
