//! `read_file`: reads a file as a string; the flat form of `read_files`.

use recipe_core::journal::Effect;
use recipe_core::template::Template;
use recipe_core::{ConfigError, Context, InField, Scope, Step, StepBuilder, StepError};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::file::{FileError, read_text};

/// Reads a file as a string, regardless of its extension.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "read_file")]
#[non_exhaustive]
pub struct ReadFileConfig {
    /// File, relative to the working directory. A template.
    pub path: Template,
    /// Artifact for the content.
    #[schemars(extend("x-artifact" = "sets"))]
    pub artifact: String,
    /// Whether a missing file yields an empty string instead of failing; false by default.
    #[serde(default)]
    pub optional: bool,
}

/// See [`ReadFileConfig`].
pub struct ReadFile {
    config: ReadFileConfig,
}

impl Step for ReadFile {
    const TYPE: &'static str = "read_file";
    type Config = ReadFileConfig;
    const EFFECT: Effect = Effect::Context;

    fn new(config: ReadFileConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(Self { config })
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        let path = self.config.path.render(context).in_field("path")?;
        let optional = self.config.optional;
        let text = scope
            .blocking(move || match read_text(path.as_ref()) {
                Err(FileError::NotFound { .. }) if optional => Ok(String::new()),
                result => result,
            })
            .await?;
        context.set(self.config.artifact.as_str(), text);
        Ok(())
    }
}
