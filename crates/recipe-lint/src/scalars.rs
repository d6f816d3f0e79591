//! Unquoted YAML scalars that other YAML parsers read as another value, or that lose characters.

use recipe_core::Recipe;
use recipe_core::document::{PlainScalar, Severity};
use serde_json::Value;

use crate::diagnostic::Code;
use crate::findings::Findings;

/// Checks the unquoted scalars of a recipe.
pub(crate) fn check(recipe: &Recipe, findings: &mut Findings) {
    for scalar in recipe.plain_scalars() {
        let Some(reason) = ambiguity(&scalar) else {
            continue;
        };
        let quoted = format!("\"{}\"", scalar.text);
        let code = Code::AmbiguousScalar;
        findings.add(scalar.span, Severity::Warning, code, reason);
        findings.suggest(Some(quoted));
    }
}

/// Reason to quote a scalar, if there is one.
fn ambiguity(scalar: &PlainScalar) -> Option<String> {
    let text = &scalar.text;
    let here = match &scalar.value {
        Value::String(_) => "text",
        Value::Number(number) if number.to_string() != *text => {
            let meaning = in_yaml_1_1(text).filter(|meaning| *meaning != number.to_string());
            let meaning = meaning.map(|meaning| format!(", and {meaning} in YAML 1.1"));
            return Some(format!(
                "ambiguous scalar: {text} is the number {number}{}",
                meaning.unwrap_or_default()
            ));
        }
        _ => return None,
    };
    let meaning = in_yaml_1_1(text)?;
    Some(format!(
        "ambiguous scalar: {text} is {here}, and {meaning} in YAML 1.1"
    ))
}

/// Meaning of a scalar in YAML 1.1, as PyYAML 6.0.4 reads it, if it differs from YAML 1.2.
fn in_yaml_1_1(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    // Words are all lower case, all upper case or capitalized.
    let behind_first = text.get(1..).unwrap_or_default();
    let is_word = text == lower
        || text == lower.to_ascii_uppercase()
        || behind_first.bytes().all(|b| b.is_ascii_lowercase());
    match lower.as_str() {
        "yes" | "on" if is_word => return Some("true".to_owned()),
        "no" | "off" if is_word => return Some("false".to_owned()),
        _ => {}
    }
    if is_date(text) {
        return Some("a date".to_owned());
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = if text.starts_with('-') { "-" } else { "" };
    if is_sexagesimal(digits) {
        return Some("a number in base 60".to_owned());
    }
    let plain = digits.replace('_', "");
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if let Some(octal) = plain.strip_prefix('0') {
        if octal.bytes().all(|b| matches!(b, b'0'..=b'7')) && !octal.is_empty() {
            let number = i128::from_str_radix(octal, 8).ok()?;
            return Some(format!("{sign}{number}"));
        }
        if let Some(binary) = octal.strip_prefix('b').filter(|binary| !binary.is_empty()) {
            let number = i128::from_str_radix(binary, 2).ok()?;
            return Some(format!("{sign}{number}"));
        }
        let is_decimal = !octal.is_empty() && octal.bytes().all(|b| b.is_ascii_digit());
        if octal.starts_with('o') || is_decimal {
            return Some("text".to_owned());
        }
        if let Some(hex) = octal.strip_prefix('x').filter(|_| digits.contains('_')) {
            let number = i128::from_str_radix(hex, 16).ok()?;
            return Some(format!("{sign}{number}"));
        }
    }
    let is_float = plain.contains('.') && plain.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let is_whole = plain.bytes().all(|b| b.is_ascii_digit()) && !plain.starts_with('0');
    if digits.contains('_') && (is_whole || (is_float && plain.parse::<f64>().is_ok())) {
        return Some(format!("{sign}{plain}"));
    }
    // YAML 1.1 requires a point, and a sign in the exponent.
    let exponent = plain.split_once(['e', 'E']);
    match exponent {
        Some((mantissa, exponent))
            if mantissa.parse::<f64>().is_ok()
                && exponent.parse::<i32>().is_ok()
                && !(mantissa.contains('.') && exponent.starts_with(['+', '-'])) =>
        {
            Some("text".to_owned())
        }
        _ => None,
    }
}

/// `2024-01-01`, optionally followed by a time.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let is_number = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    let (day, time) = match rest.find(['T', 't', ' ']) {
        Some(at) => (&rest[..at], Some(rest[at + 1..].trim_start())),
        None => (rest, None),
    };
    let is_time = |time: &str| {
        time.contains(':')
            && time
                .bytes()
                .all(|b| b.is_ascii_digit() || b":.+-Z ".contains(&b))
    };
    match time {
        None => is_number(year, 4..=4) && is_number(month, 2..=2) && is_number(day, 2..=2),
        Some(time) => {
            is_number(year, 4..=4)
                && is_number(month, 1..=2)
                && is_number(day, 1..=2)
                && is_time(time)
        }
    }
}

/// `12:30` and `1:30:45.5`: hours, minutes and seconds as one number.
fn is_sexagesimal(digits: &str) -> bool {
    let mut parts = digits.split(':');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let is_first = !first.is_empty()
        && first.bytes().all(|b| b.is_ascii_digit() || b == b'_')
        && !first.starts_with('_');
    let is_part = |part: &str, is_last: bool| {
        let (whole, fraction) = match part.split_once('.') {
            Some((whole, fraction)) if is_last => (whole, fraction),
            Some(_) => return false,
            None => (part, ""),
        };
        (1..=2).contains(&whole.len())
            && whole.parse::<u8>().is_ok_and(|number| number < 60)
            && fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_')
    };
    let last = rest.len().saturating_sub(1);
    is_first
        && !rest.is_empty()
        && rest
            .iter()
            .enumerate()
            .all(|(index, part)| is_part(part, index == last))
}
