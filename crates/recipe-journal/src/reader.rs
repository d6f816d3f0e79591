//! Reads the journal of a run, for resuming it and for displaying it.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use recipe_core::journal::Fingerprint;
use recipe_core::secrets::KnownSecrets;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::StoreError;
use crate::packing::{Reference, TextHash};
use crate::tables;

/// Maximum nesting depth of a reference. Texts of a corrupt journal can contain each other
/// endlessly.
const MAX_DEPTH: usize = 500;

/// Maximum memory use of a value, approximately, in bytes. A few texts that contain each other many
/// times would exceed any memory.
const MAX_VALUE_BYTES: usize = 2 << 30;

/// Connection for reading.
pub(crate) struct Reader {
    connection: Connection,
    file: PathBuf,
}

impl Reader {
    pub(crate) fn open(file: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            connection: tables::open_for_reading(file)?,
            file: file.to_owned(),
        })
    }

    /// Returns all rows of a query.
    pub(crate) fn all<T>(
        &self,
        query: &str,
        parameters: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = || {
            let mut statement = self.connection.prepare(query)?;
            let rows = statement.query_map(parameters, read)?;
            rows.collect::<rusqlite::Result<_>>()
        };
        rows().map_err(|source| self.unreadable(source))
    }

    /// Returns the only row of a query.
    pub(crate) fn one<T>(
        &self,
        query: &str,
        parameters: impl rusqlite::Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let row = || {
            let mut statement = self.connection.prepare_cached(query)?;
            statement.query_row(parameters, read).optional()
        };
        let row = row().map_err(|source| self.unreadable(source))?;
        row.ok_or_else(|| self.corrupt("missing entry"))
    }

    /// Returns the recorded change of a step or loop iteration, sealed.
    pub(crate) fn change(&self, path: &str) -> Result<String, StoreError> {
        let query = "SELECT change FROM step WHERE path = ?";
        self.one(query, params![path], |row| row.get(0))
    }

    /// Returns a referenced value, packed, with its secrets put back.
    pub(crate) fn text(
        &self,
        reference: Reference,
        secrets: &KnownSecrets,
    ) -> Result<Value, StoreError> {
        self.parse(&secrets.unseal_json(&self.referenced(reference)?)?)
    }

    /// Returns a referenced value, packed and sealed.
    pub(crate) fn referenced(&self, reference: Reference) -> Result<String, StoreError> {
        if reference.level > MAX_DEPTH {
            return Err(self.corrupt("value nested too deeply"));
        }
        if reference.before > MAX_VALUE_BYTES {
            return Err(self.corrupt("value larger than 2 GiB"));
        }
        self.sealed_text(reference.hash)
    }

    /// Returns a text, packed and sealed.
    pub(crate) fn sealed_text(&self, hash: TextHash) -> Result<String, StoreError> {
        self.one(
            "SELECT json FROM text WHERE hash = ?",
            params![hash.0],
            |row| row.get(0),
        )
    }

    /// Parses a JSON text of the journal.
    pub(crate) fn parse<T: DeserializeOwned>(&self, json: &str) -> Result<T, StoreError> {
        serde_json::from_str(json).map_err(|error| self.corrupt(&error.to_string()))
    }

    pub(crate) fn corrupt(&self, detail: &str) -> StoreError {
        StoreError::Corrupt {
            file: self.file.clone(),
            detail: detail.to_owned(),
        }
    }

    fn unreadable(&self, source: rusqlite::Error) -> StoreError {
        StoreError::Read {
            file: self.file.clone(),
            source: source.into(),
        }
    }
}

/// Reads a hash from a column.
pub(crate) fn fingerprint(row: &Row<'_>, column: usize) -> rusqlite::Result<Fingerprint> {
    row.get(column).map(Fingerprint::from_bytes)
}

/// Reads a time from a column.
pub(crate) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<SystemTime> {
    row.get(column).map(from_microseconds)
}

/// Converts a time of the tables.
pub(crate) fn from_microseconds(microseconds: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + duration(microseconds)
}

/// Converts a duration of the tables.
pub(crate) fn duration(microseconds: i64) -> Duration {
    Duration::from_micros(microseconds.try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{JournalOptions, NewRun, Store};
    use recipe_core::Context;

    #[test]
    fn values_that_are_nested_too_deeply_or_too_large_are_not_fetched() {
        let folder = tempfile::tempdir().unwrap();
        let run = NewRun {
            recipe: "r",
            context: &Context::new(),
            directory: folder.path(),
            settings: Value::Null,
        };
        let journal = Store::new(folder.path())
            .begin(&run, JournalOptions::default())
            .unwrap();
        let file = folder.path().join(journal.id().as_str()).join("run.db");
        journal.close();
        let reader = Reader::open(&file).unwrap();
        let detail = |level, before| {
            let hash = TextHash([0; 16]);
            let reference = Reference {
                hash,
                level,
                before,
            };
            match reader.referenced(reference) {
                Err(StoreError::Corrupt { detail, .. }) => detail,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(detail(MAX_DEPTH, MAX_VALUE_BYTES), "missing entry");
        assert_eq!(detail(MAX_DEPTH + 1, 0), "value nested too deeply");
        assert_eq!(detail(0, MAX_VALUE_BYTES + 1), "value larger than 2 GiB");
    }
}
