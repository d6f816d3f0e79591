//! `command`: runs a program without a shell.

use indexmap::IndexMap;
use recipe_core::registry::StepTraits;
use recipe_core::template::Template;
use recipe_core::{ConfigError, Context, Scope, Step, StepBuilder, StepError};
use recipe_process::ProcessError;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::program_settings::{ProcessSettings, argument};

/// Runs a program without a shell, so that arguments reach it unchanged.
///
/// Background processes of the program end with it, or when the step is stopped.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "command")]
#[non_exhaustive]
pub struct CommandConfig {
    /// Program: a name to look up in `PATH`, or a path relative to `cwd`. A template.
    pub program: Template,
    /// Arguments, passed on unchanged, including spaces. Templates.
    #[serde(default)]
    pub args: Vec<Template>,
    /// Additional environment variables. The values are templates.
    #[serde(default)]
    pub env: IndexMap<String, Template>,
    /// Directory to run the program in; the working directory by default. A template.
    #[serde(default)]
    pub cwd: Option<Template>,
    /// Standard input; empty by default. A template.
    #[serde(default)]
    pub stdin: Option<Template>,
    /// Artifact for `{stdout, stderr, status}`: at most 16 MiB each of output, and the exit status,
    /// or the negative number of the signal that ended the program.
    #[serde(default)]
    #[schemars(extend("x-artifact" = "sets"))]
    pub output_key: Option<String>,
    /// Whether an exit status other than 0 fails the step; true by default.
    #[serde(default = "recipe_core::internal::yes")]
    pub check: bool,
}

/// See [`CommandConfig`]. Needs a tokio runtime with I/O and time enabled.
pub struct Command {
    program: Template,
    arguments: Vec<Template>,
    settings: ProcessSettings,
}

impl Step for Command {
    const TYPE: &'static str = "command";
    type Config = CommandConfig;
    const TRAITS: StepTraits = StepTraits::new().starts_programs();

    fn new(config: CommandConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        let settings = ProcessSettings {
            env: config.env,
            cwd: config.cwd,
            stdin: config.stdin,
            output_key: config.output_key,
            check: config.check,
        };
        Ok(Self {
            program: config.program,
            arguments: config.args,
            settings: settings.checked()?,
        })
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        let program = argument(&self.program, "program", context)?;
        if program.is_empty() {
            let template = self.program.text().to_owned();
            return Err(ProcessError::NoProgram { template }.into());
        }
        let arguments = self.arguments.iter().enumerate();
        let arguments = arguments
            .map(|(index, template)| argument(template, &format!("args[{index}]"), context))
            .collect::<Result<_, _>>()?;
        self.settings.run(program, arguments, scope, context).await
    }
}
