//! `if` and `unless`, with `elsif` and `else`.

use std::io::Write;

use liquid_core::error::Result;
use liquid_core::runtime::Template;
use liquid_core::{
    BlockReflection, Language, ParseBlock, Renderable, Runtime, TagBlock, TagTokenIter,
};

use super::condition::Condition;
use super::{Named, parse_part};

#[derive(Clone)]
pub(super) struct IfBlock;

#[derive(Clone)]
pub(super) struct UnlessBlock;

impl ParseBlock for IfBlock {
    fn parse(
        &self,
        arguments: TagTokenIter<'_>,
        block: TagBlock<'_, '_>,
        options: &Language,
    ) -> Result<Box<dyn Renderable>> {
        parse(arguments, block, options, true)
    }

    fn reflection(&self) -> &dyn BlockReflection {
        &Named {
            start: "if",
            end: "endif",
        }
    }
}

impl ParseBlock for UnlessBlock {
    fn parse(
        &self,
        arguments: TagTokenIter<'_>,
        block: TagBlock<'_, '_>,
        options: &Language,
    ) -> Result<Box<dyn Renderable>> {
        parse(arguments, block, options, false)
    }

    fn reflection(&self) -> &dyn BlockReflection {
        &Named {
            start: "unless",
            end: "endunless",
        }
    }
}

fn parse(
    mut arguments: TagTokenIter<'_>,
    mut block: TagBlock<'_, '_>,
    options: &Language,
    wanted: bool,
) -> Result<Box<dyn Renderable>> {
    let mut branches = Vec::new();
    let mut otherwise = None;
    let mut condition = Some((Condition::parse(&mut arguments)?, wanted));
    loop {
        let (body, divider) = parse_part(&mut block, options, &["elsif", "else"])?;
        match condition.take() {
            Some((condition, wanted)) => branches.push(Branch {
                condition,
                wanted,
                body,
            }),
            None => otherwise = Some(body),
        }
        let Some(mut divider) = divider else { break };
        if divider.name() == "elsif" {
            condition = Some((Condition::parse(divider.tokens())?, true));
        } else {
            divider.tokens().expect_nothing()?;
        }
    }
    Ok(Box::new(Branches {
        branches,
        otherwise,
    }))
}

#[derive(Debug)]
struct Branches {
    branches: Vec<Branch>,
    otherwise: Option<Template>,
}

#[derive(Debug)]
struct Branch {
    condition: Condition,
    /// What the condition must be for this branch to be taken.
    wanted: bool,
    body: Template,
}

impl Renderable for Branches {
    fn render_to(&self, writer: &mut dyn Write, runtime: &dyn Runtime) -> Result<()> {
        for branch in &self.branches {
            if branch.condition.holds(runtime)? == branch.wanted {
                return branch.body.render_to(writer, runtime);
            }
        }
        match &self.otherwise {
            Some(body) => body.render_to(writer, runtime),
            None => Ok(()),
        }
    }
}
