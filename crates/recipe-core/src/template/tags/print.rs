//! `echo`, and with it `{{ … }}`: prints a value.

use crate::template::filtered::Filtered;
use crate::template::rendering::{Output, Rendering, Stop};
use crate::template::syntax::{Arguments, Mistake, Tag};

/// A value to print.
#[derive(Debug)]
pub(in crate::template) struct Print(Filtered);

impl Print {
    /// Reads what stands between `{{` and `}}`.
    pub(super) fn parse(mut arguments: Arguments<'_>) -> Result<Self, Mistake> {
        Filtered::parse(&mut arguments).map(Self)
    }

    /// Reads an `echo`, which may have nothing to print.
    pub(super) fn parse_tag(tag: Tag<'_>) -> Result<Self, Mistake> {
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
