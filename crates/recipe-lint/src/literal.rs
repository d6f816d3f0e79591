//! Maps offsets in a string to offsets in its literal in the document, which may have quotes,
//! escapes or several indented lines.

/// Returns the offset in `literal` of the character at `offset` in `text`, its value; 0 if it
/// cannot be determined.
pub(crate) fn offset_in_literal(literal: &str, text: &str, offset: usize) -> usize {
    let begin = if literal.starts_with(['|', '>']) {
        // YAML block scalars begin on the next line.
        literal.find('\n').map_or(literal.len(), |end| end + 1)
    } else {
        usize::from(literal.starts_with(['"', '\'']))
    };
    let mut reader = Reader { literal, at: begin };
    for (at, expected) in text.char_indices() {
        match reader.find(expected) {
            Some(found) if at == offset => return found,
            Some(_) => {}
            None => return 0,
        }
    }
    reader.at
}

/// Reads the characters of a literal.
struct Reader<'l> {
    literal: &'l str,
    at: usize,
}

impl Reader<'_> {
    /// Skips past the next `expected` character and returns its offset. Before it may be
    /// indentation and folded line ends.
    fn find(&mut self, expected: char) -> Option<usize> {
        loop {
            let start = self.at;
            let (read, length) = self.next()?;
            self.at += length;
            if read == expected {
                return Some(start);
            }
            // A folded line end is read as a space, together with the spaces around it.
            if expected == ' ' && read == '\n' {
                return Some(start);
            }
            if !read.is_whitespace() && read != '\\' {
                return None;
            }
        }
    }

    /// Returns the next character with its escape resolved, and its length in the literal.
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

    /// Rest of the literal from a part of the text on.
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
    fn all_yaml_string_styles_are_supported() {
        assert_eq!(found("plain {{ x }}", "plain {{ x }}", "{{"), "{{ x }}");
        assert_eq!(found("'it''s {{ x }}'", "it's {{ x }}", "{{"), "{{ x }}'");
        let block = "|\n    one\n    {{ x }}\n";
        assert_eq!(found(block, "one\n{{ x }}\n", "{{"), "{{ x }}\n");
        let folded = ">-\n    one\n    two {{ x }}\n";
        assert_eq!(found(folded, "one two {{ x }}", "{{"), "{{ x }}\n");
    }

    #[test]
    fn unsupported_literals_map_to_their_beginning() {
        assert_eq!(offset_in_literal("*alias", "{{ x }}", 3), 0);
    }
}
