//! A program to start: what, with what, and where.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use recipe_core::{Scope, StepError};
use tokio::process::{Child, Command};

use super::error::ProcessError;
use super::group::ProcessGroup;

/// A program to start, in a [process group](ProcessGroup) of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "whoever starts a program says all of this"
)]
pub struct Program {
    /// Its name, looked for in `PATH`, or its path.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Variables to set.
    pub environment: Vec<(String, String)>,
    /// The variables that it has beside those.
    pub inherited: Inherited,
    /// The working directory, where it is another than that of this process.
    pub folder: Option<String>,
}

/// The variables of this process that a program gets to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Inherited {
    /// All of them.
    All,
    /// Those of these names.
    Only(&'static [&'static str]),
}

impl Program {
    /// Starts the program with pipes for what it prints.
    ///
    /// # Errors
    /// With a [`ProcessError`] that says what is in the way.
    pub(super) async fn start(&self, stdin: Stdio, scope: &Scope) -> Result<Child, StepError> {
        let path = self.path();
        let error = match self.command(&path, stdin).spawn() {
            Ok(child) => return Ok(child),
            Err(error) => error,
        };
        let (program, folder) = (self.program.clone(), self.folder.clone());
        scope
            .blocking(move || {
                let error = ProcessError::of_start(error, program, &path, folder.as_deref());
                Err(error)
            })
            .await
    }

    /// The program to start. One with a folder in its name is relative to its working directory, as its arguments are;
    /// the system looks for others in PATH.
    fn path(&self) -> PathBuf {
        let path = Path::new(&self.program);
        match &self.folder {
            Some(folder) if path.components().nth(1).is_some() => {
                let path = Path::new(folder).join(path);
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
            // Where the runtime is shut down in the midst of it.
            .kill_on_drop(true);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        ProcessGroup::begin(&mut command);
        command
    }
}
