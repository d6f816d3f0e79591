//! `for`, `break` and `continue`: the body for each item of a list, each entry of an object or each number of a range.

use super::items::Items;
use crate::template::node::Block;
use crate::template::rendering::{Output, Rendering, Stop};
use crate::template::scope::{LoopKind, Scope};
use crate::template::syntax::{Mistake, Parser, Tag};

/// A loop.
#[derive(Debug)]
pub(in crate::template) struct For {
    pub(in crate::template) items: Items,
    pub(in crate::template) body: Block,
    pub(in crate::template) otherwise: Option<Block>,
}

/// The way a round of a loop ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::template) enum Interrupt {
    Break,
    Continue,
}

/// A `break` or a `continue`, and where it stands in the template, in bytes.
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
    pub(super) fn parse(tag: Tag<'_>, interrupt: Interrupt) -> Result<Self, Mistake> {
        tag.expect_no_arguments()?;
        Ok(Self {
            interrupt,
            offset: tag.start(),
        })
    }
}

impl For {
    pub(super) fn parse<'t>(tag: Tag<'t>, parser: &mut Parser<'_, 't>) -> Result<Self, Mistake> {
        let items = Items::parse(tag, None)?;
        let (body, divider) = parser.content(tag, &["else", "endfor"])?;
        let otherwise = match divider.name() {
            "else" => Some(parser.content(tag, &["endfor"])?.0),
            _ => None,
        };
        Ok(Self {
            items,
            body,
            otherwise,
        })
    }

    pub(in crate::template) fn is_blank(&self) -> bool {
        self.body.is_blank() && self.otherwise.as_ref().is_none_or(Block::is_blank)
    }

    pub(in crate::template) fn render<'v>(
        &'v self,
        rendering: &mut Rendering<'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        let rounds = self.items.each(rendering, &mut |rendering, item| {
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
        match &self.otherwise {
            Some(body) if rounds == 0 => body.render(rendering, output),
            _ => Ok(()),
        }
    }
}
