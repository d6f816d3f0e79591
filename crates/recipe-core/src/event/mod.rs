//! Events of a run, and the interface of observers.
//!
//! Progress bars, logs and reports are observers. The executor itself prints nothing
//! (docs/design.md §3).

mod record;

use std::fmt;
use std::ops::AddAssign;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

pub use record::EventRecord;

use crate::Context;
use crate::error::{RunError, StepError};
use crate::step_path::StepPath;

/// An event of a run.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'e> {
    /// A run started.
    #[non_exhaustive]
    RunStarted {
        /// Main recipe, as passed to the executor.
        recipe: &'e str,
    },
    /// A run ended. None of its tasks is left running.
    #[non_exhaustive]
    RunFinished {
        /// Main recipe, as passed to the executor.
        recipe: &'e str,
        /// Duration.
        duration: Duration,
        /// Cause of a failure.
        error: Option<&'e RunError>,
    },
    /// A step started.
    #[non_exhaustive]
    StepStarted {
        /// The step.
        step: StepInfo<'e>,
    },
    /// A step succeeded.
    #[non_exhaustive]
    StepFinished {
        /// The step.
        step: StepInfo<'e>,
        /// Duration.
        duration: Duration,
        /// Changes of artifacts.
        changes: Changes<'e>,
    },
    /// A step was not run again, since it had succeeded before the run was resumed. The steps
    /// inside it are not reported one by one; see [`StepsReused`](Self::StepsReused).
    #[non_exhaustive]
    StepReused {
        /// The step.
        step: StepInfo<'e>,
        /// Changes of artifacts that were applied.
        changes: Changes<'e>,
    },
    /// Steps inside a finished step or loop item were not run again, since they had ended before
    /// the run was resumed.
    #[non_exhaustive]
    StepsReused {
        /// The step or loop item.
        path: &'e StepPath,
        /// Number of steps that ran inside it.
        steps: usize,
    },
    /// An attempt at a step failed and will be retried.
    #[non_exhaustive]
    StepRetried {
        /// The step.
        step: StepInfo<'e>,
        /// Number of the failed attempt, from 1.
        attempt: u32,
        /// Maximum number of attempts.
        attempts: u32,
        /// Time until the next attempt.
        delay: Duration,
        /// Cause.
        error: &'e StepError,
    },
    /// The last attempt at a step failed and its `on_error` steps start. Their result is its own.
    #[non_exhaustive]
    StepRecovering {
        /// The step.
        step: StepInfo<'e>,
        /// Cause.
        error: &'e StepError,
    },
    /// A step failed, its `on_error` steps succeeded, and the recipe continues.
    #[non_exhaustive]
    StepRecovered {
        /// The step.
        step: StepInfo<'e>,
        /// Duration, including its `on_error` steps.
        duration: Duration,
        /// Changes of artifacts.
        changes: Changes<'e>,
    },
    /// A step failed without `on_error` steps, or they failed.
    #[non_exhaustive]
    StepFailed {
        /// The step.
        step: StepInfo<'e>,
        /// Duration.
        duration: Duration,
        /// Cause.
        error: &'e StepError,
        /// Changes of artifacts until then.
        changes: Changes<'e>,
    },
    /// A running step was cancelled.
    #[non_exhaustive]
    StepCancelled {
        /// The step.
        step: StepInfo<'e>,
        /// Duration until then.
        duration: Duration,
    },
    /// A step will not run, since a concurrent one failed.
    #[non_exhaustive]
    StepSkipped {
        /// The step.
        step: StepInfo<'e>,
    },
    /// Some of the substeps or items of a step ended.
    #[non_exhaustive]
    Progress {
        /// The step.
        step: &'e StepPath,
        /// Counts of substeps or items.
        progress: Progress,
    },
    /// A step used a metered service: a language model.
    #[non_exhaustive]
    Used {
        /// The step.
        path: &'e StepPath,
        /// Name of the service or model.
        service: &'e str,
        /// Amount.
        usage: Usage,
    },
    /// A tool call of a step, or of the language model it runs, ended.
    #[non_exhaustive]
    ToolCalled {
        /// The step.
        path: &'e StepPath,
        /// The tool.
        tool: &'e str,
        /// Arguments of the call.
        arguments: &'e Value,
        /// Duration of the call.
        duration: Duration,
        /// Result, or message of a failed call. A failed call does not fail the step.
        result: Result<&'e str, &'e str>,
    },
    /// A likely mistake in a recipe that did not stop the run.
    #[non_exhaustive]
    Warning {
        /// Path of the step or recipe it is about; that of the main recipe is empty.
        path: &'e StepPath,
        /// Message.
        message: &'e str,
        /// Suggested replacement, if there is one.
        suggestion: Option<&'e str>,
    },
    /// A program that a step runs printed a line.
    #[non_exhaustive]
    Output {
        /// The step.
        path: &'e StepPath,
        /// Output stream.
        stream: OutputStream,
        /// Line without its end; very long ones are truncated.
        line: &'e str,
    },
}

