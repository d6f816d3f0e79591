//! Asking a model until it answers: what may pass is tried again, what may not is told at once, and what it has answered
//! before need not be asked.

use std::time::Duration;

use recipe_core::event::Usage;
use recipe_core::policy::{Attempts, Retry};
use recipe_core::{Scope, chain};
use tokio::time::Instant;
use tracing::info;

use crate::cache::{self, StepAnswers};
use crate::model::{Answer, Model, ModelError, Request};

/// How often a request is sent at most.
const ATTEMPTS: i64 = 5;

/// The longest time that a provider may ask to wait. Who asks for more is not waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// A model that a step asks.
pub(crate) struct Asked<'a> {
    pub(crate) scope: &'a Scope,
    /// What it is called, with its provider.
    pub(crate) name: &'a str,
    pub(crate) model: &'a dyn Model,
    /// The answers that are kept, where they are to be.
    pub(crate) kept: Option<StepAnswers>,
}

impl Asked<'_> {
    /// What the model answers, or has answered to the same. What each answer took is told to the observers.
    ///
    /// # Errors
    /// With the last error, when there is no answer.
    pub(crate) async fn answer(&self, request: &Request) -> Result<Answer, ModelError> {
        let Some(kept) = &self.kept else {
            return self.ask(request).await;
        };
        let key = cache::key(self.name, self.model, request);
        if let Some(answer) = kept.find(key, self.scope).await {
            info!("{}: not asked, the answer is one that was kept", self.name);
            return Ok(answer);
        }
        let answer = self.ask(request).await?;
        kept.note(key, &answer);
        Ok(answer)
    }

    /// Keeps the answers of a step that has succeeded with them.
    pub(crate) async fn keep_answers(self) {
        if let Some(kept) = self.kept {
            kept.keep(self.scope).await;
        }
    }

    async fn ask(&self, request: &Request) -> Result<Answer, ModelError> {
        for delay in retry().delays() {
            let error = match self.model.answer(request).await {
                Err(error) if error.is_transient() => error,
                answered => return self.counted(answered),
            };
            let asked = error.retry_after().filter(|asked| !asked.is_zero());
            let wait = asked.unwrap_or(delay);
            if wait > LONGEST_WAIT {
                self.warn_of_longest(wait);
                return Err(error);
            }
            if self
                .scope
                .deadline()
                .is_some_and(|end| Instant::now() + wait >= end)
            {
                self.warn_of_deadline(wait, asked.is_some());
                return Err(error);
            }
            self.warn_of(&error, wait);
            tokio::time::sleep(wait).await;
        }
        self.counted(self.model.answer(request).await)
    }

    fn warn_of(&self, error: &ModelError, wait: Duration) {
        let (told, seconds) = (chain(error), wait.as_secs_f64());
        let warning = format!("{}: {told}, asking again in {seconds:.1} s", self.name);
        self.scope.warn(&warning);
    }

    fn warn_of_longest(&self, wait: Duration) {
        let (asked, longest) = (wait.as_secs(), LONGEST_WAIT.as_secs());
        let warning = format!(
            "{}: the provider asks to wait {asked} s, which is longer than {longest} s",
            self.name
        );
        self.scope.warn(&warning);
    }

    fn warn_of_deadline(&self, wait: Duration, is_asked: bool) {
        let who = if is_asked {
            "the provider asks to wait"
        } else {
            "the next attempt would wait"
        };
        let seconds = wait.as_secs_f64();
        let warning = format!(
            "{}: {who} {seconds:.1} s, which is longer than the step's `timeout` allows",
            self.name
        );
        self.scope.warn(&warning);
    }

    fn counted(&self, answered: Result<Answer, ModelError>) -> Result<Answer, ModelError> {
        let answer = answered?;
        if answer.usage != Usage::default() {
            self.scope.used(self.name, answer.usage);
        }
        Ok(answer)
    }
}

fn retry() -> Retry {
    Retry::new(Attempts::try_from(ATTEMPTS).expect("it is more than none"))
}
