//! Replay and recording: looks a step up in the journal before it runs, and records its outcome.
//! The rules that make this right are in [`crate::journal`].

use std::time::{Duration, Instant};

use serde_json::Value;

use super::scope::Scope;
use crate::Context;
use crate::error::{RecipeError, StepError, chain};
use crate::event::{Changes, Event};
use crate::journal::{Effect, Fingerprint, Finished, LoadedRecipe, StepEnd, StepKey, StepOutcome};
use crate::registry::{PreparedRecipe, PreparedStep, Steps};

/// Result of an earlier process, replayed.
pub(super) enum Replay {
    /// The step must run.
    Nothing,
    /// The step had finished; its change has been applied.
    Finished,
    /// The last attempt had failed; its change until then has been applied, its `on_error` steps
    /// follow.
    Failed { message: String },
}

/// Outcome of a step or loop round, without its change.
struct End {
    fingerprint: Fingerprint,
    outcome: StepOutcome,
    effect: Effect,
    duration: Duration,
}

impl Scope {
    /// Makes a decision that may come out differently later, such as whether a file exists. A
    /// resumed run keeps the earlier decision if the `question` is the same: the steps that
    /// followed may have made the file.
    ///
    /// Only the last decision of a step is kept.
    ///
    /// # Errors
    /// If the decision fails, or the journal cannot be read or written.
    pub async fn decide(
        &self,
        question: &str,
        decision: impl Future<Output = Result<bool, StepError>>,
    ) -> Result<bool, StepError> {
        /// Name of the decision in the path of its entry, and in the entry.
        const NAME: &str = "decision";
        if !self.is_durable() {
            return decision.await;
        }
        let scope = self.task(self.path().nested(NAME, 0));
        let (fingerprint, mut context) = (Fingerprint::from_text(question), Context::new());
        if let Replay::Finished = scope.replay(fingerprint, &mut context)?
            && let Some(decided) = context.get(NAME).and_then(Value::as_bool)
        {
            return Ok(decided);
        }
        let (before, started) = (context.clone(), Instant::now());
        let decided = decision.await?;
        context.set(NAME, decided);
        let end = End {
            fingerprint,
            outcome: StepOutcome::Done,
            // The steps that follow may change what the decision was based on.
            effect: Effect::Outside,
            duration: started.elapsed(),
        };
        scope.record(end, &before, &context).await?;
        Ok(decided)
    }

    pub(super) fn is_durable(&self) -> bool {
        self.run.durable.is_some()
    }

    /// Replays what an earlier process did of a step.
    pub(super) fn replay_step(
        &self,
        step: &PreparedStep,
        context: &mut Context,
    ) -> Result<Replay, StepError> {
        if !self.is_durable() {
            return Ok(Replay::Nothing);
        }
        let before = context.clone();
        let replay = self.replay(step.fingerprint(), context)?;
        if let Replay::Finished = replay {
            self.emit(&Event::StepReused {
                step: step.info(self),
                changes: Changes {
                    contexts: Some((&before, context)),
                },
            });
        }
        Ok(replay)
    }

    /// Runs the steps of a loop round unless an earlier process has.
    pub(super) async fn run_round(
        &self,
        steps: &Steps,
        context: &mut Context,
    ) -> Result<(), StepError> {
        if !self.is_durable() {
            return self.run_steps(steps, context).await;
        }
        let fingerprint = steps.fingerprint();
        if let Replay::Finished = self.replay(fingerprint, context)? {
            return Ok(());
        }
        let (before, started) = (context.clone(), Instant::now());
        self.run_steps(steps, context).await?;
        let end = End {
            fingerprint,
            outcome: StepOutcome::Done,
            effect: Effect::Context,
            duration: started.elapsed(),
        };
        self.record(end, &before, context).await
    }

    /// Whether an earlier process finished what is at this path.
    pub(super) fn is_finished(&self, fingerprint: Fingerprint, context: &Context) -> bool {
        let finished = self.finished(fingerprint, context);
        // An unreadable journal is reported when the step runs.
        matches!(finished, Ok(Some(finished)) if !matches!(finished.outcome, StepOutcome::Failed { .. }))
    }

