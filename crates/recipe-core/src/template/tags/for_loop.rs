//! `for`, `break` and `continue`: renders the body for each item of a list, entry of an object or
//! number of a range.

use super::items::Items;
use crate::template::names::Names;
use crate::template::node::{Block, Node, Render};
use crate::template::rendering::{Interrupt, Jump, Output, Rendering, Stop};
use crate::template::scope::{LoopKind, Scope};
use crate::template::syntax::{Parser, SyntaxError, Tag};

/// A `for` loop.
#[derive(Debug)]
pub(super) struct For {
    items: Items,
    body: Block,
    else_body: Option<Block>,
}

impl Jump {
    pub(super) fn parse(tag: Tag<'_>, interrupt: Interrupt) -> Result<Node, SyntaxError> {
        tag.expect_no_arguments()?;
        Ok(Node::Jump(Self {
            interrupt,
            offset: tag.start(),
        }))
    }
}

impl For {
    pub(super) fn parse<'t>(
        tag: Tag<'t>,
        parser: &mut Parser<'_, 't>,
    ) -> Result<Node, SyntaxError> {
        let items = Items::parse(tag, None)?;
        let (body, divider) = parser.content(tag, &["else", "endfor"])?;
        let else_body = match divider.name() {
            "else" => Some(parser.content(tag, &["endfor"])?.0),
            _ => None,
        };
        Ok(Node::from_tag(Self {
            items,
            body,
            else_body,
        }))
    }
}

impl Render for For {
    fn is_blank(&self) -> bool {
        self.body.is_blank() && self.else_body.as_ref().is_none_or(Block::is_blank)
    }

    fn render<'v>(
        &'v self,
        rendering: &mut Rendering<'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        let count = self.items.for_each(rendering, &mut |rendering, item| {
            let scope = Scope {
                name: &self.items.name,
                item: item.value,
                index: item.index,
                length: item.length,
                kind: LoopKind::For(&self.items.title),
            };
            match rendering.in_scope(scope, |rendering| self.body.render(rendering, output)) {
                Err(Stop::Jump(jump)) => Ok(jump.interrupt),
                rendered => rendered.map(|()| Interrupt::Continue),
            }
        })?;
        match &self.else_body {
            Some(body) if count == 0 => body.render(rendering, output),
            _ => Ok(()),
        }
    }

    fn visit_names<'t>(&'t self, names: &mut Names<'t>) {
        self.items.visit_names(names);
        self.body.visit_names(names);
        if let Some(body) = &self.else_body {
            body.visit_names(names);
        }
    }
}
