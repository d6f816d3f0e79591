//! `cycle`: prints one of several values, each time it is reached the next one.

use std::collections::HashMap;
use std::io::Write;

use liquid_core::error::Result;
use liquid_core::parser::TagToken;
use liquid_core::{
    Expression, Language, ParseTag, Renderable, Runtime, TagReflection, TagTokenIter,
};

use super::{Named, expect_value, write_error};
use crate::template::cost::spend_bytes;
use crate::template::printing;

#[derive(Clone)]
pub(super) struct CycleTag;

impl ParseTag for CycleTag {
    fn parse(&self, mut arguments: TagTokenIter<'_>, _: &Language) -> Result<Box<dyn Renderable>> {
        let first = expect_value(arguments.expect_next("expected a value")?)?;
        let mut cycle = Cycle {
            group: None,
            values: Vec::new(),
        };
        let mut next = arguments.next();
        if next.as_ref().map(TagToken::as_str) == Some(":") {
            cycle.group = Some(first);
            let value = arguments.expect_next("expected a value")?;
            cycle.values.push(expect_value(value)?);
            next = arguments.next();
        } else {
            cycle.values.push(first);
        }
        while let Some(token) = next {
            if token.as_str() != "," {
                return Err(token.raise_custom_error("expected a comma"));
            }
            let value = arguments.expect_next("expected a value")?;
            cycle.values.push(expect_value(value)?);
            next = arguments.next();
        }
        Ok(Box::new(cycle))
    }

    fn reflection(&self) -> &dyn TagReflection {
        &Named {
            start: "cycle",
            end: "",
        }
    }
}

#[derive(Debug)]
struct Cycle {
    /// Tags of the same group go on where the last one was, whatever their values.
    group: Option<Expression>,
    /// There is one at least.
    values: Vec<Expression>,
}

/// Which value is next, by the group, or by the values of a tag without one.
#[derive(Default)]
struct Places(HashMap<Group, usize>);

#[derive(PartialEq, Eq, Hash)]
enum Group {
    Named(String),
    Of(Vec<String>),
}

impl Group {
    /// In bytes.
    fn size(&self) -> usize {
        match self {
            Self::Named(name) => name.len(),
            Self::Of(values) => values.iter().map(String::len).sum(),
        }
    }
}

impl Renderable for Cycle {
    fn render_to(&self, writer: &mut dyn Write, runtime: &dyn Runtime) -> Result<()> {
        let text = |expression: &Expression| {
            let value = expression.evaluate(runtime)?;
            Ok(printing::text(value.as_view()).into_owned())
        };
        let values = self.values.iter().map(text).collect::<Result<Vec<_>>>()?;
        let group = match &self.group {
            Some(group) => Group::Named(text(group)?),
            None => Group::Of(values.clone()),
        };
        // It is remembered to the end, and there can be one for each round of a loop.
        spend_bytes(runtime, group.size())?;
        let place = {
            let mut places = runtime.registers().get_mut::<Places>();
            let next = places.0.entry(group).or_default();
            let place = *next;
            *next = (place + 1) % values.len();
            place
        };
        match values.get(place) {
            Some(value) => writer.write_all(value.as_bytes()).map_err(write_error),
            // The last tag of the group had more values.
            None => Ok(()),
        }
    }
}
