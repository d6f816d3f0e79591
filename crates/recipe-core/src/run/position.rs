//! Position of a step in a run: its address, the calls that led to it, its replay key.

use std::sync::Arc;

use crate::error::StepError;
use crate::journal::Fingerprint;
use crate::step_path::StepPath;

/// Number of nested steps that share a stack. Each takes some 12 KiB in a debug build, of the 2 MiB
/// of a worker thread.
const LEVELS: usize = 32;

/// Position of a step in a run.
#[derive(Clone)]
pub(super) struct Position {
    pub(super) path: StepPath,
    /// Number of steps around this one on its stack.
    level: usize,
    calls: Arc<Call>,
    /// Fingerprint of this step; set in durable runs.
    fingerprint: Option<Fingerprint>,
    /// Hash of the enclosing loop items and calls; part of the replay key.
    replay_scope: Option<Fingerprint>,
}

/// A called recipe, and the call that led to it.
struct Call {
    recipe: String,
    caller: Option<Arc<Call>>,
    depth: usize,
}

impl Position {
    /// Returns the position of a main recipe.
    pub(super) fn main(recipe: &str) -> Self {
        Self {
            path: StepPath::root(),
            level: 0,
            calls: Arc::new(Call {
                recipe: recipe.to_owned(),
                caller: None,
                depth: 0,
            }),
            fingerprint: None,
            replay_scope: None,
        }
    }

    /// Name of the innermost called recipe.
    pub(super) fn recipe(&self) -> &str {
        &self.calls.recipe
    }

    /// Returns the position of a recipe called from here.
    ///
    /// # Errors
    /// If recipe calls are nested deeper than `max_depth`.
    pub(super) fn call(&self, recipe: &str, max_depth: usize) -> Result<Self, StepError> {
        let calls = Arc::new(Call {
            recipe: recipe.to_owned(),
            depth: self.calls.depth + 1,
            caller: Some(self.calls.clone()),
        });
        if calls.depth > max_depth {
            return Err(StepError::TooDeep {
                limit: max_depth,
                recipes: calls.outermost_first(),
            });
        }
        let inner = Self {
            path: self.path.recipe(recipe),
            calls,
            ..*self
        };
        Ok(match self.fingerprint {
            Some(call) => inner.in_replay_scope(call),
            None => inner,
        })
    }

    /// Returns the position of a step inside this one, on the same stack.
    pub(super) fn nested(&self, path: StepPath) -> Self {
        Self {
            path,
            level: (self.level + 1) % LEVELS,
            calls: self.calls.clone(),
            ..*self
        }
    }

    /// Returns the position of a task, which has its own stack.
    pub(super) fn task(&self, path: StepPath) -> Self {
        Self {
            path,
            level: 0,
            calls: self.calls.clone(),
            ..*self
        }
    }

    /// Whether the next step must get its own stack.
    pub(super) fn is_stack_full(&self) -> bool {
        self.level == LEVELS - 1
    }

    /// Sets the fingerprint of this step.
    pub(super) fn with_fingerprint(self, fingerprint: Fingerprint) -> Self {
        Self {
            fingerprint: Some(fingerprint),
            ..self
        }
    }

    /// Returns the same position inside a loop item or a call with this fingerprint.
    pub(super) fn in_replay_scope(self, inner: Fingerprint) -> Self {
        let replay_scope = Fingerprint::from_parts(self.replay_scope.into_iter().chain([inner]));
        Self {
            replay_scope: Some(replay_scope),
            ..self
        }
    }

    /// Returns a fingerprint with the replay scope mixed in.
    pub(super) fn replay_fingerprint(&self, fingerprint: Fingerprint) -> Fingerprint {
        match self.replay_scope {
            Some(scope) => Fingerprint::from_parts([scope, fingerprint]),
            None => fingerprint,
        }
    }
}

impl Call {
    fn outermost_first(&self) -> Vec<String> {
        let mut recipes = vec![self.recipe.clone()];
        let mut caller = &self.caller;
        while let Some(call) = caller {
            recipes.push(call.recipe.clone());
            caller = &call.caller;
        }
        recipes.reverse();
        recipes
    }
}
