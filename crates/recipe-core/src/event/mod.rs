//! What happens during a run, told to whoever observes it.
//!
//! Progress bars, logs and reports are observers; the executor itself prints nothing (docs/design.md §3).

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

/// Something that happened during a run.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'e> {
    /// A run begins.
    #[non_exhaustive]
    RunStarted {
        /// The main recipe, as it was named to the executor.
        recipe: &'e str,
    },
    /// A run has ended; nothing of it is left running.
    #[non_exhaustive]
    RunFinished {
        /// The main recipe.
        recipe: &'e str,
        /// How long it took.
        duration: Duration,
        /// Why it failed, if it did.
        error: Option<&'e RunError>,
    },
    /// A step begins.
    #[non_exhaustive]
    StepStarted {
        /// Which one.
        step: StepInfo<'e>,
    },
    /// A step has done its work.
    #[non_exhaustive]
    StepFinished {
        /// Which one.
        step: StepInfo<'e>,
        /// How long it took.
        duration: Duration,
        /// What it did to the artifacts.
        changes: Changes<'e>,
    },
    /// A step was not run, since it had done its work before the run was taken up again. The steps inside it are not
    /// told of one by one, see [`StepsReused`](Self::StepsReused).
    #[non_exhaustive]
    StepReused {
        /// Which one.
        step: StepInfo<'e>,
        /// What it had done to the artifacts.
        changes: Changes<'e>,
    },
    /// Steps inside a step, or inside a round of a loop, were not run, since they had ended before the run was taken up
    /// again, and what stands around them had, too.
    #[non_exhaustive]
    StepsReused {
        /// The step or the round.
        path: &'e StepPath,
        /// Number of steps that were run inside it.
        steps: usize,
    },
    /// An attempt at a step has failed, and there will be another one.
    #[non_exhaustive]
    StepRetried {
        /// Which step.
        step: StepInfo<'e>,
        /// Which attempt has failed, from 1.
        attempt: u32,
        /// How many there are at most.
        attempts: u32,
        /// The time until the next one.
        delay: Duration,
        /// Why it failed.
        error: &'e StepError,
    },
    /// A step has failed for good, and its `on_error` steps begin. What becomes of them is the step's end.
    #[non_exhaustive]
    StepRecovering {
        /// Which step.
        step: StepInfo<'e>,
        /// Why it failed.
        error: &'e StepError,
    },
    /// A step has failed, its `on_error` steps have done their work, and the recipe goes on.
    #[non_exhaustive]
    StepRecovered {
        /// Which step.
        step: StepInfo<'e>,
        /// How long it took, with its `on_error` steps.
        duration: Duration,
        /// What it did to the artifacts.
        changes: Changes<'e>,
    },
    /// A step has failed, or its `on_error` steps have.
    #[non_exhaustive]
    StepFailed {
        /// Which one.
        step: StepInfo<'e>,
        /// How long it took.
        duration: Duration,
        /// Why.
        error: &'e StepError,
        /// What it did to the artifacts until then.
        changes: Changes<'e>,
    },
    /// A step was cancelled while it ran.
    #[non_exhaustive]
    StepCancelled {
        /// Which one.
        step: StepInfo<'e>,
        /// How long it had run.
        duration: Duration,
    },
    /// A step will not run, since one beside it failed.
    #[non_exhaustive]
    StepSkipped {
        /// Which one.
        step: StepInfo<'e>,
    },
    /// Some of the things that a step does side by side, or one after the other, have ended: substeps, items.
    #[non_exhaustive]
    Progress {
        /// The step.
        step: &'e StepPath,
        /// How far it is.
        progress: Progress,
    },
    /// A step has used something that is counted, and often paid for: a language model.
    #[non_exhaustive]
    Used {
        /// The step.
        path: &'e StepPath,
        /// What.
        service: &'e str,
        /// How much of it.
        usage: Usage,
    },
    /// A step has called a tool, or had a language model call it, and the call has ended.
    #[non_exhaustive]
    ToolCalled {
        /// The step.
        path: &'e StepPath,
        /// The tool.
        tool: &'e str,
        /// What it was given.
        arguments: &'e Value,
        /// How long the call took.
        duration: Duration,
        /// What it said, or what it said when it failed. A call that failed is no failure of the step.
        result: Result<&'e str, &'e str>,
    },
    /// Something that did not stop the run and that its author should know.
    #[non_exhaustive]
    Warning {
        /// The step it concerns, or the recipe's own path; the main recipe's is empty.
        path: &'e StepPath,
        /// What is odd.
        message: &'e str,
        /// What to write instead, where that can be guessed.
        suggestion: Option<&'e str>,
    },
    /// A program that a step runs has printed a line.
    #[non_exhaustive]
    Output {
        /// The step.
        path: &'e StepPath,
        /// Where it was printed.
        stream: OutputStream,
        /// The line, without its end. Where it is very long, the beginning of it.
        line: &'e str,
    },
}

/// What a program prints to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[expect(clippy::exhaustive_enums, reason = "programs have these two")]
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

/// Which step an event is about. Substeps are steps too; their path tells where they belong.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct StepInfo<'e> {
    /// Its address in the run.
    pub path: &'e StepPath,
    /// Its type.
    pub step_type: &'e str,
    /// Its name, where the recipe gives one.
    pub name: Option<&'e str>,
    /// Its configuration as written, templates not rendered. Whoever keeps it shares it.
    pub config: &'e Arc<Map<String, Value>>,
}

/// How far a step is with what it does several times.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// How many have ended well.
    pub done: usize,
    /// How many have failed.
    pub failed: usize,
    /// How many there are in all.
    pub total: usize,
}

impl Progress {
    /// Nothing yet, of so many.
    pub fn new(total: usize) -> Self {
        Self {
            total,
            ..Self::default()
        }
    }
}

/// How much a step has used of a language model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
#[non_exhaustive]
pub struct Usage {
    /// How many requests were answered.
    pub requests: u64,
    /// How many tokens the model was given.
    pub input_tokens: u64,
    /// How many tokens it answered with.
    pub output_tokens: u64,
}

impl Usage {
    /// What one request has used.
    pub fn of_request(input_tokens: u64, output_tokens: u64) -> Self {
        Self {
            requests: 1,
            input_tokens,
            output_tokens,
        }
    }
}

/// What servers say may be anything: a sum that is too large stays the largest number.
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

/// What a step did to the artifacts. Known where an observer [watches them](Observer::watches_artifacts).
#[derive(Clone, Copy)]
pub struct Changes<'e> {
    pub(crate) contexts: Option<(&'e Context, &'e Context)>,
}

impl<'e> Changes<'e> {
    /// The artifacts that were set to another value, and those that were removed, which have none.
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

/// Someone who is told what happens.
///
/// Called on the run's own threads, substeps concurrently: be quick.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn observe(&self, event: &Event<'_>);

    /// Whether it wants to know what each step did to the artifacts. That costs a little, so not unless one says so.
    fn watches_artifacts(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_that_is_too_large_stays_the_largest_number() {
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
