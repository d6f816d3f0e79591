//! Stored runs: status, steps, artifacts.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use recipe_core::event::Usage;
use recipe_core::journal::Fingerprint;
use recipe_core::secrets::{mask_sealed, mask_sealed_json};
use rusqlite::Row;
use serde_json::{Map, Value};

use crate::change::StoredChange;
use crate::delta::Delta;
use crate::entry::microseconds;
use crate::error::StoreError;
use crate::packing::{TextHash, unpack};
use crate::reader::{Reader, duration, fingerprint, from_microseconds, time};
use crate::run_id::RunId;
use crate::state::{RunStatus, StepState};

/// Run in a store. Secrets in its strings are masked.
pub struct StoredRun {
    /// Id of the run.
    pub id: RunId,
    /// Path of the main recipe, as given.
    pub recipe: String,
    /// Hash of the main recipe's text when it was loaded last, if it was.
    pub fingerprint: Option<Fingerprint>,
    /// Working directory.
    pub directory: PathBuf,
    /// Start time.
    pub began: SystemTime,
    /// Time at which the run ended or stopped, if known.
    pub ended: Option<SystemTime>,
    /// Status of the run.
    pub status: RunStatus,
    /// Error that ended the run, if known.
    pub error: Option<String>,
    /// Processes that ran it, in order.
    pub sessions: Vec<Session>,
    /// Names of the secret configuration values that it was started with.
    pub secrets: Vec<String>,
    reader: Reader,
    /// Configurations read so far.
    configs: RefCell<HashMap<TextHash, Arc<Map<String, Value>>>>,
}

/// Work of one process on a run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Session {
    /// Start time.
    pub began: SystemTime,
    /// End time, unless the process was killed.
    pub ended: Option<SystemTime>,
    /// Last sign of life: the end if known, otherwise the last entry about a step; now for a
    /// running process.
    pub last_seen: SystemTime,
}

/// Step of a stored run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoredStep {
    /// Address of the step.
    pub path: String,
    /// Type of the step.
    pub step_type: String,
    /// Name from the recipe, if any.
    pub name: Option<String>,
    /// Time at which it last started.
    pub began: SystemTime,
    /// Duration, if the step has ended.
    pub duration: Option<Duration>,
    /// State of the step.
    pub state: StepState,
    /// Error of a failed step.
    pub error: Option<String>,
    /// Failures before its end, in chronological order.
    pub failures: Vec<StoredFailure>,
    /// Usage of language models, over all attempts and processes.
    pub usage: Usage,
    /// Tool calls in the order in which they ended, over all attempts and processes.
    pub tool_calls: Vec<StoredToolCall>,
    config: Option<TextHash>,
    change: Option<String>,
}

/// Failure that did not end its step.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoredFailure {
    /// Time of the failure.
    pub at: SystemTime,
    /// Failed attempt that was retried; `None` if `on_error` steps followed.
    pub attempt: Option<StoredAttempt>,
    /// Error message.
    pub error: String,
}

/// Attempt at a step.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct StoredAttempt {
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// Maximum number of attempts.
    pub attempts: u32,
    /// Delay before the next attempt.
    pub delay: Duration,
}

/// Tool call that ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoredToolCall {
    /// Name of the tool.
    pub tool: String,
    /// Start time.
    pub began: SystemTime,
    /// Duration of the call.
    pub duration: Duration,
    /// Whether the call failed.
    pub is_failed: bool,
    arguments: TextHash,
    result: TextHash,
}

/// Change of a step to an artifact.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum StoredArtifact {
    /// The step set it to this value.
    Set(Value),
    /// The step changed it: the addition to a list or string, or the changed members of an object,
    /// with null for removed ones.
    Changed(Value),
    /// The step removed it.
    Removed,
}

