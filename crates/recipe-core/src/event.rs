//! What happens during a run, told to whoever observes it.
//!
//! Progress bars, logs and reports are observers; the executor itself prints nothing (DESIGN.md §3).

use std::time::Duration;

use crate::error::{RunError, StepError};
use crate::step_path::StepPath;

/// Something that happened during a run.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'e> {
    /// A run begins.
    RunStarted {
        /// The main recipe, as it was named to the executor.
        recipe: &'e str,
    },
    /// A run has ended; nothing of it is left running.
    RunFinished {
        /// The main recipe.
        recipe: &'e str,
        /// How long it took.
        duration: Duration,
        /// Why it failed, if it did.
        error: Option<&'e RunError>,
    },
    /// A step begins.
    StepStarted {
        /// Which one.
        step: StepInfo<'e>,
    },
    /// A step has done its work.
    StepFinished {
        /// Which one.
        step: StepInfo<'e>,
        /// How long it took.
        duration: Duration,
    },
    /// A step has failed.
    StepFailed {
        /// Which one.
        step: StepInfo<'e>,
        /// How long it took.
        duration: Duration,
        /// Why.
        error: &'e StepError,
    },
    /// A step was cancelled while it ran.
    StepCancelled {
        /// Which one.
        step: StepInfo<'e>,
        /// How long it had run.
        duration: Duration,
    },
    /// A step will not run, since one beside it failed.
    StepSkipped {
        /// Which one.
        step: StepInfo<'e>,
    },
    /// Something that did not stop the run and that its author should know.
    Warning {
        /// The step it concerns, or the recipe's own path; the main recipe's is empty.
        path: &'e StepPath,
        /// What is odd.
        message: &'e str,
        /// What to write instead, where that can be guessed.
        suggestion: Option<&'e str>,
    },
}

/// Which step an event is about. Substeps are steps too; their path tells where they belong.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct StepInfo<'e> {
    /// Its address in the run.
    pub path: &'e StepPath,
    /// Its type.
    pub step_type: &'static str,
    /// Its name, where the recipe gives one.
    pub name: Option<&'e str>,
}

/// Someone who is told what happens.
///
/// Called on the run's own threads, substeps concurrently: be quick.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn observe(&self, event: &Event<'_>);
}
