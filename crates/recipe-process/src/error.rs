//! Errors of programs, and their exits.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitStatus;

use recipe_core::StepError;
use recipe_core::event::OutputStream;

/// A program that could not be run, or that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// The program does not exist.
    #[error("program not found: {program}")]
    NotFound {
        /// The program.
        program: String,
    },
    /// The file is not a program, or this user may not run it.
    #[error("not executable: {program}")]
    NotExecutable {
        /// The program.
        program: String,
    },
    /// The first line of a script names a program that does not exist.
    #[error("interpreter of the script not found: {program}")]
    NoInterpreter {
        /// The script.
        program: String,
    },
    /// The working directory does not exist.
    #[error("cwd: {}", missing(.directory))]
    NoDirectory {
        /// The directory.
        directory: String,
    },
    /// The program's name is empty after rendering.
    #[error("program is empty after rendering: {template:?}")]
    NoProgram {
        /// The name before rendering.
        template: String,
    },
    /// A text with a NUL character, which programs cannot be given.
    #[error("{field}: unexpected NUL character")]
    Nul {
        /// The field that the text comes from.
        field: String,
    },
    /// The program could not be started.
    #[error("cannot start {program}")]
    Start {
        /// The program.
        program: String,
        /// Error of the system.
        source: io::Error,
    },
    /// The output of the program could not be read.
    #[error("cannot read {stream}")]
    Read {
        /// The stream.
        stream: OutputStream,
        /// Error of the system.
        source: io::Error,
    },
    /// The input of the program could not be written.
    #[error("cannot write stdin")]
    Write {
        /// Error of the system.
        source: io::Error,
    },
    /// Waiting for the program failed.
    #[error("cannot wait for {program}")]
    Wait {
        /// The program.
        program: String,
        /// Error of the system.
        source: io::Error,
    },
    /// The program printed more than an artifact may hold.
    #[error("{stream} exceeds {limit} bytes, too many for `output_key`: write it to a file")]
    TooMuchOutput {
        /// The stream.
        stream: OutputStream,
        /// Maximum size, in bytes.
        limit: usize,
    },
    /// The program failed, and its exit is checked.
    #[error("{program} {exit}{}", behind_colon(.last_lines))]
    Failed {
        /// The program.
        program: String,
        /// Exit of the program.
        exit: Exit,
        /// The last few lines of its standard error, joined to one line.
        last_lines: String,
    },
}

/// Exit of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a program exits in no other way")]
pub enum Exit {
    /// It exited with this status; 0 means success.
    Status(i32),
    /// A signal of this number ended it.
    Signal(i32),
}

impl Exit {
    /// Returns the status, or the negated number of the signal.
    pub fn number(self) -> i32 {
        match self {
            Self::Status(status) => status,
            Self::Signal(signal) => -signal,
        }
    }
}

impl From<ExitStatus> for Exit {
    fn from(status: ExitStatus) -> Self {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
            return Self::Signal(signal);
        }
        Self::Status(status.code().unwrap_or(-1))
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "exited with status {status}"),
            Self::Signal(signal) => {
                write!(f, "was ended by signal {signal}")?;
                // Signals with the same number on every system.
                let name = match signal {
                    1 => "SIGHUP",
                    2 => "SIGINT",
                    3 => "SIGQUIT",
                    4 => "SIGILL",
                    6 => "SIGABRT",
                    8 => "SIGFPE",
                    9 => "SIGKILL",
                    11 => "SIGSEGV",
                    13 => "SIGPIPE",
                    15 => "SIGTERM",
                    _ => return Ok(()),
                };
                write!(f, " ({name})")
            }
        }
    }
}

impl ProcessError {
    /// Error of a program that could not be started. The system reports `not found` for the
    /// program, the script's interpreter and the directory alike, so this reads the file system to
    /// tell them apart.
    pub(super) fn from_start(
        source: io::Error,
        program: String,
        path: &Path,
        directory: Option<&str>,
    ) -> Self {
        if let Some(directory) = directory.filter(|directory| !Path::new(directory).is_dir()) {
            let directory = directory.to_owned();
            return Self::NoDirectory { directory };
        }
        let has_directory = path.components().nth(1).is_some();
        match source.kind() {
            io::ErrorKind::NotFound if has_directory && fs::metadata(path).is_ok() => {
                Self::NoInterpreter { program }
            }
            io::ErrorKind::NotFound => Self::NotFound { program },
            io::ErrorKind::PermissionDenied => Self::NotExecutable { program },
            _ => Self::Start { program, source },
        }
    }
}

impl From<ProcessError> for StepError {
    fn from(error: ProcessError) -> Self {
        StepError::failed(error)
    }
}

/// A template may have left the path empty, which would not be seen in a message.
fn missing(directory: &str) -> String {
    match directory {
        "" => "path is empty".to_owned(),
        path => format!("directory not found: {path}"),
    }
}

fn behind_colon(text: &str) -> String {
    match text {
        "" => String::new(),
        text => format!(": {text}"),
    }
}
