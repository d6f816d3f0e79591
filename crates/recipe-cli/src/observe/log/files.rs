//! `--log-dir`: the files debug.log, info.log and error.log, each with the records of its level and above.
//!
//! Without that option nothing subscribes to log records, and they cost nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use recipe_core::secrets::KnownSecrets;
use tracing::subscriber::set_global_default;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

use crate::arguments::LogFormat;
use crate::observe::log::layer::LogLayer;

/// The log files of one process.
pub(crate) struct LogFiles(Vec<Arc<LogFile>>);

/// Log files that cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogFilesError {
    /// The folder cannot be made.
    #[error("cannot make the log folder {}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be opened.
    #[error("cannot write the log file {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl LogFiles {
    /// Opens the files in a folder, which is made if it is missing, and writes all records there from now on.
    pub(crate) fn open(
        folder: &Path,
        format: LogFormat,
        secrets: &KnownSecrets,
    ) -> Result<Self, LogFilesError> {
        fs::create_dir_all(folder).map_err(|source| LogFilesError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        let open = |name, level| LogFile::open(folder.join(name), level).map(Arc::new);
        let files = vec![
            open("debug.log", LevelFilter::DEBUG)?,
            open("info.log", LevelFilter::INFO)?,
            open("error.log", LevelFilter::ERROR)?,
        ];
        let layer = LogLayer::new(files.clone(), format, secrets.clone());
        set_global_default(Registry::default().with(layer))
            .expect("log files are opened once in a process");
        Ok(Self(files))
    }

    /// The files that are incomplete, and why.
    pub(crate) fn incomplete(&self) -> impl Iterator<Item = (&Path, &io::Error)> {
        self.0
            .iter()
            .filter_map(|file| file.failed.get().map(|error| (file.path.as_path(), error)))
    }
}

/// One log file. Each record is one write.
pub(crate) struct LogFile {
    path: PathBuf,
    file: File,
    level: LevelFilter,
    /// Why the first record that could not be written was not.
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

    /// Which records belong into it: those of this level and above.
    pub(crate) fn level(&self) -> LevelFilter {
        self.level
    }

    /// Adds a record. A full disk stops the log, not the run.
    pub(crate) fn write(&self, line: &str) {
        if let Err(error) = (&self.file).write_all(line.as_bytes()) {
            let _ = self.failed.set(error);
        }
    }
}
