//! From a place in a text to the place in the document where that part of it is written.
//!
//! In a document a text stands in quotes, with escapes, or over several lines with indentation.

/// Where the character at `offset` of `text` begins in `literal`, which is how the text is written in a document.
/// Where that cannot be told, the beginning of the literal.
pub(crate) fn offset_in_literal(literal: &str, text: &str, offset: usize) -> usize {
    let begin = if literal.starts_with(['|', '>']) {
        // Block texts of YAML begin on the next line.
        literal.find('\n').map_or(literal.len(), |end| end + 1)
    } else {
        usize::from(literal.starts_with(['"', '\'']))
    };
    let mut written = Written { literal, at: begin };
    for (at, expected) in text.char_indices() {
        match written.find(expected) {
            Some(found) if at == offset => return found,
            Some(_) => {}
            None => return 0,
        }
    }
    written.at
}

/// What is left of a literal.
struct Written<'l> {
    literal: &'l str,
    at: usize,
}

impl Written<'_> {
    /// Goes behind the next place where `expected` is written and tells where that begins. Indentation, folded line
    /// ends and the like stand between.
    fn find(&mut self, expected: char) -> Option<usize> {
        loop {
            let start = self.at;
            let (read, length) = self.next()?;
            self.at += length;
            if read == expected {
                return Some(start);
            }
            // A line end that is folded is read as a space; several spaces may have gone with it.
            if expected == ' ' && read == '\n' {
                return Some(start);
            }
            if !read.is_whitespace() && read != '\\' {
                return None;
            }
        }
    }

    /// The next character with its escape resolved, and how long it is in the literal.
    fn next(&self) -> Option<(char, usize)> {
        let rest = &self.literal[self.at..];
        let first = rest.chars().next()?;
        let quoted = self.literal.starts_with('"');
        if first == '\'' && self.literal.starts_with('\'') && rest.starts_with("''") {
            return Some(('\'', 2));
        }
        if first != '\\' || !quoted {
            return Some((first, first.len_utf8()));
        }
        let escape = rest[1..].chars().next()?;
        Some(match escape {
            'n' => ('\n', 2),
            't' => ('\t', 2),
            'r' => ('\r', 2),
            'b' => ('\u{8}', 2),
            'f' => ('\u{c}', 2),
            'u' => {
                let unit = hexadecimal(rest.get(2..6)?)?;
                match (unit, rest.get(6..8), rest.get(8..12).and_then(hexadecimal)) {
                    // Two escapes together are one character beyond the first 65,536.
                    (0xd800..=0xdbff, Some("\\u"), Some(low @ 0xdc00..=0xdfff)) => {
                        let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                        (char::from_u32(code)?, 12)
                    }
                    _ => (char::from_u32(unit)?, 6),
                }
            }
            other => (other, 1 + other.len_utf8()),
        })
    }
}

fn hexadecimal(digits: &str) -> Option<u32> {
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands in the literal where a part of the text begins.
    fn found<'l>(literal: &'l str, text: &str, part: &str) -> &'l str {
        let offset = text.find(part).unwrap();
        &literal[offset_in_literal(literal, text, offset)..]
    }

    #[test]
    fn escapes_are_counted() {
        let literal = r#""a\n\"é\u00e9\ud83d\ude00{{ x }}""#;
        let text: String = serde_json::from_str(literal).unwrap();
        assert_eq!(found(literal, &text, "{{"), "{{ x }}\"");
        assert_eq!(
            found(literal, &text, "\""),
            "\\\"é\\u00e9\\ud83d\\ude00{{ x }}\""
        );
    }

    #[test]
    fn every_way_to_write_text_in_yaml_is_followed() {
        assert_eq!(found("plain {{ x }}", "plain {{ x }}", "{{"), "{{ x }}");
        assert_eq!(found("'it''s {{ x }}'", "it's {{ x }}", "{{"), "{{ x }}'");
        let block = "|\n    one\n    {{ x }}\n";
        assert_eq!(found(block, "one\n{{ x }}\n", "{{"), "{{ x }}\n");
        let folded = ">-\n    one\n    two {{ x }}\n";
        assert_eq!(found(folded, "one two {{ x }}", "{{"), "{{ x }}\n");
    }

    #[test]
    fn what_cannot_be_followed_points_at_the_beginning() {
        assert_eq!(offset_in_literal("*alias", "{{ x }}", 3), 0);
    }
}
