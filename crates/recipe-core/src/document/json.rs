//! JSON that a person wrote, and where in it a mistake is.

use serde_json::Value;

use super::exact_value::ExactValue;
use super::locate::Position;
use super::wording::syntax_message;

/// A text that does not parse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {message}")]
#[non_exhaustive]
pub struct SyntaxError {
    /// Where reading stopped.
    pub position: Position,
    /// What is wrong there.
    pub message: String,
}

/// The value that a text is the JSON of.
///
/// # Errors
/// When the text is no JSON, with the place.
pub fn parse_json(text: &str) -> Result<Value, SyntaxError> {
    let value = serde_json::from_str::<ExactValue>(text);
    value.map(|value| value.0).map_err(|error| SyntaxError {
        position: Position {
            line: error.line().max(1),
            column: column(text, &error),
        },
        message: syntax_message(&error),
    })
}

/// The column in characters; the library counts bytes, up to and with the one it stumbled over.
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
        assert_eq!(error("[1"), "line 1, column 2: the text ends inside a list");
    }
}
