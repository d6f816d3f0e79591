//! String literals with the escape sequences of Python.

use super::expression_error::ExpressionProblem;

/// Parses the string literal at the start of `rest`. Returns its value and length in bytes.
pub(super) fn parse_string(rest: &str) -> Result<(String, usize), ExpressionProblem> {
    let three = &rest[..1].repeat(3);
    let end = if rest.starts_with(three) {
        three
    } else {
        &rest[..1]
    };
    let mut text = String::new();
    let mut at = end.len();
    loop {
        let after = &rest[at..];
        if after.starts_with(end) {
            return Ok((text, at + end.len()));
        }
        match after.chars().next() {
            None => return Err(ExpressionProblem::UnclosedString),
            Some('\\') => at += escape(after, &mut text)?,
            Some(c) => {
                text.push(c);
                at += c.len_utf8();
            }
        }
    }
}

/// Resolves the escape sequence at the start of `rest`. Returns its length.
fn escape(rest: &str, text: &mut String) -> Result<usize, ExpressionProblem> {
    let Some(letter) = rest[1..].chars().next() else {
        return Err(ExpressionProblem::UnclosedString);
    };
    let (character, length) = match letter {
        // Line continuation.
        '\n' => return Ok(2),
        '\\' | '\'' | '"' => (letter, 2),
        'a' => ('\x07', 2),
        'b' => ('\x08', 2),
        'f' => ('\x0c', 2),
        'n' => ('\n', 2),
        'r' => ('\r', 2),
        't' => ('\t', 2),
        'v' => ('\x0b', 2),
        'x' => by_code(rest, 2, 2, 16)?,
        'u' => by_code(rest, 2, 4, 16)?,
        'U' => by_code(rest, 2, 8, 16)?,
        '0'..='7' => {
            let octal = rest[1..].bytes().take(3);
            let digits = octal.take_while(|b| (b'0'..=b'7').contains(b)).count();
            by_code(rest, 1, digits, 8)?
        }
        'N' => return Err(invalid_escape(rest, 2)),
        // Unknown escapes are kept, for Windows paths and patterns.
        _ => {
            text.push('\\');
            return Ok(1);
        }
    };
    text.push(character);
    Ok(length)
}

/// Parses a character code of `digits` digits from `start` on.
fn by_code(
    rest: &str,
    start: usize,
    digits: usize,
    radix: u32,
) -> Result<(char, usize), ExpressionProblem> {
    let end = start + digits;
    let code = rest
        .get(start..end)
        .filter(|code| code.chars().all(|c| c.is_digit(radix)))
        .and_then(|code| u32::from_str_radix(code, radix).ok());
    match code.and_then(char::from_u32) {
        Some(character) => Ok((character, end)),
        None => Err(invalid_escape(rest, end)),
    }
}

fn invalid_escape(rest: &str, length: usize) -> ExpressionProblem {
    ExpressionProblem::InvalidEscape {
        escape: rest.chars().take(length).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Python 3.11.2.
    #[test]
    fn escapes_match_python() {
        for (source, expected) in [
            (r"'a\tb\n\\\'\x41é\u00e9\U0001F600'", "a\tb\n\\'Aéé😀"),
            (r"'\101\0\18'", "A\0\u{1}8"),
            (r"'C:\dir\é'", r"C:\dir\é"),
            ("'a\\\nb'", "ab"),
            (r#""it's""#, "it's"),
            ("'''a''b\n'''", "a''b\n"),
            (r#""""a"b""""#, "a\"b"),
            ("''", ""),
        ] {
            assert_eq!(
                parse_string(source),
                Ok((expected.to_owned(), source.len()))
            );
        }
        for source in [
            r"'\xZZ'",
            r"'\x4'",
            r"'\ud800'",
            r"'\N{DASH}'",
            r"'\u+123'",
            r"'\U00110000'",
        ] {
            let parsed = parse_string(source);
            assert!(
                matches!(parsed, Err(ExpressionProblem::InvalidEscape { .. })),
                "{source}"
            );
        }
        for source in ["'a", r"'a\'", "'''a''", r"'\"] {
            assert_eq!(parse_string(source), Err(ExpressionProblem::UnclosedString));
        }
    }
}
