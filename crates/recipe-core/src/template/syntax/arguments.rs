//! The arguments of a tag, taken one after the other.

use super::tokens::{Symbol, Token, TokenKind, tokens};
use super::{MAX_DEPTH, Mistake};
use crate::template::expression::{Expression, Path};
use crate::template::number::Number;

/// Tokens that are still to be read.
pub(in crate::template) struct Arguments<'t> {
    tokens: Vec<Token<'t>>,
    next: usize,
    /// Offset of the end of the content in the template.
    end: usize,
    depth: usize,
}

impl<'t> Arguments<'t> {
    pub(super) fn new(content: &'t str, offset: usize) -> Result<Self, Mistake> {
        Ok(Self {
            tokens: tokens(content, offset)?,
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

    /// Offset of the next token, or of the end of the tag.
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

    /// Takes the next token if it is this one.
    pub(in crate::template) fn take_if(&mut self, wanted: TokenKind<'_>) -> bool {
        let is_next = self.peek() == Some(wanted);
        self.next += usize::from(is_next);
        is_next
    }

    pub(in crate::template) fn take_symbol(&mut self, wanted: Symbol) -> bool {
        self.take_if(TokenKind::Symbol(wanted))
    }

    /// Drops what is left.
    pub(in crate::template) fn ignore_rest(&mut self) {
        self.next = self.tokens.len();
    }

    /// A mistake at the next token, which is not what it should be.
    pub(in crate::template) fn expected(&self, what: &str) -> Mistake {
        let found = match self.peek() {
            Some(token) => format!("expected {what}, found {token}"),
            None => format!("expected {what}, found the end of the tag"),
        };
        Mistake::new(self.offset(), found)
    }

    pub(in crate::template) fn expect_symbol(&mut self, wanted: Symbol) -> Result<(), Mistake> {
        match self.take_symbol(wanted) {
            true => Ok(()),
            false => Err(self.expected(&format!("`{wanted}`"))),
        }
    }

    pub(in crate::template) fn expect_word(&mut self, wanted: &str) -> Result<(), Mistake> {
        match self.take_if(TokenKind::Word(wanted)) {
            true => Ok(()),
            false => Err(self.expected(&format!("`{wanted}`"))),
        }
    }

    pub(in crate::template) fn expect_end(&self) -> Result<(), Mistake> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end of the tag")),
        }
    }

    /// The name that a tag sets, and where it stands.
    pub(in crate::template) fn expect_name(&mut self) -> Result<(String, usize), Mistake> {
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
                Err(Mistake::new(offset, "expected a name, found a path"))
            }
            _ => Ok((name.to_owned(), offset)),
        }
    }

    /// A literal, a path or a range.
    pub(in crate::template) fn expect_value(&mut self) -> Result<Expression, Mistake> {
        let offset = self.offset();
        let value = match self.peek() {
            Some(TokenKind::Text(text)) => Expression::Text(text.into()),
            Some(TokenKind::Integer(digits)) => match Number::parse_integer(digits) {
                Some(number) => Expression::Number(number),
                None => return Err(Mistake::new(offset, "number out of range")),
            },
            Some(TokenKind::Float(digits)) => match digits.parse() {
                Ok(float) => Expression::Number(Number::Float(float)),
                Err(_) => return Err(Mistake::new(offset, "number out of range")),
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

    fn range(&mut self) -> Result<Expression, Mistake> {
        self.nested(|arguments| {
            arguments.expect_symbol(Symbol::LeftParenthesis)?;
            let first = arguments.expect_value()?;
            if !arguments.take_symbol(Symbol::Range) {
                return Err(arguments.expected("`..`, parentheses are for ranges such as (1..5)"));
            }
            let last = arguments.expect_value()?;
            arguments.expect_symbol(Symbol::RightParenthesis)?;
            Ok(Expression::Range(Box::new((first, last))))
        })
    }

    /// A name and what it is asked for: `a.b[0]['c'][d.e]`.
    fn path(&mut self) -> Result<Path, Mistake> {
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

    /// Reads up to the closing bracket; the opening one has been taken.
    fn in_brackets(&mut self) -> Result<Expression, Mistake> {
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
                return Err(arguments.expected("a name, a text in quotes or a whole number"));
            };
            arguments.expect_symbol(Symbol::RightBracket)?;
            Ok(key)
        })
    }

    fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Mistake>,
    ) -> Result<T, Mistake> {
        if self.depth == MAX_DEPTH {
            return Err(Mistake::new(
                self.offset(),
                format!("brackets over {MAX_DEPTH} deep"),
            ));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// The name of an argument that has one, with its colon: `limit: `.
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
