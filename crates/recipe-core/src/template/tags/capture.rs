//! `capture`: assigns its output to a variable.

use crate::template::node::Block;
use crate::template::rendering::{Output, Rendering, Stop};
use crate::template::syntax::{Parser, SyntaxError, Tag};
use crate::template::value::Value;

/// A captured block.
#[derive(Debug)]
pub(in crate::template) struct Capture {
    pub(in crate::template) name: String,
    pub(in crate::template) body: Block,
}

impl Capture {
    pub(super) fn parse<'t>(
        tag: Tag<'t>,
        parser: &mut Parser<'_, 't>,
    ) -> Result<Self, SyntaxError> {
        let mut arguments = tag.arguments()?;
        let (name, _) = arguments.expect_name()?;
        arguments.expect_end()?;
        let (body, _) = parser.content(tag, &["endcapture"])?;
        Ok(Self { name, body })
    }

    pub(in crate::template) fn render<'v>(
        &'v self,
        rendering: &mut Rendering<'v>,
    ) -> Result<(), Stop> {
        let mut captured = Output::default();
        // White space alone is captured, too.
        self.body.render_all(rendering, &mut captured)?;
        rendering.assign(&self.name, Value::text(captured.into_text()));
        Ok(())
    }
}
