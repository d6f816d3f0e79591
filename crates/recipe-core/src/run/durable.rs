//! What the executor does with a journal: asks it before a step runs, and has it note how the step ended.
//!
//! The rules by which that is right stand in [`crate::journal`].

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::executor::Environment;
use super::scope::Scope;
use crate::Context;
use crate::error::{RecipeError, StepError, chain};
use crate::event::{Changes, Event};
use crate::journal::{
    ContentHash, ContextChange, Effect, Ending, Finished, Journal, LoadedRecipe, Place, StepEnd,
};
use crate::registry::{PreparedRecipe, PreparedStep, Steps};
use crate::secrets::holds_secret;
use crate::step_path::StepPath;

/// The journal of a run, and what the run has to know for it.
pub(super) struct Durable {
    journal: Arc<dyn Journal>,
    /// The environment variables that recipes have named, by the configuration values that they become.
    variables: Mutex<HashMap<String, Variable>>,
    /// The steps that are not recorded since they have set a secret, and those around them.
    around_secrets: Mutex<HashSet<StepPath>>,
}

/// An environment variable.
struct Variable {
    name: String,
    value: String,
}

/// What an earlier process has done of a step.
pub(super) enum Earlier {
    /// Nothing that counts.
    Nothing,
    /// It has finished it. What it changed has been applied.
    Finished,
    /// It has tried it for the last time. What it changed until then has been applied; its `on_error` steps follow.
    Failed { message: String },
}

impl Durable {
    pub(super) fn new(journal: Arc<dyn Journal>) -> Self {
        Self {
            journal,
            variables: Mutex::default(),
            around_secrets: Mutex::default(),
        }
    }

    pub(super) fn journal(&self) -> &dyn Journal {
        &*self.journal
    }

    /// Notes that a recipe has these copied into the configuration.
    pub(super) fn variables_named(&self, names: &[String], environment: &Environment) {
        let mut variables = lock(&self.variables);
        for name in names {
            if let Some(value) = environment.get(name) {
                let name = name.clone();
                let variable = variables.entry(name.to_lowercase());
                variable.or_insert(Variable { name, value });
            }
        }
    }

    /// What became of a context. `None` where that cannot be noted: a step has set a secret, and secrets are never
    /// stored.
    fn change(&self, before: &Context, after: &Context) -> Option<ContextChange> {
        let mut change = ContextChange::default();
        for (name, value) in after.config_changes_since(before) {
            match lock(&self.variables).get(name) {
                Some(variable) if *value == variable.value => {
                    change.variables.push(variable.name.clone());
                }
                _ if holds_secret(name, value) => return None,
                _ => change.config.push((name.to_owned(), value.clone())),
            }
        }
        let artifacts = after.writes_since(before);
        change.artifacts = artifacts
            .map(|(name, value)| (name.clone(), value.cloned()))
            .collect();
        Some(change)
    }

