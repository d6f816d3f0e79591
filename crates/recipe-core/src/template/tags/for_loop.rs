//! `for`, `break` and `continue`: renders the body for each item of a list, entry of an object or
//! number of a range.

use super::items::Items;
use crate::template::node::Block;
use crate::template::rendering::{Output, Rendering, Stop};
use crate::template::scope::{LoopKind, Scope};
use crate::template::syntax::{Parser, SyntaxError, Tag};

/// A `for` loop.
#[derive(Debug)]
pub(in crate::template) struct For {
    pub(in crate::template) items: Items,
    pub(in crate::template) body: Block,
    pub(in crate::template) else_body: Option<Block>,
}

/// Effect of a `break` or `continue`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::template) enum Interrupt {
    Break,
    Continue,
}

/// A `break` or `continue` with its byte offset in the template.
#[derive(Debug, Clone, Copy)]
pub(in crate::template) struct Jump {
    pub(in crate::template) interrupt: Interrupt,
    pub(in crate::template) offset: usize,
}

impl std::fmt::Display for Jump {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.interrupt {
            Interrupt::Break => "{% break %}",
            Interrupt::Continue => "{% continue %}",
        })
    }
}

impl Jump {
    pub(super) fn parse(tag: Tag<'_>, interrupt: Interrupt) -> Result<Self, SyntaxError> {
        tag.expect_no_arguments()?;
        Ok(Self {
            interrupt,
            offset: tag.start(),
        })
    }
}

impl For {
    pub(super) fn parse<'t>(
        tag: Tag<'t>,
        parser: &mut Parser<'_, 't>,
    ) -> Result<Self, SyntaxError> {
        let items = Items::parse(tag, None)?;
        let (body, divider) = parser.content(tag, &["else", "endfor"])?;
        let else_body = match divider.name() {
            "else" => Some(parser.content(tag, &["endfor"])?.0),
            _ => None,
        };
        Ok(Self {
            items,
            body,
            else_body,
        })
    }

    pub(in crate::template) fn is_blank(&self) -> bool {
        self.body.is_blank() && self.else_body.as_ref().is_none_or(Block::is_blank)
    }

    pub(in crate::template) fn render<'v>(
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
}
