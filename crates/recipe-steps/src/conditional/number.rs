//! Numbers in expressions: exact integers, and floats with the arithmetic of Python.

use std::cmp::Ordering;

use super::expression_error::ExpressionProblem;

/// A number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Integer(i128),
    Float(f64),
}

use Number::{Float, Integer};

impl Number {
    /// Parses a number literal of Python.
    pub(super) fn parse(text: &str) -> Result<Self, ExpressionProblem> {
        let invalid = || ExpressionProblem::InvalidNumber {
            text: text.chars().take(40).collect(),
        };
        if !has_valid_underscores(text) {
            return Err(invalid());
        }
        let digits = text.replace('_', "");
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
            let start = digits.get(..2).map(str::to_ascii_lowercase);
            if start.as_deref() == Some(prefix) {
                let digits = &digits[2..];
                if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
                    return Err(invalid());
                }
                return i128::from_str_radix(digits, radix)
                    .map(Integer)
                    .map_err(|_| ExpressionProblem::IntegerOutOfRange);
            }
        }
        if digits.bytes().all(|b| b.is_ascii_digit()) {
            // 007 is invalid in Python; 000 is valid.
            if digits.starts_with('0') && digits.bytes().any(|b| b != b'0') {
                return Err(invalid());
            }
            return digits
                .parse()
                .map(Integer)
                .map_err(|_| ExpressionProblem::IntegerOutOfRange);
        }
        let is_float_char =
            |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
        match digits.chars().all(is_float_char) {
            true => digits.parse().map(Float).map_err(|_| invalid()),
            false => Err(invalid()),
        }
    }

    pub(super) fn is_zero(self) -> bool {
        match self {
            Integer(number) => number == 0,
            Float(number) => number == 0.0,
        }
    }

    /// Compares two numbers by their exact values; `None` if one is NaN.
    pub(super) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Integer(a), Integer(b)) => Some(a.cmp(&b)),
            (Float(a), Float(b)) => a.partial_cmp(&b),
            (Integer(a), Float(b)) => compare_integer_to_float(a, b),
            (Float(a), Integer(b)) => compare_integer_to_float(b, a).map(Ordering::reverse),
        }
    }

    pub(super) fn negated(self) -> Result<Self, ExpressionProblem> {
        match self {
            Integer(number) => integer("-", number.checked_neg()),
            Float(number) => Ok(Float(-number)),
        }
    }

    pub(super) fn plus(self, other: Self) -> Result<Self, ExpressionProblem> {
        match (self, other) {
            (Integer(a), Integer(b)) => integer("+", a.checked_add(b)),
            (a, b) => Ok(Float(a.to_float() + b.to_float())),
        }
    }

    pub(super) fn minus(self, other: Self) -> Result<Self, ExpressionProblem> {
        match (self, other) {
            (Integer(a), Integer(b)) => integer("-", a.checked_sub(b)),
            (a, b) => Ok(Float(a.to_float() - b.to_float())),
        }
    }

    pub(super) fn times(self, other: Self) -> Result<Self, ExpressionProblem> {
        match (self, other) {
            (Integer(a), Integer(b)) => integer("*", a.checked_mul(b)),
            (a, b) => Ok(Float(a.to_float() * b.to_float())),
        }
    }

    /// `/`, whose result is always a float.
    pub(super) fn divided_by(self, other: Self) -> Result<Self, ExpressionProblem> {
        if other.is_zero() {
            return Err(ExpressionProblem::DivisionByZero);
        }
        // Python rounds the quotient of integers of any length once; floats give the same only if
        // exact.
        match self.is_exact_float() && other.is_exact_float() {
            true => Ok(Float(self.to_float() / other.to_float())),
            false => Err(ExpressionProblem::ResultOutOfRange { operator: "/" }),
        }
    }

    /// `//`, rounded down.
    pub(super) fn floor_divided_by(self, other: Self) -> Result<Self, ExpressionProblem> {
        if other.is_zero() {
            return Err(ExpressionProblem::DivisionByZero);
        }
        match (self, other) {
            (Integer(a), Integer(b)) => {
                let quotient = a.checked_div(b);
                let down = i128::from(is_rounded_up(a, b));
                integer("//", quotient.map(|quotient| quotient - down))
            }
            (a, b) => Ok(Float(floor_and_rest(a.to_float(), b.to_float()).0)),
        }
    }

    /// `%`, with the sign of the divisor.
    pub(super) fn modulo(self, other: Self) -> Result<Self, ExpressionProblem> {
        if other.is_zero() {
            return Err(ExpressionProblem::DivisionByZero);
        }
        match (self, other) {
            (Integer(a), Integer(b)) => {
                let rest = a.checked_rem(b).unwrap_or(0);
                Ok(Integer(rest + if is_rounded_up(a, b) { b } else { 0 }))
            }
            (a, b) => Ok(Float(floor_and_rest(a.to_float(), b.to_float()).1)),
        }
    }

    /// `**`.
    pub(super) fn power(self, exponent: Self) -> Result<Self, ExpressionProblem> {
        let out_of_range = ExpressionProblem::ResultOutOfRange { operator: "**" };
        match (self, exponent) {
            (Integer(base), Integer(exponent)) if exponent >= 0 => match (base, exponent) {
                (0 | 1, 1..) => Ok(Integer(base)),
                (-1, exponent) => Ok(Integer(1 - 2 * (exponent % 2))),
                _ => {
                    let exponent = u32::try_from(exponent).map_err(|_| out_of_range)?;
                    integer("**", base.checked_pow(exponent))
                }
            },
            (base, exponent) => {
                let (base, exponent) = (base.to_float(), exponent.to_float());
                if base == 0.0 && exponent < 0.0 {
                    return Err(ExpressionProblem::DivisionByZero);
                }
                let result = base.powf(exponent);
                let finite = base.is_finite() && exponent.is_finite();
                match finite && !result.is_finite() {
                    // Too large, or complex.
                    true => Err(out_of_range),
                    false => Ok(Float(result)),
                }
            }
        }
    }

    /// Converts to a float, rounding if necessary.
    fn to_float(self) -> f64 {
        match self {
            Integer(number) => number as f64,
            Float(number) => number,
        }
    }

    /// Whether the number is a float without rounding.
    fn is_exact_float(self) -> bool {
        match self {
            Integer(0) | Float(_) => true,
            Integer(number) => {
                let number = number.unsigned_abs();
                128 - number.leading_zeros() - number.trailing_zeros() <= f64::MANTISSA_DIGITS
            }
        }
    }
}

