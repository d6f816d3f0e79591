//! The JSON in an answer. Models put it into fences, or a word before and behind it.

use recipe_core::{SyntaxError, exact_integers, parse_json};
use serde_json::Value;

/// The JSON that an answer is, or that stands in it.
///
/// # Errors
/// With what is wrong with the whole answer as JSON.
pub(crate) fn json_in(answer: &str) -> Result<Value, SyntaxError> {
    let whole = match parse_json(answer.trim()) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    // An integer that cannot be kept is found below as well, but would be another number.
    exact_integers(answer)?;
    let fenced = fenced(answer).and_then(|inner| parse_json(inner).ok());
    let found = fenced.or_else(|| ['{', '['].into_iter().find_map(|open| first(answer, open)));
    found.ok_or(whole)
}

/// What stands in the first fence.
fn fenced(answer: &str) -> Option<&str> {
    let (_, behind) = answer.split_once("```")?;
    let (_, inner) = behind.split_once('\n')?;
    let (inner, _) = inner.rsplit_once("```")?;
    Some(inner.trim())
}

/// The first value that begins with this character.
fn first(answer: &str, open: char) -> Option<Value> {
    let begin = answer.find(open)?;
    let mut values = serde_json::Deserializer::from_str(&answer[begin..]).into_iter();
    values.next()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_is_found_wherever_it_stands() {
        for answer in [
            r#"{"a": "```"}"#,
            "```json\n{\"a\": \"```\"}\n```",
            "```\n{\"a\": \"```\"}\n```\nHope this helps!",
            r#"Sure: {"a": "```"}. Anything else?"#,
        ] {
            assert_eq!(json_in(answer), Ok(json!({"a": "```"})), "{answer}");
        }
        assert_eq!(json_in("Sure: [1, 2]"), Ok(json!([1, 2])));
        assert!(json_in("{").is_err() && json_in("no").is_err());
        for answer in [
            "{\"id\": 12345678901234567890123}",
            "Sure: [99999999999999999999]",
            "```json\n{\"id\": -12345678901234567890123}\n```",
        ] {
            let error = json_in(answer).unwrap_err();
            assert_eq!(
                error.kind,
                recipe_core::SyntaxErrorKind::IntegerOutOfRange,
                "{answer}"
            );
        }
        assert_eq!(json_in("[-0]"), Ok(json!([0])));
    }
}
