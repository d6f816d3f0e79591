//! Text in quotes, with the escapes of Python.

use super::expression_error::ExpressionProblem;

/// Value of the quoted text that `rest` begins with, and its length in bytes with its quotes.
pub(super) fn quoted(rest: &str) -> Result<(String, usize), ExpressionProblem> {
    let three = &rest[..1].repeat(3);
    let end = if rest.starts_with(three) {
        three
    } else {
        &rest[..1]
    };
    let mut text = String::new();
    let mut at = end.len();
    loop {
        let behind = &rest[at..];
        if behind.starts_with(end) {
            return Ok((text, at + end.len()));
        }
        match behind.chars().next() {
            None => return Err(ExpressionProblem::NoClosingQuote),
            Some('\\') => at += escape(behind, &mut text)?,
            Some(c) => {
                text.push(c);
                at += c.len_utf8();
            }
        }
    }
}

/// Resolves the escape that `rest` begins with, and tells its length.
fn escape(rest: &str, text: &mut String) -> Result<usize, ExpressionProblem> {
    let Some(letter) = rest[1..].chars().next() else {
        return Err(ExpressionProblem::NoClosingQuote);
    };
    let (character, length) = match letter {
        // A line that goes on in the next one.
        '\n' => return Ok(2),
        '\\' | '\'' | '"' => (letter, 2),
        'a' => ('\x07', 2),
        'b' => ('\x08', 2),
        'f' => ('\x0c', 2),
        'n' => ('\n', 2),
        'r' => ('\r', 2),
        't' => ('\t', 2),
        'v' => ('\x0b', 2),
        'x' => by_number(rest, 2, 2, 16)?,
        'u' => by_number(rest, 2, 4, 16)?,
        'U' => by_number(rest, 2, 8, 16)?,
        '0'..='7' => {
            let octal = rest[1..].bytes().take(3);
            let digits = octal.take_while(|b| (b'0'..=b'7').contains(b)).count();
            by_number(rest, 1, digits, 8)?
        }
        'N' => return Err(bad(rest, 2)),
        // As it is written, backslash and all: paths of Windows, patterns.
        _ => {
            text.push('\\');
            return Ok(1);
        }
    };
    text.push(character);
    Ok(length)
}

/// The character whose number is written in `digits` digits from `start` on.
fn by_number(
    rest: &str,
    start: usize,
    digits: usize,
    radix: u32,
) -> Result<(char, usize), ExpressionProblem> {
    let end = start + digits;
    let number = rest
        .get(start..end)
        .filter(|number| number.chars().all(|c| c.is_digit(radix)))
        .and_then(|number| u32::from_str_radix(number, radix).ok());
    match number.and_then(char::from_u32) {
        Some(character) => Ok((character, end)),
        None => Err(bad(rest, end)),
    }
}

fn bad(rest: &str, length: usize) -> ExpressionProblem {
    ExpressionProblem::BadEscape {
        escape: rest.chars().take(length).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Python 3.11.2.
    #[test]
    fn escapes_are_those_of_python() {
        for (written, says) in [
            (r"'a\tb\n\\\'\x41é\u00e9\U0001F600'", "a\tb\n\\'Aéé😀"),
            (r"'\101\0\18'", "A\0\u{1}8"),
            (r"'C:\dir\é'", r"C:\dir\é"),
            ("'a\\\nb'", "ab"),
            (r#""it's""#, "it's"),
            ("'''a''b\n'''", "a''b\n"),
            (r#""""a"b""""#, "a\"b"),
            ("''", ""),
        ] {
            assert_eq!(quoted(written), Ok((says.to_owned(), written.len())));
        }
        for written in [
            r"'\xZZ'",
            r"'\x4'",
            r"'\ud800'",
            r"'\N{DASH}'",
            r"'\u+123'",
            r"'\U00110000'",
        ] {
            let found = quoted(written);
            assert!(
                matches!(found, Err(ExpressionProblem::BadEscape { .. })),
                "{written}"
            );
        }
        for written in ["'a", r"'a\'", "'''a''", r"'\"] {
            assert_eq!(quoted(written), Err(ExpressionProblem::NoClosingQuote));
        }
    }
}
