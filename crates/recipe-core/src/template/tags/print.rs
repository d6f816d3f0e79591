//! `{{ … }}` and `echo`: print a value.

use crate::template::filtered::Filtered;
use crate::template::rendering::{Output, Rendering, Stop};
use crate::template::syntax::{Arguments, SyntaxError, Tag};

/// An expression to print.
#[derive(Debug)]
pub(in crate::template) struct Print(Filtered);

impl Print {
    /// Parses the content of `{{ … }}`.
    pub(super) fn parse(mut arguments: Arguments<'_>) -> Result<Self, SyntaxError> {
        Filtered::parse(&mut arguments).map(Self)
    }

    /// Parses an `echo`, which may be empty.
    pub(super) fn parse_tag(tag: Tag<'_>) -> Result<Self, SyntaxError> {
        let arguments = tag.arguments()?;
        match arguments.peek() {
            Some(_) => Self::parse(arguments),
            None => Ok(Self(Filtered::nothing())),
        }
    }

    pub(in crate::template) fn filtered(&self) -> &Filtered {
        &self.0
    }

    pub(in crate::template) fn render<'v>(
        &'v self,
        rendering: &mut Rendering<'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        let value = self.0.evaluate(rendering)?;
        rendering.print_value(output, &value)
    }
}
