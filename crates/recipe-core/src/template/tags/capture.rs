//! `capture`: keeps what its content prints under a name.

use crate::template::node::Block;
use crate::template::rendering::{Output, Rendering, Stop};
use crate::template::syntax::{Mistake, Parser, Tag};
use crate::template::value::Value;

/// A name, and the content whose text it gets.
#[derive(Debug)]
pub(in crate::template) struct Capture {
    pub(in crate::template) name: String,
    pub(in crate::template) body: Block,
}

impl Capture {
    pub(super) fn parse<'t>(tag: Tag<'t>, parser: &mut Parser<'_, 't>) -> Result<Self, Mistake> {
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
        // White space alone is a text like any other.
        self.body.render_all(rendering, &mut captured)?;
        rendering.assign(&self.name, Value::text(captured.into_text()));
        Ok(())
    }
}
