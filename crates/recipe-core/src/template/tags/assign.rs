//! `assign`: sets a variable.

use crate::template::filtered::Filtered;
use crate::template::names::Names;
use crate::template::node::{Node, Render};
use crate::template::rendering::{Output, Rendering, Stop};
use crate::template::syntax::{Symbol, SyntaxError, Tag};

/// An assignment.
#[derive(Debug)]
pub(super) struct Assign {
    name: String,
    value: Filtered,
}

impl Assign {
    pub(super) fn parse(tag: Tag<'_>) -> Result<Node, SyntaxError> {
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
        Ok(Node::from_tag(Self { name, value }))
    }
}

impl Render for Assign {
    fn is_blank(&self) -> bool {
        true
    }

    fn render<'v>(&'v self, rendering: &mut Rendering<'v>, _: &mut Output) -> Result<(), Stop> {
        let value = self.value.evaluate(rendering)?;
        rendering.assign(&self.name, value);
        Ok(())
    }

    fn visit_names<'t>(&'t self, names: &mut Names<'t>) {
        names.set(&self.name);
        names.filtered(&self.value);
    }
}
