//! `capture`: assigns its output to a variable.

use crate::template::names::Names;
use crate::template::node::{Block, Node, Render};
use crate::template::rendering::{Output, Rendering, Stop};
use crate::template::syntax::{Parser, SyntaxError, Tag};
use crate::template::value::Value;

/// A captured block.
#[derive(Debug)]
pub(super) struct Capture {
    name: String,
    body: Block,
}

impl Capture {
    pub(super) fn parse<'t>(
        tag: Tag<'t>,
        parser: &mut Parser<'_, 't>,
    ) -> Result<Node, SyntaxError> {
        let mut arguments = tag.arguments()?;
        let (name, _) = arguments.expect_name()?;
        arguments.expect_end()?;
        let (body, _) = parser.content(tag, &["endcapture"])?;
        Ok(Node::from_tag(Self { name, body }))
    }
}

impl Render for Capture {
    fn is_blank(&self) -> bool {
        true
    }

    fn render<'v>(&'v self, rendering: &mut Rendering<'v>, _: &mut Output) -> Result<(), Stop> {
        let mut captured = Output::default();
        // White space alone is captured, too.
        self.body.render_all(rendering, &mut captured)?;
        rendering.assign(&self.name, Value::text(captured.into_text()));
        Ok(())
    }

    fn visit_names<'t>(&'t self, names: &mut Names<'t>) {
        names.set(&self.name);
        self.body.visit_names(names);
    }
}
