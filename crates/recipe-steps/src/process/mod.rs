//! Running a program to its end, and leaving nothing of it behind.
//!
//! A program runs in a process group of its own. When it has ended, and when it is not to run on, all of the group is
//! ended: it is asked to (SIGTERM) and made to two seconds later (SIGKILL). What leaves the group, as daemons do, is
//! not followed. Should this process itself be killed, its programs live on: the means against that are not safe to
//! use beside threads.

mod error;
mod group;
mod output;
mod running;
mod settings;

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use recipe_core::{CancellationToken, Scope, StepError};
use tokio::process::Command;

pub use error::{Ending, ProcessError};
pub use group::ProcessGroup;
pub(crate) use output::Capture;
use running::Running;
pub(crate) use settings::{ProcessSettings, argument};

/// A program to run.
pub(crate) struct Process {
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
    /// Variables to set beside those of this process.
    pub(crate) environment: Vec<(String, String)>,
    /// The working directory, where it is another than that of this process.
    pub(crate) folder: Option<String>,
    pub(crate) stdin: Option<String>,
    pub(crate) capture: Capture,
}

/// A program that has run to its end.
pub(crate) struct Finished {
    pub(crate) ending: Ending,
    /// What was printed, empty where it was not to be captured.
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The last few lines of `stderr`, on one line.
    pub(crate) last_lines: String,
}

impl Process {
    /// Runs the program. Its output is told to the observers line by line.
    pub(crate) async fn run(self, scope: &Scope) -> Result<Finished, StepError> {
        let own = scope.clone();
        scope.run_to_end(|stop| self.supervise(own, stop)).await
    }

    async fn supervise(self, scope: Scope, stop: CancellationToken) -> Result<Finished, StepError> {
        let path = self.path();
        let child = match self.command(&path).spawn() {
            Ok(child) => child,
            Err(error) => return self.not_started(error, path, &scope).await,
        };
        let mut running = Running::new(self.program, child, self.capture);
        let result = tokio::select! {
            biased;
            () = stop.cancelled() => Err(StepError::Cancelled),
            result = running.complete(self.stdin, &scope) => result.map_err(StepError::from),
        };
        match result {
            Ok(status) => Ok(running.finished(status, &scope)),
            Err(error) => {
                running.end().await;
                Err(error)
            }
        }
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

    fn command(&self, path: &Path) -> Command {
        let mut command = Command::new(path);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(match self.stdin {
                Some(_) => Stdio::piped(),
                None => Stdio::null(),
            })
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

    async fn not_started(
        self,
        error: io::Error,
        path: PathBuf,
        scope: &Scope,
    ) -> Result<Finished, StepError> {
        scope
            .blocking(move || {
                let folder = self.folder.as_deref();
                Err(ProcessError::of_start(error, self.program, &path, folder))
            })
            .await
    }
}
