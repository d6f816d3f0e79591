//! `shell`: runs a command line with `sh`.

use indexmap::IndexMap;
use recipe_core::registry::StepTraits;
use recipe_core::template::Template;
use recipe_core::{ConfigError, Context, Scope, Step, StepBuilder, StepError};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::program_settings::{ProcessSettings, argument};

/// Runs a command line through `sh -c`.
///
/// Background processes of the shell end with it, or when the step is stopped.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "shell")]
#[non_exhaustive]
pub struct ShellConfig {
    /// Command line. A template, whose result the shell interprets: pass untrusted values through
    /// `env`.
    pub command: Template,
    /// Additional environment variables. The values are templates.
    #[serde(default)]
    pub env: IndexMap<String, Template>,
    /// Directory to run the shell in; the working directory by default. A template.
    #[serde(default)]
    pub cwd: Option<Template>,
    /// Standard input; empty by default. A template.
    #[serde(default)]
    pub stdin: Option<Template>,
    /// Artifact for `{stdout, stderr, status}`: at most 16 MiB each of output, and the exit status,
    /// or the negative number of the signal that ended the shell.
    #[serde(default)]
    #[schemars(extend("x-artifact" = "sets"))]
    pub output_key: Option<String>,
    /// Whether an exit status other than 0 fails the step; true by default.
    #[serde(default = "recipe_core::internal::yes")]
    pub check: bool,
}

/// See [`ShellConfig`]. Needs a tokio runtime with I/O and time enabled.
pub struct Shell {
    command: Template,
    settings: ProcessSettings,
}

impl Step for Shell {
    const TYPE: &'static str = "shell";
    type Config = ShellConfig;
    const TRAITS: StepTraits = StepTraits::new().starts_programs();

    fn new(config: ShellConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        let settings = ProcessSettings {
            env: config.env,
            cwd: config.cwd,
            stdin: config.stdin,
            output_key: config.output_key,
            check: config.check,
        };
        Ok(Self {
            command: config.command,
            settings: settings.checked()?,
        })
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        let command = argument(&self.command, "command", context)?;
        // After `--`, a command line may start with a minus.
        let arguments = vec!["-c".to_owned(), "--".to_owned(), command];
        self.settings
            .run("sh".to_owned(), arguments, scope, context)
            .await
    }
}
