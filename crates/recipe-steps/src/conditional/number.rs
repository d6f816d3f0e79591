//! Numbers of expressions: whole ones, exact, and doubles, which behave as in Python.

use std::cmp::Ordering;

use super::expression_error::ExpressionProblem;

/// A number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Whole(i128),
    Double(f64),
}

use Number::{Double, Whole};

impl Number {
    /// A number as it is written in Python.
    pub(super) fn parse(text: &str) -> Result<Self, ExpressionProblem> {
        let bad = || ExpressionProblem::BadNumber {
            text: text.chars().take(40).collect(),
        };
        if !underscores_part_digits(text) {
            return Err(bad());
        }
        let digits = text.replace('_', "");
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
            let start = digits.get(..2).map(str::to_ascii_lowercase);
            if start.as_deref() == Some(prefix) {
                let digits = &digits[2..];
                if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
                    return Err(bad());
                }
                return i128::from_str_radix(digits, radix)
                    .map(Whole)
                    .map_err(|_| ExpressionProblem::NumberTooLarge);
            }
        }
        if digits.bytes().all(|b| b.is_ascii_digit()) {
            // 007 is not a number in Python; 000 is.
            if digits.starts_with('0') && digits.bytes().any(|b| b != b'0') {
                return Err(bad());
            }
            return digits
                .parse()
                .map(Whole)
                .map_err(|_| ExpressionProblem::NumberTooLarge);
        }
        let of_a_double = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
        match digits.chars().all(of_a_double) {
            true => digits.parse().map(Double).map_err(|_| bad()),
            false => Err(bad()),
        }
    }

    pub(super) fn is_zero(self) -> bool {
        match self {
            Whole(number) => number == 0,
            Double(number) => number == 0.0,
        }
    }

    /// Which of two numbers is larger, exactly; `None` where one is not a number at all.
    pub(super) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Whole(a), Whole(b)) => Some(a.cmp(&b)),
            (Double(a), Double(b)) => a.partial_cmp(&b),
            (Whole(a), Double(b)) => whole_with_double(a, b),
            (Double(a), Whole(b)) => whole_with_double(b, a).map(Ordering::reverse),
        }
    }

    pub(super) fn negated(self) -> Result<Self, ExpressionProblem> {
        match self {
            Whole(number) => whole("-", number.checked_neg()),
            Double(number) => Ok(Double(-number)),
        }
    }

    pub(super) fn plus(self, other: Self) -> Result<Self, ExpressionProblem> {
        match (self, other) {
            (Whole(a), Whole(b)) => whole("+", a.checked_add(b)),
            (a, b) => Ok(Double(a.double() + b.double())),
        }
    }

    pub(super) fn minus(self, other: Self) -> Result<Self, ExpressionProblem> {
        match (self, other) {
            (Whole(a), Whole(b)) => whole("-", a.checked_sub(b)),
            (a, b) => Ok(Double(a.double() - b.double())),
        }
    }

    pub(super) fn times(self, other: Self) -> Result<Self, ExpressionProblem> {
        match (self, other) {
            (Whole(a), Whole(b)) => whole("*", a.checked_mul(b)),
            (a, b) => Ok(Double(a.double() * b.double())),
        }
    }

    /// `/`, of which the result is always a double.
    pub(super) fn divided_by(self, other: Self) -> Result<Self, ExpressionProblem> {
        if other.is_zero() {
            return Err(ExpressionProblem::DivisionByZero);
        }
        // Of doubles the quotient is rounded once, as Python rounds that of whole numbers of any length.
        match self.is_a_double() && other.is_a_double() {
            true => Ok(Double(self.double() / other.double())),
            false => Err(ExpressionProblem::NoResult { operator: "/" }),
        }
    }

    /// `//`, rounded down.
    pub(super) fn floor_divided_by(self, other: Self) -> Result<Self, ExpressionProblem> {
        if other.is_zero() {
            return Err(ExpressionProblem::DivisionByZero);
        }
        match (self, other) {
            (Whole(a), Whole(b)) => {
                let quotient = a.checked_div(b);
                let down = i128::from(is_rounded_up(a, b));
                whole("//", quotient.map(|quotient| quotient - down))
            }
            (a, b) => Ok(Double(floor_and_rest(a.double(), b.double()).0)),
        }
    }

    /// `%`, with the sign of the divisor.
    pub(super) fn modulo(self, other: Self) -> Result<Self, ExpressionProblem> {
        if other.is_zero() {
            return Err(ExpressionProblem::DivisionByZero);
        }
        match (self, other) {
            (Whole(a), Whole(b)) => {
                let rest = a.checked_rem(b).unwrap_or(0);
                Ok(Whole(rest + if is_rounded_up(a, b) { b } else { 0 }))
            }
            (a, b) => Ok(Double(floor_and_rest(a.double(), b.double()).1)),
        }
    }

    /// `**`.
    pub(super) fn power(self, exponent: Self) -> Result<Self, ExpressionProblem> {
        let none = ExpressionProblem::NoResult { operator: "**" };
        match (self, exponent) {
            (Whole(base), Whole(exponent)) if exponent >= 0 => match (base, exponent) {
                (0 | 1, 1..) => Ok(Whole(base)),
                (-1, exponent) => Ok(Whole(1 - 2 * (exponent % 2))),
                _ => {
                    let exponent = u32::try_from(exponent).map_err(|_| none)?;
                    whole("**", base.checked_pow(exponent))
                }
            },
            (base, exponent) => {
                let (base, exponent) = (base.double(), exponent.double());
                if base == 0.0 && exponent < 0.0 {
                    return Err(ExpressionProblem::DivisionByZero);
                }
                let result = base.powf(exponent);
                let finite = base.is_finite() && exponent.is_finite();
                match finite && !result.is_finite() {
                    // Too large, or complex.
                    true => Err(none),
                    false => Ok(Double(result)),
                }
            }
        }
    }

    /// As a double, rounded where it has to be.
    fn double(self) -> f64 {
        match self {
            Whole(number) => number as f64,
            Double(number) => number,
        }
    }

    /// Whether it is a double without being rounded.
    fn is_a_double(self) -> bool {
        match self {
            Whole(0) | Double(_) => true,
            Whole(number) => {
                let number = number.unsigned_abs();
                128 - number.leading_zeros() - number.trailing_zeros() <= f64::MANTISSA_DIGITS
            }
        }
    }
}

