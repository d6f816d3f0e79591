//! Visits the steps in the order of a run.
//!
//! At a step that is certain to fail the walk ends with the error of the run. If the run may not
//! get there, the plan shows the error and continues.

mod conditional;
mod execute_recipe;
mod place;
#[cfg(feature = "llm")]
mod request;
mod set_context;
mod side_by_side;
mod written;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use recipe_core::registry::{OutlineStep, StepType};
use recipe_core::template::TemplateError;
use recipe_core::{InField, Step, StepError, chain};
use recipe_steps::{SetContext, artifacts_set_for};
use serde_json::Value;

use super::called::{Called, Recipes};
use super::knowledge::Knowledge;
use super::plan::Plan;
use super::words;
use place::{List, ON_ERROR, Place};

/// Maximum nesting depth of steps. Deeper ones are counted, not shown.
const MAX_DEPTH: usize = 40;

/// Visits the steps of a run.
pub(super) struct Walk<'w, 'p> {
    recipes: Recipes<'p>,
    plan: &'w mut Plan,
    /// The recipes being visited, the innermost last.
    stack: Vec<PathBuf>,
    calls: usize,
    /// The known paths of files that may have been written.
    files: HashSet<PathBuf>,
}

impl<'w, 'p> Walk<'w, 'p> {
    pub(super) fn new(recipes: Recipes<'p>, plan: &'w mut Plan, main: &Path) -> Self {
        Self {
            recipes,
            plan,
            stack: main.canonicalize().into_iter().collect(),
            calls: 0,
            files: HashSet::new(),
        }
    }

    /// Visits the main recipe.
    pub(super) fn main(&mut self, main: &Called, known: &mut Knowledge) -> Result<(), StepError> {
        let place = Place {
            path: String::new(),
            depth: 0,
        };
        self.recipe(main, &place, known)
    }

    fn recipe(
        &mut self,
        recipe: &Called,
        at: &Place,
        known: &mut Knowledge,
    ) -> Result<(), StepError> {
        if recipe.steps.is_empty() {
            self.plan.line(at.depth, "no steps");
        }
        let list = List {
            steps: &recipe.steps,
            noun: "step",
            field: None,
        };
        self.list(&list, at, known)
    }

    fn list(
        &mut self,
        list: &List<'_>,
        at: &Place,
        known: &mut Knowledge,
    ) -> Result<(), StepError> {
        if self.is_too_deep(list.steps, at) {
            known.forget_all();
            return Ok(());
        }
        for (index, step) in list.steps.iter().enumerate() {
            let label = list.label(index);
            self.step(step, &label, &at.step(list.field, &label), known)
                .map_err(|source| {
                    StepError::step(
                        list.noun,
                        index,
                        self.step_type(step),
                        step.name.clone(),
                        source,
                    )
                })?;
        }
        Ok(())
    }

    /// Whether steps are too deep to show, which the plan then says.
    fn is_too_deep(&mut self, steps: &[OutlineStep], at: &Place) -> bool {
        let is_too_deep = at.depth > MAX_DEPTH && !steps.is_empty();
        if is_too_deep {
            let count = words::count(steps.len(), "step");
            let line = format!("… {count}, too deep to show");
            self.plan.line(at.depth, &line);
        }
        is_too_deep
    }

    /// Visits a step, and its `on_error` steps.
    fn step(
        &mut self,
        step: &OutlineStep,
        label: &str,
        at: &Place,
        known: &mut Knowledge,
    ) -> Result<(), StepError> {
        if !self.plan.has_room() {
            known.forget_all();
            return Ok(());
        }
        let head = match &step.name {
            Some(name) => {
                let name = words::value(&Value::from(name.as_str()), self.plan);
                format!("{label} {name} {}", step.step_type)
            }
            None => format!("{label} {}", step.step_type),
        };
        if !step.controls.contains_key(ON_ERROR) {
            return self.attempt(step, head, at, known);
        }
        let touched_before = known.take_touched();
        let failed = self.attempt(step, head, at, known);
        let touched = known.take_touched();
        known.touch(touched_before);
        known.touch(touched.clone());

        let mut recovering = known.clone();
        if failed.is_ok() {
            // It may fail after some of its work.
            touched.iter().for_each(|name| recovering.forget(name));
        }
        recovering.forget("error");
        let recovered = self.on_error(step, at, &mut recovering);
        match (failed, recovered) {
            (Err(_), recovered) => {
                *known = recovering;
                recovered
            }
            (Ok(()), Ok(())) => {
                known.or(recovering);
                Ok(())
            }
            // The run continues only if the step does not fail.
            (Ok(()), Err(_)) => Ok(()),
        }
    }

