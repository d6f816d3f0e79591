//! `case`: renders the `when` branches with a value equal to the subject, or `else`.

use crate::template::compare::equal;
use crate::template::expression::Expression;
use crate::template::names::Names;
use crate::template::node::{Block, Node, Render};
use crate::template::rendering::{Output, Rendering, Stop};
use crate::template::syntax::{Arguments, Parser, Symbol, SyntaxError, Tag, TokenKind};

/// A subject and its branches.
#[derive(Debug)]
pub(super) struct Case {
    subject: Expression,
    branches: Vec<Branch>,
}

/// A `when` or an `else`.
#[derive(Debug)]
struct Branch {
    /// `None` for `else`.
    values: Option<Vec<Expression>>,
    body: Block,
}

const ENDS: [&str; 3] = ["when", "else", "endcase"];

impl Case {
    pub(super) fn parse<'t>(
        tag: Tag<'t>,
        parser: &mut Parser<'_, 't>,
    ) -> Result<Node, SyntaxError> {
        let mut arguments = tag.arguments()?;
        let subject = arguments.expect_value()?;
        arguments.expect_end()?;
        // Text before the first branch is dropped.
        let (before, mut divider) = parser.content(tag, &ENDS)?;
        if before
            .nodes()
            .iter()
            .any(|node| !matches!(node, Node::Text(_) | Node::Output(_)))
        {
            return Err(SyntaxError::new(
                tag.start(),
                "unexpected tag before the first `{% when %}`",
            ));
        }
        let mut branches = Vec::new();
        while divider.name() != "endcase" {
            let values = match divider.name() {
                "when" => Some(parse_values(&mut divider.arguments()?)?),
                _ => None,
            };
            let (body, next) = parser.content(tag, &ENDS)?;
            branches.push(Branch { values, body });
            divider = next;
        }
        let is_blank = branches.iter().all(|branch| branch.body.is_blank());
        for branch in &mut branches {
            branch.body.set_blank(is_blank);
        }
        Ok(Node::from_tag(Self { subject, branches }))
    }
}

impl Render for Case {
    fn is_blank(&self) -> bool {
        self.branches.iter().all(|branch| branch.body.is_blank())
    }

    /// Renders each `when` once per equal value, and an `else` if no earlier `when` matched.
    fn render<'v>(
        &'v self,
        rendering: &mut Rendering<'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        let subject = self.subject.evaluate(rendering);
        let mut found = false;
        for branch in &self.branches {
            let times = match &branch.values {
                None => usize::from(!found),
                Some(values) => {
                    let matches =
                        |value: &&'v Expression| equal(&subject, &value.evaluate(rendering));
                    values.iter().filter(matches).count()
                }
            };
            found |= branch.values.is_some() && times > 0;
            for _ in 0..times {
                branch.body.render(rendering, output)?;
            }
        }
        Ok(())
    }

    fn visit_names<'t>(&'t self, names: &mut Names<'t>) {
        names.tested(|visit| self.subject.visit_paths(visit));
        for branch in &self.branches {
            for value in branch.values.iter().flatten() {
                names.tested(|visit| value.visit_paths(visit));
            }
            branch.body.visit_names(names);
        }
    }
}

/// Parses `a, b or c`. Ignores what follows, as python-liquid does.
fn parse_values(arguments: &mut Arguments<'_>) -> Result<Vec<Expression>, SyntaxError> {
    let mut values = vec![arguments.expect_value()?];
    while arguments.take_symbol(Symbol::Comma) || arguments.take_if(TokenKind::Word("or")) {
        match arguments.peek() {
            None => break,
            Some(_) => values.push(arguments.expect_value()?),
        }
    }
    arguments.ignore_rest();
    Ok(values)
}
