//! Where a result goes that the command line names a place for: `--context-out`, `--events`, `--report`,
//! `--trace`, `--out`.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf, absolute};

use recipe_process::write_whole_file;
use serde::{Deserialize, Serialize};

use crate::terminal::stdout;

/// Where a result goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Destination {
    /// Standard output, written `-`.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl From<OsString> for Destination {
    fn from(argument: OsString) -> Self {
        if argument == "-" {
            Self::Stdout
        } else {
            Self::File(argument.into())
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("standard output"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// A result that cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DestinationError {
    /// Another result has the same place.
    #[error("{} and {} cannot both be written to {destination}", .options[0], .options[1])]
    Shared {
        /// The options that ask for them.
        options: [&'static str; 2],
        /// The place.
        destination: Destination,
    },
    /// There is no folder to put the file into.
    #[error("cannot write {}: folder not found: {}", .path.display(), .folder.display())]
    NoFolder {
        /// The file.
        path: PathBuf,
        /// The folder that is missing, or is no folder.
        folder: PathBuf,
    },
    /// It is a folder.
    #[error("cannot write {}: it is a folder", .0.display())]
    Folder(PathBuf),
    /// The operating system refuses.
    #[error("cannot write {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Standard output cannot be written.
    #[error("cannot write to standard output")]
    Stdout(#[source] io::Error),
}

impl Destination {
    /// Has a file be the same in any working directory.
    pub(crate) fn make_absolute(&mut self) -> io::Result<()> {
        if let Self::File(path) = self {
            *path = absolute(&path)?;
        }
        Ok(())
    }

    /// Makes sure, as far as that is possible before the work, that its result can be written.
    pub(crate) fn check(&self) -> Result<(), DestinationError> {
        let Self::File(path) = self else {
            return Ok(());
        };
        match fs::metadata(path) {
            Ok(existing) if existing.is_dir() => Err(DestinationError::Folder(path.clone())),
            Ok(_) => Ok(()),
            Err(_) => {
                let folder = folder_of(path);
                if folder.is_dir() {
                    return Ok(());
                }
                Err(DestinationError::NoFolder {
                    path: path.clone(),
                    folder: folder.to_owned(),
                })
            }
        }
    }

    /// Opens it for a result that comes bit by bit. A file is made new.
    pub(crate) fn create(&self) -> Result<Box<dyn Write + Send>, DestinationError> {
        self.check()?;
        match self {
            Self::Stdout => Ok(Box::new(io::stdout())),
            Self::File(path) => match File::create(path) {
                Ok(file) => Ok(Box::new(file)),
                Err(source) => Err(DestinationError::File {
                    path: path.clone(),
                    source,
                }),
            },
        }
    }

    /// Writes a text: a file whole or not at all.
    pub(crate) fn write(&self, text: &str) -> Result<(), DestinationError> {
        match self {
            Self::Stdout => stdout::print(text).map_err(DestinationError::Stdout),
            Self::File(path) => {
                write_file(path, text.as_bytes()).map_err(|source| DestinationError::File {
                    path: path.clone(),
                    source,
                })
            }
        }
    }
}

/// Writes a file, whole or not at all.
fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match write_whole_file(path, bytes) {
        // The reader of a pipe has gone, as in `--context-out /dev/stdout | head -1`.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}
