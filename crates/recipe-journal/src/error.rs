//! Errors of a store.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use recipe_core::secrets::SecretMissing;

use crate::format::FORMAT;
use crate::run_id::RunId;

/// Error of the database.
#[derive(Debug)]
pub struct DatabaseError(rusqlite::Error);

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

// The source of the library's error repeats its message.
impl Error for DatabaseError {}

/// Error of an operation on a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The directory of the store or of a run cannot be created, listed or removed.
    #[error("cannot use directory {}", .directory.display())]
    Directory {
        /// Path of the directory.
        directory: PathBuf,
        /// Error of the file system.
        source: io::Error,
    },
    /// The lock file of a run cannot be locked.
    #[error("cannot lock {}", .file.display())]
    Lock {
        /// Path of the lock file.
        file: PathBuf,
        /// Error of the file system.
        source: io::Error,
    },
    /// The writer thread cannot be started.
    #[error("cannot start the journal writer")]
    Thread(#[source] io::Error),
    /// The journal cannot be written, for example because the disk is full or read-only.
    #[error("cannot write journal {}", .file.display())]
    Write {
        /// Path of the journal.
        file: PathBuf,
        /// Error of the database.
        source: DatabaseError,
    },
    /// The journal is in use by another run.
    #[error("journal is in use by another run: {0}")]
    Started(RunId),
    /// The journal was closed during the run.
    #[error("journal closed during the run")]
    Closed,
    /// The journal cannot be read.
    #[error("cannot read journal {}", .file.display())]
    Read {
        /// Path of the journal.
        file: PathBuf,
        /// Error of the database.
        source: DatabaseError,
    },
    /// The content of the journal is invalid.
    #[error("corrupt journal {}: {detail}", .file.display())]
    Corrupt {
        /// Path of the journal.
        file: PathBuf,
        /// Description of the invalid content.
        detail: String,
    },
    /// The process that created the journal ended before the run began.
    #[error("empty journal {}: its process ended before the run began", .file.display())]
    Empty {
        /// Path of the journal.
        file: PathBuf,
    },
    /// Another version of the program wrote the journal.
    #[error(
        "journal {} has format {format}, this version reads format {FORMAT}: use the version that wrote it",
        .file.display()
    )]
    UnsupportedFormat {
        /// Path of the journal.
        file: PathBuf,
        /// Format of the journal.
        format: i64,
    },
    /// The run does not exist.
    #[error("run not found in {}: {run}", .store.display())]
    NotFound {
        /// Directory of the store.
        store: PathBuf,
        /// Id or part of it, as given.
        run: String,
    },
    /// Several runs match.
    #[error("ambiguous run id {run}: matches {}", .ids.join(", "))]
    Ambiguous {
        /// Part of an id, as given.
        run: String,
        /// Some of the matching ids.
        ids: Vec<String>,
    },
    /// Another process runs the run.
    #[error("run is locked by another process: {0}")]
    Locked(RunId),
    /// The journal refers to a secret without a value.
    #[error(transparent)]
    SecretMissing(#[from] SecretMissing),
}
