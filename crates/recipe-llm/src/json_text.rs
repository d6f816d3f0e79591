//! The JSON in an answer. Models put it into fences, or a word before and behind it.

use serde_json::Value;

/// The JSON that an answer is, or that stands in it.
///
/// # Errors
/// With what is wrong with the whole answer as JSON.
pub(crate) fn json_in(answer: &str) -> Result<Value, String> {
    let whole = match serde_json::from_str(answer.trim()) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let fenced = fenced(answer).and_then(|inner| serde_json::from_str(inner).ok());
    let found = fenced.or_else(|| ['{', '['].into_iter().find_map(|open| first(answer, open)));
    found.ok_or_else(|| whole.to_string())
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
    }
}
