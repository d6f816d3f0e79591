//! The models that steps ask: those of the providers, or a program's own.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::model::{Model, ModelError, ModelSource};
use crate::model_name::ModelName;

/// Models of a registry's steps.
#[derive(Clone)]
pub struct Models {
    source: Arc<dyn ModelSource>,
    variables: Vec<String>,
}

impl Models {
    /// Creates the models of a source.
    pub fn new(source: impl ModelSource + 'static) -> Self {
        let variables = source.variables().iter();
        Self {
            variables: variables.map(|name| (*name).to_owned()).collect(),
            source: Arc::new(source),
        }
    }

    /// Returns the same models without those that start programs. The `reason` follows `commands
    /// are not allowed: `.
    #[must_use]
    pub fn without_commands(&self, reason: &str) -> Self {
        let refusing = self.source.without_commands(reason);
        Self {
            source: refusing.unwrap_or_else(|| self.source.clone()),
            variables: self.variables.clone(),
        }
    }

    /// The environment variables that the source reads.
    pub fn variables(&self) -> &[String] {
        &self.variables
    }

    /// Returns the model of this name.
    ///
    /// # Errors
    /// As [`ModelSource::model`].
    pub fn model(
        &self,
        name: &ModelName,
        config: &Map<String, Value>,
    ) -> Result<Arc<dyn Model>, ModelError> {
        self.source.model(name, config)
    }
}
