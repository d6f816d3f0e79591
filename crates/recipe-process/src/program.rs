//! A program to start.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use recipe_core::{Scope, StepError};
use tokio::process::{Child, Command};

use crate::error::ProcessError;
use crate::group::ProcessGroup;

/// A program to start in its own [process group](ProcessGroup).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "starting a program takes all of these"
)]
pub struct Program {
    /// Name to look up in `PATH`, or path.
    pub program: String,
    /// Arguments.
    pub arguments: Vec<String>,
    /// Environment variables to set.
    pub environment: Vec<(String, String)>,
    /// Environment variables to inherit.
    pub inherited: Inherited,
    /// Working directory; by default that of this process.
    pub directory: Option<String>,
}

/// Environment variables that a program inherits from this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Inherited {
    /// All variables.
    All,
    /// Only the variables of these names.
    Only(&'static [&'static str]),
}

impl Program {
    /// Starts the program with pipes for its output.
    ///
    /// # Errors
    /// Fails with a [`ProcessError`] if the program cannot be started.
    pub(super) async fn start(&self, stdin: Stdio, scope: &Scope) -> Result<Child, StepError> {
        let path = self.path();
        let error = match self.command(&path, stdin).spawn() {
            Ok(child) => return Ok(child),
            Err(error) => error,
        };
        let (program, directory) = (self.program.clone(), self.directory.clone());
        let explain = move || ProcessError::from_start(error, program, &path, directory.as_deref());
        scope.blocking(move || Err(explain())).await
    }

    /// Returns the program as the system takes it. A relative path is relative to the program's
    /// working directory, as its arguments are; the system looks up a bare name in `PATH`.
    fn path(&self) -> PathBuf {
        let path = Path::new(&self.program);
        match &self.directory {
            Some(directory) if path.components().nth(1).is_some() => {
                let path = Path::new(directory).join(path);
                std::path::absolute(&path).unwrap_or(path)
            }
            _ => path.to_owned(),
        }
    }

    fn command(&self, path: &Path, stdin: Stdio) -> Command {
        let mut command = Command::new(path);
        if let Inherited::Only(names) = self.inherited {
            let variables = names
                .iter()
                .filter_map(|name| Some((name, std::env::var_os(name)?)));
            command.env_clear().envs(variables);
        }
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // For a runtime that is shut down meanwhile.
            .kill_on_drop(true);
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        ProcessGroup::begin(&mut command);
        command
    }
}
