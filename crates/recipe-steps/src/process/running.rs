//! A program that runs: feeding it, reading it, waiting for it, ending it.

use std::future::pending;
use std::io;
use std::process::ExitStatus;

use recipe_core::event::OutputStream;
use recipe_core::{CancellationToken, Scope};
use tokio::io::{AsyncWriteExt, copy, sink};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::time::sleep;

use super::error::{Ending, ProcessError};
use super::group::{GRACE, ProcessGroup};
use super::output::{Capture, Output};

/// A program that has been started.
pub(super) struct Running {
    program: String,
    // Dropped before the program, whose number must still be its own then.
    group: ProcessGroup,
    child: Child,
    out_pipe: ChildStdout,
    err_pipe: ChildStderr,
    stdout: Output,
    stderr: Output,
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

impl Running {
    /// A program that was started with pipes for what it prints.
    pub(super) fn new(program: String, mut child: Child, capture: Capture) -> Self {
        Self {
            program,
            group: ProcessGroup::of(&child),
            out_pipe: child.stdout.take().expect("it is piped"),
            err_pipe: child.stderr.take().expect("it is piped"),
            child,
            stdout: Output::new(OutputStream::Stdout, capture),
            stderr: Output::new(OutputStream::Stderr, capture),
        }
    }

    /// Feeds and reads the program until it has ended, and with it all that it has started.
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
            sleep(GRACE).await;
        };
        let read = async {
            tokio::select! {
                result = streams => result.map(drop),
                () = a_while_later => {
                    scope.warn(
                        "a process that has left its group keeps the output open, \
                         what it prints from here on is left out",
                    );
                    Ok(())
                }
            }
        };
        let wait = async {
            let status = self.child.wait().await;
            // What the program has left behind may hold the pipes open, so that they would never come to an end.
            self.group.end(GRACE).await;
            ended.cancel();
            status.map_err(|source| ProcessError::Wait {
                program: self.program.clone(),
                source,
            })
        };
        tokio::try_join!(wait, feed, read).map(|(status, (), ())| status)
    }

    /// Ends the program, which is not to run on, with all that it has started.
    pub(super) async fn end(&mut self) {
        if cfg!(not(unix)) {
            // It may have ended by itself.
            let _ = self.child.start_kill();
        }
        // What it prints while it tidies up must find a way out, or it could not end.
        let mut nowhere = (sink(), sink());
        let drained = async {
            let _ = tokio::join!(
                copy(&mut self.out_pipe, &mut nowhere.0),
                copy(&mut self.err_pipe, &mut nowhere.1)
            );
            pending().await
        };
        tokio::select! {
            _ = async { tokio::join!(self.child.wait(), self.group.end(GRACE)) } => {}
            () = drained => {}
        }
    }

    /// What has become of a program that has ended.
    pub(super) fn finished(mut self, status: ExitStatus, scope: &Scope) -> Finished {
        self.stdout.end(scope);
        self.stderr.end(scope);
        Finished {
            ending: status.into(),
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
