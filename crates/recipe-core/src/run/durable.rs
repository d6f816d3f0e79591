//! State of a durable run: its journal, and facts that decide what may be recorded.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::environment::Environment;
use crate::Context;
use crate::journal::{ContextChange, Journal};
use crate::secrets::holds_secret;
use crate::step_path::StepPath;

/// Journal of a run, and the state that the run keeps for it.
pub(super) struct Durable {
    journal: Arc<dyn Journal>,
    /// Environment variables that recipes have named, by their configuration names.
    variables: Mutex<HashMap<String, Variable>>,
    /// Steps that are not recorded because they set a secret, and the steps around them.
    setting_secrets: Mutex<HashSet<StepPath>>,
}

struct Variable {
    name: String,
    value: String,
}

impl Durable {
    pub(super) fn new(journal: Arc<dyn Journal>) -> Self {
        Self {
            journal,
            variables: Mutex::default(),
            setting_secrets: Mutex::default(),
        }
    }

    pub(super) fn journal(&self) -> &dyn Journal {
        &*self.journal
    }

    /// Stores variables that a recipe copies into the configuration.
    pub(super) fn variables_named(&self, names: &[String], environment: &Environment) {
        let mut variables = lock(&self.variables);
        for name in names {
            if let Some(value) = environment.get(name) {
                let name = name.clone();
                let variable = variables.entry(name.to_lowercase());
                variable.or_insert(Variable { name, value });
            }
        }
    }

    /// Returns the change of a context. `None` if a step set a secret: secrets are never stored.
    pub(super) fn change(&self, before: &Context, after: &Context) -> Option<ContextChange> {
        let mut change = ContextChange::default();
        for (name, value) in after.config_changes_since(before) {
            match lock(&self.variables).get(name) {
                Some(variable) if *value == variable.value => {
                    change.variables.push(variable.name.clone());
                }
                _ if holds_secret(name, value) => return None,
                _ => change.config.push((name.to_owned(), value.clone())),
            }
        }
        let artifacts = after.writes_since(before);
        change.artifacts = artifacts
            .map(|(name, value)| (name.clone(), value.cloned()))
            .collect();
        Some(change)
    }

    /// Stores that a step is not recorded because it set a secret. Returns whether it is the
    /// innermost such step, which is reported.
    pub(super) fn is_first_with_secret(&self, path: &StepPath) -> bool {
        let mut setting = lock(&self.setting_secrets);
        let is_first = setting.insert(path.clone());
        setting.extend(path.ancestors().cloned());
        is_first
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // The values are consistent between any two statements.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