/// Whether each underscore is between two digits or after the prefix of another base.
fn has_valid_underscores(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (is_digit, has_prefix): (fn(&u8) -> bool, _) = match bytes {
        [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..] => (u8::is_ascii_hexdigit, true),
        _ => (u8::is_ascii_digit, false),
    };
    (0..bytes.len()).filter(|at| bytes[*at] == b'_').all(|at| {
        let follows_digit = at > 0 && (is_digit(&bytes[at - 1]) || has_prefix && at == 2);
        follows_digit && bytes.get(at + 1).is_some_and(is_digit)
    })
}

fn integer(operator: &'static str, number: Option<i128>) -> Result<Number, ExpressionProblem> {
    number
        .map(Integer)
        .ok_or(ExpressionProblem::ResultOutOfRange { operator })
}

fn compare_integer_to_float(integer: i128, float: f64) -> Option<Ordering> {
    const LIMIT: f64 = -(i128::MIN as f64);
    if float.is_nan() {
        None
    } else if float >= LIMIT {
        Some(Ordering::Less)
    } else if float < -LIMIT {
        Some(Ordering::Greater)
    } else {
        let truncated = float.trunc();
        // The cast is exact: the value is in range and has no fraction.
        let order = integer.cmp(&(truncated as i128));
        Some(order.then(truncated.partial_cmp(&float)?))
    }
}

/// Whether integer division, which truncates, returns one more than the quotient rounded down.
fn is_rounded_up(a: i128, b: i128) -> bool {
    (a < 0) != (b < 0) && a.checked_rem(b).is_some_and(|rest| rest != 0)
}

