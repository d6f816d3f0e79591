//! Messages of `serde_json` and `serde`, translated for authors of JSON.
//!
//! The only module that reads their texts: neither offers the facts behind them as types.

use serde::de::Expected;

/// Message of a syntax error, without its position.
pub(super) fn syntax_message(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = match message.rfind(" at line ") {
        Some(end) => &message[..end],
        None => &message,
    };
    match message.strip_prefix("EOF while parsing ") {
        Some("a value") => "unexpected end of input, expected a value".to_owned(),
        Some(what) => format!("unexpected end of input in {}", without_article(what)),
        None if message == "recursion limit exceeded" => "nested too deeply".to_owned(),
        // The first of two escapes that make one character, without the second.
        None if message.ends_with(" hex escape") => {
            "lone surrogate: half of a character".to_owned()
        }
        None => message.to_owned(),
    }
}

/// `object` for `an object`.
fn without_article(what: &str) -> &str {
    what.split_once(' ').map_or(what, |(_, noun)| noun)
}

/// Describes an expected type as authors of JSON know it, from the words that `serde` has for it.
pub(super) fn expected_words(expected: &dyn Expected) -> String {
    let words = expected.to_string();
    let known = match words.as_str() {
        "f32" | "f64" => "a number",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number of 0 or more",
        "a sequence" => "a list",
        "a map" => "an object",
        "a string" => "text",
        "a boolean" => "true or false",
        other if other.starts_with("struct ") => "an object",
        other => other,
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::deserialize::from_value;
    use super::*;
    use serde::Deserialize;
    use serde::de::DeserializeOwned;
    use serde_json::Value;

    #[derive(Deserialize, Debug)]
    #[serde(rename_all = "snake_case")]
    enum Choice {
        One,
        Two,
    }

    fn message<T: DeserializeOwned + std::fmt::Debug>(json: &str) -> String {
        let value: Value = serde_json::from_str(json).unwrap();
        from_value::<T>(&value).unwrap_err().to_string()
    }

    #[test]
    fn types_have_their_json_names() {
        assert_eq!(message::<Vec<u8>>("{}"), "expected a list, found an object");
        assert_eq!(
            message::<f64>("\"soon\""),
            "expected a number, found \"soon\""
        );
        assert_eq!(
            message::<u32>("-1"),
            "expected a whole number of 0 or more, found `-1`"
        );
        assert_eq!(
            message::<i64>("1.5"),
            "expected a whole number, found `1.5`"
        );
        assert_eq!(
            message::<bool>("null"),
            "expected true or false, found null"
        );
        assert_eq!(message::<String>("true"), "expected text, found `true`");
        assert_eq!(
            message::<Choice>("\"three\""),
            "expected `one` or `two`, found `three`"
        );
        assert!(matches!(serde_json::from_str("\"one\""), Ok(Choice::One)));
        assert!(matches!(serde_json::from_str("\"two\""), Ok(Choice::Two)));
    }

    #[test]
    fn syntax_errors_are_reworded() {
        let message =
            |json: &str| syntax_message(&serde_json::from_str::<Value>(json).unwrap_err());
        assert_eq!(message(""), "unexpected end of input, expected a value");
        assert_eq!(message("{"), "unexpected end of input in object");
        assert_eq!(message(&"[".repeat(1000)), "nested too deeply");
    }
}
