//! Steps that decide between two branches: the one that is taken, or both.

use recipe_core::StepError;
use recipe_core::registry::{Decision, OutlineList, OutlineStep};
use recipe_core::template::Template;
use recipe_steps::evaluate_condition;
use serde_json::Value;

use super::place::{List, Place};
use super::{Walk, template_failed};
use crate::commands::dry_run::knowledge::Knowledge;
use crate::commands::dry_run::words;

impl Walk<'_, '_> {
    pub(super) fn decides(
        &mut self,
        step: &OutlineStep,
        decision: Decision,
        head: &str,
        at: &Place,
        known: &mut Knowledge,
    ) -> Result<(), StepError> {
        let condition = Condition::of(step, decision.condition, known);
        let verdict = match &condition.holds {
            Ok(Some(true)) => ": holds",
            Ok(Some(false)) => ": does not hold",
            Ok(None) => words::UNKNOWN,
            Err(_) => "",
        };
        let head = format!(
            "{head} {}{verdict}",
            words::value(&condition.shown, self.plan)
        );
        let in_head = [decision.condition, decision.if_true, decision.if_false];
        let fields = words::fields(step, &in_head, known, self.plan);
        self.plan.line_with(at.depth, &head, ",", &fields, "");

        let branch = |field: &str| step.own_lists().find(|list| list.field == field);
        let [if_true, if_false] = [decision.if_true, decision.if_false].map(branch);
        match condition.holds {
            Err(error) => Err(self.fails(at, error)),
            Ok(Some(holds)) => {
                let (taken, other) = match holds {
                    true => (if_true, if_false),
                    false => (if_false, if_true),
                };
                let result = self.branch(taken, at, known);
                if let Some(other) = other.filter(|_| result.is_ok()) {
                    let count = words::count(other.steps.len(), "step");
                    let line = format!("{}: {count} not taken", other.field);
                    self.plan.line(at.depth + 1, &line);
                }
                result
            }
            Ok(None) => {
                let mut otherwise = known.clone();
                let one = self.branch(if_true, at, known);
                match (one, self.branch(if_false, at, &mut otherwise)) {
                    (Ok(()), Ok(())) => known.or(otherwise),
                    // If the run continues, it has taken the other branch.
                    (Err(_), Ok(())) => {
                        std::mem::swap(known, &mut otherwise);
                        known.stopped(otherwise);
                    }
                    (Ok(()), Err(_)) => known.stopped(otherwise),
                    (Err(error), Err(_)) => return Err(error),
                }
                Ok(())
            }
        }
    }

    fn branch(
        &mut self,
        branch: Option<&OutlineList>,
        at: &Place,
        known: &mut Knowledge,
    ) -> Result<(), StepError> {
        match branch {
            Some(list) => self.list(&List::from_outline(list), &at.inside(), known),
            None => Ok(()),
        }
    }
}

/// A condition, evaluated as far as possible.
struct Condition {
    /// Rendered, if that is more informative than the template.
    shown: Value,
    /// `None` if it is known only at run time.
    holds: Result<Option<bool>, StepError>,
}

impl Condition {
    fn of(step: &OutlineStep, field: &str, known: &Knowledge) -> Self {
        let written = step.config.get(field).cloned().unwrap_or_default();
        let Value::String(text) = &written else {
            return Self {
                holds: Ok(written.as_bool()),
                shown: written,
            };
        };
        let rendered = known.render(|variables| Template::parse(text)?.render(variables));
        match rendered {
            None => Self {
                shown: written,
                holds: Ok(None),
            },
            Some(Err(error)) => Self {
                shown: written,
                holds: Err(template_failed(field, error)),
            },
            Some(Ok(expression)) => {
                let holds = evaluate_condition(&expression).map_err(StepError::from);
                let says_more = !["true", "false"].contains(&expression.trim());
                let shown = match holds.is_ok() && says_more {
                    true => expression.into(),
                    false => written,
                };
                Self { shown, holds }
            }
        }
    }
}