impl StoredRun {
    pub(crate) fn read(id: RunId, reader: Reader, is_running: bool) -> Result<Self, StoreError> {
        let query = "SELECT recipe, folder, began, secrets FROM run";
        let (recipe, directory, began, secrets) = reader.one(query, (), |row| {
            let began = time(row, 2)?;
            let text = |column| row.get::<_, String>(column);
            Ok((text(0)?, text(1)?, began, text(3)?))
        })?;
        let query = "SELECT began, ended, outcome, error FROM session ORDER BY number";
        let mut sessions = reader.all(query, (), |row| {
            let began = time(row, 0)?;
            let ended = row.get::<_, Option<i64>>(1)?.map(from_microseconds);
            let session = Session {
                began,
                ended,
                last_seen: ended.unwrap_or(began),
            };
            let outcome: Option<String> = row.get(2)?;
            Ok((session, outcome, text(row, 3)?))
        })?;
        let mut next = None;
        for (session, ..) in sessions.iter_mut().rev() {
            if session.ended.is_none() {
                session.last_seen = match next {
                    None if is_running => SystemTime::now(),
                    next => last_sign(&reader, session.began, next)?,
                };
            }
            next = Some(session.began);
        }
        // A process may be killed before its session is recorded.
        let last = sessions.last().cloned();
        let (ended, outcome, error) = last.map_or((None, None, None), |(last, outcome, error)| {
            (last.ended, outcome, error)
        });
        let status = match outcome.as_deref() {
            _ if is_running => RunStatus::Running,
            Some("done") => RunStatus::Done,
            Some("failed") => RunStatus::Failed,
            _ => RunStatus::Interrupted,
        };
        let query = "SELECT hash FROM load JOIN recipe ON recipe = number WHERE path = ''";
        let fingerprint = reader.all(query, (), |row| fingerprint(row, 0))?.pop();
        Ok(Self {
            id,
            recipe: mask_sealed(&recipe).into_owned(),
            fingerprint,
            directory: PathBuf::from(&*mask_sealed(&directory)),
            began,
            ended: ended.filter(|_| !is_running),
            status,
            error: error.filter(|_| !is_running),
            sessions: sessions.into_iter().map(|(session, ..)| session).collect(),
            secrets: reader.parse(&secrets)?,
            reader,
            configs: RefCell::default(),
        })
    }

    /// Total duration of the sessions, up to their last signs of life.
    pub fn duration(&self) -> Duration {
        let durations = self.sessions.iter().map(|session| {
            let duration = session.last_seen.duration_since(session.began);
            duration.unwrap_or_default()
        });
        durations.sum()
    }

    /// Initial artifacts.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn artifacts(&self) -> Result<Map<String, Value>, StoreError> {
        let query = "SELECT artifacts FROM run";
        let sealed: String = self.reader.one(query, (), |row| row.get(0))?;
        let artifacts: Map<String, Value> = masked(&self.reader, &sealed)?;
        let artifacts = artifacts.into_iter();
        let artifacts = artifacts.map(|(name, packed)| Ok((name, self.unpacked(packed)?)));
        artifacts.collect()
    }

    /// Steps in the order in which they first started, so a step comes before the steps inside it.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn steps(&self) -> Result<Vec<StoredStep>, StoreError> {
        let query =
            "SELECT path, type, name, began, duration, state, coalesce(error, reason), config,
                         change, requests, input_tokens, output_tokens
                     FROM step WHERE type IS NOT NULL ORDER BY number";
        let mut steps = self.reader.all(query, (), |row| {
            let mut usage = Usage::default();
            usage.requests = count(row, 9)?;
            usage.input_tokens = count(row, 10)?;
            usage.output_tokens = count(row, 11)?;
            Ok(StoredStep {
                path: text(row, 0)?.unwrap_or_default(),
                step_type: row.get(1)?,
                name: text(row, 2)?,
                began: time(row, 3)?,
                duration: row.get::<_, Option<i64>>(4)?.map(duration),
                state: self.current_state(row.get(5)?),
                error: text(row, 6)?,
                failures: Vec::new(),
                config: row.get::<_, Option<_>>(7)?.map(TextHash),
                change: row.get(8)?,
                usage,
                tool_calls: Vec::new(),
            })
        })?;
        self.add_failures(&mut steps)?;
        self.add_tool_calls(&mut steps)?;
        Ok(steps)
    }

    /// Number of steps in each state.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn counts(&self) -> Result<Vec<(StepState, usize)>, StoreError> {
        let query = "SELECT state, count(*) FROM step WHERE type IS NOT NULL GROUP BY state";
        let counts = self.reader.all(query, (), |row| {
            let count: i64 = row.get(1)?;
            Ok((row.get(0)?, usize::try_from(count).unwrap_or_default()))
        })?;
        let mut by_state: Vec<(StepState, usize)> = Vec::new();
        for (state, count) in counts {
            let state = self.current_state(state);
            match by_state.iter_mut().find(|(known, _)| *known == state) {
                Some((_, sum)) => *sum += count,
                None => by_state.push((state, count)),
            }
        }
        Ok(by_state)
    }

    /// Current state of a step with a stored state: the end of a process cancels its running steps.
    fn current_state(&self, written: StepState) -> StepState {
        match written {
            StepState::Running if self.status != RunStatus::Running => StepState::Cancelled,
            state => state,
        }
    }

    /// Configuration of a step as written in the recipe, without rendering templates. Steps share
    /// equal ones.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn config(&self, step: &StoredStep) -> Result<Arc<Map<String, Value>>, StoreError> {
        let Some(hash) = step.config else {
            return Ok(Arc::default());
        };
        if let Some(config) = self.configs.borrow().get(&hash) {
            return Ok(config.clone());
        }
        let config: Map<String, Value> = masked(&self.reader, &self.reader.sealed_text(hash)?)?;
        let config = Arc::new(config);
        self.configs.borrow_mut().insert(hash, config.clone());
        Ok(config)
    }

    /// Arguments of a tool call.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn tool_arguments(&self, call: &StoredToolCall) -> Result<Value, StoreError> {
        masked(&self.reader, &self.reader.sealed_text(call.arguments)?)
    }

    /// Result of a tool call, or its error.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn tool_result(&self, call: &StoredToolCall) -> Result<String, StoreError> {
        masked(&self.reader, &self.reader.sealed_text(call.result)?)
    }

    /// Changes of a finished step to the artifacts, in order; none for other steps.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn changes(&self, step: &StoredStep) -> Result<Vec<(String, StoredArtifact)>, StoreError> {
        let Some(change) = &step.change else {
            return Ok(Vec::new());
        };
        let change: StoredChange = masked(&self.reader, change)?;
        let artifacts = change.artifacts.into_iter().map(|(name, delta)| {
            let artifact = match delta {
                None => StoredArtifact::Removed,
                Some(Delta::Value(value)) => StoredArtifact::Set(self.unpacked(value)?),
                Some(delta) => {
                    let added = delta.added(&mut |value| self.unpacked(value))?;
                    StoredArtifact::Changed(added)
                }
            };
            Ok((name, artifact))
        });
        artifacts.collect()
    }

    fn unpacked(&self, packed: Value) -> Result<Value, StoreError> {
        let mut fetch = |reference| masked(&self.reader, &self.reader.referenced(reference)?);
        unpack(packed, &mut fetch)
    }

    fn add_failures(&self, steps: &mut [StoredStep]) -> Result<(), StoreError> {
        let query = "SELECT path, at, attempt, attempts, delay, error FROM failure ORDER BY number";
        let failures = self.reader.all(query, (), |row| {
            let attempt = match row.get::<_, Option<u32>>(2)? {
                Some(attempt) => Some(StoredAttempt {
                    attempt,
                    attempts: row.get(3)?,
                    delay: duration(row.get(4)?),
                }),
                None => None,
            };
            let failure = StoredFailure {
                at: time(row, 1)?,
                attempt,
                error: text(row, 5)?.unwrap_or_default(),
            };
            Ok((text(row, 0)?.unwrap_or_default(), failure))
        })?;
        add_to(steps, failures, |step, failure| step.failures.push(failure));
        Ok(())
    }

    fn add_tool_calls(&self, steps: &mut [StoredStep]) -> Result<(), StoreError> {
        let query = "SELECT path, tool, began, duration, failed, arguments, result FROM tool_call
                     ORDER BY number";
        let calls = self.reader.all(query, (), |row| {
            let call = StoredToolCall {
                tool: text(row, 1)?.unwrap_or_default(),
                began: time(row, 2)?,
                duration: duration(row.get(3)?),
                is_failed: row.get(4)?,
                arguments: TextHash(row.get(5)?),
                result: TextHash(row.get(6)?),
            };
            Ok((text(row, 0)?.unwrap_or_default(), call))
        })?;
        add_to(steps, calls, |step, call| step.tool_calls.push(call));
        Ok(())
    }
}

