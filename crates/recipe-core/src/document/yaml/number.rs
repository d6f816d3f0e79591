//! Numbers of the core schema.

use serde_json::Value;

use super::error::YamlErrorKind;

/// Parses an integer: decimal with an optional sign, `0o17`, or `0x1f`. Leading zeros are ignored.
pub(super) fn integer(text: &str) -> Option<Result<Value, YamlErrorKind>> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let number = if let Some(digits) = text.strip_prefix("0o") {
        consists_of(digits, |digit| matches!(digit, b'0'..=b'7'))
            .then(|| u64::from_str_radix(digits, 8).map(Value::from))
    } else if let Some(digits) = text.strip_prefix("0x") {
        consists_of(digits, |digit| digit.is_ascii_hexdigit())
            .then(|| u64::from_str_radix(digits, 16).map(Value::from))
    } else {
        consists_of(unsigned, |digit| digit.is_ascii_digit()).then(|| match text.starts_with('-') {
            true => text.parse::<i64>().map(Value::from),
            false => text.parse::<u64>().map(Value::from),
        })
    };
    Some(number?.map_err(|_| YamlErrorKind::IntegerOutOfRange {
        written: text.to_owned(),
    }))
}

/// Parses a number that is not an integer: `1.5`, `.5`, `1.`, `1e3`.
pub(super) fn float(text: &str) -> Option<Result<Value, YamlErrorKind>> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let written = || text.to_owned();
    let not_finite =
        matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN");
    if not_finite {
        return Some(Err(YamlErrorKind::NotFinite { written: written() }));
    }
    if !is_float(unsigned) {
        return None;
    }
    Some(match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number.into()),
        _ => Err(YamlErrorKind::NumberOutOfRange { written: written() }),
    })
}

/// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |text: &str| consists_of(text, |digit| digit.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    let exponent_fits = exponent
        .is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)));
    mantissa_fits && exponent_fits
}

fn consists_of(text: &str, is_digit: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(is_digit)
}
