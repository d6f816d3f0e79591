//! The models that steps ask: those of the providers, or those that a program brings.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::model::{Model, ModelError, ModelSource};
use crate::model_name::ModelName;

/// Where the steps of a registry get their models from.
#[derive(Clone)]
pub struct Models {
    source: Arc<dyn ModelSource>,
    variables: Vec<String>,
}

impl Models {
    /// The models of a source.
    pub fn new(source: impl ModelSource + 'static) -> Self {
        let variables = source.variables().iter();
        Self {
            variables: variables.map(|name| (*name).to_owned()).collect(),
            source: Arc::new(source),
        }
    }

    /// The same models, none of which starts a program. The `reason` follows `commands are refused: `.
    #[must_use]
    pub fn without_commands(&self, reason: &str) -> Self {
        let refusing = self.source.without_commands(reason);
        Self {
            source: refusing.unwrap_or_else(|| self.source.clone()),
            variables: self.variables.clone(),
        }
    }

    /// The environment variables that the source looks at.
    pub fn variables(&self) -> &[String] {
        &self.variables
    }

    /// The model of this name.
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
