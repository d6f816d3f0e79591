//! A step of the model.

use std::sync::Arc;
use std::time::Duration;

use recipe_core::StepPath;
use recipe_core::event::{StepInfo, Usage};
use serde_json::{Map, Value};

use super::cut::Cut;
use super::tool_call::ToolCalls;

/// A step that was run, reused or skipped. Times count from the beginning of the run.
#[derive(Debug, Clone)]
pub(crate) struct TimedStep {
    /// Index of the enclosing step, which comes before this one.
    pub(crate) parent: Option<usize>,
    /// The part that its address adds to that of the enclosing step: whole addresses are long
    /// if steps are nested thousands deep. Steps inside a step that is retried have the same
    /// address each time.
    pub(crate) path: String,
    /// Its type.
    pub(crate) step_type: String,
    /// Its name, if the recipe gives it one.
    pub(crate) name: Option<String>,
    /// Its configuration as written, shared with the recipe.
    pub(crate) config: Option<Arc<Map<String, Value>>>,
    /// Start time.
    pub(crate) start: Duration,
    /// End time.
    pub(crate) end: Option<Duration>,
    /// Its state.
    pub(crate) state: State,
    /// Final error.
    pub(crate) error: Option<Cut>,
    /// Failed attempts that were retried.
    pub(crate) retries: Vec<Retried>,
    /// The failure after which its `on_error` steps began.
    pub(crate) recovering: Option<Failed>,
    /// Its changes to the artifacts.
    pub(crate) changes: ChangedArtifacts,
    /// Its use of language models, without the steps inside it.
    pub(crate) usage: Usage,
    /// The tools that it has called.
    pub(crate) tool_calls: ToolCalls,
}

/// A step that is added to the model.
#[derive(Clone, Copy)]
pub(crate) struct NewStep<'s> {
    pub(crate) path: &'s StepPath,
    pub(crate) step_type: &'s str,
    pub(crate) name: Option<&'s str>,
    /// Its configuration, if known.
    pub(crate) config: Option<&'s Arc<Map<String, Value>>>,
}

impl<'s> From<StepInfo<'s>> for NewStep<'s> {
    fn from(step: StepInfo<'s>) -> Self {
        Self {
            path: step.path,
            step_type: step.step_type,
            name: step.name,
            config: Some(step.config),
        }
    }
}

/// State of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It has not ended yet.
    Running,
    /// It did its work.
    Done,
    /// It did its work before the run was resumed, and did not run again. The steps inside it
    /// have no events.
    Reused,
    /// It failed.
    Failed,
    /// It failed, and its `on_error` steps did their work.
    Recovered,
    /// It did not run, because a step beside it failed.
    Skipped,
    /// It was stopped.
    Cancelled,
}

impl State {
    /// The word for it, in files and on the screen.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Reused => "reused",
            Self::Failed => "failed",
            Self::Recovered => "recovered",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the step ran, and so took time.
    pub(crate) fn has_run(self) -> bool {
        !matches!(self, Self::Reused | Self::Skipped)
    }
}

impl serde::Serialize for State {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// A failure that did not end its step.
#[derive(Debug, Clone)]
pub(crate) struct Failed {
    /// Time of the failure.
    pub(crate) at: Duration,
    /// Its error.
    pub(crate) error: Cut,
}

/// A failed attempt that was retried.
#[derive(Debug, Clone)]
pub(crate) struct Retried {
    /// Number of the attempt, from 1.
    pub(crate) attempt: u32,
    /// Maximum number of attempts.
    pub(crate) attempts: u32,
    /// Delay until the next attempt.
    pub(crate) delay: Duration,
    /// Its failure.
    pub(crate) failure: Failed,
}

/// Changes of a step to the artifacts.
#[derive(Debug, Clone, Default)]
pub(crate) struct ChangedArtifacts {
    /// The first changes.
    pub(crate) kept: Vec<Change>,
    /// Number of further changes.
    pub(crate) more: usize,
}

impl ChangedArtifacts {
    /// Size of the kept values, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let values = self.kept.iter().filter_map(|change| change.value.as_ref());
        values.map(|value| value.text.len()).sum()
    }
}

/// An artifact that a step has set or removed.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// Its name.
    pub(crate) name: String,
    /// Its new value, unless it was removed.
    pub(crate) value: Option<Cut>,
    /// Whether the value is only an addition: the end of a list or text, or the changed members
    /// of an object.
    pub(crate) is_addition: bool,
}
