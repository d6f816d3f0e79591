//! The store: a folder with a folder for each run.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use recipe_core::secrets::KnownSecrets;
use rusqlite::Connection;
use serde::de::DeserializeOwned;

use crate::beginning::{NewRun, write_beginning};
use crate::error::StoreError;
use crate::journal::{JournalOptions, RunJournal};
use crate::lock::RunLock;
use crate::reader::Reader;
use crate::run_id::RunId;
use crate::stored_run::StoredRun;
use crate::tables;

/// The database of a run, in its folder.
const DATABASE: &str = "run.db";

/// The file that the process which runs the run locks.
const LOCK: &str = "lock";

/// Where runs are kept. Made when the first run is.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in this folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Begins the journal of a new run.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(
        &self,
        run: &NewRun<'_>,
        options: JournalOptions,
    ) -> Result<RunJournal, StoreError> {
        let began = SystemTime::now();
        let id = self.make_folder(began)?;
        let lock = self.lock(&id)?;
        let file = self.file(&id);
        // The executor has no others yet; those that it learns later are swept out.
        let secrets = KnownSecrets::new();
        secrets.learn(run.context.config());
        let beginning =
            |connection: &Connection| write_beginning(connection, &id, run, began, &secrets);
        let connection = tables::create(&file, beginning).map_err(|source| StoreError::Write {
            file: file.clone(),
            source: source.into(),
        })?;
        RunJournal::new(&file, id, connection, lock, options)
    }

    /// Takes up the journal of a run that has stopped.
    ///
    /// # Errors
    /// When another process is at work on it, or it cannot be read or written.
    pub fn resume(&self, id: &RunId, options: JournalOptions) -> Result<RunJournal, StoreError> {
        let lock = self.lock(id)?;
        let file = self.file(id);
        let connection = tables::open_for_writing(&file)?;
        RunJournal::new(&file, id.clone(), connection, lock, options)
    }

    /// The ids of all runs, the newest first.
    ///
    /// # Errors
    /// When the folder cannot be listed. One that is not there has no runs.
    pub fn ids(&self) -> Result<Vec<RunId>, StoreError> {
        let folder = match fs::read_dir(&self.folder) {
            Ok(folder) => folder,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.unusable(&self.folder, error)),
        };
        let mut ids = Vec::new();
        for entry in folder {
            let entry = entry.map_err(|error| self.unusable(&self.folder, error))?;
            ids.extend(entry.file_name().to_str().and_then(RunId::of_folder));
        }
        ids.sort();
        ids.reverse();
        Ok(ids)
    }

    /// The run that a person means: its id, the beginning of it, or its last four letters.
    ///
    /// # Errors
    /// When there is none, or several are meant.
    pub fn find(&self, run: &str) -> Result<RunId, StoreError> {
        let mut ids = self.ids()?;
        ids.retain(|id| id.is_meant_by(run));
        match ids.len() {
            1 => Ok(ids.remove(0)),
            0 => Err(StoreError::NotFound {
                store: self.folder.clone(),
                run: run.to_owned(),
            }),
            _ => Err(StoreError::Ambiguous {
                run: run.to_owned(),
                ids: ids.iter().take(5).map(RunId::to_string).collect(),
            }),
        }
    }

    /// Whether a process is at work on a run.
    pub fn is_running(&self, id: &RunId) -> bool {
        RunLock::is_taken(&self.folder.join(id.as_str()).join(LOCK))
    }

    /// What is known of a run, also while a process is at work on it.
    ///
    /// # Errors
    /// When its journal cannot be read.
    pub fn run(&self, id: &RunId) -> Result<StoredRun, StoreError> {
        // Looked at first: a run that ends meanwhile has ended when it is read.
        let is_running = self.is_running(id);
        StoredRun::read(id.clone(), Reader::open(&self.file(id))?, is_running)
    }

    /// What a program noted for itself when it began a run.
    ///
    /// # Errors
    /// When the journal cannot be read, or the settings are not what the program takes.
    pub fn settings<T: DeserializeOwned>(&self, id: &RunId) -> Result<T, StoreError> {
        let reader = Reader::open(&self.file(id))?;
        let settings: String = reader.one("SELECT settings FROM run", (), |row| row.get(0))?;
        reader.parse(&settings)
    }

    /// Removes a run and everything that is stored of it.
    ///
    /// # Errors
    /// When a process is at work on it, or it cannot be removed.
    pub fn remove(&self, id: &RunId) -> Result<(), StoreError> {
        let folder = self.folder.join(id.as_str());
        let lock = match self.lock(id) {
            Ok(lock) => Some(lock),
            Err(StoreError::Busy(id)) => return Err(StoreError::Busy(id)),
            // Whatever is wrong with it, it is to go.
            Err(_) => None,
        };
        let removed = fs::remove_dir_all(&folder);
        drop(lock);
        removed.map_err(|error| self.unusable(&folder, error))
    }

    fn file(&self, id: &RunId) -> PathBuf {
        self.folder.join(id.as_str()).join(DATABASE)
    }

    fn lock(&self, id: &RunId) -> Result<RunLock, StoreError> {
        let file = self.folder.join(id.as_str()).join(LOCK);
        match RunLock::take(&file) {
            Ok(Some(lock)) => Ok(lock),
            Ok(None) => Err(StoreError::Busy(id.clone())),
            Err(source) => Err(StoreError::Lock { file, source }),
        }
    }

    fn make_folder(&self, mut began: SystemTime) -> Result<RunId, StoreError> {
        let made = make_private_folder(&self.folder, Parents::Made);
        made.map_err(|error| self.unusable(&self.folder, error))?;
        loop {
            let id = RunId::new(began);
            let folder = self.folder.join(id.as_str());
            match make_private_folder(&folder, Parents::There) {
                Ok(()) => return Ok(id),
                // Another run began in this microsecond.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    began += Duration::from_micros(1);
                }
                Err(error) => return Err(self.unusable(&folder, error)),
            }
        }
    }

    fn unusable(&self, folder: &Path, source: std::io::Error) -> StoreError {
        StoreError::Folder {
            folder: folder.to_owned(),
            source,
        }
    }
}

/// Whether the folders around a folder are made as well.
#[derive(PartialEq, Eq)]
enum Parents {
    Made,
    There,
}

/// Makes a folder that no one else can look into: artifacts are nobody else's business.
fn make_private_folder(folder: &Path, parents: Parents) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(parents == Parents::Made);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
