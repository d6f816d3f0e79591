//! Reading the journal of a run: what resuming and looking at it have in common.

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

/// In so many lists and objects a text may stand. Texts that hold one another, as damaged ones can, would have no end.
const MOST_LEVELS: usize = 500;

/// How much a value may take in memory, roughly, in bytes. A few texts that hold one another many times would take more than
/// any machine has.
const LARGEST_VALUE: usize = 2 << 30;

/// A connection that reads.
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

    /// All rows of a query.
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

    /// The one row of a query that has one.
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
        row.ok_or_else(|| self.damaged("an entry is missing"))
    }

    /// The change that was recorded of a step or round, sealed.
    pub(crate) fn change(&self, path: &str) -> Result<String, StoreError> {
        let query = "SELECT change FROM step WHERE path = ?";
        self.one(query, params![path], |row| row.get(0))
    }

    /// A large value, packed, with its secrets put back.
    pub(crate) fn text(
        &self,
        reference: Reference,
        secrets: &KnownSecrets,
    ) -> Result<Value, StoreError> {
        self.parse(&secrets.unseal_json(&self.referenced(reference)?)?)
    }

    /// The same sealed.
    pub(crate) fn referenced(&self, reference: Reference) -> Result<String, StoreError> {
        if reference.level > MOST_LEVELS {
            return Err(self.damaged("values stand in one another without end"));
        }
        if reference.before > LARGEST_VALUE {
            return Err(self.damaged("a value takes more than 2 GiB"));
        }
        self.sealed_text(reference.hash)
    }

    /// A large value, packed and sealed.
    pub(crate) fn sealed_text(&self, hash: TextHash) -> Result<String, StoreError> {
        self.one(
            "SELECT json FROM text WHERE hash = ?",
            params![hash.0],
            |row| row.get(0),
        )
    }

    /// What a JSON text of the journal says.
    pub(crate) fn parse<T: DeserializeOwned>(&self, json: &str) -> Result<T, StoreError> {
        serde_json::from_str(json).map_err(|error| self.damaged(&error.to_string()))
    }

    pub(crate) fn damaged(&self, what: &str) -> StoreError {
        StoreError::Damaged {
            file: self.file.clone(),
            what: what.to_owned(),
        }
    }

    fn unreadable(&self, source: rusqlite::Error) -> StoreError {
        StoreError::Read {
            file: self.file.clone(),
            source: source.into(),
        }
    }
}

/// A hash in a column.
pub(crate) fn fingerprint(row: &Row<'_>, column: usize) -> rusqlite::Result<Fingerprint> {
    row.get(column).map(Fingerprint::from_bytes)
}

/// A time in a column.
pub(crate) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<SystemTime> {
    row.get(column).map(from_microseconds)
}

/// A time as it stands in the tables.
pub(crate) fn from_microseconds(microseconds: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + duration(microseconds)
}

/// A duration as it stands in the tables.
pub(crate) fn duration(microseconds: i64) -> Duration {
    Duration::from_micros(microseconds.try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{JournalOptions, NewRun, Store};
    use recipe_core::Context;

    #[test]
    fn what_stands_too_deep_or_behind_too_much_is_not_fetched() {
        let folder = tempfile::tempdir().unwrap();
        let run = NewRun {
            recipe: "r",
            context: &Context::new(),
            folder: folder.path(),
            settings: Value::Null,
        };
        let journal = Store::new(folder.path())
            .begin(&run, JournalOptions::default())
            .unwrap();
        let file = folder.path().join(journal.id().as_str()).join("run.db");
        journal.close();
        let reader = Reader::open(&file).unwrap();
        let what = |level, before| {
            let hash = TextHash([0; 16]);
            let reference = Reference {
                hash,
                level,
                before,
            };
            match reader.referenced(reference) {
                Err(StoreError::Damaged { what, .. }) => what,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(what(MOST_LEVELS, LARGEST_VALUE), "an entry is missing");
        let deep = what(MOST_LEVELS + 1, 0);
        assert_eq!(deep, "values stand in one another without end");
        let large = what(0, LARGEST_VALUE + 1);
        assert_eq!(large, "a value takes more than 2 GiB");
    }
}
