//! Looking at a run: what it was, how it stands, and its steps.

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

/// A run in a store. Secrets in its texts are masked.
pub struct StoredRun {
    /// Its id.
    pub id: RunId,
    /// The main recipe, as it was named.
    pub recipe: String,
    /// The text of the main recipe when it was loaded last, if it ever was.
    pub content: Option<Fingerprint>,
    /// The working directory.
    pub folder: PathBuf,
    /// When it began.
    pub began: SystemTime,
    /// When it ended, or stopped, if that is known.
    pub ended: Option<SystemTime>,
    /// How it stands.
    pub status: RunStatus,
    /// Why it has failed, or was interrupted, if that is known.
    pub error: Option<String>,
    /// The processes that worked on it, one after the other.
    pub sessions: Vec<Session>,
    /// The names of the secret configuration values that it was given.
    pub secrets: Vec<String>,
    reader: Reader,
    /// The configurations that were read already.
    configs: RefCell<HashMap<TextHash, Arc<Map<String, Value>>>>,
}

/// The work of one process on a run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Session {
    /// When it began.
    pub began: SystemTime,
    /// When it ended, if it did not end without a word.
    pub ended: Option<SystemTime>,
    /// When it was seen alive last: at its end, if that is known, or else when it noted something of a step. One that is
    /// at work was seen just now.
    pub last_seen: SystemTime,
}

/// A step of a stored run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoredStep {
    /// Its address.
    pub path: String,
    /// Its type.
    pub step_type: String,
    /// Its name, where the recipe gives one.
    pub name: Option<String>,
    /// When it began, the last time.
    pub began: SystemTime,
    /// How long it took, if it has ended.
    pub duration: Option<Duration>,
    /// How it stands.
    pub state: StepState,
    /// Why it failed.
    pub error: Option<String>,
    /// What went wrong before its end, in the order of time.
    pub failures: Vec<StoredFailure>,
    /// What it has used of language models, in all attempts and processes together.
    pub usage: Usage,
    /// The tools that it has called, in all attempts and processes together, in the order in which the calls ended.
    pub tool_calls: Vec<StoredToolCall>,
    config: Option<TextHash>,
    change: Option<String>,
}

/// A failure that was not the end of its step.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoredFailure {
    /// When.
    pub at: SystemTime,
    /// The attempt that failed, with another one to follow; without one its `on_error` steps followed.
    pub attempt: Option<StoredAttempt>,
    /// Why.
    pub error: String,
}

/// An attempt at a step.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct StoredAttempt {
    /// Which one, from 1.
    pub attempt: u32,
    /// How many there could be.
    pub attempts: u32,
    /// The time until the next one.
    pub delay: Duration,
}

/// A call of a tool that has ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoredToolCall {
    /// The tool.
    pub tool: String,
    /// When it was called.
    pub began: SystemTime,
    /// How long the call took.
    pub duration: Duration,
    /// Whether it failed.
    pub is_failed: bool,
    arguments: TextHash,
    result: TextHash,
}

/// What a step did to an artifact.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum StoredArtifact {
    /// It has set it to this value.
    Set(Value),
    /// It has changed it: what was added to a list or text, the members of an object that are others. Null stands for
    /// members that are gone.
    Changed(Value),
    /// It has removed it.
    Removed,
}

impl StoredRun {
    pub(crate) fn read(id: RunId, reader: Reader, is_running: bool) -> Result<Self, StoreError> {
        let query = "SELECT recipe, folder, began, secrets FROM run";
        let (recipe, folder, began, secrets) = reader.one(query, (), |row| {
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
        // A process may be killed before it has begun.
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
        let content = reader.all(query, (), |row| fingerprint(row, 0))?.pop();
        Ok(Self {
            id,
            recipe: mask_sealed(&recipe).into_owned(),
            content,
            folder: PathBuf::from(&*mask_sealed(&folder)),
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

    /// How long processes were at work on it, as far as they were seen.
    pub fn duration(&self) -> Duration {
        let durations = self.sessions.iter().map(|session| {
            let duration = session.last_seen.duration_since(session.began);
            duration.unwrap_or_default()
        });
        durations.sum()
    }

    /// The artifacts that it began with.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn artifacts(&self) -> Result<Map<String, Value>, StoreError> {
        let query = "SELECT artifacts FROM run";
        let sealed: String = self.reader.one(query, (), |row| row.get(0))?;
        let artifacts: Map<String, Value> = masked(&self.reader, &sealed)?;
        let artifacts = artifacts.into_iter();
        let artifacts = artifacts.map(|(name, packed)| Ok((name, self.unpacked(packed)?)));
        artifacts.collect()
    }

    /// Its steps in the order in which they first began, so that a step stands before those inside it.
    ///
    /// # Errors
    /// When the journal cannot be read.
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
                state: self.as_it_is(row.get(5)?),
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

    /// How many steps there are, by their state.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn counts(&self) -> Result<Vec<(StepState, usize)>, StoreError> {
        let query = "SELECT state, count(*) FROM step WHERE type IS NOT NULL GROUP BY state";
        let counts = self.reader.all(query, (), |row| {
            let count: i64 = row.get(1)?;
            Ok((row.get(0)?, usize::try_from(count).unwrap_or_default()))
        })?;
        let mut by_state: Vec<(StepState, usize)> = Vec::new();
        for (state, count) in counts {
            let state = self.as_it_is(state);
            match by_state.iter_mut().find(|(known, _)| *known == state) {
                Some((_, sum)) => *sum += count,
                None => by_state.push((state, count)),
            }
        }
        Ok(by_state)
    }

    /// How a step stands that was written down like this: the end of its process has cancelled what was running.
    fn as_it_is(&self, written: StepState) -> StepState {
        match written {
            StepState::Running if self.status != RunStatus::Running => StepState::Cancelled,
            state => state,
        }
    }

    /// The configuration of a step as it was written, templates not rendered. Steps with equal ones share them.
    ///
    /// # Errors
    /// When the journal cannot be read.
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

    /// What a tool was given.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn tool_arguments(&self, call: &StoredToolCall) -> Result<Value, StoreError> {
        masked(&self.reader, &self.reader.sealed_text(call.arguments)?)
    }

    /// What a tool said, or what it said when it failed.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn tool_result(&self, call: &StoredToolCall) -> Result<String, StoreError> {
        masked(&self.reader, &self.reader.sealed_text(call.result)?)
    }

    /// What a step did to the artifacts, if it has come to its end.
    ///
    /// # Errors
    /// When the journal cannot be read.
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

/// Adds each thing to the step that has its address.
fn add_to<T>(steps: &mut [StoredStep], things: Vec<(String, T)>, add: impl Fn(&mut StoredStep, T)) {
    if things.is_empty() {
        return;
    }
    let places = steps.iter().enumerate();
    let places: HashMap<String, usize> = places
        .map(|(index, step)| (step.path.clone(), index))
        .collect();
    for (path, thing) in things {
        if let Some(index) = places.get(&path) {
            add(&mut steps[*index], thing);
        }
    }
}

/// When a process that ended without a word noted something last, before the next one began.
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

/// A sealed text in a column, with secrets masked.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    let text: Option<String> = row.get(column)?;
    Ok(text.map(|text| mask_sealed(&text).into_owned()))
}

/// What a sealed JSON text says, with secrets masked.
fn masked<T: serde::de::DeserializeOwned>(reader: &Reader, sealed: &str) -> Result<T, StoreError> {
    reader.parse(&mask_sealed_json(sealed))
}

fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let count: i64 = row.get(column)?;
    Ok(count.unsigned_abs())
}
