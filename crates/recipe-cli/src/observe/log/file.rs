//! A log file.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tracing_subscriber::filter::LevelFilter;

/// Log files that cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogFilesError {
    /// The folder cannot be made.
    #[error("cannot make the log folder {}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// A file cannot be opened.
    #[error("cannot write the log file {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
}

/// A log file. Each record is one write.
pub(crate) struct LogFile {
    path: PathBuf,
    file: File,
    level: LevelFilter,
    /// First write error.
    failed: OnceLock<io::Error>,
}

impl LogFile {
    /// Opens a file to add to.
    pub(crate) fn open(path: PathBuf, level: LevelFilter) -> Result<Self, LogFilesError> {
        match OpenOptions::new().create(true).append(true).open(&path) {
            Ok(file) => Ok(Self {
                path,
                file,
                level,
                failed: OnceLock::new(),
            }),
            Err(source) => Err(LogFilesError::File { path, source }),
        }
    }

    /// Minimum level of its records.
    pub(crate) fn level(&self) -> LevelFilter {
        self.level
    }

    /// Returns the path and the first error of an incomplete file.
    pub(crate) fn failure(&self) -> Option<(&Path, &io::Error)> {
        self.failed.get().map(|error| (self.path.as_path(), error))
    }

    /// Adds a record. A full disk stops the log, not the run.
    pub(crate) fn write(&self, line: &str) {
        if let Err(error) = (&self.file).write_all(line.as_bytes()) {
            let _ = self.failed.set(error);
        }
    }
}
