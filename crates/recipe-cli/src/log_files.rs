//! `--log-dir`: the files debug.log, info.log and error.log, each with the records of its level and above.
//!
//! Without that option nothing subscribes to log records, and they cost nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use recipe_core::KnownSecrets;
use tracing::subscriber::set_global_default;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::{LookupSpan, Registry};

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
    pub(crate) fn open(folder: &Path, secrets: &KnownSecrets) -> Result<Self, LogFilesError> {
        fs::create_dir_all(folder).map_err(|source| LogFilesError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        let open = |name| LogFile::open(folder.join(name), secrets.clone()).map(Arc::new);
        let debug = open("debug.log")?;
        let info = open("info.log")?;
        let error = open("error.log")?;
        let subscriber = Registry::default()
            .with(layer(&debug, LevelFilter::DEBUG))
            .with(layer(&info, LevelFilter::INFO))
            .with(layer(&error, LevelFilter::ERROR));
        set_global_default(subscriber).expect("log files are opened once in a process");
        Ok(Self(vec![debug, info, error]))
    }

    /// The files that are incomplete, and why.
    pub(crate) fn incomplete(&self) -> impl Iterator<Item = (&Path, &io::Error)> {
        self.0
            .iter()
            .filter_map(|file| file.failed.get().map(|error| (file.path.as_path(), error)))
    }
}

fn layer<S>(file: &Arc<LogFile>, level: LevelFilter) -> impl Layer<S> + use<S>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_target(false)
        .log_internal_errors(false)
        .with_writer(file.clone())
        .with_filter(level)
}

/// One log file. Each record is one write, with secrets masked.
struct LogFile {
    path: PathBuf,
    file: File,
    secrets: KnownSecrets,
    /// The first record that could not be written.
    failed: OnceLock<io::Error>,
}

impl LogFile {
    fn open(path: PathBuf, secrets: KnownSecrets) -> Result<Self, LogFilesError> {
        match OpenOptions::new().create(true).append(true).open(&path) {
            Ok(file) => Ok(Self {
                path,
                file,
                secrets,
                failed: OnceLock::new(),
            }),
            Err(source) => Err(LogFilesError::File { path, source }),
        }
    }
}

impl Write for &LogFile {
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(record);
        let masked = self.secrets.mask(&text);
        if let Err(error) = (&self.file).write_all(masked.as_bytes()) {
            // A full disk stops the log, not the run.
            let _ = self.failed.set(error);
        }
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
