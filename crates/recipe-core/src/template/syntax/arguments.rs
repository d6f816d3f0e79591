//! Parser of tag arguments.

use super::tokens::{Symbol, Token, TokenKind, tokenize};
use super::{MAX_DEPTH, SyntaxError};
use crate::template::expression::{Expression, Path};
use crate::template::number::Number;

/// Cursor over the tokens of a tag.
pub(in crate::template) struct Arguments<'t> {
    tokens: Vec<Token<'t>>,
    next: usize,
    /// Offset of the end of the tag in the template.
    end: usize,
    depth: usize,
}

impl<'t> Arguments<'t> {
    pub(super) fn new(content: &'t str, offset: usize) -> Result<Self, SyntaxError> {
        Ok(Self {
            tokens: tokenize(content, offset)?,
            next: 0,
            end: offset + content.len(),
            depth: 0,
        })
    }

    pub(in crate::template) fn peek(&self) -> Option<TokenKind<'t>> {
        self.tokens.get(self.next).map(|token| token.kind)
    }

    fn peek_second(&self) -> Option<TokenKind<'t>> {
        self.tokens.get(self.next + 1).map(|token| token.kind)
    }

    /// Returns the offset of the next token, or of the end of the tag.
    pub(in crate::template) fn offset(&self) -> usize {
        self.tokens
            .get(self.next)
            .map_or(self.end, |token| token.offset)
    }

    pub(in crate::template) fn take(&mut self) -> Option<TokenKind<'t>> {
        let kind = self.peek()?;
        self.next += 1;
        Some(kind)
    }

    /// Takes the next token if it equals `wanted`.
    pub(in crate::template) fn take_if(&mut self, wanted: TokenKind<'_>) -> bool {
        let is_next = self.peek() == Some(wanted);
        self.next += usize::from(is_next);
        is_next
    }

    pub(in crate::template) fn take_symbol(&mut self, wanted: Symbol) -> bool {
        self.take_if(TokenKind::Symbol(wanted))
    }

    /// Skips the remaining tokens.
    pub(in crate::template) fn ignore_rest(&mut self) {
        self.next = self.tokens.len();
    }

    /// Error at the next token, which is not what was expected.
    pub(in crate::template) fn expected(&self, what: &str) -> SyntaxError {
        let message = match self.peek() {
            Some(token) => format!("unexpected {token}, expected {what}"),
            None => format!("unexpected end of tag, expected {what}"),
        };
        SyntaxError::new(self.offset(), message)
    }

    pub(in crate::template) fn expect_symbol(&mut self, wanted: Symbol) -> Result<(), SyntaxError> {
        match self.take_symbol(wanted) {
            true => Ok(()),
            false => Err(self.expected(&format!("`{wanted}`"))),
        }
    }

    pub(in crate::template) fn expect_word(&mut self, wanted: &str) -> Result<(), SyntaxError> {
        match self.take_if(TokenKind::Word(wanted)) {
            true => Ok(()),
            false => Err(self.expected(&format!("`{wanted}`"))),
        }
    }

    pub(in crate::template) fn expect_end(&self) -> Result<(), SyntaxError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("end of tag")),
        }
    }

    /// Parses the name that a tag sets. Returns it with its offset.
    pub(in crate::template) fn expect_name(&mut self) -> Result<(String, usize), SyntaxError> {
        let offset = self.offset();
        let name = match (self.peek(), self.peek_second()) {
            (Some(TokenKind::Word(word)), _) if Expression::literal(word).is_some() => {
                return Err(self.expected("a name"));
            }
            (Some(TokenKind::Word(name) | TokenKind::Integer(name)), _) => {
                self.next += 1;
                name
            }
            (Some(TokenKind::Symbol(Symbol::LeftBracket)), Some(TokenKind::Text(name))) => {
                self.next += 2;
                self.expect_symbol(Symbol::RightBracket)?;
                name
            }
            _ => return Err(self.expected("a name")),
        };
        match self.peek() {
            Some(TokenKind::Symbol(Symbol::Dot | Symbol::LeftBracket)) => {
                Err(SyntaxError::new(offset, "unexpected path, expected a name"))
            }
            _ => Ok((name.to_owned(), offset)),
        }
    }

    /// Parses a literal, a path or a range.
    pub(in crate::template) fn expect_value(&mut self) -> Result<Expression, SyntaxError> {
        let offset = self.offset();
        let value = match self.peek() {
            Some(TokenKind::Text(text)) => Expression::Text(text.into()),
            Some(TokenKind::Integer(digits)) => match Number::parse_integer(digits) {
                Some(number) => Expression::Number(number),
                None => return Err(SyntaxError::new(offset, "number out of range")),
            },
            Some(TokenKind::Float(digits)) => match digits.parse() {
                Ok(float) => Expression::Number(Number::Float(float)),
                Err(_) => return Err(SyntaxError::new(offset, "number out of range")),
            },
            Some(TokenKind::Word(word)) => match Expression::literal(word) {
                Some(literal) => literal,
                None => return self.path().map(Expression::Path),
            },
            Some(TokenKind::Symbol(Symbol::LeftBracket)) => {
                return self.path().map(Expression::Path);
            }
            Some(TokenKind::Symbol(Symbol::LeftParenthesis)) => return self.range(),
            _ => return Err(self.expected("a value")),
        };
        self.next += 1;
        Ok(value)
    }

    fn range(&mut self) -> Result<Expression, SyntaxError> {
        self.nested(|arguments| {
            arguments.expect_symbol(Symbol::LeftParenthesis)?;
            let first = arguments.expect_value()?;
            if !arguments.take_symbol(Symbol::Range) {
                return Err(
                    arguments.expected("`..` (parentheses are only for ranges such as `(1..5)`)")
                );
            }
            let last = arguments.expect_value()?;
            arguments.expect_symbol(Symbol::RightParenthesis)?;
            Ok(Expression::Range(Box::new((first, last))))
        })
    }

    /// Parses a variable and its members: `a.b[0]['c'][d.e]`.
    fn path(&mut self) -> Result<Path, SyntaxError> {
        let offset = self.offset();
        let root = match self.take() {
            Some(TokenKind::Word(name)) => Expression::Text(name.into()),
            _ => self.in_brackets()?,
        };
        let mut members = Vec::new();
        loop {
            if self.take_symbol(Symbol::Dot) {
                match self.peek() {
                    Some(TokenKind::Word(name)) => members.push(Expression::Text(name.into())),
                    _ => return Err(self.expected("a name after `.`")),
                }
                self.next += 1;
            } else if self.take_symbol(Symbol::LeftBracket) {
                members.push(self.in_brackets()?);
            } else {
                return Ok(Path {
                    root: Box::new(root),
                    members,
                    offset,
                });
            }
        }
    }

    /// Parses up to the closing bracket; the opening one has been taken.
    fn in_brackets(&mut self) -> Result<Expression, SyntaxError> {
        self.nested(|arguments| {
            let key = match arguments.peek() {
                Some(TokenKind::Word(word)) if Expression::literal(word).is_some() => None,
                Some(
                    TokenKind::Text(_)
                    | TokenKind::Integer(_)
                    | TokenKind::Word(_)
                    | TokenKind::Symbol(Symbol::LeftBracket),
                ) => Some(arguments.expect_value()?),
                _ => None,
            };
            let Some(key) = key else {
                return Err(arguments.expected("a name, a quoted string or an integer"));
            };
            arguments.expect_symbol(Symbol::RightBracket)?;
            Ok(key)
        })
    }

    fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        if self.depth == MAX_DEPTH {
            return Err(SyntaxError::new(
                self.offset(),
                format!("brackets nested too deeply: over {MAX_DEPTH} levels"),
            ));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// Takes a name with its colon, such as `limit: `. Returns the name with its offset.
    pub(in crate::template) fn take_argument_name(&mut self) -> Option<(&'t str, usize)> {
        match (self.peek(), self.peek_second()) {
            (Some(TokenKind::Word(name)), Some(TokenKind::Symbol(Symbol::Colon))) => {
                let offset = self.offset();
                self.next += 2;
                Some((name, offset))
            }
            _ => None,
        }
    }
}
