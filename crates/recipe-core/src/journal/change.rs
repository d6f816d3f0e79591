//! What a step changed in its context, as a journal keeps it.

use std::sync::Arc;

use serde_json::Value;

use crate::Context;

/// What became of a context between two moments.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ContextChange {
    /// Artifacts that were set, in their order, and those that were removed, which have no value.
    pub artifacts: Vec<(Arc<str>, Option<Arc<Value>>)>,
    /// Configuration values that were set, other than from environment variables. None of them is secret.
    pub config: Vec<(String, Value)>,
    /// Environment variables that were copied into the configuration. Their values are no part of the change: whoever
    /// applies it copies them anew.
    pub variables: Vec<String>,
}

impl ContextChange {
    /// Makes the artifacts and configuration values what they became. The environment variables are left to the caller.
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
