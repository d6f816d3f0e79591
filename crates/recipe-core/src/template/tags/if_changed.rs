//! `ifchanged`: prints its content if it differs from the last one printed.

use crate::template::names::Names;
use crate::template::node::{Block, Node, Render};
use crate::template::rendering::{Output, Rendering, Stop};
use crate::template::syntax::{Parser, SyntaxError, Tag};

/// A block that is printed when it has changed.
#[derive(Debug)]
pub(super) struct IfChanged {
    body: Block,
}

impl IfChanged {
    pub(super) fn parse<'t>(
        tag: Tag<'t>,
        parser: &mut Parser<'_, 't>,
    ) -> Result<Node, SyntaxError> {
        tag.expect_no_arguments()?;
        let (body, _) = parser.content(tag, &["endifchanged"])?;
        Ok(Node::from_tag(Self { body }))
    }
}

impl Render for IfChanged {
    fn is_blank(&self) -> bool {
        self.body.is_blank()
    }

    fn render<'v>(
        &'v self,
        rendering: &mut Rendering<'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        // Output that is dropped still counts against the limit.
        let mut content = Output::default();
        self.body.render(rendering, &mut content)?;
        let text = content.into_text();
        if rendering.last_printed.as_deref() == Some(&text) {
            return Ok(());
        }
        rendering.print(output, &text)?;
        rendering.last_printed = Some(text);
        Ok(())
    }

    fn visit_names<'t>(&'t self, names: &mut Names<'t>) {
        self.body.visit_names(names);
    }
}
