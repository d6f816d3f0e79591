//! Recipes ready to run: every step built, every nested step too.

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

/// A recipe whose steps are built.
pub(crate) struct PreparedRecipe {
    /// What the document says of itself; its list of steps stands in `steps`.
    pub(crate) document: Recipe,
    pub(crate) steps: Steps,
}

/// A step that is built and waits for a context.
pub(crate) struct PreparedStep {
    pub(crate) step_type: &'static str,
    pub(crate) name: Option<String>,
    /// As written.
    pub(crate) config: Arc<Map<String, Value>>,
    pub(crate) step: Arc<dyn AnyStep>,
    /// How it is run, where that is not just once.
    pub(crate) controls: Option<Box<Controls>>,
    /// What it is, for journals; made when one asks.
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

    /// What the step is: its own text, and the texts inside.
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

/// How a step is run: for how long, how often, and what follows when it has failed.
pub(crate) struct Controls {
    pub(crate) timeout: Option<Timeout>,
    pub(crate) retry: Option<Retry>,
    pub(crate) on_error: Option<Steps>,
}

impl Controls {
    /// Nothing, where there is nothing to control.
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
    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What they are together.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::from_parts(self.list.iter().map(PreparedStep::fingerprint))
    }

    /// What each of them is.
    pub(crate) fn recipe_steps(&self) -> Vec<RecipeStep> {
        let steps = self.list.iter().map(|step| RecipeStep {
            step_type: step.step_type.to_owned(),
            fingerprint: step.fingerprint(),
        });
        steps.collect()
    }
}

impl Registry {
    /// The steps of a recipe as journals know them; those that have mistakes are left out.
    pub fn steps_of(&self, recipe: &Recipe) -> Vec<RecipeStep> {
        self.prepare(recipe).0.steps.recipe_steps()
    }

    /// Builds the steps of a recipe. Where the problems include errors, some steps are left out and the
    /// recipe must not run.
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
