//! Environment variables that recipes name in `env_vars`.

use std::collections::HashMap;
use std::sync::Arc;

use crate::Context;

/// Source of the environment variables that recipes name.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Environment {
    /// The environment of this process.
    #[default]
    Process,
    /// The environment of this process, then these variables, such as those of a `.env` file.
    ProcessOr(Arc<HashMap<String, String>>),
    /// Only these variables.
    Fixed(Arc<HashMap<String, String>>),
}

impl Environment {
    /// Returns the value of a variable if it is set and valid UTF-8.
    pub fn get(&self, name: &str) -> Option<String> {
        match self {
            Self::Process => std::env::var(name).ok(),
            Self::ProcessOr(others) => std::env::var(name)
                .ok()
                .or_else(|| others.get(name).cloned()),
            Self::Fixed(variables) => variables.get(name).cloned(),
        }
    }

    /// Copies variables into the configuration under their lower-case names. Keeps values that are
    /// already configured.
    pub fn copy(&self, names: &[String], context: &mut Context) {
        for name in names {
            let lower = name.to_lowercase();
            if context.config().contains_key(&lower) {
                continue;
            }
            if let Some(value) = self.get(name) {
                context.set_config(lower, value);
            }
        }
    }
}
