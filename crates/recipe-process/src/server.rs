//! A program that a step talks to.

use std::process::Stdio;
use std::time::Duration;

use recipe_core::event::OutputStream;
use recipe_core::{Scope, StepError};
use tokio::io::{copy, sink};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::time::timeout;

use crate::error::ProcessError;
use crate::group::ProcessGroup;
use crate::program::Program;
use crate::stream::{Capture, OutputReader};

/// A program that serves a step over its standard input and output. Observers receive its standard
/// error line by line.
///
/// Dropping it kills its process group. Start and end it in work that
/// [runs to its end](Scope::run_to_end), so that it can shut down cleanly.
pub struct ServerProcess {
    program: String,
    // Dropped before the child, whose number must still be its own then.
    group: ProcessGroup,
    child: Child,
    err_pipe: ChildStderr,
    stderr: OutputReader,
}

impl ServerProcess {
    /// Starts a program; returns it with the pipes of its standard output and input.
    ///
    /// # Errors
    /// Fails with a [`ProcessError`] if the program cannot be started.
    #[expect(clippy::missing_panics_doc, reason = "the pipes are there")]
    pub async fn start(
        program: Program,
        scope: &Scope,
    ) -> Result<(Self, ChildStdout, ChildStdin), StepError> {
        let mut child = program.start(Stdio::piped(), scope).await?;
        let stdout = child.stdout.take().expect("it is piped");
        let stdin = child.stdin.take().expect("it is piped");
        let process = Self {
            program: program.program,
            group: ProcessGroup::from_child(&child),
            err_pipe: child.stderr.take().expect("it is piped"),
            stderr: OutputReader::new(OutputStream::Stderr, Capture::Drop),
            child,
        };
        Ok((process, stdout, stdin))
    }

    /// Waits until the program ends by itself, and returns its exit as an error. May be dropped and
    /// called again.
    pub async fn ended(&mut self, scope: &Scope) -> ProcessError {
        let status = {
            let read = self.stderr.read(&mut self.err_pipe, scope);
            tokio::pin!(read);
            tokio::select! {
                status = self.child.wait() => {
                    // Its last output may still be in the pipe, which processes left behind may
                    // keep open.
                    let _ = timeout(DRAIN_TIMEOUT, read).await;
                    status
                }
                _ = &mut read => self.child.wait().await,
            }
        };
        self.stderr.end(scope);
        let program = self.program.clone();
        match status {
            Ok(status) => ProcessError::Failed {
                program,
                exit: status.into(),
                last_lines: self.stderr.last_lines(),
            },
            Err(source) => ProcessError::Wait { program, source },
        }
    }

    /// Ends the program and its group: it has `patience` to end by itself, as servers do when their
    /// standard input is closed, then receives SIGTERM, and SIGKILL after `grace`.
    pub async fn end(mut self, patience: Duration, grace: Duration) {
        let mut nowhere = sink();
        // Without a reader, a program that prints while it shuts down could not end.
        let drained = copy(&mut self.err_pipe, &mut nowhere);
        let end = async {
            if timeout(patience, self.child.wait()).await.is_err() && cfg!(not(unix)) {
                // It may have ended already.
                let _ = self.child.start_kill();
            }
            tokio::join!(self.child.wait(), self.group.end(grace))
        };
        tokio::pin!(end);
        tokio::select! {
            _ = &mut end => {}
            _ = drained => drop(end.await),
        }
    }
}

/// Time to read the last output of a program that has ended.
const DRAIN_TIMEOUT: Duration = Duration::from_millis(200);
