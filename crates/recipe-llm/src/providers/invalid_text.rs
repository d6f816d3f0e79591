//! Incomplete characters. JSON can escape half of a UTF-16 surrogate pair, which is not a
//! character; programs that count in UTF-16 truncate strings there.

use recipe_core::document::Position;
use serde::de::IgnoredAny;

/// Finds the first invalid character in a body that is otherwise JSON.
pub(super) fn invalid_character(body: &[u8]) -> Option<String> {
    // `IgnoredAny` accepts any escapes.
    serde_json::from_str::<IgnoredAny>(&String::from_utf8_lossy(body)).ok()?;
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(error) => return Some(format!("invalid UTF-8 at byte {}", error.valid_up_to())),
    };
    let mut at = 0;
    while let Some(escape) = text[at..].find('\\').map(|escape| at + escape) {
        at = match unit(text, escape) {
            Some(0xd800..=0xdbff) if is_low(unit(text, escape + 6)) => escape + 12,
            Some(0xd800..=0xdfff) => {
                let (escape, position) = (
                    &text[escape..escape + 6],
                    Position::from_offset(text, escape),
                );
                return Some(format!("lone surrogate {escape} at {position}"));
            }
            Some(_) => escape + 6,
            None => escape + 2,
        };
    }
    None
}

fn is_low(unit: Option<u16>) -> bool {
    matches!(unit, Some(0xdc00..=0xdfff))
}

/// Parses an escape such as `\ud83d`.
fn unit(text: &str, at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incomplete_character_is_found() {
        for (body, message) in [
            (
                &br#"{"a": "\ud83d"}"#[..],
                "lone surrogate \\ud83d at line 1, column 8",
            ),
            (
                br#"["\uDE00"]"#,
                "lone surrogate \\uDE00 at line 1, column 3",
            ),
            (
                b"[\n\"\\ud83d\\ud83d\\ude00\"]",
                "lone surrogate \\ud83d at line 2, column 2",
            ),
            (
                br#"["\ud83dx\ude00"]"#,
                "lone surrogate \\ud83d at line 1, column 3",
            ),
            (
                br#"["\\\ud83d"]"#,
                "lone surrogate \\ud83d at line 1, column 5",
            ),
            (b"[\"\xed\xa0\xbd\"]", "invalid UTF-8 at byte 2"),
        ] {
            assert_eq!(invalid_character(body).as_deref(), Some(message));
        }
        for body in [
            &br#"{"a": "\ud83d\ude00"}"#[..],
            br#"["\\ud83d"]"#,
            br#"["\u00e9 \n \""]"#,
            b"[\"\\ud83d\"",
            b"<p>\xe9</p>",
            b"",
        ] {
            assert_eq!(invalid_character(body), None);
        }
    }
}
