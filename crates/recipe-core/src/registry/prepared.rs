//! Recipes ready to run: every step is built, nested steps too.

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use super::Registry;
use super::builder::StepBuilder;
use crate::document::{Problems, Recipe};
use crate::event::StepInfo;
use crate::journal::{Fingerprint, RecipeStep};
use crate::policy::{Retry, Timeout};
use crate::run::Scope;
use crate::step::AnyStep;

/// A recipe with built steps.
pub(crate) struct PreparedRecipe {
    /// The fields of the document except its steps.
    pub(crate) document: Recipe,
    pub(crate) steps: Steps,
}

/// A built step.
pub(crate) struct PreparedStep {
    pub(crate) step_type: &'static str,
    pub(crate) name: Option<String>,
    /// The configuration as written.
    pub(crate) config: Arc<Map<String, Value>>,
    pub(crate) step: Arc<dyn AnyStep>,
    /// Timeout, retries and error steps, if any.
    pub(crate) controls: Option<Box<Controls>>,
    /// Hash for journals, computed on demand.
    pub(super) fingerprint: OnceLock<Fingerprint>,
}

impl PreparedStep {
    /// Returns what observers learn of the step at `scope`.
    pub(crate) fn info<'s>(&'s self, scope: &'s Scope) -> StepInfo<'s> {
        StepInfo {
            path: scope.path(),
            step_type: self.step_type,
            name: self.name.as_deref(),
            config: &self.config,
        }
    }

    /// Returns the hash of the step's text and of the steps inside it.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        *self.fingerprint.get_or_init(|| {
            let on_error = self
                .controls
                .as_ref()
                .and_then(|controls| controls.on_error.as_ref());
            Fingerprint::from_step(
                self.step_type,
                &self.config,
                on_error.map(Steps::fingerprint),
            )
        })
    }
}

/// Timeout, retries and error steps of a step.
pub(crate) struct Controls {
    pub(crate) timeout: Option<Timeout>,
    pub(crate) retry: Option<Retry>,
    pub(crate) on_error: Option<Steps>,
}

impl Controls {
    /// Returns `None` if nothing is set.
    pub(super) fn if_any(self) -> Option<Box<Self>> {
        let is_any = self.timeout.is_some() || self.retry.is_some() || self.on_error.is_some();
        is_any.then(|| Box::new(self))
    }
}

/// Steps inside another step's configuration, ready to run. Made by [`StepBuilder::steps`], run by
/// [`Scope::run_steps`](crate::Scope::run_steps) or one by one by [`Tasks`](crate::Tasks).
#[derive(Clone)]
pub struct Steps {
    pub(crate) field: &'static str,
    pub(crate) noun: &'static str,
    pub(crate) list: Arc<Vec<PreparedStep>>,
}

impl Steps {
    /// Number of steps.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns the hash of all steps.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::from_parts(self.list.iter().map(PreparedStep::fingerprint))
    }

    /// Returns the steps as journals know them.
    pub(crate) fn recipe_steps(&self) -> Vec<RecipeStep> {
        let steps = self.list.iter().map(|step| RecipeStep {
            step_type: step.step_type.to_owned(),
            fingerprint: step.fingerprint(),
        });
        steps.collect()
    }
}

impl Registry {
    /// Returns the steps of a recipe as journals know them, without those that have mistakes.
    pub fn steps_of(&self, recipe: &Recipe) -> Vec<RecipeStep> {
        self.prepare(recipe).0.steps.recipe_steps()
    }

    /// Builds the steps of a recipe. If the problems include errors, some steps are left out and
    /// the recipe must not run.
    pub(crate) fn prepare(&self, recipe: &Recipe) -> (PreparedRecipe, Problems) {
        let mut problems = recipe.warnings.clone();
        let mut builder = StepBuilder::root(self, recipe, &mut problems);
        builder.mcp_servers();
        let steps = builder.recipe_steps(recipe);
        problems.sort();
        let prepared = PreparedRecipe {
            document: Recipe {
                steps: Vec::new(),
                source: None,
                ..recipe.clone()
            },
            steps,
        };
        (prepared, problems)
    }
}