    /// Notes that a step is not recorded since it has set a secret, and says whether that is news: where a step inside it
    /// has set it, it is not.
    fn is_first_with_secret(&self, path: &StepPath) -> bool {
        let mut around = lock(&self.around_secrets);
        let is_first = around.insert(path.clone());
        around.extend(path.ancestors().cloned());
        is_first
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is in them is whole between any two statements.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Scope {
    /// Decides something that may come out otherwise when it is asked again, such as whether a file exists. A durable run
    /// that is taken up again goes by what was decided before, if the `question` is still the same: the steps that
    /// followed may have made the file.
    ///
    /// One decision of a step is known, the last one.
    ///
    /// # Errors
    /// With the error of the decision, and when the journal of the run cannot be read or written.
    pub async fn decide(
        &self,
        question: &str,
        decision: impl Future<Output = Result<bool, StepError>>,
    ) -> Result<bool, StepError> {
        /// What the decision is called in the path of its entry, and in the entry.
        const NAME: &str = "decision";
        if !self.is_durable() {
            return decision.await;
        }
        let scope = self.task_at(self.path().nested(NAME, 0));
        let (content, mut context) = (ContentHash::of(question), Context::new());
        if let Earlier::Finished = scope.replay(content, &mut context)?
            && let Some(decided) = context.get(NAME).and_then(Value::as_bool)
        {
            return Ok(decided);
        }
        let (before, started) = (context.clone(), Instant::now());
        let decided = decision.await?;
        context.set(NAME, decided);
        let end = End {
            content,
            ending: Ending::Done,
            // What follows may change what it was decided by.
            effect: Effect::Outside,
            duration: started.elapsed(),
        };
        scope.record(end, &before, &context).await?;
        Ok(decided)
    }

    pub(super) fn is_durable(&self) -> bool {
        self.run().durable().is_some()
    }

    /// What an earlier process has done of a step. Where that is something, the context is as it left it.
    pub(super) fn earlier_end(
        &self,
        step: &PreparedStep,
        context: &mut Context,
    ) -> Result<Earlier, StepError> {
        if !self.is_durable() {
            return Ok(Earlier::Nothing);
        }
        let before = context.clone();
        let earlier = self.replay(step.content(), context)?;
        if let Earlier::Finished = earlier {
            self.emit(&Event::StepReused {
                step: step.info(self),
                changes: Changes {
                    contexts: Some((&before, context)),
                },
            });
        }
        Ok(earlier)
    }

    /// Runs the steps of a loop's round, unless an earlier process has.
    pub(super) async fn run_round(
        &self,
        steps: &Steps,
        context: &mut Context,
    ) -> Result<(), StepError> {
        if !self.is_durable() {
            return self.run_steps(steps, context).await;
        }
        let content = steps.content();
        if let Earlier::Finished = self.replay(content, context)? {
            return Ok(());
        }
        let (before, started) = (context.clone(), Instant::now());
        self.run_steps(steps, context).await?;
        let end = End {
            content,
            ending: Ending::Done,
            effect: Effect::Context,
            duration: started.elapsed(),
        };
        self.record(end, &before, context).await
    }

    /// Whether an earlier process has finished what stands here.
    pub(super) fn is_finished(&self, content: ContentHash, context: &Context) -> bool {
        let finished = self.finished(content, context);
        // That the journal cannot be read is told when the step runs.
        matches!(finished, Ok(Some(finished)) if !matches!(finished.ending, Ending::Failed { .. }))
    }

    /// Has the journal note that a step did not fail.
    pub(super) async fn record_step(
        &self,
        step: &PreparedStep,
        ending: Ending,
        before: &Context,
        after: &Context,
        duration: Duration,
    ) -> Result<(), StepError> {
        let end = End {
            content: step.content(),
            ending,
            effect: step.step.effect(),
            duration,
        };
        self.record(end, before, after).await
    }

    /// Has the journal note that a step has failed for good and its `on_error` steps follow.
    pub(super) async fn record_failure(
        &self,
        step: &PreparedStep,
        error: &StepError,
        before: &Context,
        after: &Context,
    ) -> Result<(), StepError> {
        let message = chain(error).to_string();
        let ending = Ending::Failed {
            message: self.mask(&message).into_owned(),
        };
        self.record_step(step, ending, before, after, Duration::ZERO)
            .await
    }

    /// Has the journal forget what was done inside this step, which is tried again.
    pub(super) fn forget_below(&self) {
        if let Some(durable) = self.run().durable() {
            durable.journal.forget_below(self.path());
        }
    }

    /// Has the journal note that a recipe begins here, whose text it may know another version of.
    pub(super) fn note_recipe(
        &self,
        recipe: &PreparedRecipe,
        content: ContentHash,
    ) -> Result<(), RecipeError> {
        let Some(durable) = self.run().durable() else {
            return Ok(());
        };
        let change = durable.journal.recipe_loaded(LoadedRecipe {
            path: self.path(),
            file: self.recipe(),
            content,
            steps: &recipe.steps.contents(),
            env_vars: &recipe.document.env_vars,
        })?;
        match change {
            Some(change) => Err(RecipeError::Changed(change)),
            None => Ok(()),
        }
    }

    async fn record(&self, end: End, before: &Context, after: &Context) -> Result<(), StepError> {
        let Some(durable) = self.run().durable() else {
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
        let recorded = durable.journal.record(StepEnd {
            place: self.place(end.content),
            finished: Finished::new(end.ending, change),
            before,
            effect: end.effect,
            duration: end.duration,
        });
        recorded.await.map_err(StepError::Journal)
    }

    /// Applies what an earlier process has done of what stands here.
    fn replay(&self, content: ContentHash, context: &mut Context) -> Result<Earlier, StepError> {
        let finished = self.finished(content, context)?;
        let Some(finished) = finished else {
            return Ok(Earlier::Nothing);
        };
        let Finished {
            ending,
            change,
            steps_inside,
        } = finished;
        self.run().load_variables(&change.variables, context);
        change.apply(context);
        if steps_inside > 0 {
            self.emit(&Event::StepsReused {
                path: self.path(),
                steps: steps_inside,
            });
        }
        Ok(match ending {
            Ending::Done | Ending::Recovered => Earlier::Finished,
            Ending::Failed { message } => Earlier::Failed { message },
        })
    }

    fn finished(
        &self,
        content: ContentHash,
        context: &Context,
    ) -> Result<Option<Finished>, StepError> {
        let Some(durable) = self.run().durable() else {
            return Ok(None);
        };
        let finished = durable.journal.finished(self.place(content), context);
        finished.map_err(StepError::Journal)
    }

    fn place(&self, content: ContentHash) -> Place<'_> {
        Place {
            path: self.path(),
            content: match self.around() {
                Some(around) => ContentHash::of_all([around, content]),
                None => content,
            },
        }
    }
}

/// How something ended, without what it changed.
struct End {
    content: ContentHash,
    ending: Ending,
    effect: Effect,
    duration: Duration,
}
