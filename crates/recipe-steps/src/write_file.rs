//! `write_file`: writes the files of an artifact; the flat form of `write_files`.

use recipe_core::registry::StepTraits;
use recipe_core::template::Template;
use recipe_core::{ConfigError, Context, Scope, Step, StepBuilder, StepError};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::write_files::{Source, default_root, write_all};

/// Writes the files of an artifact: the older form of `write_files` with `files_key`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "write_file")]
#[non_exhaustive]
pub struct WriteFileConfig {
    /// Artifact with a file `{path, content}` or a list of them.
    #[schemars(extend("x-artifact" = "reads"))]
    pub artifact: String,
    /// Directory to write to; the working directory by default. A template.
    #[serde(default = "default_root")]
    pub root: Template,
}

/// See [`WriteFileConfig`].
pub struct WriteFile {
    source: Source,
    root: Template,
}

impl Step for WriteFile {
    const TYPE: &'static str = "write_file";
    type Config = WriteFileConfig;
    const TRAITS: StepTraits = StepTraits::new().writes_files();

    fn new(config: WriteFileConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        let artifact = config.artifact;
        Ok(Self {
            source: Source::Artifact {
                artifact,
                confine: true,
            },
            root: config.root,
        })
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        write_all(&self.source, &self.root, scope, context).await
    }
}
