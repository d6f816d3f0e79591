//! `--log-dir`: the files debug.log, info.log and error.log, each with the records of its level and above.
//!
//! Without that option nothing subscribes to log records, and they cost nothing.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use recipe_core::secrets::KnownSecrets;
use tracing::subscriber::set_global_default;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

pub(crate) use super::file::LogFilesError;
use crate::arguments::LogFormat;

use super::file::LogFile;
use crate::observe::log::layer::LogLayer;

/// The log files of one process.
pub(crate) struct LogFiles(Vec<Arc<LogFile>>);

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
        self.0.iter().filter_map(|file| file.failure())
    }
}
