//! `set_context`, whose effect is known without running it.

use recipe_core::StepError;
use recipe_core::registry::OutlineStep;
use recipe_steps::{IfExists, SetContext};

use super::place::Place;
use super::{Walk, config};
use crate::commands::dry_run::knowledge::Knowledge;
use crate::commands::dry_run::words;

impl Walk<'_, '_> {
    pub(super) fn set_context(
        &mut self,
        step: &OutlineStep,
        head: &str,
        at: &Place,
        known: &mut Knowledge,
    ) -> Result<(), StepError> {
        let config = config::<SetContext>(step)?;
        let key = config.key.as_str();
        let rendered = known.render(|variables| config.render(variables));
        let shown = match &rendered {
            Some(Ok(value)) => words::value(value, self.plan),
            _ => words::value(config.value.source(), self.plan),
        };
        let mark = if rendered.is_none() {
            words::UNKNOWN
        } else {
            ""
        };
        let head = format!("{head} {} = {shown}{mark}", words::cut(key));
        let fields = words::fields(step, &["key", "value"], known, self.plan);
        self.plan.line_with(at.depth, &head, ",", &fields, "");
        match rendered {
            Some(Ok(value)) if known.knows(key) || config.if_exists != IfExists::Merge => {
                known.change(key, |artifacts| config.set(value, artifacts));
            }
            Some(Err(error)) => return Err(self.fails(at, error)),
            _ => known.forget(key),
        }
        Ok(())
    }
}
