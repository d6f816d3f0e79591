//! The tokens of an expression, as far as they matter before it is parsed.

/// One token: its kind and its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Space,
    /// A name, a number or a word that is no operator.
    Operand,
    /// Text in quotes, with its quotes.
    Quoted,
    Open,
    Close,
    Comma,
    /// Signs and words that connect operands, and any other sign.
    Operator,
}

/// The tokens of a text; joined they give the text again.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let (kind, length) = match first {
            '\'' | '"' => (Kind::Quoted, quoted_length(rest, first)),
            '(' | '[' | '{' => (Kind::Open, 1),
            ')' | ']' | '}' => (Kind::Close, 1),
            ',' => (Kind::Comma, 1),
            c if c.is_whitespace() => (Kind::Space, c.len_utf8()),
            c if is_word(c) => {
                let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                let kind = match &rest[..length] {
                    "and" | "or" | "not" | "in" | "is" | "if" | "else" => Kind::Operator,
                    _ => Kind::Operand,
                };
                (kind, length)
            }
            c => {
                let pair = ["==", "!=", "<=", ">=", "**", "//"];
                let is_pair = pair.into_iter().any(|pair| rest.starts_with(pair));
                (Kind::Operator, if is_pair { 2 } else { c.len_utf8() })
            }
        };
        let (token, remaining) = rest.split_at(length);
        rest = remaining;
        Some(Token { kind, text: token })
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the quoted text that `text` begins with.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (offset, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return offset + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tokens_of_a_text_join_to_the_text() {
        let text = r#" and('a\'(', "b")==[1.5,not é ] <= **{"#;
        let all: String = tokens(text).map(|token| token.text).collect();
        assert_eq!(all, text);
        let operators: Vec<_> = tokens(text)
            .filter(|token| token.kind == Kind::Operator)
            .map(|token| token.text)
            .collect();
        assert_eq!(operators, ["and", "==", ".", "not", "<=", "**"]);
    }
}
