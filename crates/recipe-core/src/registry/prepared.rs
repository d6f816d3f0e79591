//! Recipes ready to run: every step built, every nested step too.

use std::sync::Arc;

use super::Registry;
use super::builder::StepBuilder;
use crate::document::{Problems, Recipe};
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
    pub(crate) step: Arc<dyn AnyStep>,
}

/// Steps inside another step's configuration, ready to run. Made by [`StepBuilder::steps`], run by
/// [`Scope::run_steps`](crate::Scope::run_steps) or one by one by [`Tasks`](crate::Tasks).
#[derive(Clone)]
pub struct Steps {
    pub(crate) field: &'static str,
    pub(crate) noun: &'static str,
    pub(crate) list: Arc<[PreparedStep]>,
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
}

impl Registry {
    /// Builds the steps of a recipe. Where the problems include errors, some steps are left out and the
    /// recipe must not run.
    pub(crate) fn prepare(&self, recipe: &Recipe) -> (PreparedRecipe, Problems) {
        let mut problems = recipe.unknown.clone();
        let steps = StepBuilder::root(self, recipe, &mut problems).recipe_steps(recipe);
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
