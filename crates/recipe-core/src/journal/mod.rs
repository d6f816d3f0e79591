//! Journals: what makes a run durable (docs/design.md §2, `recipe-journal`).
//!
//! A journal belongs to one run. While the run goes on, it notes of each step that finishes what the step changed in
//! its context. When the run is taken up again by another process, the executor goes through the recipe from its
//! beginning and asks the journal at each step. One that had finished is not run: what it changed is applied, and the
//! recipe goes on as if it had just ended. One that had not is run, and asks in turn for the steps inside it, so that a
//! half-done `parallel`, `loop`, `conditional` or called recipe carries on where it was.
//!
//! That is right because of three rules:
//! - A step is over only when [`Journal::record`] has returned. So nothing that was recorded rests on something that
//!   was not.
//! - A step is the same if it stands at the same [`StepPath`] and has the same [content](Fingerprint); inside a round of a
//!   loop also if the item is the same, and inside a called recipe also if the step that calls it is.
//! - A journal answers with what earlier processes recorded, never with what this one did: a step that is tried again runs
//!   again.
//!
//! What a step has decided by something outside of its context, such as whether a file exists, is recorded like the end of
//! a step ([`Scope::decide`](crate::Scope::decide)), so that the branch which was taken is gone on with.
//!
//! A step whose effect had happened but was not recorded when the process died runs once more. That can be any step that
//! was in flight at that moment, and no other.

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

/// Where the effect of a step lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a journal must know what to do with each"
)]
pub enum Effect {
    /// In its context alone, and it costs nothing worth speaking of to do it again. A journal may take its time to
    /// bring it to the disk, as long as it keeps the order.
    Context,
    /// Also outside: files, programs, other computers, money, hours. A journal has it on the disk before the next step.
    Outside,
}

/// Notes what happens in one run, and knows what happened in it before. See [`Executor::run_durable`] for the use of it.
///
/// As an [`Observer`] it is told of everything in the run and may keep a history of it. What resuming rests on are the
/// methods here.
///
/// [`Executor::run_durable`]: crate::Executor::run_durable
pub trait Journal: Observer {
    /// Starts the run, before anything else of it is noted. `secrets` are those of the run, which
    /// learns more of them later: none may be stored.
    ///
    /// # Errors
    /// Fails if the journal belongs to another run.
    fn run_started(&self, secrets: &KnownSecrets) -> Result<(), JournalError>;

    /// What earlier processes noted of a step or a round that had come to an end at this place; `context` is as it was
    /// at its beginning. `None` for one that has to run. Asked of every step, on the run's own threads: be quick.
    ///
    /// # Errors
    /// When the journal cannot be read.
    fn finished(
        &self,
        key: StepKey<'_>,
        context: &Context,
    ) -> Result<Option<Finished>, JournalError>;

    /// Notes the end of a step or round. It is over when the future is.
    ///
    /// The entry is made when this is called: it stands even if the future is dropped.
    ///
    /// # Errors
    /// When it cannot be written. The run ends with that.
    fn record<'j>(&'j self, ended: StepEnd<'_>) -> JournalFuture<'j>;

    /// Notes that what was recorded of the steps inside this one is void, and what was noted of the recipes that began
    /// inside it: it is tried again, and may write the recipe that it calls anew.
    fn forget_below(&self, path: &StepPath);

    /// Notes that a recipe begins to run, and returns how it differs from the one that began at this place before, where
    /// that matters.
    ///
    /// # Errors
    /// When the journal cannot be read.
    fn recipe_loaded(&self, recipe: LoadedRecipe<'_>)
    -> Result<Option<RecipeChange>, JournalError>;

    /// Waits until everything noted so far is on the disk.
    ///
    /// # Errors
    /// When something of it could not be written.
    fn flush(&self) -> JournalFuture<'_>;
}

/// What a journal does that takes time.
pub type JournalFuture<'j> = Pin<Box<dyn Future<Output = Result<(), JournalError>> + Send + 'j>>;

/// A step, or a round of a loop, as journals know it again.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct StepKey<'p> {
    /// Its address.
    pub path: &'p StepPath,
    /// What it is.
    pub fingerprint: Fingerprint,
}

/// What is to be noted of a step or round that has come to an end.
#[derive(Debug)]
#[non_exhaustive]
pub struct StepEnd<'e> {
    /// Which one.
    pub key: StepKey<'e>,
    /// How it ended, and what it changed.
    pub finished: Finished,
    /// The context at its beginning.
    pub before: &'e Context,
    /// Where its effect lies.
    pub effect: Effect,
    /// How long it took.
    pub duration: Duration,
}

/// A step or round that has come to an end.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Finished {
    /// How.
    pub outcome: StepOutcome,
    /// What it has changed.
    pub change: ContextChange,
    /// Number of steps that had ended inside it, those inside them included, and its `on_error` steps left out if they only begin.
    /// For whoever counts what is not run again; nothing is made of it when it is recorded.
    pub steps_inside: usize,
}

impl Finished {
    /// What came to an end like this.
    pub fn new(outcome: StepOutcome, change: ContextChange) -> Self {
        Self {
            outcome,
            change,
            steps_inside: 0,
        }
    }

    /// The same, with so many steps inside it.
    pub fn with_steps_inside(self, steps_inside: usize) -> Self {
        Self {
            steps_inside,
            ..self
        }
    }
}

/// How a step or round came to an end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepOutcome {
    /// It did its work.
    Done,
    /// It failed, and its `on_error` steps did theirs.
    Recovered,
    /// It failed for good, and its `on_error` steps begin: resuming goes on with them.
    Failed {
        /// Why, on one line.
        message: String,
    },
}

/// A recipe that begins to run.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct LoadedRecipe<'r> {
    /// Its address, which is that of the main recipe or ends with the call.
    pub path: &'r StepPath,
    /// The file, as it was named.
    pub file: &'r str,
    /// Its text.
    pub fingerprint: Fingerprint,
    /// Its steps.
    pub steps: &'r [RecipeStep],
    /// The environment variables that it has copied into the configuration.
    pub env_vars: &'r [String],
}
