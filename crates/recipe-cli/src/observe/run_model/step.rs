//! What is noted of one step.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use recipe_core::event::Usage;
use serde_json::{Map, Value};

use super::cut::Cut;
use super::tool_call::ToolCalls;

/// A step that was run, reused or skipped. Times are counted from the beginning of the run.
#[derive(Debug, Clone)]
pub(crate) struct TimedStep {
    /// The step that it ran inside, by its index; it stands before this one.
    pub(crate) parent: Option<usize>,
    /// What its address adds to that of the step it ran inside: steps inside one another thousands deep have long ones.
    /// Steps inside one that is tried again have the same address each time.
    pub(crate) path: String,
    /// Its type.
    pub(crate) step_type: Cow<'static, str>,
    /// Its name, where the recipe gives one.
    pub(crate) name: Option<String>,
    /// Its configuration as written, shared with the recipe.
    pub(crate) config: Option<Arc<Map<String, Value>>>,
    /// When it began.
    pub(crate) start: Duration,
    /// When it ended.
    pub(crate) end: Option<Duration>,
    /// How it ended.
    pub(crate) state: State,
    /// Why it failed for good.
    pub(crate) error: Option<Cut>,
    /// The attempts that failed before further ones.
    pub(crate) retries: Vec<Retried>,
    /// The failure after which its `on_error` steps began.
    pub(crate) recovering: Option<Failed>,
    /// What it did to the artifacts.
    pub(crate) changes: ChangedArtifacts,
    /// What it has used of language models, without the steps inside it.
    pub(crate) usage: Usage,
    /// The tools that it has called.
    pub(crate) tool_calls: ToolCalls,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It has not ended yet.
    Running,
    /// It did its work.
    Done,
    /// It was not run, since it had done its work before the run was resumed. The steps inside it are not told of.
    Reused,
    /// It failed.
    Failed,
    /// It failed, and its `on_error` steps did their work.
    Recovered,
    /// It never began, since one beside it failed.
    Skipped,
    /// It was stopped.
    Cancelled,
}

impl State {
    /// How it is called.
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

    /// Whether it ran, so that it took time.
    pub(crate) fn has_run(self) -> bool {
        !matches!(self, Self::Reused | Self::Skipped)
    }
}

impl serde::Serialize for State {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// A failure that was not the end of its step.
#[derive(Debug, Clone)]
pub(crate) struct Failed {
    /// When.
    pub(crate) at: Duration,
    /// Why.
    pub(crate) error: Cut,
}

/// An attempt that failed, with another one to follow.
#[derive(Debug, Clone)]
pub(crate) struct Retried {
    /// Which one, from 1.
    pub(crate) attempt: u32,
    /// How many there are at most.
    pub(crate) attempts: u32,
    /// The time until the next one.
    pub(crate) delay: Duration,
    /// When it failed, and why.
    pub(crate) failure: Failed,
}

/// What a step did to the artifacts.
#[derive(Debug, Clone, Default)]
pub(crate) struct ChangedArtifacts {
    /// The first ones.
    pub(crate) kept: Vec<Change>,
    /// How many more there are.
    pub(crate) more: usize,
}

impl ChangedArtifacts {
    /// How many bytes of values are kept.
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
    /// The value it was set to; none if it was removed.
    pub(crate) value: Option<Cut>,
    /// Whether the value is only what was added to it: the end of a list or text, the members of an object that are others.
    pub(crate) is_addition: bool,
}
