//! Duplicate keys in JSON objects, of which the parser keeps the last.
//!
//! Detecting them is cheap, by counting; their places are searched only if there are any.

use serde_json::Value;

/// Whether an object in a text has a duplicate key; `value` is the parsed text.
pub(super) fn has_duplicate_keys(text: &str, value: &Value) -> bool {
    entries_written(text) != entries_kept(value)
}

/// Counts the colons outside of strings.
fn entries_written(text: &str) -> usize {
    let mut colons = 0;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b':' => colons += 1,
            b'"' => {
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => {
                            bytes.next();
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    colons
}

fn entries_kept(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(entries_kept).sum(),
        Value::Object(entries) => entries.len() + entries.values().map(entries_kept).sum::<usize>(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicate_keys_are_noticed() {
        for (text, expected) in [
            (
                r#"{"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": 4}]}"#,
                false,
            ),
            (r#"{"a:": ":", "b\"": "\\", "c": "\":\""}"#, false),
            ("[]", false),
            (r#""a:b""#, false),
            (r#"{"a": 1, "a": 2}"#, true),
            (r#"{"a": 1, "\u0061": 2}"#, true),
            (r#"[{"b": [{"a": {"x": 1}, "a": 5}]}]"#, true),
        ] {
            let value = serde_json::from_str(text).unwrap();
            assert_eq!(has_duplicate_keys(text, &value), expected, "{text}");
        }
    }
}
