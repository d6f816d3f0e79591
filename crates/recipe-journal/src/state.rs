//! States of steps and runs.

use std::fmt;

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use serde::Serialize;

/// State of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StepState {
    /// The step is running.
    Running,
    /// The step succeeded.
    Done,
    /// The step failed.
    Failed,
    /// The step failed, and its `on_error` steps succeeded.
    Recovered,
    /// The step did not start because a sibling failed.
    Skipped,
    /// The step was stopped, by the failure of a sibling, by a user, or with its process.
    Cancelled,
}

impl StepState {
    /// Name of the state, such as `running`.
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

/// Status of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunStatus {
    /// A process is running it.
    Running,
    /// The run succeeded.
    Done,
    /// A step failed.
    Failed,
    /// The run was stopped, or its process was killed.
    Interrupted,
}

impl RunStatus {
    /// Name of the status, such as `running`.
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
