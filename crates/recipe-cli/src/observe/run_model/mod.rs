//! The state of a run, read by the display, `--report`, `--trace` and `show`.
//!
//! A [`RunModel`] is fed with events ([`mod@observe`], through a [`LiveModel`] that several observers share) or filled
//! from a stored run ([`stored`]). It knows the steps that are [`running`] and a [`tally`] of all others. Steps that have
//! ended are kept only if the [`Detail`] asks for them, so a display costs the same however long the run is.

mod cut;
mod live;
mod observe;
mod placed;
mod running;
mod step;
mod stored;
mod tally;
#[cfg(test)]
mod tests;
mod texts;
mod tool_call;
mod tool_call_counts;

use std::fmt;
use std::iter;
use std::time::{Duration, Instant, SystemTime};

use crate::run::signals::Interruption;

pub(crate) use cut::Cut;
pub(crate) use live::LiveModel;
pub(crate) use observe::NewStep;
pub(crate) use placed::{PlacedStep, placed, tree_order};
pub(crate) use running::{Phase, RunningStep, RunningSteps};
pub(crate) use step::{Change, ChangedArtifacts, Failed, Retried, State, TimedStep};
pub(crate) use tally::{Counts, Tally, is_zero};
#[cfg(test)]
pub(crate) use texts::Texts;
pub(crate) use tool_call::{MAX_TOOL_CALLS, ToolCall, ToolCalls};

/// Maximum size of an error, in bytes.
pub(crate) const MAX_ERROR: usize = 4_000;

/// Maximum size of the value of an artifact, and of the arguments and the result of a tool call, in bytes.
pub(crate) const MAX_VALUE: usize = 2_000;

/// Maximum size of the values of all artifacts and tool calls together, in bytes. Only the sizes of further ones are kept.
const MAX_VALUES: usize = 32 << 20;

/// Maximum number of changed artifacts kept of one step. The others are counted.
const MAX_CHANGES: usize = 50;

/// Maximum size of the name of a tool, in bytes: models also name tools that do not exist.
const MAX_TOOL_NAME: usize = 200;

/// Maximum number of steps kept. The others are counted.
const MAX_STEPS: usize = 100_000;

/// State of a run, while it runs or after it. Times count from its beginning.
#[derive(Debug)]
pub(crate) struct RunModel {
    /// The main recipe, as named by the user.
    pub(crate) recipe: String,
    /// When it began.
    pub(crate) began: SystemTime,
    /// How long it took.
    pub(crate) duration: Duration,
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// Why it failed or was stopped, if known. Without [`Detail::Times`] it is not kept.
    pub(crate) error: Option<Cut>,
    /// The kept steps in the order in which they began, so that a step comes before those inside it.
    pub(crate) steps: Vec<TimedStep>,
    /// The steps that are running.
    pub(crate) running: RunningSteps,
    /// Totals of all steps, including those not kept.
    pub(crate) tally: Tally,
    /// Number of reused steps without an event of their own, because they are inside reused steps or rounds of loops.
    pub(crate) reused_inside: usize,
    detail: Detail,
    /// `began` for measuring.
    begun: Instant,
    /// Size of the kept values, in bytes.
    value_bytes: usize,
}

/// Amount of data kept of steps that have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Detail {
    /// Nothing: the model knows running steps and totals.
    Running,
    /// When they ran, and how they ended.
    Times,
    /// Also their configurations, the artifacts they changed, and the arguments and results of tool calls.
    Everything,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It has not ended yet.
    Running,
    /// It did its work.
    Done,
    /// It failed.
    Failed,
    /// It was stopped, and by whom if that is known: a process that is killed does not record its end.
    Stopped(Option<Interruption>),
}

impl RunModel {
    /// Creates the model of a run that has not begun. Unless its end is observed, it counts as interrupted.
    pub(crate) fn new(recipe: String, detail: Detail) -> Self {
        Self {
            recipe,
            began: SystemTime::now(),
            duration: Duration::ZERO,
            outcome: Outcome::Stopped(None),
            error: None,
            steps: Vec::new(),
            running: RunningSteps::default(),
            tally: Tally::default(),
            reused_inside: 0,
            detail,
            begun: Instant::now(),
            value_bytes: 0,
        }
    }

    /// Sets who stopped the run, if it failed because of that.
    pub(crate) fn interrupted(&mut self, interruption: Option<Interruption>) {
        if self.outcome == Outcome::Failed && interruption.is_some() {
            self.outcome = Outcome::Stopped(interruption);
        }
    }

    /// When a step ended. A step still running at the end of the run was stopped by it.
    pub(crate) fn end_of(&self, step: &TimedStep) -> Duration {
        step.end.unwrap_or(self.duration).max(step.start)
    }

    /// The whole address of a step.
    pub(crate) fn path_of(&self, step: &TimedStep) -> String {
        let outwards = iter::successors(Some(step), |step| self.steps.get(step.parent?));
        let parts: Vec<&str> = outwards.map(|step| step.path.as_str()).collect();
        parts.into_iter().rev().collect()
    }

    /// Maximum size of the next value, in bytes.
    fn value_limit(&self) -> usize {
        match self.value_bytes {
            ..MAX_VALUES => MAX_VALUE,
            _ => 0,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("running"),
            Self::Done => f.write_str("done"),
            Self::Failed => f.write_str("failed"),
            Self::Stopped(Some(interruption)) => interruption.fmt(f),
            Self::Stopped(None) => f.write_str("interrupted"),
        }
    }
}
