//! How steps and runs stand.

use std::fmt;

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use serde::Serialize;

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StepState {
    /// It is running.
    Running,
    /// It has done its work.
    Done,
    /// It has failed.
    Failed,
    /// It has failed, and its `on_error` steps have done their work.
    Recovered,
    /// It did not begin, since one beside it failed.
    Skipped,
    /// It was stopped: by a failure beside it, by someone, or with its process.
    Cancelled,
}

impl StepState {
    /// How it is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Recovered => "recovered",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }

    const ALL: [Self; 6] = [
        Self::Running,
        Self::Done,
        Self::Failed,
        Self::Recovered,
        Self::Skipped,
        Self::Cancelled,
    ];
}

impl fmt::Display for StepState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl ToSql for StepState {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.word().into())
    }
}

impl FromSql for StepState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let word = value.as_str()?;
        let state = Self::ALL.into_iter().find(|state| state.word() == word);
        state.ok_or(FromSqlError::InvalidType)
    }
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunStatus {
    /// A process is at work on it.
    Running,
    /// It has come to its end.
    Done,
    /// A step has failed.
    Failed,
    /// Someone stopped it, or its process ended without a word.
    Interrupted,
}

impl RunStatus {
    /// How it is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
