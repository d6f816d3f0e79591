//! `capture`: keeps what its content prints under a name.

use std::io::Write;

use liquid_core::error::Result;
use liquid_core::model::{KString, Value};
use liquid_core::runtime::Template;
use liquid_core::{
    BlockReflection, Language, ParseBlock, Renderable, Runtime, TagBlock, TagTokenIter,
};

use super::{Named, expect_name};
use crate::template::cost::Output;

#[derive(Clone)]
pub(super) struct CaptureBlock;

impl ParseBlock for CaptureBlock {
    fn parse(
        &self,
        mut arguments: TagTokenIter<'_>,
        mut block: TagBlock<'_, '_>,
        options: &Language,
    ) -> Result<Box<dyn Renderable>> {
        let name = expect_name(&mut arguments)?;
        arguments.expect_nothing()?;
        let body = Template::new(block.parse_all(options)?);
        Ok(Box::new(Capture { name, body }))
    }

    fn reflection(&self) -> &dyn BlockReflection {
        &Named {
            start: "capture",
            end: "endcapture",
        }
    }
}

#[derive(Debug)]
struct Capture {
    name: KString,
    body: Template,
}

impl Renderable for Capture {
    fn render_to(&self, _: &mut dyn Write, runtime: &dyn Runtime) -> Result<()> {
        let mut captured = Output::new(runtime);
        self.body.render_to(&mut captured, runtime)?;
        let text = captured.into_text()?;
        runtime.set_global(self.name.clone(), Value::scalar(text));
        Ok(())
    }
}