    fn on_error(
        &mut self,
        step: &OutlineStep,
        at: &Place,
        known: &mut Knowledge,
    ) -> Result<(), StepError> {
        match step.on_error() {
            Some(list) => self.list(&List::from_outline(list), &at.inside(), known),
            None => {
                self.plan.line(at.depth + 1, "on_error: carries on");
                Ok(())
            }
        }
    }

    fn attempt(
        &mut self,
        step: &OutlineStep,
        head: String,
        at: &Place,
        known: &mut Knowledge,
    ) -> Result<(), StepError> {
        self.written(step, known);
        let traits = step.traits;
        if self.is::<SetContext>(step) {
            self.set_context(step, &head, at, known)
        } else if let Some(call) = traits.calls_recipe {
            self.calls_recipe(step, call, &head, at, known)
        } else if let Some(decision) = traits.decides {
            self.decides(step, decision, &head, at, known)
        } else if let Some(items) = traits.repeats_over {
            self.repeats(step, items, &head, at, known)
        } else if traits.runs_side_by_side {
            self.side_by_side(step, &head, at, known)
        } else {
            self.line(step, &head, &[], at, known);
            #[cfg(feature = "llm")]
            self.request(step, at, known);
            forget_sets(step, known);
            // Nothing states whether its substeps run.
            for list in step.own_lists() {
                let mut inner = known.copy();
                let _ = self.list(&List::from_outline(list), &at.inside(), &mut inner);
                if traits.isolates_substeps {
                    known.has_written |= inner.has_written;
                } else {
                    known.or(inner);
                }
            }
            Ok(())
        }
    }

    /// Whether a step is of a Rust type.
    fn is<S: Step>(&self, step: &OutlineStep) -> bool {
        let step_type = self.recipes.registry.get(&step.step_type);
        step_type.is_some_and(StepType::is::<S>)
    }

    /// Adds the line of a step, with its fields and the artifacts it sets.
    fn line(
        &mut self,
        step: &OutlineStep,
        head: &str,
        in_head: &[&str],
        at: &Place,
        known: &Knowledge,
    ) {
        let fields = words::fields(step, in_head, known, self.plan);
        let sets = words::sets(step, known, self.plan);
        let separator = if in_head.is_empty() { "" } else { "," };
        self.plan
            .line_with(at.depth, head, separator, &fields, &sets);
    }

    /// Adds the failure of a step to the plan.
    fn fails(&mut self, at: &Place, error: StepError) -> StepError {
        self.plan
            .line(at.depth + 1, &format!("fails: {}", chain(&error)));
        error
    }

    /// Returns the type of a step, as registered.
    fn step_type(&self, step: &OutlineStep) -> &'static str {
        let step_type = self.recipes.registry.get(&step.step_type);
        step_type.map_or("step", StepType::name)
    }
}

/// Parses a step's configuration, which was checked with its recipe.
fn config<S: Step>(step: &OutlineStep) -> Result<S::Config, StepError> {
    serde_json::from_value(Value::Object((*step.config).clone())).map_err(StepError::failed)
}

fn template_failed(field: &str, error: TemplateError) -> StepError {
    let failed: Result<(), _> = Err(error).in_field(field);
    failed.expect_err("it is an error")
}

/// Records that a step sets artifacts to unknown values.
fn forget_sets(step: &OutlineStep, known: &mut Knowledge) {
    for name in words::sets_artifacts(step) {
        match words::rendered(name, known) {
            Some(name) => artifacts_set_for(&name).for_each(|name| known.forget(&name)),
            None => known.forget_all(),
        }
    }
}
