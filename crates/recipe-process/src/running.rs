//! A running program: its input, its output, its end.

use std::future::pending;
use std::io;
use std::process::ExitStatus;

use recipe_core::event::OutputStream;
use recipe_core::{CancellationToken, Scope};
use tokio::io::{AsyncWriteExt, copy, sink};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::time::sleep;

use crate::error::{Exit, ProcessError};
use crate::group::{ProcessGroup, SHUTDOWN_GRACE};
use crate::stream::{Capture, OutputReader};

/// A running program.
pub(super) struct Running {
    program: String,
    // Dropped before the child, whose number must still be its own then.
    group: ProcessGroup,
    child: Child,
    out_pipe: ChildStdout,
    err_pipe: ChildStderr,
    stdout: OutputReader,
    stderr: OutputReader,
}

/// Output of a program that has ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct ProcessOutput {
    /// Exit of the program.
    pub exit: Exit,
    /// Its standard output; empty if not captured.
    pub stdout: String,
    /// Its standard error; empty if not captured.
    pub stderr: String,
    /// The last few lines of `stderr`, joined to one line.
    pub last_lines: String,
}

impl Running {
    /// A program that was started with pipes for its output.
    pub(super) fn new(program: String, mut child: Child, capture: Capture) -> Self {
        Self {
            program,
            group: ProcessGroup::from_child(&child),
            out_pipe: child.stdout.take().expect("it is piped"),
            err_pipe: child.stderr.take().expect("it is piped"),
            child,
            stdout: OutputReader::new(OutputStream::Stdout, capture),
            stderr: OutputReader::new(OutputStream::Stderr, capture),
        }
    }

    /// Writes the input and reads the output until the program and its group have ended.
    pub(super) async fn complete(
        &mut self,
        stdin: Option<String>,
        scope: &Scope,
    ) -> Result<ExitStatus, ProcessError> {
        let ended = CancellationToken::new();
        let stdin = self.child.stdin.take().zip(stdin);
        let feed = async {
            tokio::select! {
                result = feed(stdin) => result,
                () = ended.cancelled() => Ok(()),
            }
        };
        let streams = async {
            tokio::try_join!(
                self.stdout.read(&mut self.out_pipe, scope),
                self.stderr.read(&mut self.err_pipe, scope)
            )
        };
        let a_while_later = async {
            ended.cancelled().await;
            sleep(SHUTDOWN_GRACE).await;
        };
        let read = async {
            tokio::select! {
                result = streams => result.map(drop),
                () = a_while_later => {
                    scope.warn(
                        "a process that left its group keeps the output open: \
                         its further output is ignored",
                    );
                    Ok(())
                }
            }
        };
        let wait = async {
            let status = self.child.wait().await;
            // Processes left behind may keep the pipes open, so that reading would never end.
            self.group.end(SHUTDOWN_GRACE).await;
            ended.cancel();
            status.map_err(|source| ProcessError::Wait {
                program: self.program.clone(),
                source,
            })
        };
        tokio::try_join!(wait, feed, read).map(|(status, (), ())| status)
    }

    /// Ends the program and its group.
    pub(super) async fn end(&mut self) {
        if cfg!(not(unix)) {
            // It may have ended already.
            let _ = self.child.start_kill();
        }
        // Without a reader, a program that prints while it shuts down could not end.
        let mut nowhere = (sink(), sink());
        let drained = async {
            let _ = tokio::join!(
                copy(&mut self.out_pipe, &mut nowhere.0),
                copy(&mut self.err_pipe, &mut nowhere.1)
            );
            pending().await
        };
        tokio::select! {
            _ = async { tokio::join!(self.child.wait(), self.group.end(SHUTDOWN_GRACE)) } => {}
            () = drained => {}
        }
    }

    /// Returns the output of a program that has ended.
    pub(super) fn into_output(mut self, status: ExitStatus, scope: &Scope) -> ProcessOutput {
        self.stdout.end(scope);
        self.stderr.end(scope);
        ProcessOutput {
            exit: status.into(),
            last_lines: self.stderr.last_lines(),
            stdout: self.stdout.into_text(scope),
            stderr: self.stderr.into_text(scope),
        }
    }
}

/// Writes a program's input and closes it.
async fn feed(stdin: Option<(ChildStdin, String)>) -> Result<(), ProcessError> {
    let Some((mut pipe, text)) = stdin else {
        return Ok(());
    };
    match pipe.write_all(text.as_bytes()).await {
        // Programs need not read all of their input.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|source| ProcessError::Write { source }),
    }
}
