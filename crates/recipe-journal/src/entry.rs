//! Entries of a journal, and the statements that write them to the tables.

use std::time::{Duration, SystemTime};

use recipe_core::event::Usage;
use recipe_core::journal::{Fingerprint, StepOutcome};
use rusqlite::{Connection, params};

use crate::left_files;
use crate::packing::{Text, TextHash};
use crate::state::StepState;

/// Entry to write. All strings in it are sealed or masked.
#[derive(Debug)]
pub(crate) enum Entry {
    /// A large value.
    Text(Text),
    /// A process starts to run the run.
    RunStarted { at: SystemTime },
    /// A recipe starts.
    Loaded {
        path: String,
        file: String,
        hash: Fingerprint,
        steps: String,
        variables: Vec<String>,
        at: SystemTime,
    },
    /// A step starts or is skipped.
    Began {
        path: String,
        number: i64,
        step_type: String,
        name: Option<String>,
        config: TextHash,
        at: SystemTime,
        state: StepState,
    },
    /// A step or loop iteration ended, and resuming can replay it.
    Recorded {
        path: String,
        number: i64,
        fingerprint: Fingerprint,
        ending: StepOutcome,
        change: String,
        duration: Duration,
    },
    /// A step ended in another way.
    Ended {
        path: String,
        state: StepState,
        duration: Duration,
        error: Option<String>,
    },
    /// A step failed and continues.
    Failed {
        path: String,
        at: SystemTime,
        /// `None` if its `on_error` steps follow.
        attempt: Option<FailedAttempt>,
        error: String,
    },
    /// A step used a language model.
    Used { path: String, usage: Usage },
    /// A tool call of a step ended.
    ToolCalled {
        path: String,
        tool: String,
        began: SystemTime,
        duration: Duration,
        arguments: TextHash,
        result: TextHash,
        is_failed: bool,
    },
    /// The record of a step becomes invalid.
    Void { path: String },
    /// The records of the steps inside a step become invalid.
    VoidBelow { path: String },
    /// The run ended.
    RunEnded {
        at: SystemTime,
        outcome: &'static str,
        error: Option<String>,
    },
}

/// Attempt that is followed by another one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FailedAttempt {
    pub(crate) attempt: u32,
    pub(crate) attempts: u32,
    pub(crate) delay: Duration,
}

impl Entry {
    /// Approximate memory use in bytes.
    pub(crate) fn size(&self) -> usize {
        let text = match self {
            Self::Text(text) => text.json.len(),
            Self::Loaded { path, steps, .. } => path.len() + steps.len(),
            Self::Recorded { path, change, .. } => path.len() + change.len(),
            Self::Failed { path, error, .. } => path.len() + error.len(),
            Self::ToolCalled { path, tool, .. } => path.len() + tool.len(),
            Self::Ended { path, error, .. } => path.len() + error.as_ref().map_or(0, String::len),
            Self::Began { path, .. }
            | Self::Used { path, .. }
            | Self::Void { path }
            | Self::VoidBelow { path } => path.len(),
            Self::RunStarted { .. } | Self::RunEnded { .. } => 0,
        };
        size_of::<Self>() + text
    }