/// Returns the quotient of two floats rounded down and the remainder, computed as in Python.
fn floor_and_rest(a: f64, b: f64) -> (f64, f64) {
    let mut rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest == 0.0 {
        rest = 0.0_f64.copysign(b);
    } else if (b < 0.0) != (rest < 0.0) {
        rest += b;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0.0_f64.copysign(a / b), rest);
    }
    let floor = quotient.floor();
    let floor = if quotient - floor > 0.5 {
        floor + 1.0
    } else {
        floor
    };
    (floor, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Result<Number, ExpressionProblem> {
        Number::parse(text)
    }

    // Expected values in this module are from Python 3.11.2.
    #[test]
    fn number_literals_match_python() {
        for (text, expected) in [
            ("0", Integer(0)),
            ("000", Integer(0)),
            ("1_000", Integer(1000)),
            ("0x_fF", Integer(255)),
            ("0b1_0", Integer(2)),
            ("0O17", Integer(15)),
            ("99999999999999999999", Integer(99_999_999_999_999_999_999)),
            (".5", Float(0.5)),
            ("1.", Float(1.0)),
            ("1_0.2_5e-1", Float(1.025)),
            ("1E3", Float(1000.0)),
            ("1e400", Float(f64::INFINITY)),
            ("01.5", Float(1.5)),
        ] {
            assert_eq!(number(text), Ok(expected), "{text}");
        }
        for text in [
            "007", "0_7", "1_", "1__0", "1e_5", "1_e5", "1_.5", "0x", "0xg", "0b2", "1e", "1.2.3",
            "5px", "1j", "0x1.5", "1e5.0", "٣",
        ] {
            assert!(
                matches!(number(text), Err(ExpressionProblem::InvalidNumber { .. })),
                "{text}"
            );
        }
        assert_eq!(
            number(&"9".repeat(40)),
            Err(ExpressionProblem::IntegerOutOfRange)
        );
    }

    #[test]
    fn integers_and_floats_compare_exactly() {
        let (large, next) = (Integer((1 << 53) + 1), Float(9_007_199_254_740_992.0));
        assert_eq!(large.compare(next), Some(Ordering::Greater));
        assert_eq!(next.compare(large), Some(Ordering::Less));
        for (a, b, order) in [
            (Integer(1), Float(1.0), Some(Ordering::Equal)),
            (Integer(-1), Float(-1.5), Some(Ordering::Greater)),
            (Integer(1), Float(1.5), Some(Ordering::Less)),
            (Integer(i128::MAX), Float(1e39), Some(Ordering::Less)),
            (
                Integer(i128::MAX),
                Float(170_141_183_460_469_231_731_687_303_715_884_105_728.0),
                Some(Ordering::Less),
            ),
            (
                Integer(i128::MIN),
                Float(-170_141_183_460_469_231_731_687_303_715_884_105_728.0),
                Some(Ordering::Equal),
            ),
            (
                Integer(0),
                Float(f64::NEG_INFINITY),
                Some(Ordering::Greater),
            ),
            (Integer(0), Float(f64::NAN), None),
        ] {
            assert_eq!(a.compare(b), order, "{a:?} {b:?}");
        }
    }

    #[test]
    fn division_rounds_down_and_the_remainder_has_the_sign_of_the_divisor() {
        for (a, b, quotient, rest) in [
            (7, 2, 3, 1),
            (-7, 2, -4, 1),
            (7, -2, -4, -1),
            (-7, -2, 3, -1),
            (-6, 2, -3, 0),
        ] {
            assert_eq!(
                Integer(a).floor_divided_by(Integer(b)),
                Ok(Integer(quotient))
            );
            assert_eq!(Integer(a).modulo(Integer(b)), Ok(Integer(rest)));
            let (a, b) = (Float(a as f64), Float(b as f64));
            assert_eq!(a.floor_divided_by(b), Ok(Float(quotient as f64)));
            assert_eq!(a.modulo(b), Ok(Float(rest as f64)));
        }
        assert_eq!(Float(1.0).floor_divided_by(Float(0.1)), Ok(Float(9.0)));
        assert_eq!(
            Float(1.0).modulo(Float(0.1)),
            Ok(Float(0.099_999_999_999_999_95))
        );
        assert_eq!(Integer(i128::MIN).modulo(Integer(-1)), Ok(Integer(0)));
        assert!(Integer(i128::MIN).floor_divided_by(Integer(-1)).is_err());
    }

    #[test]
    fn a_quotient_matches_python_or_is_an_error() {
        assert_eq!(Integer(1).divided_by(Integer(2)), Ok(Float(0.5)));
        assert_eq!(
            Integer(1 << 64).divided_by(Integer(2)),
            Ok(Float(9_223_372_036_854_775_808.0))
        );
        assert!(Integer((1 << 53) + 1).divided_by(Integer(3)).is_err());
    }

    #[test]
    fn powers_are_exact_or_an_error() {
        for (base, exponent, result) in [
            (Integer(2), Integer(64), Some(Integer(1 << 64))),
            (Integer(2), Integer(-1), Some(Float(0.5))),
            (Integer(0), Integer(0), Some(Integer(1))),
            (Integer(-1), Integer(i128::MAX), Some(Integer(-1))),
            (Integer(1), Integer(i128::MAX), Some(Integer(1))),
            (
                Integer(2),
                Float(0.5),
                Some(Float(std::f64::consts::SQRT_2)),
            ),
            (
                Float(f64::NEG_INFINITY),
                Float(0.5),
                Some(Float(f64::INFINITY)),
            ),
            (Integer(2), Integer(i128::MAX), None),
            (Integer(2), Integer(127), None),
            (Integer(0), Integer(-1), None),
            (Integer(-8), Float(0.5), None),
            (Float(10.0), Integer(400), None),
        ] {
            assert_eq!(base.power(exponent).ok(), result, "{base:?} {exponent:?}");
        }
    }
}
