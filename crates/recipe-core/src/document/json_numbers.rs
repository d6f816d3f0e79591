//! Integers in JSON that the library would silently change.
//!
//! It parses an integer beyond 64 bits as the nearest float, and `-0` as the float -0.0. A text is
//! scanned for both before it is parsed; for nearly all texts, looking at every nineteenth byte is
//! enough.

use std::borrow::Cow;

/// Number of digits of the first integers beyond 64 bits: `9223372036854775808`.
const LONG: usize = 19;

/// An integer out of range, with its offset in the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OutOfRange<'t> {
    pub(super) offset: usize,
    pub(super) written: &'t str,
}

/// Replaces each integer `-0` by ` 0`, which has the same length.
///
/// # Errors
/// Fails at the first integer that is less than `i64::MIN` or more than `u64::MAX`.
pub(super) fn checked(text: &str) -> Result<Cow<'_, str>, OutOfRange<'_>> {
    if !has_long_digits(text) && !may_have_minus_zero(text) {
        return Ok(Cow::Borrowed(text));
    }
    let mut checked = Cow::Borrowed(text);
    for (offset, written) in integers(text) {
        if written == "-0" {
            checked.to_mut().replace_range(offset..offset + 2, " 0");
        } else if written.len() >= LONG && !is_in_range(written) {
            return Err(OutOfRange { offset, written });
        }
    }
    Ok(checked)
}

fn is_in_range(integer: &str) -> bool {
    integer.parse::<i64>().is_ok() || integer.parse::<u64>().is_ok()
}

/// Whether `-0` may be a number: it follows what can precede one, and a longer number does not
/// follow.
fn may_have_minus_zero(text: &str) -> bool {
    let bytes = text.as_bytes();
    text.match_indices("-0").any(|(at, found)| {
        let before = at.checked_sub(1).map(|before| bytes[before]);
        let behind = bytes.get(at + found.len());
        before.is_none_or(|byte| b"[,: \n\r\t".contains(&byte))
            && behind.is_none_or(|byte| !b"0123456789.eE".contains(byte))
    })
}

/// Whether the text has a run of digits as long as a large integer, in strings too.
fn has_long_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    // A run of this length covers at least one of these offsets.
    (LONG - 1..bytes.len()).step_by(LONG).any(|at| {
        bytes[at].is_ascii_digit() && {
            let before = bytes[..at]
                .iter()
                .rev()
                .take(LONG)
                .take_while(|byte| is_digit(byte));
            let behind = bytes[at..]
                .iter()
                .take(LONG)
                .take_while(|byte| is_digit(byte));
            before.count() + behind.count() >= LONG
        }
    })
}

/// Iterates over the integers of a JSON text with their offsets, without numbers that have a
/// fraction or an exponent.
fn integers(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            match bytes[at] {
                b'"' => at = end_of_text(bytes, at + 1),
                b'-' | b'0'..=b'9' => {
                    let start = at;
                    let is_part =
                        |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                    at += bytes[at..].iter().take_while(|byte| is_part(byte)).count();
                    let written = &text[start..at];
                    let digits = written.strip_prefix('-').unwrap_or(written);
                    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                        return Some((start, written));
                    }
                }
                _ => at += 1,
            }
        }
        None
    })
}

/// Returns the offset after the closing quote of a string.
fn end_of_text(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn integers_beyond_64_bits_are_found_at_their_place() {
        let found = |text| checked(text).map_err(|found| (found.offset, found.written));
        assert_eq!(
            found("[1, 18446744073709551616]"),
            Err((4, "18446744073709551616"))
        );
        assert_eq!(
            found("-9223372036854775809"),
            Err((0, "-9223372036854775809"))
        );
        for in_range in [
            "[18446744073709551615, -9223372036854775808, 9223372036854775808]",
            "[12345678901234567890123.0, 1e30, 12345678901234567890123e0, -1.5E+30]",
            r#"{"12345678901234567890123": "98765432109876543210987\" 98765432109876543210987"}"#,
        ] {
            assert_eq!(found(in_range), Ok(in_range.into()));
        }
    }

    #[test]
    fn minus_zero_is_zero_and_later_offsets_stay() {
        assert_eq!(
            checked("[-0, -0.0, \"-0\", -01, 2-0]").unwrap(),
            "[ 0, -0.0, \"-0\", -01, 2-0]"
        );
        assert_eq!(checked("-0").unwrap(), " 0");
    }

    proptest! {
        #[test]
        fn every_integer_is_read_as_it_is_or_refused(digits in "-?[1-9][0-9]{0,25}", padding in " {0,40}") {
            let text = format!("{padding}[{digits}]");
            let is_in_range = digits.parse::<i64>().is_ok() || digits.parse::<u64>().is_ok();
            prop_assert_eq!(checked(&text).is_ok(), is_in_range);
        }
    }
}
