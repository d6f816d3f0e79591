//! `case` and `when`: the parts whose values are equal to one.

use std::io::Write;

use liquid_core::error::Result;
use liquid_core::runtime::Template;
use liquid_core::{
    BlockReflection, Expression, Language, ParseBlock, Renderable, Runtime, TagBlock, TagTokenIter,
};

use super::{Named, expect_value, parse_part};
use crate::template::model::equal;

#[derive(Clone)]
pub(super) struct CaseBlock;

impl ParseBlock for CaseBlock {
    fn parse(
        &self,
        mut arguments: TagTokenIter<'_>,
        mut block: TagBlock<'_, '_>,
        options: &Language,
    ) -> Result<Box<dyn Renderable>> {
        let subject = expect_value(arguments.expect_next("expected a value")?)?;
        arguments.expect_nothing()?;
        let mut parts = Vec::new();
        let (_, mut divider) = parse_part(&mut block, options, &["when", "else"])?;
        while let Some(mut tag) = divider {
            let values = match tag.name() {
                "when" => Some(parse_values(tag.tokens())?),
                _ => {
                    tag.tokens().expect_nothing()?;
                    None
                }
            };
            let (body, next) = parse_part(&mut block, options, &["when", "else"])?;
            parts.push(Part { values, body });
            divider = next;
        }
        Ok(Box::new(Case { subject, parts }))
    }

    fn reflection(&self) -> &dyn BlockReflection {
        &Named {
            start: "case",
            end: "endcase",
        }
    }
}

/// `a, b or c`
fn parse_values(tokens: &mut TagTokenIter<'_>) -> Result<Vec<Expression>> {
    let mut values = vec![expect_value(tokens.expect_next("expected a value")?)?];
    while let Some(separator) = tokens.next() {
        if !matches!(separator.as_str(), "," | "or") {
            return Err(separator.raise_custom_error("expected `,` or `or`"));
        }
        values.push(expect_value(tokens.expect_next("expected a value")?)?);
    }
    Ok(values)
}

#[derive(Debug)]
struct Case {
    subject: Expression,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    /// `None` for `else`.
    values: Option<Vec<Expression>>,
    body: Template,
}

impl Renderable for Case {
    fn render_to(&self, writer: &mut dyn Write, runtime: &dyn Runtime) -> Result<()> {
        let subject = self.subject.evaluate(runtime)?;
        let mut found = false;
        for part in &self.parts {
            let taken = match &part.values {
                None => !found,
                Some(values) => {
                    let mut taken = false;
                    for value in values {
                        taken |= equal(subject.as_view(), value.evaluate(runtime)?.as_view());
                    }
                    taken
                }
            };
            if taken {
                found = true;
                part.body.render_to(writer, runtime)?;
            }
        }
        Ok(())
    }
}
