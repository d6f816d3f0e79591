//! `if` and `unless`, with `elsif` and `else`: the first part whose condition holds.

use crate::template::condition::Condition;
use crate::template::node::Block;
use crate::template::rendering::{Output, Rendering, Stop};
use crate::template::syntax::{Mistake, Parser, Tag};

/// Parts with their conditions.
#[derive(Debug)]
pub(in crate::template) struct If {
    /// There is one at least.
    pub(in crate::template) parts: Vec<Part>,
    pub(in crate::template) otherwise: Option<Block>,
}

/// A part, rendered if its condition comes out as wanted.
#[derive(Debug)]
pub(in crate::template) struct Part {
    pub(in crate::template) condition: Condition,
    wanted: bool,
    pub(in crate::template) body: Block,
}

impl If {
    /// Reads an `if`, or an `unless`, whose first condition must not hold.
    pub(super) fn parse<'t>(
        tag: Tag<'t>,
        parser: &mut Parser<'_, 't>,
        wanted: bool,
    ) -> Result<Self, Mistake> {
        let ends = match wanted {
            true => ["elsif", "else", "endif"],
            false => ["elsif", "else", "endunless"],
        };
        let mut parts = Vec::new();
        let mut otherwise = None;
        let mut divider = tag;
        loop {
            let condition = match divider.name() {
                "else" => None,
                _ => Some(Condition::parse(&mut divider.arguments()?)?),
            };
            let (body, next) = parser.content(tag, &ends)?;
            match condition {
                // Nothing is reached behind the first `else`, as in python-liquid.
                _ if otherwise.is_some() => {}
                None => otherwise = Some(body),
                Some(condition) => parts.push(Part {
                    condition,
                    wanted: wanted || !parts.is_empty(),
                    body,
                }),
            }
            divider = next;
            if !matches!(divider.name(), "elsif" | "else") {
                break;
            }
        }
        let mut choice = Self { parts, otherwise };
        // The first part and the last print their white space if any part prints something, an `elsif` only if it does
        // itself, as in python-liquid.
        let is_blank = choice.is_blank();
        let first = choice.parts.first_mut().map(|part| &mut part.body);
        for body in first.into_iter().chain(&mut choice.otherwise) {
            body.set_blank(is_blank);
        }
        Ok(choice)
    }

    pub(in crate::template) fn is_blank(&self) -> bool {
        let bodies = self.parts.iter().map(|part| &part.body);
        bodies.chain(&self.otherwise).all(Block::is_blank)
    }

    pub(in crate::template) fn render<'v>(
        &'v self,
        rendering: &mut Rendering<'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        for part in &self.parts {
            if part.condition.holds(rendering)? == part.wanted {
                return part.body.render(rendering, output);
            }
        }
        match &self.otherwise {
            Some(body) => body.render(rendering, output),
            None => Ok(()),
        }
    }
}
