//! The tokens of an expression: names, numbers, text in quotes and signs, written as in Python.

use super::expression_error::{ExpressionError, ExpressionProblem};
use super::number::Number;
use super::quoted::quoted;

/// A token and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    /// As it is written.
    pub(super) text: &'t str,
    /// Its first character, counted from 1.
    pub(super) column: usize,
    /// Whether white space stands before it.
    pub(super) apart: bool,
}

/// The kinds of tokens.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A name, or a word such as `and`.
    Name,
    Number(Number),
    /// Text between the quotes, its escapes resolved.
    Text(String),
    /// A bracket, a comma, an operator.
    Sign,
}

impl Token<'_> {
    /// Whether it is the word or the sign.
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    /// Whether it is a sign or one of the words that connect operands.
    pub(super) fn is_operator(&self) -> bool {
        match self.kind {
            Kind::Sign => true,
            Kind::Name => ["and", "or", "not", "in", "is", "if", "else"].contains(&self.text),
            Kind::Number(_) | Kind::Text(_) => false,
        }
    }
}

const SIGNS: [&str; 21] = [
    // The long ones first.
    "==", "!=", "<=", ">=", "**", "//", "(", ")", "[", "]", "{", "}", ",", ":", "+", "-", "*", "/",
    "%", "<", ">",
];

/// The tokens of a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, ExpressionError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut column = 1;
    let mut apart = false;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_whitespace() {
            rest = &rest[1..];
            column += 1;
            apart = true;
            continue;
        }
        let (kind, length) =
            token(rest, first).map_err(|problem| ExpressionError { problem, column })?;
        let (text, behind) = rest.split_at(length);
        tokens.push(Token {
            kind,
            text,
            column,
            apart,
        });
        column += text.chars().count();
        apart = false;
        rest = behind;
    }
    Ok(tokens)
}

/// The token that a text begins with, and its length in bytes.
fn token(rest: &str, first: char) -> Result<(Kind, usize), ExpressionProblem> {
    if matches!(first, '\'' | '"') {
        let (text, length) = quoted(rest)?;
        return Ok((Kind::Text(text), length));
    }
    let digits = rest.strip_prefix('.').unwrap_or(rest);
    if digits.starts_with(|c: char| c.is_ascii_digit()) {
        let length = number_length(rest);
        let number = Number::parse(&rest[..length])?;
        return Ok((Kind::Number(number), length));
    }
    if is_word(first) {
        return Ok((Kind::Name, rest.find(|c| !is_word(c)).unwrap_or(rest.len())));
    }
    match SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
        Some(sign) => Ok((Kind::Sign, sign.len())),
        None => Err(unknown_sign(rest, first)),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a number with all that is stuck to it, so that `1.2.3` and `5px` are no numbers rather than two tokens.
fn number_length(text: &str) -> usize {
    let mut last = ' ';
    text.find(|c: char| {
        let exponent_sign = matches!(c, '+' | '-')
            && matches!(last, 'e' | 'E')
            && !text.starts_with("0x")
            && !text.starts_with("0X");
        last = c;
        !(is_word(c) || c == '.' || exponent_sign)
    })
    .unwrap_or(text.len())
}

fn unknown_sign(rest: &str, first: char) -> ExpressionProblem {
    let instead = [("=", "=="), ("&&", "and"), ("||", "or"), ("!", "not")];
    match instead.into_iter().find(|(sign, _)| rest.starts_with(sign)) {
        Some((sign, instead)) => ExpressionProblem::OtherSign {
            sign: sign.to_owned(),
            instead,
        },
        None => ExpressionProblem::UnknownSign { sign: first },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_taken_apart_as_python_does() {
        let text = r#" and('a\'(', "b")==[1.5,not é1 ] <= -2**{"#;
        let tokens = tokens(text).unwrap();
        let texts: Vec<_> = tokens.iter().map(|token| token.text).collect();
        assert_eq!(
            texts,
            [
                "and", "(", r"'a\'('", ",", "\"b\"", ")", "==", "[", "1.5", ",", "not", "é1", "]",
                "<=", "-", "2", "**", "{"
            ]
        );
        let not_apart = |word: &str| {
            tokens
                .iter()
                .any(|token| token.text == word && !token.apart)
        };
        assert!(not_apart("(") && not_apart("not") && !not_apart("é1"));
        assert_eq!(tokens[12].column, 32);
    }

    #[test]
    fn what_is_no_token_is_named_with_its_place() {
        for (text, message) in [
            (
                "1 = 1",
                "`=` is not an operator here, write `==` (column 3)",
            ),
            (
                "a && b",
                "`&&` is not an operator here, write `and` (column 3)",
            ),
            ("!a", "`!` is not an operator here, write `not` (column 1)"),
            ("é | b", "`|` cannot stand in a condition (column 3)"),
            ("a.b", "`.` cannot stand in a condition (column 2)"),
            ("1 # one", "`#` cannot stand in a condition (column 3)"),
            ("1 == 'a", "the text has no closing quote (column 6)"),
            ("5px", "`5px` is not a number (column 1)"),
            ("1.2.3", "`1.2.3` is not a number (column 1)"),
        ] {
            assert_eq!(tokens(text).unwrap_err().to_string(), message);
        }
    }
}
