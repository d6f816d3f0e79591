//! A value and the filters it goes through: the content of `{{ … }}`, `echo` and `assign`.

use super::expression::{Expression, Path};
use super::filters::{self, Declaration};
use super::rendering::{Rendering, Stop};
use super::syntax::{Arguments, Mistake, Symbol, TokenKind};
use super::value::Value;
use crate::nearest::nearest;

/// A value with filters behind it.
#[derive(Debug)]
pub(super) struct Filtered {
    value: Expression,
    filters: Vec<Filter>,
}

/// A filter with its arguments.
#[derive(Debug)]
struct Filter {
    declaration: &'static Declaration,
    positional: Vec<Expression>,
    named: Vec<(&'static str, Expression)>,
    /// Byte offset in the template.
    offset: usize,
}

impl Filtered {
    /// A value that prints nothing.
    pub(super) fn nothing() -> Self {
        Self {
            value: Expression::Nil,
            filters: Vec::new(),
        }
    }

    /// Reads a value and its filters, up to the end of the tag.
    pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Self, Mistake> {
        let value = arguments.expect_value()?;
        let mut filters = Vec::new();
        while arguments.take_symbol(Symbol::Pipe) {
            filters.push(Filter::parse(arguments)?);
        }
        match arguments.peek() {
            None => Ok(Self { value, filters }),
            Some(_) => Err(arguments.expected("`|` or the end of the tag")),
        }
    }

    pub(super) fn evaluate<'v>(&'v self, rendering: &mut Rendering<'v>) -> Result<Value<'v>, Stop> {
        let mut value = self.value.evaluate(rendering);
        for filter in &self.filters {
            value = filter.apply(value, rendering)?;
        }
        Ok(value)
    }

    /// Whether the value has a default in place of nothing.
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
    fn parse(arguments: &mut Arguments<'_>) -> Result<Self, Mistake> {
        let offset = arguments.offset();
        let name = match arguments.peek() {
            Some(TokenKind::Word(name)) => name,
            _ => return Err(arguments.expected("the name of a filter")),
        };
        let Some(declaration) = filters::find(name) else {
            return Err(Mistake::new(offset, format!("unknown filter: {name}"))
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

    /// Arguments with commas between them. A comma before the first and behind the last changes nothing.
    fn parse_arguments(&mut self, arguments: &mut Arguments<'_>) -> Result<(), Mistake> {
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
                _ => return Err(arguments.expected("`,`, `|` or the end of the tag")),
            }
        }
    }

    fn declared_name(&self, name: &str, offset: usize) -> Result<&'static str, Mistake> {
        let names = self.declaration.named;
        names
            .iter()
            .copied()
            .find(|known| *known == name)
            .ok_or_else(|| {
                let filter = self.declaration.name;
                Mistake::new(
                    offset,
                    format!("filter {filter} has no argument called {name}"),
                )
                .suggest(nearest(name, names.iter().copied()))
            })
    }

    fn check_count(&self) -> Result<(), Mistake> {
        let given = self.positional.len();
        let Declaration {
            name,
            arguments: (least, most),
            ..
        } = *self.declaration;
        if (least..=most).contains(&given) {
            return Ok(());
        }
        let takes = match (least, most) {
            (_, 0) => "no arguments".to_owned(),
            (1, 1) => "1 argument".to_owned(),
            (least, most) if least == most => format!("{least} arguments"),
            (least, most) => format!("{least} to {most} arguments"),
        };
        Err(Mistake::new(
            self.offset,
            format!("filter {name} takes {takes}, found {given}"),
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
        let value = (self.declaration.apply)(&input, &arguments).map_err(|refusal| {
            let name = self.declaration.name;
            Stop::failed(self.offset, format_args!("filter {name}: {refusal}"))
        })?;
        rendering.spend_bytes(filters::shallow_size(&value))?;
        Ok(value)
    }
}
