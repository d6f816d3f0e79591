//! What is told of a stored run: by `recipe runs`, by `recipe show`, and by both as JSON.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use recipe_core::chain;
use recipe_journal::{RunId, Session, Store, StoreError, StoredRun};
use serde::{Serialize, Serializer};

use super::local_time::rfc3339;
use crate::arguments::Status;
use crate::observe::progress::Exact;

/// A run of a store, as far as it can be read.
pub(crate) struct ListedRun {
    /// Its id.
    pub(crate) id: RunId,
    /// What is stored of it.
    pub(crate) run: Result<StoredRun, StoreError>,
}

impl ListedRun {
    /// Reads a run.
    pub(crate) fn read(store: &Store, id: RunId) -> Self {
        let run = store.run(&id);
        Self { id, run }
    }

    /// How it stands.
    pub(crate) fn status(&self) -> Status {
        match &self.run {
            Ok(run) => run.status.into(),
            Err(_) => Status::Unreadable,
        }
    }

    /// What is told of it.
    pub(crate) fn facts(&self) -> RunFacts {
        match &self.run {
            Ok(run) => RunFacts::of(run),
            Err(error) => RunFacts::of_unreadable(&self.id, error),
        }
    }
}

/// What is told of a run. What is not known is null in JSON.
#[derive(Debug, Serialize)]
pub(crate) struct RunFacts {
    pub(crate) id: RunId,
    pub(crate) recipe: Option<String>,
    recipe_hash: Option<String>,
    pub(crate) folder: Option<String>,
    pub(crate) status: Status,
    #[serde(serialize_with = "time")]
    pub(crate) began: Option<SystemTime>,
    #[serde(serialize_with = "time")]
    ended: Option<SystemTime>,
    #[serde(serialize_with = "seconds")]
    duration: Option<Duration>,
    pub(crate) error: Option<String>,
    pub(crate) sessions: Vec<SessionFacts>,
}

/// The work of one process.
#[derive(Debug, Serialize)]
pub(crate) struct SessionFacts {
    #[serde(serialize_with = "time")]
    began: Option<SystemTime>,
    #[serde(serialize_with = "time")]
    ended: Option<SystemTime>,
}

/// How many steps there are, by the word for their state.
pub(crate) type StepCounts = BTreeMap<&'static str, usize>;

impl RunFacts {
    /// What is told of a run.
    pub(crate) fn of(run: &StoredRun) -> Self {
        Self {
            id: run.id.clone(),
            recipe: Some(run.recipe.clone()),
            recipe_hash: run.fingerprint.map(|hash| hash.to_string()),
            folder: Some(run.directory.to_string_lossy().into_owned()),
            status: run.status.into(),
            began: Some(run.began),
            ended: run.ended,
            duration: Some(run.duration()),
            error: run.error.clone(),
            sessions: run.sessions.iter().map(SessionFacts::of).collect(),
        }
    }

    /// The same of a run that cannot be read.
    pub(crate) fn of_unreadable(id: &RunId, error: &StoreError) -> Self {
        Self {
            id: id.clone(),
            recipe: None,
            recipe_hash: None,
            folder: None,
            status: Status::Unreadable,
            began: id.began(),
            ended: None,
            duration: None,
            error: Some(chain(error).to_string()),
            sessions: Vec::new(),
        }
    }

    /// How long processes were at work on it, for people. One that was killed did not tell when.
    pub(crate) fn took(&self) -> Option<String> {
        let took = Exact(self.duration?);
        let is_known = self.status == Status::Running
            || self.sessions.iter().all(|session| session.ended.is_some());
        Some(match is_known {
            true => took.to_string(),
            false => format!("at least {took}"),
        })
    }

    /// Why it failed, without the name of the recipe with which that begins.
    pub(crate) fn reason(&self) -> Option<&str> {
        let error = self.error.as_deref()?;
        let behind = |recipe: &String| error.strip_prefix(recipe)?.strip_prefix(": ");
        Some(self.recipe.as_ref().and_then(behind).unwrap_or(error))
    }
}

impl SessionFacts {
    fn of(session: &Session) -> Self {
        Self {
            began: Some(session.began),
            ended: session.ended,
        }
    }
}

/// Counts the steps of a run.
pub(crate) fn step_counts(run: &StoredRun) -> Result<StepCounts, StoreError> {
    let counts = run.counts()?.into_iter();
    Ok(counts.map(|(state, count)| (state.word(), count)).collect())
}

/// A time as RFC 3339 has it.
pub(crate) fn time<S: Serializer>(
    time: &Option<SystemTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    time.map(rfc3339).serialize(serializer)
}

/// A duration in seconds.
pub(crate) fn seconds<S: Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    duration
        .map(|duration| duration.as_secs_f64())
        .serialize(serializer)
}