/// Output stream of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[expect(clippy::exhaustive_enums, reason = "programs have only these")]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl fmt::Display for OutputStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        })
    }
}

/// The step of an event. Substeps are steps too; their path names the enclosing ones.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct StepInfo<'e> {
    /// Address in the run.
    pub path: &'e StepPath,
    /// Type.
    pub step_type: &'e str,
    /// Name, if it has one.
    pub name: Option<&'e str>,
    /// Configuration as written, with templates unrendered. Shared, so cheap to keep.
    pub config: &'e Arc<Map<String, Value>>,
}

/// Progress of a step through its substeps or items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Number of succeeded ones.
    pub done: usize,
    /// Number of failed ones.
    pub failed: usize,
    /// Total number.
    pub total: usize,
}

impl Progress {
    /// Creates the progress of a step that has finished none of `total`.
    pub fn new(total: usize) -> Self {
        Self {
            total,
            ..Self::default()
        }
    }
}

/// Usage of a language model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
#[non_exhaustive]
pub struct Usage {
    /// Number of requests that got a response.
    pub requests: u64,
    /// Number of input tokens.
    pub input_tokens: u64,
    /// Number of output tokens.
    pub output_tokens: u64,
}

impl Usage {
    /// Creates the usage of one request.
    pub fn from_request(input_tokens: u64, output_tokens: u64) -> Self {
        Self {
            requests: 1,
            input_tokens,
            output_tokens,
        }
    }
}

/// Saturates, since servers may report any numbers.
impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        for (sum, number) in [
            (&mut self.requests, other.requests),
            (&mut self.input_tokens, other.input_tokens),
            (&mut self.output_tokens, other.output_tokens),
        ] {
            *sum = sum.saturating_add(number);
        }
    }
}

/// `3 requests, 1200 tokens in, 340 out`
impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            requests,
            input_tokens,
            output_tokens,
        } = self;
        let noun = if *requests == 1 {
            "request"
        } else {
            "requests"
        };
        write!(
            f,
            "{requests} {noun}, {input_tokens} tokens in, {output_tokens} out"
        )
    }
}

/// Changes of artifacts by a step. Empty unless an observer
/// [watches them](Observer::watches_artifacts).
#[derive(Clone, Copy)]
pub struct Changes<'e> {
    pub(crate) contexts: Option<(&'e Context, &'e Context)>,
}

impl<'e> Changes<'e> {
    /// Returns artifacts that were set to another value, and removed ones, which have none.
    pub fn iter(self) -> impl Iterator<Item = (&'e str, Option<&'e Value>)> {
        let both = self.contexts.into_iter();
        both.flat_map(|(before, after)| after.changes_since(before))
    }
}

impl fmt::Debug for Changes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.iter().map(|(name, _)| name);
        f.debug_list().entries(names).finish()
    }
}

/// Receives run events.
///
/// Called on the threads of the run, concurrently for substeps, so it must be fast.
pub trait Observer: Send + Sync {
    /// Receives an event.
    fn observe(&self, event: &Event<'_>);

    /// Whether events should include changes of artifacts. Off by default, since that has a cost.
    fn watches_artifacts(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_saturates() {
        let most = Usage {
            requests: 1,
            input_tokens: u64::MAX,
            output_tokens: u64::MAX,
        };
        let mut sum = most;
        sum += most;
        assert_eq!(
            sum,
            Usage {
                requests: 2,
                ..most
            }
        );
    }
}
