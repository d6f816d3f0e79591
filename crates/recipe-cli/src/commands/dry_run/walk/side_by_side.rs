//! Steps that run their substeps side by side, or for each of some items.

use recipe_core::StepError;
use recipe_core::registry::{ArtifactUse, OutlineStep};
use recipe_core::template::Template;
use recipe_steps::{Collection, Items};
use serde_json::Value;

use super::place::{List, Place};
use super::{Walk, forget_sets, template_failed};
use crate::commands::dry_run::knowledge::Knowledge;
use crate::commands::dry_run::words;

impl Walk<'_, '_> {
    pub(super) fn side_by_side(
        &mut self,
        step: &OutlineStep,
        head: &str,
        at: &Place,
        known: &mut Knowledge,
    ) -> Result<(), StepError> {
        let count = step.own_lists().map(|list| list.steps.len()).sum();
        let mut head = format!("{head} {}", words::count(count, "substep"));
        if count > 1 {
            head += &format!(", {}", words::at_a_time(&step.config, 0));
        }
        self.line(step, &head, &["max_concurrency", "substeps"], at, known);

        let mut result = Ok(());
        let before = known.copy();
        let inside = at.inside();
        for list in step.own_lists() {
            if self.is_too_deep(&list.steps, &inside) {
                continue;
            }
            for (index, substep) in list.steps.iter().enumerate() {
                let label = format!("{}[{index}]", list.field);
                let mut own = before.clone();
                let at = inside.step(Some(&list.field), &label);
                let ended = self.step(substep, &label, &at, &mut own);
                known.has_written |= own.has_written;
                result = result.and(ended.map_err(|source| {
                    StepError::substep(index, self.step_type(substep), substep.name.clone(), source)
                }));
            }
        }
        forget_sets(step, known);
        if is_tolerant(step) { Ok(()) } else { result }
    }

    /// `field` has the items.
    pub(super) fn repeats(
        &mut self,
        step: &OutlineStep,
        field: &str,
        head: &str,
        at: &Place,
        known: &mut Knowledge,
    ) -> Result<(), StepError> {
        let items = step.config.get(field).cloned().unwrap_or_default();
        let mut artifacts = step.artifacts.iter();
        let item = artifacts.find(|(_, how)| *how == ArtifactUse::Item);
        let item = item.map(|(item, _)| item);
        let item_field = item.map_or(field, |item| &*item.field);
        let in_head = [field, item_field, "max_concurrency", "substeps"];
        let shown = match &items {
            Value::String(path) if !Template::has_tags(path) => words::cut(path),
            Value::String(path) => words::template(path, known, self.plan),
            _ => "a list".to_owned(),
        };
        let resolved = resolve(items, field, known);
        let count = match &resolved {
            Some(Ok(items)) => words::count(items.len(), "item"),
            Some(Err(_)) => "no items".to_owned(),
            None => "items known at run time".to_owned(),
        };
        let name = item.map_or("item", |item| &*item.text);
        let mut head = format!("{head} each {} in {shown}: {count}", words::cut(name));
        let resolved = match resolved {
            Some(Ok(items)) => Some(items),
            Some(Err(error)) => {
                self.line(step, &head, &in_head, at, known);
                return Err(self.fails(at, error));
            }
            None => None,
        };
        if resolved.as_ref().is_none_or(|items| items.len() > 1) {
            head += &format!(", {}", words::at_a_time(&step.config, 1));
        }
        self.line(step, &head, &in_head, at, known);

        let mut result = Ok(());
        let runs = resolved.as_ref().is_none_or(|items| !items.is_empty());
        for list in step.own_lists().filter(|_| runs) {
            let mut own = known.copy();
            if !step.traits.isolates_substeps {
                // A later item finds the artifacts that the ones before it have set.
                own.forget_all();
            }
            let item = item.map(|item| &*item.text);
            for name in ["__index", "__key"].into_iter().chain(item) {
                own.forget(name);
            }
            let ended = self.list(&List::from_outline(list), &at.inside(), &mut own);
            result = result.and(ended);
            if step.traits.isolates_substeps {
                known.has_written |= own.has_written;
            } else {
                known.or(own);
            }
        }
        forget_sets(step, known);
        match (result, resolved) {
            (Err(source), Some(items)) if !is_tolerant(step) => {
                Err(StepError::item(items.get(0).0.unwrap_or("0"), source))
            }
            _ => Ok(()),
        }
    }
}

/// The items in a field; `None` if they are known only at run time.
fn resolve(items: Value, field: &str, known: &Knowledge) -> Option<Result<Collection, StepError>> {
    let items: Items = serde_json::from_value(items).ok()?;
    if let Items::Path(template) = &items {
        match known.render(|variables| template.render(variables))? {
            Ok(path) => {
                let name = path.trim().split('.').next().unwrap_or_default();
                if !known.knows(name) {
                    return None;
                }
            }
            Err(error) => return Some(Err(template_failed(field, error))),
        }
    }
    Some(items.resolve(known.artifacts()))
}

/// Whether a step may succeed although a substep fails.
fn is_tolerant(step: &OutlineStep) -> bool {
    let fields = ["fail_fast", "max_failures"];
    fields.iter().any(|field| step.config.contains_key(*field))
}
