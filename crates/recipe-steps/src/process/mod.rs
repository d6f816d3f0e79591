//! Running a program to its end, and leaving nothing of it behind.
//!
//! A program runs in a process group of its own. When it has ended, and when it is not to run on, all of the group is
//! ended: it is asked to (SIGTERM) and made to two seconds later (SIGKILL). What leaves the group, as daemons do, is
//! not followed. Should this process itself be killed, its programs live on: the means against that are not safe to
//! use beside threads.

mod error;
mod group;
mod output;
mod program;
mod running;
mod server;
mod settings;

use std::process::Stdio;

use recipe_core::{CancellationToken, Scope, StepError};

pub use error::{Ending, ProcessError};
pub use group::ProcessGroup;
pub(crate) use output::Capture;
pub use program::{Inherited, Program};
pub(crate) use running::Finished;
use running::Running;
pub use server::ServerProcess;
pub(crate) use settings::{ProcessSettings, argument};

/// A program to run.
pub(crate) struct Process {
    pub(crate) program: Program,
    pub(crate) stdin: Option<String>,
    pub(crate) capture: Capture,
}

impl Process {
    /// Runs the program. Its output is told to the observers line by line.
    pub(crate) async fn run(self, scope: &Scope) -> Result<Finished, StepError> {
        let own = scope.clone();
        scope.run_to_end(|stop| self.supervise(own, stop)).await
    }

    async fn supervise(self, scope: Scope, stop: CancellationToken) -> Result<Finished, StepError> {
        let stdin = match self.stdin {
            Some(_) => Stdio::piped(),
            None => Stdio::null(),
        };
        let child = self.program.start(stdin, &scope).await?;
        let mut running = Running::new(self.program.program, child, self.capture);
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
}