    /// Writes the entry.
    pub(crate) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Text(Text { hash, json }) => connection
                .prepare_cached("INSERT OR IGNORE INTO text VALUES (?, ?)")?
                .execute(params![hash.0, json]),
            Self::RunStarted { at } => {
                // Steps that were running when the last process was killed are cancelled.
                connection.execute(
                    "UPDATE step SET state = 'cancelled' WHERE state = 'running'",
                    (),
                )?;
                connection
                    .prepare_cached("INSERT INTO session (began) VALUES (?)")?
                    .execute(params![microseconds(*at)])
            }
            Self::Loaded {
                path,
                file,
                hash,
                steps,
                variables,
                at,
            } => {
                for name in variables {
                    connection
                        .prepare_cached("INSERT OR IGNORE INTO variable VALUES (?)")?
                        .execute(params![name])?;
                }
                connection
                    .prepare_cached(
                        "INSERT INTO recipe (file, hash, steps, loaded) VALUES (?, ?, ?, ?)
                         ON CONFLICT (file, hash) DO UPDATE SET loaded = excluded.loaded",
                    )?
                    .execute(params![file, hash.as_bytes(), steps, microseconds(*at)])?;
                connection
                    .prepare_cached(
                        "INSERT OR REPLACE INTO load
                         SELECT ?, number FROM recipe WHERE file = ? AND hash = ?",
                    )?
                    .execute(params![path, file, hash.as_bytes()])
            }
            Self::Began {
                path,
                number,
                step_type,
                name,
                config,
                at,
                state,
            } => connection
                .prepare_cached(
                    "INSERT INTO step (path, number, type, name, config, began, state)
                     VALUES (?, ?, ?, ?, ?, ?, ?)
                     ON CONFLICT (path) DO UPDATE SET type = excluded.type, name = excluded.name,
                         config = excluded.config, began = excluded.began, state = excluded.state,
                         duration = NULL, error = NULL",
                )?
                .execute(params![
                    path,
                    number,
                    step_type,
                    name,
                    config.0,
                    microseconds(*at),
                    state
                ]),
            Self::Recorded {
                path,
                number,
                fingerprint,
                ending,
                change,
                duration,
            } => {
                let took = Some(duration_microseconds(*duration));
                let (ending, state, took, reason) = match ending {
                    StepOutcome::Done => ("done", StepState::Done, took, None),
                    StepOutcome::Recovered => ("recovered", StepState::Recovered, took, None),
                    // Its `on_error` steps run next.
                    StepOutcome::Failed { message } => {
                        ("failed", StepState::Running, None, Some(message))
                    }
                    ending => unreachable!("unknown ending: {ending:?}"),
                };
                connection
                    .prepare_cached(
                        "INSERT INTO step (path, number, content, ending, reason, change,
                             duration, state)
                         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                         ON CONFLICT (path) DO UPDATE SET content = excluded.content,
                             ending = excluded.ending, reason = excluded.reason,
                             change = excluded.change, duration = excluded.duration,
                             state = excluded.state, error = NULL",
                    )?
                    .execute(params![
                        path,
                        number,
                        fingerprint.as_bytes(),
                        ending,
                        reason,
                        change,
                        took,
                        state
                    ])
            }
            Self::Ended {
                path,
                state,
                duration,
                error,
            } => connection
                // A recorded step has its final state already.
                .prepare_cached(
                    "UPDATE step SET state = ?, duration = ?, error = coalesce(?, error)
                     WHERE path = ? AND state = 'running'",
                )?
                .execute(params![
                    state,
                    duration_microseconds(*duration),
                    error,
                    path
                ]),
            Self::Failed {
                path,
                at,
                attempt,
                error,
            } => connection
                .prepare_cached(
                    "INSERT INTO failure (path, at, attempt, attempts, delay, error)
                     VALUES (?, ?, ?, ?, ?, ?)",
                )?
                .execute(params![
                    path,
                    microseconds(*at),
                    attempt.map(|failed| failed.attempt),
                    attempt.map(|failed| failed.attempts),
                    attempt.map(|failed| duration_microseconds(failed.delay)),
                    error
                ]),
            Self::Used { path, usage } => connection
                .prepare_cached(
                    "UPDATE step SET requests = requests + ?, input_tokens = input_tokens + ?,
                         output_tokens = output_tokens + ? WHERE path = ?",
                )?
                .execute(params![
                    count(usage.requests),
                    count(usage.input_tokens),
                    count(usage.output_tokens),
                    path
                ]),
            Self::ToolCalled {
                path,
                tool,
                began,
                duration,
                arguments,
                result,
                is_failed,
            } => connection
                .prepare_cached(
                    "INSERT INTO tool_call (path, tool, began, duration, arguments, result, failed)
                     VALUES (?, ?, ?, ?, ?, ?, ?)",
                )?
                .execute(params![
                    path,
                    tool,
                    microseconds(*began),
                    duration_microseconds(*duration),
                    arguments.0,
                    result.0,
                    is_failed
                ]),
            Self::Void { path } => connection
                .prepare_cached(
                    "UPDATE step SET ending = NULL, reason = NULL, content = NULL, change = NULL
                     WHERE path = ?",
                )?
                .execute(params![path]),
            Self::VoidBelow { path } => {
                // Addresses inside a step continue with `.` or `/`; the next character is `0`.
                for table in ["step", "load", "failure", "tool_call"] {
                    let delete =
                        format!("DELETE FROM {table} WHERE path > ?1 || '.' AND path < ?1 || '0'");
                    connection.prepare_cached(&delete)?.execute(params![path])?;
                }
                Ok(0)
            }
            Self::RunEnded { at, outcome, error } => {
                left_files::store(connection)?;
                connection.execute(
                    "UPDATE session SET ended = ?, outcome = ?, error = ?
                     WHERE number = (SELECT max(number) FROM session)",
                    params![microseconds(*at), outcome, error],
                )
            }
        }
        .map(drop)
    }
}

fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Converts a time for the tables.
pub(crate) fn microseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    duration_microseconds(since.unwrap_or_default())
}

/// Converts a duration for the tables.
pub(crate) fn duration_microseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
