//! `for`: its body for each item of a list, each entry of an object or each number of a range.

use std::io::Write;

use liquid_core::error::{Error, Result};
use liquid_core::model::{KString, Value, ValueView};
use liquid_core::parser::TryMatchToken;
use liquid_core::runtime::{Interrupt, InterruptRegister, Template};
use liquid_core::{
    BlockReflection, Expression, Language, ParseBlock, Renderable, Runtime, TagBlock, TagTokenIter,
};

use super::{Named, expect_name, expect_value, parse_part};
use crate::template::cost::spend_round;
use crate::template::filters::integer;
use crate::template::model::{Kind, entries};
use crate::template::runtime::Round;
use crate::template::view::Entry;

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
        arguments
            .expect_next("expected `in`")?
            .expect_str("in")
            .into_result_custom_msg("expected `in`")?;
        let items = arguments.expect_next("expected a list or a range")?;
        let items = match items.expect_range() {
            TryMatchToken::Matches((first, last)) => Items::Range(first, last),
            TryMatchToken::Fails(value) => Items::Of(expect_value(value)?),
        };
        let (mut limit, mut offset, mut reversed) = (None, None, false);
        while let Some(token) = arguments.next() {
            match token.as_str() {
                "limit" => limit = Some(parse_attribute(&mut arguments)?),
                "offset" => offset = Some(parse_attribute(&mut arguments)?),
                "reversed" => reversed = true,
                "," => {}
                _ => {
                    return Err(
                        token.raise_custom_error("expected `limit`, `offset` or `reversed`")
                    );
                }
            }
        }

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
            limit,
            offset,
            reversed,
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

fn parse_attribute(arguments: &mut TagTokenIter<'_>) -> Result<Expression> {
    arguments
        .expect_next("expected `:`")?
        .expect_str(":")
        .into_result_custom_msg("expected `:`")?;
    expect_value(arguments.expect_next("expected a number")?)
}

#[derive(Debug)]
struct For {
    name: KString,
    items: Items,
    limit: Option<Expression>,
    offset: Option<Expression>,
    reversed: bool,
    body: Template,
    otherwise: Option<Template>,
}

#[derive(Debug)]
enum Items {
    Of(Expression),
    Range(Expression, Expression),
}

impl Renderable for For {
    fn render_to(&self, writer: &mut dyn Write, runtime: &dyn Runtime) -> Result<()> {
        let rendered = match &self.items {
            Items::Range(first, last) => {
                let bound = |expression: &Expression| {
                    let value = expression.evaluate(runtime)?;
                    Ok::<_, Error>(integer(value.as_view()).unwrap_or(0))
                };
                self.render_range(bound(first)?, bound(last)?, writer, runtime)?
            }
            Items::Of(expression) => {
                let value = expression.evaluate(runtime)?;
                self.render_items(value.as_view(), writer, runtime)?
            }
        };
        match (&self.otherwise, rendered) {
            (Some(body), Rendered::Nothing) => body.render_to(writer, runtime),
            _ => Ok(()),
        }
    }
}

/// Whether there was any item.
enum Rendered {
    Nothing,
    Something,
}

impl For {
    fn render_range(
        &self,
        first: i64,
        last: i64,
        writer: &mut dyn Write,
        runtime: &dyn Runtime,
    ) -> Result<Rendered> {
        let length = if last < first {
            0
        } else {
            usize::try_from(last.saturating_sub(first)).map_or(usize::MAX, |l| l.saturating_add(1))
        };
        let number = |index: usize| Value::scalar(first.saturating_add_unsigned(index as u64));
        self.render_each(length, writer, runtime, |index, render| {
            render(&number(index))
        })
    }

    fn render_items(
        &self,
        value: &dyn ValueView,
        writer: &mut dyn Write,
        runtime: &dyn Runtime,
    ) -> Result<Rendered> {
        match Kind::of(value) {
            Kind::List(list) => {
                let length = usize::try_from(list.size()).unwrap_or(0);
                self.render_each(length, writer, runtime, |index, render| {
                    match list.get(index as i64) {
                        Some(item) => render(item),
                        None => Ok(()),
                    }
                })
            }
            Kind::Object(object) => {
                let entries = entries(object);
                self.render_each(entries.len(), writer, runtime, |index, render| {
                    let (name, value) = &entries[index];
                    render(&Entry::new(name, *value))
                })
            }
            // A text is one item, not its characters.
            Kind::Text(text) if !text.is_empty() => {
                self.render_each(1, writer, runtime, |_, render| render(value))
            }
            _ => Ok(Rendered::Nothing),
        }
    }

    /// Renders the body for the items in the window that offset and limit leave; `give` hands out one.
    fn render_each(
        &self,
        length: usize,
        writer: &mut dyn Write,
        runtime: &dyn Runtime,
        give: impl Fn(usize, &mut dyn FnMut(&dyn ValueView) -> Result<()>) -> Result<()>,
    ) -> Result<Rendered> {
        let offset = attribute(&self.offset, "offset", runtime)?.unwrap_or(0);
        let start = usize::try_from(offset).unwrap_or(0).min(length);
        let rest = length - start;
        let count = match attribute(&self.limit, "limit", runtime)? {
            Some(limit) => usize::try_from(limit).unwrap_or(0).min(rest),
            None => rest,
        };
        if count == 0 {
            return Ok(Rendered::Nothing);
        }
        for index in 0..count {
            let position = if self.reversed {
                count - 1 - index
            } else {
                index
            };
            let mut interrupt = None;
            give(start + position, &mut |item| {
                spend_round(runtime)?;
                let round = Round {
                    parent: runtime,
                    name: &self.name,
                    item,
                    index,
                    length: count,
                };
                self.body.render_to(writer, &round)?;
                interrupt = runtime.registers().get_mut::<InterruptRegister>().reset();
                Ok(())
            })?;
            if interrupt == Some(Interrupt::Break) {
                break;
            }
        }
        Ok(Rendered::Something)
    }
}

fn attribute(
    expression: &Option<Expression>,
    name: &str,
    runtime: &dyn Runtime,
) -> Result<Option<i64>> {
    let Some(expression) = expression else {
        return Ok(None);
    };
    let value = expression.evaluate(runtime)?;
    match integer(value.as_view()) {
        Some(number) => Ok(Some(number)),
        None => Err(Error::with_msg(format!(
            "the {name} of a for loop is {}, not a whole number",
            Kind::of(value.as_view()).name()
        ))),
    }
}
