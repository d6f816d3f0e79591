//! `cycle`: prints its values in turn, one each time it is reached.

use crate::template::cycles::Group;
use crate::template::expression::Expression;
use crate::template::names::Names;
use crate::template::node::{Node, Render};
use crate::template::printing;
use crate::template::rendering::{Output, Rendering, Stop};
use crate::template::syntax::{Symbol, SyntaxError, Tag};

/// Values and the optional name of their group.
#[derive(Debug)]
pub(super) struct Cycle {
    /// Tags of a named group share a position, whatever their values.
    group: Option<Expression>,
    /// Never empty.
    values: Vec<Expression>,
}

impl Cycle {
    pub(super) fn parse(tag: Tag<'_>) -> Result<Node, SyntaxError> {
        let mut arguments = tag.arguments()?;
        let mut group = None;
        let mut values = Vec::new();
        // Commas between the values are optional, as in python-liquid.
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
        Ok(Node::from_tag(Self { group, values }))
    }
}

impl Render for Cycle {
    fn render<'v>(
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
            None => Group::Values(
                values
                    .iter()
                    .map(|value| printing::text(value).into_owned())
                    .collect(),
            ),
        };
        // Groups are kept until the end, and each iteration of a loop can add one.
        rendering.count_bytes(group.size())?;
        let position = rendering.cycles.next(group, values.len());
        match values.get(position) {
            Some(value) => rendering.print_value(output, value),
            // The previous tag of the group had more values.
            None => Ok(()),
        }
    }

    fn visit_names<'t>(&'t self, names: &mut Names<'t>) {
        for value in self.group.iter().chain(&self.values) {
            names.expression(value);
        }
    }
}
