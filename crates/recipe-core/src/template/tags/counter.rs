//! `increment` and `decrement`: change and print a counter.

use crate::template::names::Names;
use crate::template::node::{Node, Render};
use crate::template::rendering::{Output, Rendering, Stop};
use crate::template::syntax::{SyntaxError, Tag};

/// Change of a counter.
#[derive(Debug)]
pub(super) struct Counter {
    name: String,
    by: i64,
}

impl Counter {
    pub(super) fn parse(tag: Tag<'_>, by: i64) -> Result<Node, SyntaxError> {
        let mut arguments = tag.arguments()?;
        let (name, _) = arguments.expect_name()?;
        arguments.expect_end()?;
        Ok(Node::from_tag(Self { name, by }))
    }
}

impl Render for Counter {
    /// Prints the counter before an increment or after a decrement.
    fn render<'v>(
        &'v self,
        rendering: &mut Rendering<'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        let (before, after) = rendering.count(&self.name, self.by);
        let shown = if self.by > 0 { before } else { after };
        rendering.print(output, &shown.to_string())
    }

    fn visit_names<'t>(&'t self, names: &mut Names<'t>) {
        names.set(&self.name);
    }
}
