//! `assign`: sets a variable.

use crate::template::filtered::Filtered;
use crate::template::rendering::{Rendering, Stop};
use crate::template::syntax::{Symbol, SyntaxError, Tag};

/// An assignment.
#[derive(Debug)]
pub(in crate::template) struct Assign {
    pub(in crate::template) name: String,
    pub(in crate::template) value: Filtered,
}

impl Assign {
    pub(super) fn parse(tag: Tag<'_>) -> Result<Self, SyntaxError> {
        let mut arguments = tag.arguments()?;
        let (name, offset) = arguments.expect_name()?;
        if name.ends_with('?') {
            return Err(SyntaxError::new(
                offset,
                format!("invalid name {name}: an assigned name cannot end in `?`"),
            ));
        }
        arguments.expect_symbol(Symbol::Assign)?;
        let value = Filtered::parse(&mut arguments)?;
        Ok(Self { name, value })
    }

    pub(in crate::template) fn render<'v>(
        &'v self,
        rendering: &mut Rendering<'v>,
    ) -> Result<(), Stop> {
        let value = self.value.evaluate(rendering)?;
        rendering.assign(&self.name, value);
        Ok(())
    }
}
