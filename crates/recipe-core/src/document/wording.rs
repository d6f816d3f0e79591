//! What the JSON library says of mistakes, in the words of those who write JSON rather than Rust.

/// Why a value does not fit: `expected a list, found an object`.
pub(crate) fn type_message(error: &serde_json::Error) -> String {
    let message = error.to_string();
    if let Some((found, expected)) = parts(&message, "invalid type: ") {
        return format!("expected {}, found {}", kind(expected), found_kind(found));
    }
    if let Some((found, expected)) = parts(&message, "invalid value: ") {
        return format!("expected {}, found {}", kind(expected), found_kind(found));
    }
    if let Some((found, expected)) = parts(&message, "unknown variant ") {
        return format!("expected {expected}, found {found}");
    }
    message
}

/// Why a text is no JSON, without the place.
pub(super) fn syntax_message(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = match message.rfind(" at line ") {
        Some(end) => &message[..end],
        None => &message,
    };
    match message.strip_prefix("EOF while parsing ") {
        Some("a value") => "the text ends where a value should stand".to_owned(),
        Some(what) => format!("the text ends inside {what}"),
        None if message == "recursion limit exceeded" => {
            "too many brackets in one another".to_owned()
        }
        // The first of two escapes that make one character, without the second.
        None if message.ends_with(" hex escape") => "half a character: a lone surrogate".to_owned(),
        None => message.to_owned(),
    }
}

fn parts<'m>(message: &'m str, prefix: &str) -> Option<(&'m str, &'m str)> {
    message.strip_prefix(prefix)?.rsplit_once(", expected ")
}

fn kind(expected: &str) -> &str {
    match expected {
        "f32" | "f64" => "a number",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number of 0 or more",
        "a sequence" => "a list",
        "a map" => "an object",
        "a string" => "text",
        "a boolean" => "true or false",
        other if other.starts_with("struct ") => "an object",
        other => other,
    }
}

fn found_kind(found: &str) -> &str {
    match found {
        "map" => "an object",
        "sequence" => "a list",
        "null" | "unit value" | "Option value" => "null",
        // `integer `5``, `string "soon"`: the value says it all.
        other => [
            "integer ",
            "floating point ",
            "boolean ",
            "string ",
            "number ",
        ]
        .iter()
        .find_map(|kind| other.strip_prefix(kind))
        .unwrap_or(other),
    }
}

#[cfg(test)]
mod tests {
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
        type_message(&serde_json::from_value::<T>(value).unwrap_err())
    }

    #[test]
    fn types_have_the_names_they_have_in_json() {
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
    fn a_text_that_ends_too_early_is_said_to() {
        let message =
            |json: &str| syntax_message(&serde_json::from_str::<Value>(json).unwrap_err());
        assert_eq!(message(""), "the text ends where a value should stand");
        assert_eq!(message("{"), "the text ends inside an object");
        assert_eq!(
            message(&"[".repeat(1000)),
            "too many brackets in one another"
        );
    }
}
