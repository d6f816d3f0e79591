//! Journals make runs durable (docs/design.md §2, `recipe-journal`).
//!
//! A journal belongs to one run. It records the context changes of each step that finishes. When
//! another process resumes the run, the executor starts the recipe from the beginning and looks up
//! each step in the journal. A finished step is not run: its changes are applied, and the recipe
//! continues. An unfinished one is run, and its substeps are looked up in turn, so that a half-done
//! `parallel`, `loop`, `conditional` or called recipe continues where it was.
//!
//! Three rules make this correct:
//! - A step is complete only once [`Journal::record`] has returned, so no recorded step depends on
//!   an unrecorded one.
//! - A step is the same if its [`StepPath`] and [`Fingerprint`] are, and also the enclosing loop
//!   items and the steps that call its recipe.
//! - A journal replays what earlier processes recorded, never the current one: a retried step runs
//!   again.
//!
//! A decision that depends on something outside the context, such as whether a file exists, is
//! recorded like a finished step ([`Scope::decide`](crate::Scope::decide)), so that resuming takes
//! the same branch.
//!
//! A step that took effect but was not recorded when the process died runs again. Only steps that
//! were running at that moment are affected.

mod change;
mod error;
mod fingerprint;
mod recipe_change;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

pub use change::ContextChange;
pub use error::JournalError;
pub use fingerprint::Fingerprint;
pub use recipe_change::{RecipeChange, RecipeStep, StepChange};

use crate::Context;
use crate::event::Observer;
use crate::secrets::KnownSecrets;
use crate::step_path::StepPath;

/// Location of a step's effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "journals must handle each")]
pub enum Effect {
    /// Only in its context, and cheap to repeat. A journal may write it to disk later, in order.
    Context,
    /// Also outside: files, programs, other computers, money, hours. A journal writes it to disk
    /// before the next step.
    Outside,
}

/// Records one run and replays what earlier processes recorded. Used by [`Executor::run_durable`].
///
/// As an [`Observer`] it receives all events and may keep a history. Resuming depends only on the
/// methods here.
///
/// [`Executor::run_durable`]: crate::Executor::run_durable
pub trait Journal: Observer {
    /// Starts the run, before any other call. `secrets` are those of the run, which learns more of
    /// them later: none may be stored.
    ///
    /// # Errors
    /// Fails if the journal belongs to another run.
    fn run_started(&self, secrets: &KnownSecrets) -> Result<(), JournalError>;

    /// Returns what an earlier process recorded of a finished step or loop item, or `None` if it
    /// has to run. `context` is the one at its start. Called for every step, on the threads of the
    /// run, so it must be fast.
    ///
    /// # Errors
    /// Fails if the journal cannot be read.
    fn finished(
        &self,
        key: StepKey<'_>,
        context: &Context,
    ) -> Result<Option<Finished>, JournalError>;

    /// Records the end of a step or loop item, which is complete once the future resolves.
    ///
    /// The call itself adds the entry: it is kept even if the future is dropped.
    ///
    /// # Errors
    /// Fails if it cannot be written. The run fails then.
    fn record<'j>(&'j self, ended: StepEnd<'_>) -> JournalFuture<'j>;

    /// Discards the records of steps and recipes inside a step, which is retried and may rewrite
    /// the recipe it calls.
    fn forget_below(&self, path: &StepPath);

    /// Records the start of a recipe, and returns relevant changes since it last started at this
    /// path.
    ///
    /// # Errors
    /// Fails if the journal cannot be read.
    fn recipe_loaded(&self, recipe: LoadedRecipe<'_>)
    -> Result<Option<RecipeChange>, JournalError>;

    /// Waits until all records are on disk.
    ///
    /// # Errors
    /// Fails if a record could not be written.
    fn flush(&self) -> JournalFuture<'_>;
}

/// Future of a journal operation.
pub type JournalFuture<'j> = Pin<Box<dyn Future<Output = Result<(), JournalError>> + Send + 'j>>;

/// Key of a step or loop item in a journal.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct StepKey<'p> {
    /// Address in the run.
    pub path: &'p StepPath,
    /// Hash of the step and of the enclosing loop items and calls.
    pub fingerprint: Fingerprint,
}

/// End of a step or loop item, to be recorded.
#[derive(Debug)]
#[non_exhaustive]
pub struct StepEnd<'e> {
    /// Key of the step or loop item.
    pub key: StepKey<'e>,
    /// Outcome and changes.
    pub finished: Finished,
    /// Context at its start.
    pub before: &'e Context,
    /// Location of its effect.
    pub effect: Effect,
    /// Duration.
    pub duration: Duration,
}

/// Recorded end of a step or loop item.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Finished {
    /// Outcome.
    pub outcome: StepOutcome,
    /// Changes of its context.
    pub change: ContextChange,
    /// Number of ended steps inside it at any depth, without `on_error` steps that only start.
    /// Set by the journal to count replayed steps; ignored when recorded.
    pub steps_inside: usize,
}

impl Finished {
    /// Creates the end of a step or loop item, with no steps inside.
    pub fn new(outcome: StepOutcome, change: ContextChange) -> Self {
        Self {
            outcome,
            change,
            steps_inside: 0,
        }
    }

    /// Sets the number of steps inside it.
    pub fn with_steps_inside(self, steps_inside: usize) -> Self {
        Self {
            steps_inside,
            ..self
        }
    }
}

/// Outcome of a step or loop item.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepOutcome {
    /// It succeeded.
    Done,
    /// It failed, and its `on_error` steps succeeded.
    Recovered,
    /// Its last attempt failed, and its `on_error` steps start: resuming continues with them.
    Failed {
        /// Error chain, on one line.
        message: String,
    },
}

/// A recipe that starts.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct LoadedRecipe<'r> {
    /// Address: that of the main recipe, or one that ends with the call.
    pub path: &'r StepPath,
    /// File, as named by the caller.
    pub file: &'r str,
    /// Hash of its text.
    pub fingerprint: Fingerprint,
    /// Steps.
    pub steps: &'r [RecipeStep],
    /// Environment variables that it copied into the configuration.
    pub env_vars: &'r [String],
}
