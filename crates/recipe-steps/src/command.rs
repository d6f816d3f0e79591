//! `command`: a program, run without a shell.

use indexmap::IndexMap;
use recipe_core::registry::StepTraits;
use recipe_core::template::Template;
use recipe_core::{ConfigError, Context, Scope, Step, StepBuilder, StepError};
use recipe_process::ProcessError;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::program_settings::{ProcessSettings, argument};

/// Runs a program. No shell is involved: arguments reach the program as they are.
///
/// When the program has ended, or the step is stopped, whatever it has started in the background is ended, too.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "command")]
#[non_exhaustive]
pub struct CommandConfig {
    /// The program: a name that is looked for in `PATH`, or a path relative to `cwd`. A template.
    pub program: Template,
    /// The arguments, each passed on as one, spaces and all. Templates.
    #[serde(default)]
    pub args: Vec<Template>,
    /// Environment variables to set for the program, beside those that are set already. The values are templates.
    #[serde(default)]
    pub env: IndexMap<String, Template>,
    /// The folder to run the program in; the working directory by default. A template.
    #[serde(default)]
    pub cwd: Option<Template>,
    /// What the program reads from standard input; nothing by default. A template.
    #[serde(default)]
    pub stdin: Option<Template>,
    /// The artifact to store `{stdout, stderr, status}` in: at most 16 MiB of text each, and the exit status, or
    /// minus the number of the signal that ended the program.
    #[serde(default)]
    #[schemars(extend("x-artifact" = "sets"))]
    pub output_key: Option<String>,
    /// Whether an exit status other than 0 fails the step: true by default.
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
