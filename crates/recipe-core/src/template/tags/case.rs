//! `case` and `when`: the parts whose values are equal to one.

use crate::template::compare::equal;
use crate::template::expression::Expression;
use crate::template::node::{Block, Node};
use crate::template::rendering::{Output, Rendering, Stop};
use crate::template::syntax::{Arguments, Mistake, Parser, Symbol, Tag, TokenKind};

/// A value and the parts that it is compared with.
#[derive(Debug)]
pub(in crate::template) struct Case {
    pub(in crate::template) subject: Expression,
    pub(in crate::template) parts: Vec<Part>,
}

/// A `when` or an `else`.
#[derive(Debug)]
pub(in crate::template) struct Part {
    /// `None` for `else`.
    pub(in crate::template) values: Option<Vec<Expression>>,
    pub(in crate::template) body: Block,
}

const ENDS: [&str; 3] = ["when", "else", "endcase"];

impl Case {
    pub(super) fn parse<'t>(tag: Tag<'t>, parser: &mut Parser<'_, 't>) -> Result<Self, Mistake> {
        let mut arguments = tag.arguments()?;
        let subject = arguments.expect_value()?;
        arguments.expect_end()?;
        // Text before the first part belongs to none.
        let (before, mut divider) = parser.content(tag, &ENDS)?;
        if before
            .nodes()
            .iter()
            .any(|node| !matches!(node, Node::Text(_) | Node::Output(_)))
        {
            return Err(Mistake::new(
                tag.start(),
                "unexpected tag before the first `{% when %}`",
            ));
        }
        let mut parts = Vec::new();
        while divider.name() != "endcase" {
            let values = match divider.name() {
                "when" => Some(parse_values(&mut divider.arguments()?)?),
                _ => None,
            };
            let (body, next) = parser.content(tag, &ENDS)?;
            parts.push(Part { values, body });
            divider = next;
        }
        let is_blank = parts.iter().all(|part| part.body.is_blank());
        for part in &mut parts {
            part.body.set_blank(is_blank);
        }
        Ok(Self { subject, parts })
    }

    pub(in crate::template) fn is_blank(&self) -> bool {
        self.parts.iter().all(|part| part.body.is_blank())
    }

    /// Renders each `when` once for each of its values that is equal, and an `else` that no such one stands before.
    pub(in crate::template) fn render<'v>(
        &'v self,
        rendering: &mut Rendering<'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        let subject = self.subject.evaluate(rendering);
        let mut found = false;
        for part in &self.parts {
            let times = match &part.values {
                None => usize::from(!found),
                Some(values) => {
                    let matches =
                        |value: &&'v Expression| equal(&subject, &value.evaluate(rendering));
                    values.iter().filter(matches).count()
                }
            };
            found |= part.values.is_some() && times > 0;
            for _ in 0..times {
                part.body.render(rendering, output)?;
            }
        }
        Ok(())
    }
}

/// `a, b or c`. What stands behind them is not looked at, as in python-liquid.
fn parse_values(arguments: &mut Arguments<'_>) -> Result<Vec<Expression>, Mistake> {
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
