//! Tokenizer of expressions: names, numbers, strings and symbols, written as in Python.

use super::expression_error::{ExpressionError, ExpressionProblem};
use super::number::Number;
use super::strings::parse_string;

/// A token with its column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    /// Source of the token.
    pub(super) text: &'t str,
    /// Column of the first character, from 1.
    pub(super) column: usize,
    /// Whether white space precedes the token.
    pub(super) has_space_before: bool,
}

/// Kind of token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A name or keyword such as `and`.
    Name,
    Number(Number),
    /// Value of a string literal.
    Text(String),
    /// Bracket, comma or operator.
    Symbol,
}

impl Token<'_> {
    /// Whether the token's source equals `text`.
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    /// Whether the token is a symbol or a keyword between operands.
    pub(super) fn is_operator(&self) -> bool {
        match self.kind {
            Kind::Symbol => true,
            Kind::Name => ["and", "or", "not", "in", "is", "if", "else"].contains(&self.text),
            Kind::Number(_) | Kind::Text(_) => false,
        }
    }
}

/// Symbols; longer ones come before their prefixes.
const SYMBOLS: [&str; 21] = [
    "==", "!=", "<=", ">=", "**", "//", "(", ")", "[", "]", "{", "}", ",", ":", "+", "-", "*", "/",
    "%", "<", ">",
];

/// Splits an expression into tokens.
pub(super) fn tokenize(text: &str) -> Result<Vec<Token<'_>>, ExpressionError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut column = 1;
    let mut has_space_before = false;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_whitespace() {
            rest = &rest[1..];
            column += 1;
            has_space_before = true;
            continue;
        }
        let (kind, length) =
            token(rest, first).map_err(|problem| ExpressionError { problem, column })?;
        let (text, after) = rest.split_at(length);
        tokens.push(Token {
            kind,
            text,
            column,
            has_space_before,
        });
        column += text.chars().count();
        has_space_before = false;
        rest = after;
    }
    Ok(tokens)
}

/// Returns the token at the start of `rest` and its length in bytes.
fn token(rest: &str, first: char) -> Result<(Kind, usize), ExpressionProblem> {
    if matches!(first, '\'' | '"') {
        let (text, length) = parse_string(rest)?;
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
    match SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
        Some(symbol) => Ok((Kind::Symbol, symbol.len())),
        None => Err(unexpected_character(rest, first)),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns the length of a number with all adjoining characters, so that `1.2.3` and `5px` are
/// invalid numbers rather than two tokens.
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

fn unexpected_character(rest: &str, first: char) -> ExpressionProblem {
    let instead = [("=", "=="), ("&&", "and"), ("||", "or"), ("!", "not")];
    match instead
        .into_iter()
        .find(|(found, _)| rest.starts_with(found))
    {
        Some((found, instead)) => ExpressionProblem::WrongOperator {
            found: found.to_owned(),
            instead,
        },
        None => ExpressionProblem::UnexpectedCharacter { character: first },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_match_python() {
        let text = r#" and('a\'(', "b")==[1.5,not é1 ] <= -2**{"#;
        let tokens = tokenize(text).unwrap();
        let texts: Vec<_> = tokens.iter().map(|token| token.text).collect();
        assert_eq!(
            texts,
            [
                "and", "(", r"'a\'('", ",", "\"b\"", ")", "==", "[", "1.5", ",", "not", "é1", "]",
                "<=", "-", "2", "**", "{"
            ]
        );
        let is_adjoining = |word: &str| {
            tokens
                .iter()
                .any(|token| token.text == word && !token.has_space_before)
        };
        assert!(is_adjoining("(") && is_adjoining("not") && !is_adjoining("é1"));
        assert_eq!(tokens[12].column, 32);
    }

    #[test]
    fn errors_have_a_column() {
        for (text, message) in [
            ("1 = 1", "unexpected `=`, use `==` (column 3)"),
            ("a && b", "unexpected `&&`, use `and` (column 3)"),
            ("!a", "unexpected `!`, use `not` (column 1)"),
            ("é | b", "unexpected `|` (column 3)"),
            ("a.b", "unexpected `.` (column 2)"),
            ("1 # one", "unexpected `#` (column 3)"),
            ("1 == 'a", "missing closing quote (column 6)"),
            ("5px", "invalid number `5px` (column 1)"),
            ("1.2.3", "invalid number `1.2.3` (column 1)"),
        ] {
            assert_eq!(tokenize(text).unwrap_err().to_string(), message);
        }
    }
}
