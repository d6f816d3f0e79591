//! JSON parsing for all inputs: numbers are kept exactly or refused, and errors have a position.

use std::borrow::Cow;

use serde_json::Value;

use super::exact_value::ExactValue;
use super::json_numbers::checked;
use super::position::Position;
use super::wording::syntax_message;

/// A text that does not parse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {message}")]
#[non_exhaustive]
pub struct SyntaxError {
    /// Position at which parsing stopped.
    pub position: Position,
    /// Description of the error.
    pub message: String,
    /// Kind of the error.
    pub kind: SyntaxErrorKind,
}

/// Kind of a [`SyntaxError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyntaxErrorKind {
    /// The text is not JSON.
    NotJson,
    /// The text is JSON with an integer beyond 64 bits, which could not be kept exactly.
    IntegerOutOfRange,
}

/// Parses JSON. Integers from -2⁶³ to 2⁶⁴ - 1 are kept exactly, `-0` is 0.
///
/// # Errors
/// Fails if the text is not JSON, or has an integer out of that range, with the position.
///
/// ```
/// use recipe_core::document::{SyntaxErrorKind, parse_json};
///
/// let exact = parse_json("[18446744073709551615, -0]").unwrap();
/// assert_eq!(exact.to_string(), "[18446744073709551615,0]");
/// let error = parse_json("{\"id\": 12345678901234567890123}").unwrap_err();
/// assert_eq!(error.kind, SyntaxErrorKind::IntegerOutOfRange);
/// assert_eq!(
///     error.to_string(),
///     "line 1, column 8: integer out of range: 12345678901234567890123"
/// );
/// ```
pub fn parse_json(text: &str) -> Result<Value, SyntaxError> {
    let text = exact_integers(text)?;
    let value = serde_json::from_str::<ExactValue>(&text);
    value.map(|value| value.0).map_err(|error| SyntaxError {
        position: Position {
            line: error.line().max(1),
            column: column(&text, &error),
        },
        message: syntax_message(&error),
        kind: SyntaxErrorKind::NotJson,
    })
}

/// Parses JSON from bytes, as [`parse_json`] does from text.
///
/// # Errors
/// Fails if the bytes are not UTF-8, and as [`parse_json`].
pub fn parse_json_bytes(bytes: &[u8]) -> Result<Value, SyntaxError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => parse_json(text),
        Err(error) => {
            let valid = &bytes[..error.valid_up_to()];
            let valid = std::str::from_utf8(valid).unwrap_or_default();
            Err(SyntaxError {
                position: Position::from_offset(valid, valid.len()),
                message: format!("invalid UTF-8 at byte {}", error.valid_up_to()),
                kind: SyntaxErrorKind::NotJson,
            })
        }
    }
}

/// Prepares JSON for a parser that would change integers: `-0` becomes 0.
///
/// # Errors
/// Fails if the text has an integer beyond 64 bits, with the position.
pub fn exact_integers(text: &str) -> Result<Cow<'_, str>, SyntaxError> {
    checked(text).map_err(|found| SyntaxError {
        position: Position::from_offset(text, found.offset),
        message: format!("integer out of range: {}", beginning(found.written)),
        kind: SyntaxErrorKind::IntegerOutOfRange,
    })
}

/// Shortens a long integer for a message.
fn beginning(integer: &str) -> String {
    const SHOWN: usize = 40;
    match integer.get(..SHOWN) {
        Some(shown) if integer.len() > SHOWN => format!("{shown}…"),
        _ => integer.to_owned(),
    }
}

/// Returns the column in characters; the library counts bytes, including the unexpected one.
fn column(text: &str, error: &serde_json::Error) -> usize {
    let line = text.split('\n').nth(error.line().saturating_sub(1));
    let before = error.column().saturating_sub(1);
    line.unwrap_or_default()
        .char_indices()
        .take_while(|(start, character)| start + character.len_utf8() <= before)
        .count()
        + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let error = |text: &str| parse_json(text).unwrap_err().to_string();
        assert_eq!(error("[\"é\", é]"), "line 1, column 7: expected value");
        assert_eq!(
            error("{\n  \"ä\": 1,\n}"),
            "line 3, column 1: trailing comma"
        );
        for half in [
            "[\"\\ud83d\"]",
            "[\"\\ud83dx\"]",
            "[\"\\ud83d\\n\"]",
            "[\"\\ud83d\\ud83d\"]",
            "[\"\\ude00\"]",
        ] {
            let message = error(half);
            assert!(
                message.ends_with(": lone surrogate: half of a character"),
                "{half}: {message}"
            );
        }
        assert_eq!(
            error("[1"),
            "line 1, column 2: unexpected end of input in list"
        );
    }

    #[test]
    fn a_long_integer_is_shown_with_its_beginning() {
        let text = format!("[\n  \"é\", {}]", "7".repeat(5_000));
        let error = parse_json(&text).unwrap_err().to_string();
        let shown = "7".repeat(40);
        assert_eq!(
            error,
            format!("line 2, column 8: integer out of range: {shown}…")
        );
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_refused_at_their_place() {
        let error = parse_json_bytes(b"[1,\n \"\xff\"]").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 2, column 3: invalid UTF-8 at byte 6"
        );
    }

    #[test]
    fn floats_stay_floats() {
        let value = parse_json("[-0.0, 1e22, 12345678901234567890123.0, 5.0]").unwrap();
        assert_eq!(value.to_string(), "[-0.0,1e+22,1.2345678901234568e+22,5.0]");
    }
}
