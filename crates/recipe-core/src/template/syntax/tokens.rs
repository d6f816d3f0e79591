//! Tokenizer of tag contents.

use std::fmt;

use super::SyntaxError;

/// Name, string, number or symbol.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::template) struct Token<'t> {
    pub(in crate::template) kind: TokenKind<'t>,
    /// Byte offset in the template.
    pub(in crate::template) offset: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::template) enum TokenKind<'t> {
    /// A name, which may contain `-` and end in `?`.
    Word(&'t str),
    /// A string without its quotes.
    Text(&'t str),
    Integer(&'t str),
    Float(&'t str),
    Symbol(Symbol),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::template) enum Symbol {
    Pipe,
    Comma,
    Colon,
    Dot,
    Range,
    LeftBracket,
    RightBracket,
    LeftParenthesis,
    RightParenthesis,
    Assign,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Symbols; longer ones come before their prefixes.
const SYMBOLS: [(&str, Symbol); 17] = [
    ("..", Symbol::Range),
    ("==", Symbol::Equal),
    ("!=", Symbol::NotEqual),
    ("<>", Symbol::NotEqual),
    ("<=", Symbol::LessOrEqual),
    (">=", Symbol::GreaterOrEqual),
    ("=", Symbol::Assign),
    ("<", Symbol::Less),
    (">", Symbol::Greater),
    ("|", Symbol::Pipe),
    (",", Symbol::Comma),
    (":", Symbol::Colon),
    (".", Symbol::Dot),
    ("[", Symbol::LeftBracket),
    ("]", Symbol::RightBracket),
    ("(", Symbol::LeftParenthesis),
    (")", Symbol::RightParenthesis),
];

/// Formats a token for messages.
impl fmt::Display for TokenKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(text) | Self::Integer(text) | Self::Float(text) => write!(f, "`{text}`"),
            Self::Text(text) => match text.char_indices().nth(20) {
                Some((cut, _)) => write!(f, "`'{}…'`", &text[..cut]),
                None => write!(f, "`'{text}'`"),
            },
            Self::Symbol(symbol) => write!(f, "`{symbol}`"),
        }
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spelled = SYMBOLS.iter().find(|(_, symbol)| symbol == self);
        f.write_str(spelled.map_or("", |(text, _)| text))
    }
}

/// Splits the content of a tag, which starts at `offset` in the template.
pub(super) fn tokenize(content: &str, offset: usize) -> Result<Vec<Token<'_>>, SyntaxError> {
    let mut tokens = Vec::new();
    let mut rest = content;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else {
            return Ok(tokens);
        };
        let at = offset + content.len() - rest.len();
        let (kind, length) = if matches!(first, '"' | '\'') {
            let length = rest[1..]
                .find(first)
                .ok_or_else(|| SyntaxError::new(at, format!("missing closing quote `{first}`")))?;
            (TokenKind::Text(&rest[1..=length]), length + 2)
        } else if let Some(token) = number(rest) {
            token
        } else if is_word(first) {
            let length = word_length(rest);
            (TokenKind::Word(&rest[..length]), length)
        } else if let Some((text, symbol)) = SYMBOLS.iter().find(|(text, _)| rest.starts_with(text))
        {
            (TokenKind::Symbol(*symbol), text.len())
        } else {
            return Err(SyntaxError::new(at, format!("unexpected `{first}`")));
        };
        tokens.push(Token { kind, offset: at });
        rest = &rest[length..];
    }
}

/// Reads `12`, `-12`, `1.5`, `1.`, but only `1` of `1..5`. Digits followed by letters, as in `2nd`,
/// are a name.
fn number(text: &str) -> Option<(TokenKind<'_>, usize)> {
    let digits = |from: usize| {
        let length = text[from..].find(|c: char| !c.is_ascii_digit());
        length.unwrap_or(text.len() - from)
    };
    let sign = usize::from(text.starts_with('-'));
    let whole = sign + digits(sign);
    if whole == sign {
        return None;
    }
    match text[whole..].strip_prefix('.') {
        Some(fraction) if !fraction.starts_with('.') => {
            let end = whole + 1 + digits(whole + 1);
            Some((TokenKind::Float(&text[..end]), end))
        }
        _ if text[whole..].starts_with(is_word) => None,
        _ => Some((TokenKind::Integer(&text[..whole]), whole)),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word_length(text: &str) -> usize {
    let end = text
        .find(|c: char| !is_word(c) && c != '-')
        .unwrap_or(text.len());
    end + usize::from(text[end..].starts_with('?'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(content: &str) -> String {
        let tokens = tokenize(content, 0).unwrap();
        let shown: Vec<String> = tokens.iter().map(|token| token.kind.to_string()).collect();
        shown.join(" ")
    }

    #[test]
    fn numbers_names_and_ranges_are_distinguished() {
        assert_eq!(shown("(1..5)"), "`(` `1` `..` `5` `)`");
        assert_eq!(shown("1. -2.5 -3 2nd 1e3"), "`1.` `-2.5` `-3` `2nd` `1e3`");
        assert_eq!(shown("a-b.c? | größe"), "`a-b` `.` `c?` `|` `größe`");
        assert_eq!(shown("a<>b!=1"), "`a` `!=` `b` `!=` `1`");
    }

    #[test]
    fn an_invalid_token_is_reported_at_its_offset() {
        let error = tokenize("a + b", 10).unwrap_err();
        assert_eq!(
            (error.offset, error.message.as_str()),
            (12, "unexpected `+`")
        );
        let error = tokenize("'it", 0).unwrap_err();
        assert_eq!(error.message, "missing closing quote `'`");
    }
}
