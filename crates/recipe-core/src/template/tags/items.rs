//! What `for` and `tablerow` go through: the items of a list, the entries of an object or the numbers of a range, and which
//! of them.

use liquid_core::error::{Error, Result};
use liquid_core::model::{Value, ValueView};
use liquid_core::parser::TryMatchToken;
use liquid_core::{Expression, Runtime, TagTokenIter};

use super::expect_value;
use crate::template::cost::spend_round;
use crate::template::filters::integer;
use crate::template::model::{Kind, entries};
use crate::template::view::Entry;

/// The items of a loop.
#[derive(Debug)]
pub(super) struct Items {
    source: Source,
    limit: Option<Expression>,
    offset: Option<Expression>,
    reversed: bool,
    /// How many stand in a row, where the loop makes rows.
    pub(super) columns: Option<Expression>,
}

#[derive(Debug)]
enum Source {
    Of(Expression),
    Range(Expression, Expression),
}

/// One item, its index, and how many there are.
pub(super) struct Item<'i> {
    pub(super) value: &'i dyn ValueView,
    pub(super) index: usize,
    pub(super) length: usize,
}

/// Whether a loop goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    Continue,
    Break,
}

/// Whether there was any item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rendered {
    Nothing,
    Something,
}

impl Items {
    /// Parses what stands behind the name in a tag; `columns` is the word for how many stand in a row, if they may.
    pub(super) fn parse(arguments: &mut TagTokenIter<'_>, columns: Option<&str>) -> Result<Self> {
        arguments
            .expect_next("expected `in`")?
            .expect_str("in")
            .into_result_custom_msg("expected `in`")?;
        let source = arguments.expect_next("expected a list or a range")?;
        let source = match source.expect_range() {
            TryMatchToken::Matches((first, last)) => Source::Range(first, last),
            TryMatchToken::Fails(value) => Source::Of(expect_value(value)?),
        };
        let mut items = Self {
            source,
            limit: None,
            offset: None,
            reversed: false,
            columns: None,
        };
        while let Some(token) = arguments.next() {
            match token.as_str() {
                "limit" => items.limit = Some(parse_attribute(arguments)?),
                "offset" => items.offset = Some(parse_attribute(arguments)?),
                "reversed" => items.reversed = true,
                "," => {}
                word if Some(word) == columns => {
                    items.columns = Some(parse_attribute(arguments)?);
                }
                _ => {
                    let expected = match columns {
                        Some(word) => format!("expected `{word}`, `limit`, `offset` or `reversed`"),
                        None => "expected `limit`, `offset` or `reversed`".to_owned(),
                    };
                    return Err(token.raise_custom_error(&expected));
                }
            }
        }
        Ok(items)
    }

    /// Hands out the items one after the other, each of which counts against what a rendering may cost.
    pub(super) fn each(
        &self,
        runtime: &dyn Runtime,
        render: &mut dyn FnMut(Item<'_>) -> Result<Then>,
    ) -> Result<Rendered> {
        match &self.source {
            Source::Range(first, last) => {
                let bound = |expression: &Expression| {
                    let value = expression.evaluate(runtime)?;
                    Ok::<_, Error>(integer(value.as_view()).unwrap_or(0))
                };
                self.each_in_range(bound(first)?, bound(last)?, runtime, render)
            }
            Source::Of(expression) => {
                let value = expression.evaluate(runtime)?;
                self.each_of(value.as_view(), runtime, render)
            }
        }
    }

    fn each_in_range(
        &self,
        first: i64,
        last: i64,
        runtime: &dyn Runtime,
        render: &mut dyn FnMut(Item<'_>) -> Result<Then>,
    ) -> Result<Rendered> {
        let length = if last < first {
            0
        } else {
            usize::try_from(last.saturating_sub(first)).map_or(usize::MAX, |l| l.saturating_add(1))
        };
        let number = |index: usize| Value::scalar(first.saturating_add_unsigned(index as u64));
        self.each_in_window(length, runtime, render, |index, render| {
            render(&number(index))
        })
    }

    fn each_of(
        &self,
        value: &dyn ValueView,
        runtime: &dyn Runtime,
        render: &mut dyn FnMut(Item<'_>) -> Result<Then>,
    ) -> Result<Rendered> {
        match Kind::of(value) {
            Kind::List(list) => {
                let length = usize::try_from(list.size()).unwrap_or(0);
                self.each_in_window(length, runtime, render, |index, render| {
                    match list.get(index as i64) {
                        Some(item) => render(item),
                        None => Ok(Then::Continue),
                    }
                })
            }
            Kind::Object(object) => {
                let entries = entries(object);
                self.each_in_window(entries.len(), runtime, render, |index, render| {
                    let (name, value) = &entries[index];
                    render(&Entry::new(name, *value))
                })
            }
            // A text is one item, not its characters.
            Kind::Text(text) if !text.is_empty() => {
                self.each_in_window(1, runtime, render, |_, render| render(value))
            }
            _ => Ok(Rendered::Nothing),
        }
    }

    /// The items in the window that offset and limit leave; `give` hands out one.
    fn each_in_window(
        &self,
        length: usize,
        runtime: &dyn Runtime,
        render: &mut dyn FnMut(Item<'_>) -> Result<Then>,
        give: impl Fn(usize, &mut dyn FnMut(&dyn ValueView) -> Result<Then>) -> Result<Then>,
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
            let then = give(start + position, &mut |value| {
                spend_round(runtime)?;
                render(Item {
                    value,
                    index,
                    length: count,
                })
            })?;
            if then == Then::Break {
                break;
            }
        }
        Ok(Rendered::Something)
    }
}

fn parse_attribute(arguments: &mut TagTokenIter<'_>) -> Result<Expression> {
    arguments
        .expect_next("expected `:`")?
        .expect_str(":")
        .into_result_custom_msg("expected `:`")?;
    expect_value(arguments.expect_next("expected a number")?)
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
