//! `cycle`: prints one of several values, each time it is reached the next one.

use crate::template::cycles::Group;
use crate::template::expression::Expression;
use crate::template::printing;
use crate::template::rendering::{Output, Rendering, Stop};
use crate::template::syntax::{Mistake, Symbol, Tag};

/// Values, and the name of their group if they have one.
#[derive(Debug)]
pub(in crate::template) struct Cycle {
    /// Tags of the same group go on where the last one was, whatever their values.
    pub(in crate::template) group: Option<Expression>,
    /// There is one at least.
    pub(in crate::template) values: Vec<Expression>,
}

impl Cycle {
    pub(super) fn parse(tag: Tag<'_>) -> Result<Self, Mistake> {
        let mut arguments = tag.arguments()?;
        let mut group = None;
        let mut values = Vec::new();
        // Commas stand between the values or do not, as in python-liquid.
        while arguments.peek().is_some() {
            if arguments.take_symbol(Symbol::Comma) {
                continue;
            }
            values.push(arguments.expect_value()?);
            if group.is_none() && values.len() == 1 && arguments.take_symbol(Symbol::Colon) {
                group = values.pop();
            }
        }
        if values.is_empty() {
            return Err(arguments.expected("a value"));
        }
        Ok(Self { group, values })
    }

    pub(in crate::template) fn render<'v>(
        &'v self,
        rendering: &mut Rendering<'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        let values: Vec<_> = self
            .values
            .iter()
            .map(|value| value.evaluate(rendering))
            .collect();
        let group = match &self.group {
            Some(group) => Group::Named(printing::text(&group.evaluate(rendering)).into_owned()),
            None => Group::Of(
                values
                    .iter()
                    .map(|value| printing::text(value).into_owned())
                    .collect(),
            ),
        };
        // It is remembered to the end, and there can be one for each round of a loop.
        rendering.spend_bytes(group.size())?;
        let place = rendering.cycles.next(group, values.len());
        match values.get(place) {
            Some(value) => rendering.print_value(output, value),
            // The last tag of the group had more values.
            None => Ok(()),
        }
    }
}
