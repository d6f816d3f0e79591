//! Store of runs: a directory with one directory per run.

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

/// Name of a run's database.
const DATABASE: &str = "run.db";

/// Name of a run's lock file.
const LOCK: &str = "lock";

/// Store of runs. Its directory is created with the first run.
#[derive(Debug, Clone)]
pub struct Store {
    directory: PathBuf,
}

impl Store {
    /// Creates a store in a directory.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
        }
    }

    /// Directory of the store.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Creates the journal of a new run.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(
        &self,
        run: &NewRun<'_>,
        options: JournalOptions,
    ) -> Result<RunJournal, StoreError> {
        let began = SystemTime::now();
        let id = self.create_run_directory(began)?;
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

    /// Opens the journal of a run that stopped.
    ///
    /// # Errors
    /// If another process has locked the run, or the journal cannot be read or written.
    pub fn resume(&self, id: &RunId, options: JournalOptions) -> Result<RunJournal, StoreError> {
        let lock = self.lock(id)?;
        let file = self.file(id);
        let connection = tables::open_for_writing(&file)?;
        RunJournal::new(&file, id.clone(), connection, lock, options)
    }

    /// Ids of all runs, newest first. A missing directory has none.
    ///
    /// # Errors
    /// If the directory cannot be listed.
    pub fn ids(&self) -> Result<Vec<RunId>, StoreError> {
        let entries = match fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unusable(&self.directory, error)),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry
                .map_err(|error| unusable(&self.directory, error))?
                .file_name();
            ids.extend(name.to_str().and_then(RunId::from_directory_name));
        }
        ids.sort();
        ids.reverse();
        Ok(ids)
    }

    /// Finds a run by its id, a prefix of it, or its last four characters.
    ///
    /// # Errors
    /// If no run matches, or several do.
    pub fn find(&self, run: &str) -> Result<RunId, StoreError> {
        let mut ids = self.ids()?;
        ids.retain(|id| id.matches(run));
        match ids.len() {
            1 => Ok(ids.remove(0)),
            0 => Err(StoreError::NotFound {
                store: self.directory.clone(),
                run: run.to_owned(),
            }),
            _ => Err(StoreError::Ambiguous {
                run: run.to_owned(),
                ids: ids.iter().take(5).map(RunId::to_string).collect(),
            }),
        }
    }

    /// Whether a process is running a run.
    pub fn is_running(&self, id: &RunId) -> bool {
        RunLock::is_locked(&self.run_directory(id).join(LOCK))
    }

    /// Reads a run, which may be running.
    ///
    /// # Errors
    /// If its journal cannot be read.
    pub fn run(&self, id: &RunId) -> Result<StoredRun, StoreError> {
        // Checked first: a run that ends meanwhile then reads as ended.
        let is_running = self.is_running(id);
        StoredRun::read(id.clone(), Reader::open(&self.file(id))?, is_running)
    }

    /// Returns the [settings](NewRun::settings) of a run.
    ///
    /// # Errors
    /// If the journal cannot be read or the settings have another type.
    pub fn settings<T: DeserializeOwned>(&self, id: &RunId) -> Result<T, StoreError> {
        let reader = Reader::open(&self.file(id))?;
        let settings: String = reader.one("SELECT settings FROM run", (), |row| row.get(0))?;
        reader.parse(&settings)
    }

    /// Removes a run and everything stored about it.
    ///
    /// # Errors
    /// If another process has locked the run, or it cannot be removed.
    pub fn remove(&self, id: &RunId) -> Result<(), StoreError> {
        let lock = match self.lock(id) {
            Ok(lock) => Some(lock),
            Err(StoreError::Locked(id)) => return Err(StoreError::Locked(id)),
            // Other defects do not prevent the removal.
            Err(_) => None,
        };
        let directory = self.run_directory(id);
        let removed = fs::remove_dir_all(&directory);
        drop(lock);
        removed.map_err(|error| unusable(&directory, error))
    }

    fn run_directory(&self, id: &RunId) -> PathBuf {
        self.directory.join(id.as_str())
    }

    fn file(&self, id: &RunId) -> PathBuf {
        self.run_directory(id).join(DATABASE)
    }

    fn lock(&self, id: &RunId) -> Result<RunLock, StoreError> {
        let file = self.run_directory(id).join(LOCK);
        match RunLock::acquire(&file) {
            Ok(Some(lock)) => Ok(lock),
            Ok(None) => Err(StoreError::Locked(id.clone())),
            Err(source) => Err(StoreError::Lock { file, source }),
        }
    }

    fn create_run_directory(&self, mut began: SystemTime) -> Result<RunId, StoreError> {
        create_private_directory(&self.directory, Parents::Create)
            .map_err(|error| unusable(&self.directory, error))?;
        loop {
            let id = RunId::new(began);
            let directory = self.run_directory(&id);
            match create_private_directory(&directory, Parents::Exist) {
                Ok(()) => return Ok(id),
                // Another run began in this microsecond.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    began += Duration::from_micros(1);
                }
                Err(error) => return Err(unusable(&directory, error)),
            }
        }
    }
}

fn unusable(directory: &Path, source: std::io::Error) -> StoreError {
    StoreError::Directory {
        directory: directory.to_owned(),
        source,
    }
}

/// Whether to create missing parent directories.
#[derive(PartialEq, Eq)]
enum Parents {
    Create,
    Exist,
}

/// Creates a directory that only its owner can read, since artifacts are private.
fn create_private_directory(directory: &Path, parents: Parents) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(parents == Parents::Create);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}
