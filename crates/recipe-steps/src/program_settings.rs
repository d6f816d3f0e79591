//! Fields that `command` and `shell` have in common, and how they run a program.

use indexmap::IndexMap;
use recipe_core::template::Template;
use recipe_core::{ConfigError, Context, InField, Scope, StepError};
use serde_json::json;

use recipe_process::{Capture, Inherited, Process, ProcessError, Program};

/// Fields of a step that runs a program, other than the program itself.
pub(crate) struct ProcessSettings {
    pub(crate) env: IndexMap<String, Template>,
    pub(crate) cwd: Option<Template>,
    pub(crate) stdin: Option<Template>,
    pub(crate) output_key: Option<String>,
    pub(crate) check: bool,
}

impl ProcessSettings {
    /// Checks the names of environment variables.
    pub(crate) fn checked(self) -> Result<Self, ConfigError> {
        for name in self.env.keys() {
            if name.is_empty() || name.contains(['=', '\0']) {
                let message = format!("invalid variable name {name:?}");
                return Err(ConfigError::new("env", message));
            }
        }
        Ok(self)
    }

    /// Runs a program and stores its output. Fails if `check` is set and the program has failed.
    pub(crate) async fn run(
        &self,
        program: String,
        arguments: Vec<String>,
        scope: &Scope,
        context: &mut Context,
    ) -> Result<(), StepError> {
        let mut environment = Vec::with_capacity(self.env.len());
        for (name, value) in &self.env {
            let value = argument(value, &format!("env.{name}"), context)?;
            environment.push((name.clone(), value));
        }
        let directory = self.cwd.as_ref();
        let stdin = self.stdin.as_ref();
        let directory = directory.map(|directory| argument(directory, "cwd", context));
        let start = Program {
            program: program.clone(),
            arguments,
            environment,
            inherited: Inherited::All,
            directory: directory.transpose()?,
        };
        let stdin = stdin.map(|stdin| stdin.render(context).in_field("stdin"));
        let capture = match self.output_key {
            Some(_) => Capture::Keep,
            None => Capture::Drop,
        };
        let process = Process::new(start, stdin.transpose()?, capture);
        let output = process.run(scope).await?;
        let exit = output.exit;
        if let Some(key) = &self.output_key {
            // Stored before a failure, too, as the output explains it.
            context.set(
                key.as_str(),
                json!({
                    "stdout": output.stdout,
                    "stderr": output.stderr,
                    "status": exit.number(),
                }),
            );
        }
        if self.check && exit.number() != 0 {
            let last_lines = output.last_lines;
            return Err(ProcessError::Failed {
                program,
                exit,
                last_lines,
            }
            .into());
        }
        Ok(())
    }
}

/// Renders an argument of a program, which cannot contain NUL.
pub(crate) fn argument(
    template: &Template,
    field: &str,
    context: &Context,
) -> Result<String, StepError> {
    let text = template.render(context).in_field(field)?;
    if text.contains('\0') {
        let field = field.to_owned();
        return Err(ProcessError::Nul { field }.into());
    }
    Ok(text)
}
