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

/// Reads a `break` or a `continue`, which only a loop can have.
pub(super) fn parse_interrupt(
    tag: Tag<'_>,
    parser: &Parser<'_, '_>,
    interrupt: Interrupt,
) -> Result<Interrupt, Mistake> {
    tag.expect_no_arguments()?;
    match parser.is_in_loop() {
        true => Ok(interrupt),
        false => Err(Mistake::new(
            tag.start(),
            format!("unexpected `{{% {} %}}` outside of a loop", tag.name()),
        )),
    }
}

impl For {
    pub(super) fn parse<'t>(tag: Tag<'t>, parser: &mut Parser<'_, 't>) -> Result<Self, Mistake> {
        let items = Items::parse(tag, None)?;
        let (body, divider) = parser.loop_content(tag, &["else", "endfor"])?;
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
                Err(Stop::Interrupt(interrupt)) => Ok(interrupt),
                rendered => rendered.map(|()| Interrupt::Continue),
            }
        })?;
        match &self.otherwise {
            Some(body) if rounds == 0 => body.render(rendering, output),
            _ => Ok(()),
        }
    }
}
