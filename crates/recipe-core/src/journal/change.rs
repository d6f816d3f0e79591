//! Changes of a context by a step, as a journal stores them.

use std::sync::Arc;

use serde_json::Value;

use crate::Context;

/// Changes of a context between two moments.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ContextChange {
    /// Artifacts that were set, in order, and removed ones, which have no value.
    pub artifacts: Vec<(Arc<str>, Option<Arc<Value>>)>,
    /// Configuration values that were set, except from environment variables. None is secret.
    pub config: Vec<(String, Value)>,
    /// Environment variables that were copied into the configuration. Their values are not part of
    /// the change: applying it copies the current ones.
    pub variables: Vec<String>,
}

impl ContextChange {
    /// Applies the artifacts and configuration values. The caller applies environment variables.
    pub(crate) fn apply(self, context: &mut Context) {
        for (name, value) in self.artifacts {
            match value {
                Some(value) => context.set_shared(name, value),
                None => drop(context.remove(&name)),
            }
        }
        for (name, value) in self.config {
            context.set_config(name, value);
        }
    }
}