/// Whether each underscore stands between two digits, or behind the prefix of another base.
fn underscores_part_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (is_digit, has_prefix): (fn(&u8) -> bool, _) = match bytes {
        [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..] => (u8::is_ascii_hexdigit, true),
        _ => (u8::is_ascii_digit, false),
    };
    (0..bytes.len()).filter(|at| bytes[*at] == b'_').all(|at| {
        let behind_digit = at > 0 && (is_digit(&bytes[at - 1]) || has_prefix && at == 2);
        behind_digit && bytes.get(at + 1).is_some_and(is_digit)
    })
}

fn whole(operator: &'static str, number: Option<i128>) -> Result<Number, ExpressionProblem> {
    number
        .map(Whole)
        .ok_or(ExpressionProblem::NoResult { operator })
}

fn whole_with_double(whole: i128, double: f64) -> Option<Ordering> {
    const LIMIT: f64 = -(i128::MIN as f64);
    if double.is_nan() {
        None
    } else if double >= LIMIT {
        Some(Ordering::Less)
    } else if double < -LIMIT {
        Some(Ordering::Greater)
    } else {
        let truncated = double.trunc();
        // Exact: it lies within the bounds and has nothing behind the point.
        let order = whole.cmp(&(truncated as i128));
        Some(order.then(truncated.partial_cmp(&double)?))
    }
}

/// Whether the division of two whole numbers, which is rounded toward zero, is one above what it is rounded down.
fn is_rounded_up(a: i128, b: i128) -> bool {
    (a < 0) != (b < 0) && a.checked_rem(b).is_some_and(|rest| rest != 0)
}

