//! Items that loops iterate over, and the options that select some of them.

use crate::template::expression::Expression;
use crate::template::names::Names;
use crate::template::rendering::{Interrupt, Rendering, Stop};
use crate::template::syntax::{Arguments, Symbol, SyntaxError, Tag, TokenKind};
use crate::template::value::Value;

/// Arguments of a loop: `item in list limit: 3 offset: 1 reversed`.
#[derive(Debug)]
pub(super) struct Items {
    pub(super) name: String,
    source: Expression,
    limit: Option<Expression>,
    offset: Option<Offset>,
    reversed: bool,
    /// Number of columns of a table.
    pub(super) columns: Option<Expression>,
    /// `item-list`, as written; `offset: continue` continues the last loop with the same title.
    pub(super) title: String,
    /// Byte offset of the arguments in the template.
    arguments_offset: usize,
}

/// Number of items to skip.
#[derive(Debug)]
enum Offset {
    Count(Expression),
    /// The items up to where the last loop with the same title ended.
    Continue,
}

/// An item and its position among the selected items.
pub(super) struct Item<'v> {
    pub(super) value: Value<'v>,
    pub(super) index: usize,
    pub(super) length: usize,
}

impl Items {
    /// Parses the arguments of a loop; `columns` is the name of the columns option, if allowed.
    pub(super) fn parse(tag: Tag<'_>, columns: Option<&str>) -> Result<Self, SyntaxError> {
        let mut arguments = tag.arguments()?;
        let arguments_offset = arguments.offset();
        let (name, _) = arguments.expect_name()?;
        arguments.expect_word("in")?;
        let source = arguments.expect_value()?;
        let mut items = Self {
            title: format!("{name}-{source}"),
            name,
            source,
            limit: None,
            offset: None,
            reversed: false,
            columns: None,
            arguments_offset,
        };
        while arguments.peek().is_some() {
            items.parse_option(&mut arguments, columns)?;
        }
        Ok(items)
    }

    fn parse_option(
        &mut self,
        arguments: &mut Arguments<'_>,
        columns: Option<&str>,
    ) -> Result<(), SyntaxError> {
        if arguments.take_symbol(Symbol::Comma) {
            return Ok(());
        }
        match arguments.peek() {
            Some(TokenKind::Word("reversed")) => {
                arguments.take();
                self.reversed = true;
            }
            Some(TokenKind::Word("limit")) => self.limit = Some(option(arguments)?),
            Some(TokenKind::Word("offset")) => {
                arguments.take();
                arguments.expect_symbol(Symbol::Colon)?;
                self.offset = Some(match arguments.take_if(TokenKind::Word("continue")) {
                    true => Offset::Continue,
                    false => Offset::Count(arguments.expect_value()?),
                });
            }
            Some(TokenKind::Word(word)) if Some(word) == columns => {
                self.columns = Some(option(arguments)?);
            }
            _ => {
                let expected = match columns {
                    Some(word) => format!("`{word}`, `limit`, `offset` or `reversed`"),
                    None => "`limit`, `offset` or `reversed`".to_owned(),
                };
                return Err(arguments.expected(&expected));
            }
        }
        Ok(())
    }

    /// Calls `render` for each selected item, counting iterations. Returns the number of items.
    pub(super) fn for_each<'v>(
        &'v self,
        rendering: &mut Rendering<'v>,
        render: &mut dyn FnMut(&mut Rendering<'v>, Item<'v>) -> Result<Interrupt, Stop>,
    ) -> Result<usize, Stop> {
        let source = Source::new(self.source.evaluate(rendering));
        let length = source.len();
        let (start, end) = self.window(length, rendering)?;
        let count = end - start;
        for index in 0..count {
            let position = if self.reversed {
                count - 1 - index
            } else {
                index
            };
            let Some(value) = source.get(start + position) else {
                break;
            };
            rendering.count_iteration()?;
            let item = Item {
                value,
                index,
                length: count,
            };
            if render(rendering, item)? == Interrupt::Break {
                break;
            }
        }
        Ok(count)
    }

    /// Evaluates offset and limit. Returns the range of selected items, the end excluded.
    fn window<'v>(
        &'v self,
        length: usize,
        rendering: &mut Rendering<'v>,
    ) -> Result<(usize, usize), Stop> {
        let limit = match &self.limit {
            Some(limit) => Some(self.number("limit", limit, rendering)?),
            None => None,
        };
        let start = match &self.offset {
            None => 0,
            Some(Offset::Continue) => {
                i64::try_from(rendering.loop_end(&self.title)).unwrap_or(i64::MAX)
            }
            Some(Offset::Count(offset)) => self.number("offset", offset, rendering)?,
        };
        // The limit counts from the offset, even from a negative one.
        let end = limit.map_or(i64::MAX, |limit| start.saturating_add(limit));
        let clamp = |index: i64| {
            usize::try_from(index.max(0))
                .unwrap_or(usize::MAX)
                .min(length)
        };
        let (start, end) = (clamp(start), clamp(end).max(clamp(start)));
        rendering.set_loop_end(&self.title, end);
        Ok((start, end))
    }

    fn number<'v>(
        &'v self,
        name: &str,
        expression: &'v Expression,
        rendering: &Rendering<'v>,
    ) -> Result<i64, Stop> {
        let value = expression.evaluate(rendering);
        match value.to_integer() {
            Some(number) => Ok(number.as_i64_clamped()),
            None => Err(Stop::failed(
                self.arguments_offset,
                format_args!(
                    "invalid loop {name}: expected an integer, found {}",
                    value.kind()
                ),
            )),
        }
    }

    pub(super) fn visit_names<'t>(&'t self, names: &mut Names<'t>) {
        names.set(&self.name);
        names.expression(&self.source);
        let offset = match &self.offset {
            Some(Offset::Count(offset)) => Some(offset),
            _ => None,
        };
        for option in self.limit.iter().chain(offset).chain(&self.columns) {
            names.expression(option);
        }
    }
}

fn option(arguments: &mut Arguments<'_>) -> Result<Expression, SyntaxError> {
    arguments.take();
    arguments.expect_symbol(Symbol::Colon)?;
    arguments.expect_value()
}

/// Value to iterate over.
enum Source<'v> {
    Nothing,
    Value(Value<'v>),
    Entries(Vec<Value<'v>>),
}

impl<'v> Source<'v> {
    fn new(value: Value<'v>) -> Self {
        match value {
            Value::Object(object) => Self::Entries(
                object
                    .entries()
                    .map(|(name, value)| Value::entry(name, value))
                    .collect(),
            ),
            // A string is a single item.
            Value::Text(text) if !text.as_str().is_empty() => {
                Self::Entries(vec![Value::Text(text)])
            }
            value @ (Value::List(_) | Value::Range(_)) => Self::Value(value),
            _ => Self::Nothing,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Value(Value::List(list)) => list.len(),
            Self::Value(Value::Range(range)) => range.len(),
            Self::Value(_) => 0,
            Self::Entries(entries) => entries.len(),
        }
    }

    fn get(&self, index: usize) -> Option<Value<'v>> {
        match self {
            Self::Value(Value::List(list)) => list.get(index),
            Self::Value(Value::Range(range)) => Some(range.get(index)),
            Self::Entries(entries) => entries.get(index).cloned(),
            Self::Nothing | Self::Value(_) => None,
        }
    }
}