    /// Records that a step succeeded.
    pub(super) async fn record_step(
        &self,
        step: &PreparedStep,
        outcome: StepOutcome,
        before: &Context,
        after: &Context,
        duration: Duration,
    ) -> Result<(), StepError> {
        let end = End {
            fingerprint: step.fingerprint(),
            outcome,
            effect: step.step.effect(),
            duration,
        };
        self.record(end, before, after).await
    }

    /// Records that the last attempt at a step failed and its `on_error` steps follow.
    pub(super) async fn record_failure(
        &self,
        step: &PreparedStep,
        error: &StepError,
        before: &Context,
        after: &Context,
    ) -> Result<(), StepError> {
        let message = chain(error).to_string();
        let outcome = StepOutcome::Failed {
            message: self.mask(&message).into_owned(),
        };
        self.record_step(step, outcome, before, after, Duration::ZERO)
            .await
    }

    /// Has the journal forget everything inside this step, which is retried.
    pub(super) fn forget_below(&self) {
        if let Some(durable) = &self.run.durable {
            durable.journal().forget_below(self.path());
        }
    }

    /// Records that a recipe starts here.
    ///
    /// # Errors
    /// If the recipe has changed since an earlier process ran it.
    pub(super) fn record_recipe(
        &self,
        recipe: &PreparedRecipe,
        fingerprint: Fingerprint,
    ) -> Result<(), RecipeError> {
        let Some(durable) = &self.run.durable else {
            return Ok(());
        };
        let change = durable.journal().recipe_loaded(LoadedRecipe {
            path: self.path(),
            file: self.position.recipe(),
            fingerprint,
            steps: &recipe.steps.recipe_steps(),
            env_vars: &recipe.document.env_vars,
        })?;
        match change {
            Some(change) => Err(RecipeError::Changed(change)),
            None => Ok(()),
        }
    }

    async fn record(&self, end: End, before: &Context, after: &Context) -> Result<(), StepError> {
        let Some(durable) = &self.run.durable else {
            return Ok(());
        };
        let Some(change) = durable.change(before, after) else {
            if durable.is_first_with_secret(self.path()) {
                self.warn(
                    "sets a secret configuration value, which is never stored: if the run is resumed, this step runs again",
                );
            }
            return Ok(());
        };
        let recorded = durable.journal().record(StepEnd {
            key: self.step_key(end.fingerprint),
            finished: Finished::new(end.outcome, change),
            before,
            effect: end.effect,
            duration: end.duration,
        });
        recorded.await.map_err(StepError::Journal)
    }

    /// Applies what an earlier process did at this path.
    fn replay(&self, fingerprint: Fingerprint, context: &mut Context) -> Result<Replay, StepError> {
        let Some(finished) = self.finished(fingerprint, context)? else {
            return Ok(Replay::Nothing);
        };
        let Finished {
            outcome,
            change,
            steps_inside,
        } = finished;
        self.run.load_variables(&change.variables, context);
        change.apply(context);
        if steps_inside > 0 {
            self.emit(&Event::StepsReused {
                path: self.path(),
                steps: steps_inside,
            });
        }
        Ok(match outcome {
            StepOutcome::Done | StepOutcome::Recovered => Replay::Finished,
            StepOutcome::Failed { message } => Replay::Failed { message },
        })
    }

    fn finished(
        &self,
        fingerprint: Fingerprint,
        context: &Context,
    ) -> Result<Option<Finished>, StepError> {
        let Some(durable) = &self.run.durable else {
            return Ok(None);
        };
        let key = self.step_key(fingerprint);
        let finished = durable.journal().finished(key, context);
        finished.map_err(StepError::Journal)
    }

    fn step_key(&self, fingerprint: Fingerprint) -> StepKey<'_> {
        StepKey {
            path: self.path(),
            fingerprint: self.position.replay_fingerprint(fingerprint),
        }
    }
}
