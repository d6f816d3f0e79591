//! `ifchanged`: its content, if that is not what the last one printed.

use std::io::Write;

use liquid_core::error::Result;
use liquid_core::runtime::Template;
use liquid_core::{
    BlockReflection, Language, ParseBlock, Renderable, Runtime, TagBlock, TagTokenIter,
};

use super::{Named, write_error};
use crate::template::cost::Output;

#[derive(Clone)]
pub(super) struct IfChangedBlock;

impl ParseBlock for IfChangedBlock {
    fn parse(
        &self,
        mut arguments: TagTokenIter<'_>,
        mut block: TagBlock<'_, '_>,
        options: &Language,
    ) -> Result<Box<dyn Renderable>> {
        arguments.expect_nothing()?;
        let body = Template::new(block.parse_all(options)?);
        Ok(Box::new(IfChanged { body }))
    }

    fn reflection(&self) -> &dyn BlockReflection {
        &Named {
            start: "ifchanged",
            end: "endifchanged",
        }
    }
}

#[derive(Debug)]
struct IfChanged {
    body: Template,
}

/// What the last one printed.
#[derive(Default)]
struct Last(Option<String>);

impl Renderable for IfChanged {
    fn render_to(&self, writer: &mut dyn Write, runtime: &dyn Runtime) -> Result<()> {
        // What is printed and then left out costs memory all the same.
        let mut output = Output::new(runtime);
        self.body.render_to(&mut output, runtime)?;
        let text = output.into_text()?;
        let changed = {
            let mut last = runtime.registers().get_mut::<Last>();
            let changed = last.0.as_deref() != Some(&text);
            last.0 = Some(text.clone());
            changed
        };
        match changed {
            true => writer.write_all(text.as_bytes()).map_err(write_error),
            false => Ok(()),
        }
    }
}
