//! Expression with filters: the content of `{{ … }}`, `echo` and `assign`.

use super::expression::{Expression, Path};
use super::filters::{self, Declaration};
use super::rendering::{Rendering, Stop};
use super::syntax::{Arguments, Symbol, SyntaxError, TokenKind};
use super::value::Value;
use crate::nearest::nearest;

/// Expression with filters.
#[derive(Debug)]
pub(super) struct Filtered {
    value: Expression,
    filters: Vec<Filter>,
}

/// Call of a filter.
#[derive(Debug)]
struct Filter {
    declaration: &'static Declaration,
    positional: Vec<Expression>,
    named: Vec<(&'static str, Expression)>,
    /// Byte offset in the template.
    offset: usize,
}

impl Filtered {
    /// An expression that prints nothing.
    pub(super) fn nothing() -> Self {
        Self {
            value: Expression::Nil,
            filters: Vec::new(),
        }
    }

    /// Parses an expression and its filters, up to the end of the tag.
    pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Self, SyntaxError> {
        let value = arguments.expect_value()?;
        let mut filters = Vec::new();
        while arguments.take_symbol(Symbol::Pipe) {
            filters.push(Filter::parse(arguments)?);
        }
        match arguments.peek() {
            None => Ok(Self { value, filters }),
            Some(_) => Err(arguments.expected("`|` or end of tag")),
        }
    }

    pub(super) fn evaluate<'v>(&'v self, rendering: &mut Rendering<'v>) -> Result<Value<'v>, Stop> {
        let mut value = self.value.evaluate(rendering);
        for filter in &self.filters {
            value = filter.apply(value, rendering)?;
        }
        Ok(value)
    }

    /// Whether the first filter is `default`.
    pub(super) fn has_default(&self) -> bool {
        let first = self.filters.first();
        first.is_some_and(|filter| filter.declaration.name == "default")
    }

    pub(super) fn visit_value<'e>(&'e self, visit: &mut dyn FnMut(&'e Path)) {
        self.value.visit_paths(visit);
    }

    pub(super) fn visit_arguments<'e>(&'e self, visit: &mut dyn FnMut(&'e Path)) {
        for filter in &self.filters {
            let named = filter.named.iter().map(|(_, argument)| argument);
            for argument in filter.positional.iter().chain(named) {
                argument.visit_paths(visit);
            }
        }
    }
}

impl Filter {
    fn parse(arguments: &mut Arguments<'_>) -> Result<Self, SyntaxError> {
        let offset = arguments.offset();
        let name = match arguments.peek() {
            Some(TokenKind::Word(name)) => name,
            _ => return Err(arguments.expected("a filter name")),
        };
        let Some(declaration) = filters::find(name) else {
            return Err(SyntaxError::new(offset, format!("unknown filter: {name}"))
                .suggest(nearest(name, filters::filter_names())));
        };
        arguments.take();
        let mut filter = Self {
            declaration,
            positional: Vec::new(),
            named: Vec::new(),
            offset,
        };
        if arguments.take_symbol(Symbol::Colon) {
            filter.parse_arguments(arguments)?;
        }
        filter.check_count()?;
        Ok(filter)
    }

    /// Parses comma-separated arguments. Leading and trailing commas are ignored.
    fn parse_arguments(&mut self, arguments: &mut Arguments<'_>) -> Result<(), SyntaxError> {
        arguments.take_symbol(Symbol::Comma);
        loop {
            if matches!(
                arguments.peek(),
                None | Some(TokenKind::Symbol(Symbol::Pipe))
            ) {
                return Ok(());
            }
            if let Some((name, offset)) = arguments.take_argument_name() {
                let name = self.declared_name(name, offset)?;
                self.named.push((name, arguments.expect_value()?));
            } else {
                self.positional.push(arguments.expect_value()?);
            }
            match arguments.peek() {
                None | Some(TokenKind::Symbol(Symbol::Pipe)) => return Ok(()),
                _ if arguments.take_symbol(Symbol::Comma) => {}
                _ => return Err(arguments.expected("`,`, `|` or end of tag")),
            }
        }
    }

    fn declared_name(&self, name: &str, offset: usize) -> Result<&'static str, SyntaxError> {
        let names = self.declaration.named;
        names
            .iter()
            .copied()
            .find(|known| *known == name)
            .ok_or_else(|| {
                let filter = self.declaration.name;
                SyntaxError::new(offset, format!("filter {filter}: unknown argument: {name}"))
                    .suggest(nearest(name, names.iter().copied()))
            })
    }

    fn check_count(&self) -> Result<(), SyntaxError> {
        let given = self.positional.len();
        let Declaration {
            name,
            arguments: (min, max),
            ..
        } = *self.declaration;
        if (min..=max).contains(&given) {
            return Ok(());
        }
        let expected = match (min, max) {
            (_, 0) => "no arguments".to_owned(),
            (1, 1) => "1 argument".to_owned(),
            (min, max) if min == max => format!("{min} arguments"),
            (min, max) => format!("{min} to {max} arguments"),
        };
        Err(SyntaxError::new(
            self.offset,
            format!("filter {name}: expected {expected}, found {given}"),
        ))
    }

    fn apply<'v>(
        &'v self,
        input: Value<'v>,
        rendering: &mut Rendering<'v>,
    ) -> Result<Value<'v>, Stop> {
        let arguments = filters::Arguments {
            positional: self
                .positional
                .iter()
                .map(|argument| argument.evaluate(rendering))
                .collect(),
            named: self
                .named
                .iter()
                .map(|(name, argument)| (*name, argument.evaluate(rendering)))
                .collect(),
        };
        let value = (self.declaration.apply)(&input, &arguments).map_err(|error| {
            let name = self.declaration.name;
            Stop::failed(self.offset, format_args!("filter {name}: {error}"))
        })?;
        rendering.count_bytes(filters::shallow_size(&value))?;
        Ok(value)
    }
}
