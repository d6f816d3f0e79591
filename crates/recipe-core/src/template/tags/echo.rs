//! `echo`, and with it `{{ … }}`: prints a value.

use std::io::Write;

use liquid_core::error::Result;
use liquid_core::parser::FilterChain;
use liquid_core::{Language, ParseTag, Renderable, Runtime, TagReflection, TagTokenIter};

use super::{Named, write_error};
use crate::template::printing;

#[derive(Clone)]
pub(super) struct EchoTag;

impl ParseTag for EchoTag {
    fn parse(
        &self,
        mut arguments: TagTokenIter<'_>,
        options: &Language,
    ) -> Result<Box<dyn Renderable>> {
        let chain = arguments
            .expect_next("expected a value")?
            .expect_filter_chain(options)
            .into_result_custom_msg("expected a value, perhaps with filters behind it")?;
        arguments.expect_nothing()?;
        Ok(Box::new(Echo { chain }))
    }

    fn reflection(&self) -> &dyn TagReflection {
        &Named {
            start: "echo",
            end: "",
        }
    }
}

#[derive(Debug)]
struct Echo {
    chain: FilterChain,
}

impl Renderable for Echo {
    fn render_to(&self, writer: &mut dyn Write, runtime: &dyn Runtime) -> Result<()> {
        let value = self.chain.evaluate(runtime)?;
        write!(writer, "{}", printing::display(value.as_view())).map_err(write_error)
    }
}
