//! `parallel` and `loop`: steps on copies of the context.

use recipe_core::StepError;
use recipe_core::registry::OutlineStep;
use recipe_core::template::Template;
use recipe_steps::{Collection, Items};
use serde_json::Value;

use super::place::{List, Place};
use super::{Walk, forget_sets, template_failed};
use crate::commands::dry_run::knowledge::Knowledge;
use crate::commands::dry_run::words;

/// The fields of a loop that stand in its first line.
const LOOP_TOLD: [&str; 4] = ["items", "item_key", "max_concurrency", "substeps"];

impl Walk<'_, '_> {
    pub(super) fn parallel(
        &mut self,
        step: &OutlineStep,
        head: &str,
        at: &Place,
        known: &mut Knowledge,
    ) -> Result<(), StepError> {
        let substeps = step.own_lists().find(|list| list.field == "substeps");
        let steps = substeps.map_or(&[][..], |list| &list.steps);
        let mut head = format!("{head} {}", words::count(steps.len(), "substep"));
        if steps.len() > 1 {
            head += &format!(", {}", words::at_a_time(&step.config, 0));
        }
        self.line(step, &head, &["max_concurrency", "substeps"], at, known);

        let mut result = Ok(());
        let before = known.copy();
        let inside = at.inside();
        let steps = match self.is_too_deep(steps, &inside) {
            true => &[],
            false => steps,
        };
        for (index, substep) in steps.iter().enumerate() {
            let label = format!("substeps[{index}]");
            let mut own = before.clone();
            let at = inside.step(Some("substeps"), &label);
            let ended = self.step(substep, &label, &at, &mut own);
            known.has_written |= own.has_written;
            result = result.and(ended.map_err(|source| StepError::Substep {
                index,
                step_type: self.step_type(substep),
                name: substep.name.clone(),
                source: Box::new(source),
            }));
        }
        forget_sets(step, known);
        if is_tolerant(step) { Ok(()) } else { result }
    }

    pub(super) fn each(
        &mut self,
        step: &OutlineStep,
        head: &str,
        at: &Place,
        known: &mut Knowledge,
    ) -> Result<(), StepError> {
        let items = step.config.get("items").cloned().unwrap_or_default();
        let item_key = step.config.get("item_key").and_then(Value::as_str);
        let shown = match &items {
            Value::String(path) if !Template::has_tags(path) => words::cut(path),
            Value::String(path) => words::template(path, known, self.plan),
            _ => "a list".to_owned(),
        };
        let resolved = resolve(items, known)?;
        let count = match &resolved {
            Some(Ok(items)) => words::count(items.len(), "item"),
            Some(Err(_)) => "no items".to_owned(),
            None => "items known at run time".to_owned(),
        };
        let item = words::cut(item_key.unwrap_or("item"));
        let mut head = format!("{head} each {item} in {shown}: {count}");
        let resolved = match resolved {
            Some(Ok(items)) => Some(items),
            Some(Err(error)) => {
                self.line(step, &head, &LOOP_TOLD, at, known);
                return Err(self.fails(at, error));
            }
            None => None,
        };
        if resolved.as_ref().is_none_or(|items| items.len() > 1) {
            head += &format!(", {}", words::at_a_time(&step.config, 1));
        }
        self.line(step, &head, &LOOP_TOLD, at, known);

        let mut result = Ok(());
        let substeps = step.own_lists().find(|list| list.field == "substeps");
        let runs = resolved.as_ref().is_none_or(|items| !items.is_empty());
        if let Some(list) = substeps.filter(|_| runs) {
            let mut own = known.copy();
            for name in ["__index", "__key"].into_iter().chain(item_key) {
                own.forget(name);
            }
            result = self.list(&List::of(list), &at.inside(), &mut own);
            known.has_written |= own.has_written;
        }
        forget_sets(step, known);
        match (result, resolved) {
            (Err(source), Some(items)) if !is_tolerant(step) => Err(StepError::Item {
                key: items.get(0).0.unwrap_or("0").to_owned(),
                source: Box::new(source),
            }),
            _ => Ok(()),
        }
    }
}

/// The items of a loop; `None` where they are known only when it runs.
fn resolve(
    items: Value,
    known: &Knowledge,
) -> Result<Option<Result<Collection, StepError>>, StepError> {
    let items: Items = serde_json::from_value(items).map_err(StepError::failed)?;
    if let Items::Path(template) = &items {
        match known.render(|variables| template.render(variables)) {
            None => return Ok(None),
            Some(Ok(path)) => {
                let name = path.trim().split('.').next().unwrap_or_default();
                if !known.knows(name) {
                    return Ok(None);
                }
            }
            Some(Err(error)) => return Ok(Some(Err(template_failed("items", error)))),
        }
    }
    Ok(Some(items.resolve(known.artifacts())))
}

/// Whether a step may go well though something in it fails.
fn is_tolerant(step: &OutlineStep) -> bool {
    let fields = ["fail_fast", "max_failures"];
    fields.iter().any(|field| step.config.contains_key(*field))
}
