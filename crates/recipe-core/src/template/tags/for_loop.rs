//! `for`: its body for each item of a list, each entry of an object or each number of a range.

use std::io::Write;

use liquid_core::error::Result;
use liquid_core::model::KString;
use liquid_core::runtime::{Interrupt, InterruptRegister, Template};
use liquid_core::{
    BlockReflection, Language, ParseBlock, Renderable, Runtime, TagBlock, TagTokenIter,
};

use super::items::{Items, Rendered, Then};
use super::{Named, expect_name, parse_part};
use crate::template::runtime::Round;

#[derive(Clone)]
pub(super) struct ForBlock;

impl ParseBlock for ForBlock {
    fn parse(
        &self,
        mut arguments: TagTokenIter<'_>,
        mut block: TagBlock<'_, '_>,
        options: &Language,
    ) -> Result<Box<dyn Renderable>> {
        let name = expect_name(&mut arguments)?;
        let items = Items::parse(&mut arguments, None)?;
        let (body, divider) = parse_part(&mut block, options, &["else"])?;
        let otherwise = match divider {
            Some(mut divider) => {
                divider.tokens().expect_nothing()?;
                Some(Template::new(block.parse_all(options)?))
            }
            None => None,
        };
        Ok(Box::new(For {
            name,
            items,
            body,
            otherwise,
        }))
    }

    fn reflection(&self) -> &dyn BlockReflection {
        &Named {
            start: "for",
            end: "endfor",
        }
    }
}

#[derive(Debug)]
struct For {
    name: KString,
    items: Items,
    body: Template,
    otherwise: Option<Template>,
}

impl Renderable for For {
    fn render_to(&self, writer: &mut dyn Write, runtime: &dyn Runtime) -> Result<()> {
        let rendered = self.items.each(runtime, &mut |item| {
            let round = Round {
                parent: runtime,
                name: &self.name,
                item: item.value,
                index: item.index,
                length: item.length,
                cell: None,
            };
            self.body.render_to(writer, &round)?;
            Ok(interrupted(runtime))
        })?;
        match (&self.otherwise, rendered) {
            (Some(body), Rendered::Nothing) => body.render_to(writer, runtime),
            _ => Ok(()),
        }
    }
}

/// Whether the body of a loop ended with `break`; after `continue` the loop goes on.
pub(super) fn interrupted(runtime: &dyn Runtime) -> Then {
    match runtime.registers().get_mut::<InterruptRegister>().reset() {
        Some(Interrupt::Break) => Then::Break,
        _ => Then::Continue,
    }
}
