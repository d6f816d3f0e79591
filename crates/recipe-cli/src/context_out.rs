//! `--context-out`: where the final artifacts go.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use recipe_core::Context;
use recipe_steps::write_whole_file;

use crate::stdout;

/// Where the final artifacts go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ContextOut {
    /// Standard output, written `-`.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl From<OsString> for ContextOut {
    fn from(argument: OsString) -> Self {
        if argument == "-" {
            Self::Stdout
        } else {
            Self::File(argument.into())
        }
    }
}

/// Artifacts that cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ContextOutError {
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
    #[error("cannot write the context to standard output")]
    Stdout(#[source] io::Error),
}

impl ContextOut {
    /// Makes sure, as far as that is possible before a run, that its results can be written.
    pub(crate) fn check(&self) -> Result<(), ContextOutError> {
        let Self::File(path) = self else {
            return Ok(());
        };
        match fs::metadata(path) {
            Ok(existing) if existing.is_dir() => Err(ContextOutError::Folder(path.clone())),
            Ok(_) => Ok(()),
            Err(_) => {
                let folder = folder_of(path);
                if folder.is_dir() {
                    return Ok(());
                }
                Err(ContextOutError::NoFolder {
                    path: path.clone(),
                    folder: folder.to_owned(),
                })
            }
        }
    }

    /// Writes the artifacts as indented JSON.
    pub(crate) fn write(&self, context: &Context) -> Result<(), ContextOutError> {
        let json = serde_json::to_string_pretty(context).map_err(io::Error::from);
        let json = json.map(|json| json + "\n");
        match self {
            Self::Stdout => json
                .and_then(|json| stdout::print(&json))
                .map_err(ContextOutError::Stdout),
            Self::File(path) => json
                .and_then(|json| write_file(path, json.as_bytes()))
                .map_err(|source| ContextOutError::File {
                    path: path.clone(),
                    source,
                }),
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