/// The quotient of two doubles rounded down, and what is left, computed as Python computes them.
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

    // All right values of this module: Python 3.11.2.
    #[test]
    fn numbers_are_written_as_in_python() {
        for (text, says) in [
            ("0", Whole(0)),
            ("000", Whole(0)),
            ("1_000", Whole(1000)),
            ("0x_fF", Whole(255)),
            ("0b1_0", Whole(2)),
            ("0O17", Whole(15)),
            ("99999999999999999999", Whole(99_999_999_999_999_999_999)),
            (".5", Double(0.5)),
            ("1.", Double(1.0)),
            ("1_0.2_5e-1", Double(1.025)),
            ("1E3", Double(1000.0)),
            ("1e400", Double(f64::INFINITY)),
            ("01.5", Double(1.5)),
        ] {
            assert_eq!(number(text), Ok(says), "{text}");
        }
        for text in [
            "007", "0_7", "1_", "1__0", "1e_5", "1_e5", "1_.5", "0x", "0xg", "0b2", "1e", "1.2.3",
            "5px", "1j", "0x1.5", "1e5.0", "٣",
        ] {
            assert!(
                matches!(number(text), Err(ExpressionProblem::BadNumber { .. })),
                "{text}"
            );
        }
        assert_eq!(
            number(&"9".repeat(40)),
            Err(ExpressionProblem::NumberTooLarge)
        );
    }

    #[test]
    fn whole_numbers_and_doubles_compare_exactly() {
        let (large, next) = (Whole((1 << 53) + 1), Double(9_007_199_254_740_992.0));
        assert_eq!(large.compare(next), Some(Ordering::Greater));
        assert_eq!(next.compare(large), Some(Ordering::Less));
        for (a, b, order) in [
            (Whole(1), Double(1.0), Some(Ordering::Equal)),
            (Whole(-1), Double(-1.5), Some(Ordering::Greater)),
            (Whole(1), Double(1.5), Some(Ordering::Less)),
            (Whole(i128::MAX), Double(1e39), Some(Ordering::Less)),
            (
                Whole(i128::MAX),
                Double(170_141_183_460_469_231_731_687_303_715_884_105_728.0),
                Some(Ordering::Less),
            ),
            (
                Whole(i128::MIN),
                Double(-170_141_183_460_469_231_731_687_303_715_884_105_728.0),
                Some(Ordering::Equal),
            ),
            (Whole(0), Double(f64::NEG_INFINITY), Some(Ordering::Greater)),
            (Whole(0), Double(f64::NAN), None),
        ] {
            assert_eq!(a.compare(b), order, "{a:?} {b:?}");
        }
    }

    #[test]
    fn division_is_rounded_down_and_its_rest_has_the_sign_of_the_divisor() {
        for (a, b, quotient, rest) in [
            (7, 2, 3, 1),
            (-7, 2, -4, 1),
            (7, -2, -4, -1),
            (-7, -2, 3, -1),
            (-6, 2, -3, 0),
        ] {
            assert_eq!(Whole(a).floor_divided_by(Whole(b)), Ok(Whole(quotient)));
            assert_eq!(Whole(a).modulo(Whole(b)), Ok(Whole(rest)));
            let (a, b) = (Double(a as f64), Double(b as f64));
            assert_eq!(a.floor_divided_by(b), Ok(Double(quotient as f64)));
            assert_eq!(a.modulo(b), Ok(Double(rest as f64)));
        }
        assert_eq!(Double(1.0).floor_divided_by(Double(0.1)), Ok(Double(9.0)));
        assert_eq!(
            Double(1.0).modulo(Double(0.1)),
            Ok(Double(0.099_999_999_999_999_95))
        );
        assert_eq!(Whole(i128::MIN).modulo(Whole(-1)), Ok(Whole(0)));
        assert!(Whole(i128::MIN).floor_divided_by(Whole(-1)).is_err());
    }

    #[test]
    fn a_quotient_is_that_of_python_or_an_error() {
        assert_eq!(Whole(1).divided_by(Whole(2)), Ok(Double(0.5)));
        assert_eq!(
            Whole(1 << 64).divided_by(Whole(2)),
            Ok(Double(9_223_372_036_854_775_808.0))
        );
        assert!(Whole((1 << 53) + 1).divided_by(Whole(3)).is_err());
    }

    #[test]
    fn powers_are_exact_or_an_error() {
        for (base, exponent, result) in [
            (Whole(2), Whole(64), Some(Whole(1 << 64))),
            (Whole(2), Whole(-1), Some(Double(0.5))),
            (Whole(0), Whole(0), Some(Whole(1))),
            (Whole(-1), Whole(i128::MAX), Some(Whole(-1))),
            (Whole(1), Whole(i128::MAX), Some(Whole(1))),
            (
                Whole(2),
                Double(0.5),
                Some(Double(std::f64::consts::SQRT_2)),
            ),
            (
                Double(f64::NEG_INFINITY),
                Double(0.5),
                Some(Double(f64::INFINITY)),
            ),
            (Whole(2), Whole(i128::MAX), None),
            (Whole(2), Whole(127), None),
            (Whole(0), Whole(-1), None),
            (Whole(-8), Double(0.5), None),
            (Double(10.0), Whole(400), None),
        ] {
            assert_eq!(base.power(exponent).ok(), result, "{base:?} {exponent:?}");
        }
    }
}
