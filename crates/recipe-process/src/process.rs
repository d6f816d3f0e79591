//! Running a program to its end, leaving none of its processes behind.

use std::process::Stdio;

use recipe_core::{CancellationToken, Scope, StepError};

use crate::program::Program;
use crate::running::{ProcessOutput, Running};
use crate::stream::Capture;

/// A program to run to its end.
#[derive(Debug)]
pub struct Process {
    program: Program,
    stdin: Option<String>,
    capture: Capture,
}

impl Process {
    /// A program with text for its standard input, which is closed if there is none.
    pub fn new(program: Program, stdin: Option<String>, capture: Capture) -> Self {
        Self {
            program,
            stdin,
            capture,
        }
    }

    /// Runs the program. Observers receive its output line by line.
    ///
    /// # Errors
    /// Fails with a [`ProcessError`](crate::ProcessError) if the program cannot be started, fed,
    /// read or waited for, or if its output exceeds 16 MiB while captured. Fails if cancelled.
    pub async fn run(self, scope: &Scope) -> Result<ProcessOutput, StepError> {
        let own = scope.clone();
        scope.run_to_end(|stop| self.supervise(own, stop)).await
    }

    async fn supervise(
        self,
        scope: Scope,
        stop: CancellationToken,
    ) -> Result<ProcessOutput, StepError> {
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
            Ok(status) => Ok(running.into_output(status, &scope)),
            Err(error) => {
                running.end().await;
                Err(error)
            }
        }
    }
}
