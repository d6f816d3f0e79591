//! `if` and `unless`, with `elsif` and `else`: renders the first branch whose condition is met.

use crate::template::condition::Condition;
use crate::template::names::Names;
use crate::template::node::{Block, Node, Render};
use crate::template::rendering::{Output, Rendering, Stop};
use crate::template::syntax::{Parser, SyntaxError, Tag};

/// Branches with their conditions.
#[derive(Debug)]
pub(super) struct If {
    /// Never empty.
    branches: Vec<Branch>,
    else_body: Option<Block>,
}

/// A branch, rendered if its condition evaluates to `wanted`.
#[derive(Debug)]
struct Branch {
    condition: Condition,
    wanted: bool,
    body: Block,
}

impl If {
    /// Parses an `if`, or an `unless`, whose first condition must be false.
    pub(super) fn parse<'t>(
        tag: Tag<'t>,
        parser: &mut Parser<'_, 't>,
        wanted: bool,
    ) -> Result<Node, SyntaxError> {
        let ends = match wanted {
            true => ["elsif", "else", "endif"],
            false => ["elsif", "else", "endunless"],
        };
        let mut branches = Vec::new();
        let mut else_body = None;
        let mut divider = tag;
        loop {
            let condition = match divider.name() {
                "else" => None,
                _ => Some(Condition::parse(&mut divider.arguments()?)?),
            };
            let (body, next) = parser.content(tag, &ends)?;
            match condition {
                // Anything after the first `else` is ignored, as in python-liquid.
                _ if else_body.is_some() => {}
                None => else_body = Some(body),
                Some(condition) => branches.push(Branch {
                    condition,
                    wanted: wanted || !branches.is_empty(),
                    body,
                }),
            }
            divider = next;
            if !matches!(divider.name(), "elsif" | "else") {
                break;
            }
        }
        let mut choice = Self {
            branches,
            else_body,
        };
        // The first branch and `else` print their white space if any branch prints something, an
        // `elsif` only if it does itself, as in python-liquid.
        let is_blank = choice.is_blank();
        let first = choice.branches.first_mut().map(|branch| &mut branch.body);
        for body in first.into_iter().chain(&mut choice.else_body) {
            body.set_blank(is_blank);
        }
        Ok(Node::from_tag(choice))
    }
}

impl Render for If {
    fn is_blank(&self) -> bool {
        let bodies = self.branches.iter().map(|branch| &branch.body);
        bodies.chain(&self.else_body).all(Block::is_blank)
    }

    fn render<'v>(
        &'v self,
        rendering: &mut Rendering<'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        for branch in &self.branches {
            if branch.condition.holds(rendering)? == branch.wanted {
                return branch.body.render(rendering, output);
            }
        }
        match &self.else_body {
            Some(body) => body.render(rendering, output),
            None => Ok(()),
        }
    }

    fn visit_names<'t>(&'t self, names: &mut Names<'t>) {
        for branch in &self.branches {
            names.tested(|visit| branch.condition.visit_paths(visit));
            branch.body.visit_names(names);
        }
        if let Some(body) = &self.else_body {
            body.visit_names(names);
        }
    }
}