/// Adds each item to the step with its address.
fn add_to<T>(steps: &mut [StoredStep], items: Vec<(String, T)>, add: impl Fn(&mut StoredStep, T)) {
    if items.is_empty() {
        return;
    }
    let indices = steps.iter().enumerate();
    let indices: HashMap<String, usize> = indices
        .map(|(index, step)| (step.path.clone(), index))
        .collect();
    for (path, item) in items {
        if let Some(index) = indices.get(&path) {
            add(&mut steps[*index], item);
        }
    }
}

/// Time of the last entry of a killed process, before the next process began.
fn last_sign(
    reader: &Reader,
    began: SystemTime,
    next: Option<SystemTime>,
) -> Result<SystemTime, StoreError> {
    let query = "
        SELECT coalesce(max(sign), ?1) FROM (
            SELECT began + coalesce(duration, 0) AS sign FROM step WHERE began >= ?1 AND began < ?2
            UNION ALL SELECT at FROM failure WHERE at >= ?1 AND at < ?2
            UNION ALL SELECT began + duration FROM tool_call WHERE began >= ?1 AND began < ?2
        )";
    let next = next.map_or(i64::MAX, microseconds);
    reader.one(query, [microseconds(began), next], |row| time(row, 0))
}

/// Reads a sealed string from a column and masks secrets.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    let text: Option<String> = row.get(column)?;
    Ok(text.map(|text| mask_sealed(&text).into_owned()))
}

/// Parses sealed JSON with secrets masked.
fn masked<T: serde::de::DeserializeOwned>(reader: &Reader, sealed: &str) -> Result<T, StoreError> {
    reader.parse(&mask_sealed_json(sealed))
}

fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let count: i64 = row.get(column)?;
    Ok(count.unsigned_abs())
}
