//! What can be wrong with a store.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use recipe_core::secrets::SecretMissing;

use crate::format::FORMAT;
use crate::run_id::RunId;

/// What the database says is wrong.
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

// What the library gives as the reason says the same again.
impl Error for DatabaseError {}

/// Why a store cannot do what it is for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder of the store or of a run cannot be made, listed or removed.
    #[error("cannot use the folder {}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file that says which process runs a run cannot be locked.
    #[error("cannot lock {}", .file.display())]
    Lock {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The thread that writes cannot be started.
    #[error("cannot start to write the journal")]
    Thread(#[source] io::Error),
    /// The journal cannot be written: the disk is full, say, or read-only.
    #[error("cannot write the journal {}", .file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// Why.
        source: DatabaseError,
    },
    /// The journal has been handed to a run already.
    #[error("journal is in use by another run: {0}")]
    Started(RunId),
    /// It was closed, and the run goes on.
    #[error("the journal of the run is closed")]
    Closed,
    /// The journal cannot be read.
    #[error("cannot read the journal {}", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: DatabaseError,
    },
    /// What stands in the journal makes no sense.
    #[error("the journal {} is damaged: {what}", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What makes no sense.
        what: String,
    },
    /// The process that was to begin the run ended before it had.
    #[error("nothing is in the journal {}: its process ended before the run began", .file.display())]
    NotBegun {
        /// The file.
        file: PathBuf,
    },
    /// Another version of the program has written the journal.
    #[error(
        "the journal {} has format {format}, and this version of the program reads format {FORMAT}: use the version that wrote it",
        .file.display()
    )]
    UnknownFormat {
        /// The file.
        file: PathBuf,
        /// Its format.
        format: i64,
    },
    /// There is no such run.
    #[error("run not found in {}: {run}", .store.display())]
    NotFound {
        /// The store.
        store: PathBuf,
        /// What was asked for.
        run: String,
    },
    /// Several runs are meant.
    #[error("{run} is the beginning of several runs: {}", .ids.join(", "))]
    Ambiguous {
        /// What was asked for.
        run: String,
        /// Some of them.
        ids: Vec<String>,
    },
    /// Another process runs it.
    #[error("another process is at work on the run: {0}")]
    Busy(RunId),
    /// A secret that was taken out of what is stored is not there to be put back.
    #[error(transparent)]
    SecretMissing(#[from] SecretMissing),
}
