//! What can go wrong with a program that a step runs.

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
    /// There is no such program.
    #[error("program not found: {program}")]
    NotFound {
        /// The program.
        program: String,
    },
    /// The file is no program, or not ours to run.
    #[error("not executable: {program}")]
    NotExecutable {
        /// The program.
        program: String,
    },
    /// The first line of a script names a program that is not there.
    #[error("the interpreter of the script is not found: {program}")]
    NoInterpreter {
        /// The script.
        program: String,
    },
    /// There is no such folder to run it in.
    #[error("cwd: folder not found: {}", shown(.folder))]
    NoFolder {
        /// The folder.
        folder: String,
    },
    /// Nothing is left of the program's name after rendering.
    #[error("the program is empty after rendering: {template:?}")]
    NoProgram {
        /// The name before rendering.
        template: String,
    },
    /// A text that programs cannot be given.
    #[error("{field}: programs cannot be given text with a NUL character in it")]
    Nul {
        /// The field that it comes from.
        field: String,
    },
    /// The program could not be started.
    #[error("cannot start {program}")]
    Start {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// What the program prints could not be read.
    #[error("cannot read {stream}")]
    Read {
        /// From where.
        stream: OutputStream,
        /// Why.
        source: io::Error,
    },
    /// The program could not be given its input.
    #[error("cannot write stdin")]
    Write {
        /// Why.
        source: io::Error,
    },
    /// It could not be learnt how the program ended.
    #[error("cannot wait for {program}")]
    Wait {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// The program printed more than an artifact should hold.
    #[error(
        "over {limit} bytes on {stream}, too many for `output_key`, have them written to a file"
    )]
    TooMuchOutput {
        /// Where it printed it.
        stream: OutputStream,
        /// The most that is kept, in bytes.
        limit: usize,
    },
    /// The program failed, and that is checked.
    #[error("{program} {ending}{}", behind_colon(.last_lines))]
    Failed {
        /// The program.
        program: String,
        /// How it ended.
        ending: Ending,
        /// The last few lines it printed to standard error, on one line.
        last_lines: String,
    },
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no other way to end")]
pub enum Ending {
    /// By itself, with this status; 0 means that all went well.
    Status(i32),
    /// By the signal of this number.
    Signal(i32),
}

impl Ending {
    /// One number for both: the status, or minus the number of the signal.
    pub fn number(self) -> i32 {
        match self {
            Self::Status(status) => status,
            Self::Signal(signal) => -signal,
        }
    }
}

impl From<ExitStatus> for Ending {
    fn from(status: ExitStatus) -> Self {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
            return Self::Signal(signal);
        }
        Self::Status(status.code().unwrap_or(-1))
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "exited with status {status}"),
            Self::Signal(signal) => {
                write!(f, "was ended by signal {signal}")?;
                // Those that have the same number everywhere.
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
    /// Why a program could not be started. The system says `not found` of the program, the script's interpreter and
    /// the folder alike, so this looks which. Reads the file system.
    pub(super) fn of_start(
        source: io::Error,
        program: String,
        path: &Path,
        folder: Option<&str>,
    ) -> Self {
        if let Some(folder) = folder.filter(|folder| !Path::new(folder).is_dir()) {
            let folder = folder.to_owned();
            return Self::NoFolder { folder };
        }
        let has_folder = path.components().nth(1).is_some();
        match source.kind() {
            io::ErrorKind::NotFound if has_folder && fs::metadata(path).is_ok() => {
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

/// A path in a message. One that a template left empty would not be seen there.
fn shown(path: &str) -> &str {
    match path {
        "" => "the path is empty",
        path => path,
    }
}

fn behind_colon(text: &str) -> String {
    match text {
        "" => String::new(),
        text => format!(": {text}"),
    }
}
