//! A program that a step talks to for as long as it needs it.

use std::process::Stdio;
use std::time::Duration;

use recipe_core::event::OutputStream;
use recipe_core::{Scope, StepError};
use tokio::io::{copy, sink};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::time::timeout;

use super::error::ProcessError;
use super::group::ProcessGroup;
use super::output::{Capture, Output};
use super::program::Program;

/// A program that serves a step over its standard input and output. What it prints to standard error is told to the
/// observers line by line.
///
/// Dropped, it is killed with all that it has started. Start and end it in work that
/// [runs to its end](Scope::run_to_end), so that it can tidy up.
pub struct ServerProcess {
    program: String,
    // Dropped before the program, whose number must still be its own then.
    group: ProcessGroup,
    child: Child,
    err_pipe: ChildStderr,
    stderr: Output,
}

impl ServerProcess {
    /// Starts a program; with it come the pipes that it prints into and reads from.
    ///
    /// # Errors
    /// With a [`ProcessError`] that says what is in the way.
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
            group: ProcessGroup::of(&child),
            err_pipe: child.stderr.take().expect("it is piped"),
            stderr: Output::new(OutputStream::Stderr, Capture::Drop),
            child,
        };
        Ok((process, stdout, stdin))
    }

    /// Waits until the program ends by itself, and says how. May be dropped and called again.
    pub async fn ended(&mut self, scope: &Scope) -> ProcessError {
        let status = {
            let read = self.stderr.read(&mut self.err_pipe, scope);
            tokio::pin!(read);
            tokio::select! {
                status = self.child.wait() => {
                    // What it has said last may still be on its way; what it has left behind may keep the pipe open.
                    let _ = timeout(LAST_WORDS, read).await;
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
                ending: status.into(),
                last_lines: self.stderr.last_lines(),
            },
            Err(source) => ProcessError::Wait { program, source },
        }
    }

    /// Ends the program with all that it has started. It has `patience` to end by itself, as servers do whose standard
    /// input is closed; then it is asked to, and made to after `grace`.
    pub async fn end(mut self, patience: Duration, grace: Duration) {
        let mut nowhere = sink();
        // What it prints while it tidies up must find a way out, or it could not end.
        let drained = copy(&mut self.err_pipe, &mut nowhere);
        let end = async {
            if timeout(patience, self.child.wait()).await.is_err() && cfg!(not(unix)) {
                // It may have ended by itself.
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

/// How long to listen for what a program has said before it ended.
const LAST_WORDS: Duration = Duration::from_millis(200);
