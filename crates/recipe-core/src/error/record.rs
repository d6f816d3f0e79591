//! Errors of steps as data, which can cross process boundaries.

use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::step_error::{RecipeError, StepError};
use crate::step_path::StepPath;

/// Record of a [`StepError`]: serialized in one process, read in another. It prints like the error,
/// its [`chain`](super::chain) too, and keeps what decides about retries and recovery.
///
/// ```
/// use recipe_core::error::ErrorRecord;
/// use recipe_core::{StepError, chain};
///
/// let error = StepError::item("1", StepError::failed("disk full"));
/// let json = serde_json::to_string(&ErrorRecord::from(&error))?;
/// let record: ErrorRecord = serde_json::from_str(&json)?;
/// assert_eq!(chain(&record).to_string(), "item 1: disk full");
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErrorRecord {
    /// Kind of the error.
    pub kind: ErrorKind,
    /// Message of this level, without its sources.
    pub message: String,
    /// Whether it ends the run even where a recipe tolerates failures.
    #[serde(default)]
    pub is_final: bool,
    /// Whether a mistake in a recipe is the cause, so that a retry makes no sense.
    #[serde(default)]
    pub is_mistake: bool,
    /// Failed substeps or items, of an error of kind [`Failures`](ErrorKind::Failures).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<FailureRecord>,
    /// Cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Box<ErrorRecord>>,
}

/// Kind of an error: a variant of [`StepError`], or an error of another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// See [`StepError::Step`].
    Step,
    /// See [`StepError::Substep`].
    Substep,
    /// See [`StepError::Item`].
    Item,
    /// See [`StepError::Failures`].
    Failures,
    /// See [`StepError::Recipe`].
    Recipe,
    /// See [`StepError::TooDeep`].
    TooDeep,
    /// See [`StepError::TooManyTasks`].
    TooManyTasks,
    /// See [`StepError::Template`].
    Template,
    /// See [`StepError::TimedOut`].
    TimedOut,
    /// See [`StepError::Journal`].
    Journal,
    /// See [`StepError::Cancelled`].
    Cancelled,
    /// See [`StepError::Panicked`].
    Panicked,
    /// See [`StepError::Failed`].
    Failed,
    /// An error of another type, or a kind of a later version.
    #[serde(other)]
    Other,
}

/// Record of a failed substep or loop item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FailureRecord {
    /// Index of the substep or item.
    pub index: usize,
    /// Its address in the run.
    pub path: StepPath,
    /// Its error.
    pub error: ErrorRecord,
}

impl From<&StepError> for ErrorRecord {
    fn from(error: &StepError) -> Self {
        let kind = match error {
            StepError::Step { .. } => ErrorKind::Step,
            StepError::Substep { .. } => ErrorKind::Substep,
            StepError::Item { .. } => ErrorKind::Item,
            StepError::Failures(_) => ErrorKind::Failures,
            StepError::Recipe { .. } => ErrorKind::Recipe,
            StepError::TooDeep { .. } => ErrorKind::TooDeep,
            StepError::TooManyTasks { .. } => ErrorKind::TooManyTasks,
            StepError::Template { .. } => ErrorKind::Template,
            StepError::TimedOut { .. } => ErrorKind::TimedOut,
            StepError::Journal(_) => ErrorKind::Journal,
            StepError::Cancelled => ErrorKind::Cancelled,
            StepError::Panicked { .. } => ErrorKind::Panicked,
            StepError::Failed(_) => ErrorKind::Failed,
        };
        let mut record = Self::new(kind, error, error.is_final(), error.is_mistake());
        if let StepError::Failures(failures) = error {
            let failures = failures.iter().map(|failure| FailureRecord {
                index: failure.index,
                path: failure.path.clone(),
                error: Self::from(&failure.error),
            });
            record.failures = failures.collect();
        }
        record
    }
}

impl ErrorRecord {
    fn new(kind: ErrorKind, error: &dyn Error, is_final: bool, is_mistake: bool) -> Self {
        Self {
            kind,
            message: error.to_string(),
            is_final,
            is_mistake,
            failures: Vec::new(),
            source: error
                .source()
                .map(|source| Box::new(Self::from_any(source))),
        }
    }

    fn from_any(error: &(dyn Error + 'static)) -> Self {
        if let Some(step) = error.downcast_ref::<StepError>() {
            return Self::from(step);
        }
        if let Some(RecipeError::Step(step)) = error.downcast_ref::<RecipeError>() {
            return Self::from(step);
        }
        Self::new(ErrorKind::Other, error, false, false)
    }
}

impl fmt::Display for ErrorRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ErrorRecord {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::super::{Failure, Failures, chain};
    use super::*;
    use crate::policy::Timeout;

    fn errors() -> Vec<StepError> {
        let read = || StepError::failed(io::Error::other("disk full"));
        let path = StepPath::root().step(1).keyed("items", "a:0\n\"b");
        let failures = [(4, StepError::Cancelled), (2, read())];
        let failures = failures.map(|(index, error)| Failure::new(index, path.clone(), error));
        let timeout: Timeout = serde_json::from_str("1.5").unwrap();
        vec![
            read(),
            StepError::Cancelled,
            StepError::timed_out(timeout),
            StepError::Failures(Failures::new(failures.into(), 5)),
            StepError::recipe("b.json", RecipeError::Step(read())),
            StepError::recipe("b.json", RecipeError::NotFound),
            StepError::recipe("", RecipeError::NotText { offset: 3 }),
            StepError::TooDeep {
                limit: 1,
                recipes: vec!["a".into()],
            },
            StepError::TooManyTasks { limit: 1 },
            StepError::Panicked {
                message: "oh".into(),
            },
        ]
    }

    #[test]
    fn a_record_reads_back_as_it_was_and_prints_like_its_error() {
        for error in errors() {
            let inner = StepError::substep(1, "x", Some("n".into()), StepError::item("3", error));
            let error = StepError::step("step", 0, "parallel", None, inner);
            let record = ErrorRecord::from(&error);
            let json = serde_json::to_string(&record).unwrap();
            let read: ErrorRecord = serde_json::from_str(&json).unwrap();
            assert_eq!(read, record);
            assert_eq!(chain(&read).to_string(), chain(&error).to_string());
            assert_eq!(read.is_final, error.is_final());
            assert_eq!(read.is_mistake, error.is_mistake());
        }
    }

    #[test]
    fn kinds_of_later_versions_are_read() {
        let json = r#"{"kind": "eclipsed", "message": "m", "new": 1}"#;
        let read: ErrorRecord = serde_json::from_str(json).unwrap();
        assert_eq!(read.kind, ErrorKind::Other);
    }
}
