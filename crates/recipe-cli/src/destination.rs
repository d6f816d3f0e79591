//! Where a result goes that the command line names a place for: `--context-out`, `--out`.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use recipe_steps::write_whole_file;

use crate::stdout;

/// Where a result goes.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// A result that cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DestinationError {
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
