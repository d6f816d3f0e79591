//! Requests to a model: transient errors are retried, others returned at once, and cached responses
//! reused.

use std::time::Duration;

use recipe_core::event::Usage;
use recipe_core::policy::{Attempts, Retry};
use recipe_core::{Scope, chain};
use tokio::time::Instant;
use tracing::info;

use crate::cache::{self, StepCache};
use crate::model::{Model, ModelError, Request, Response};

/// Maximum number of attempts for a request.
const MAX_ATTEMPTS: i64 = 5;

/// Maximum delay that a provider may request; the step fails on a longer one.
const MAX_WAIT: Duration = Duration::from_secs(300);

/// A model in use by a step.
pub(crate) struct ModelClient<'a> {
    pub(crate) scope: &'a Scope,
    /// Model name with provider.
    pub(crate) name: &'a str,
    pub(crate) model: &'a dyn Model,
    /// Cache, if the step uses it.
    pub(crate) cache: Option<StepCache>,
}

impl ModelClient<'_> {
    /// Returns the response, from the cache if possible. Reports the usage of each response to
    /// observers.
    ///
    /// # Errors
    /// Fails with the last error if no attempt succeeds.
    pub(crate) async fn response(&self, request: &Request) -> Result<Response, ModelError> {
        let Some(cache) = &self.cache else {
            return self.ask(request).await;
        };
        let key = cache::key(self.name, self.model, request);
        if let Some(response) = cache.get(key, self.scope).await {
            info!("{}: response found in the cache", self.name);
            return Ok(response);
        }
        let response = self.ask(request).await?;
        cache.record(key, &response);
        Ok(response)
    }

    /// Caches the responses of a step that succeeded.
    pub(crate) async fn store_responses(self) {
        if let Some(cache) = self.cache {
            cache.store(self.scope).await;
        }
    }

    async fn ask(&self, request: &Request) -> Result<Response, ModelError> {
        for delay in retry().delays() {
            let error = match self.model.respond(request).await {
                Err(error) if error.is_transient() => error,
                result => return self.report_usage(result),
            };
            let requested = error.retry_after().filter(|requested| !requested.is_zero());
            let wait = requested.unwrap_or(delay);
            if wait > MAX_WAIT {
                self.warn_of_long_wait(wait);
                return Err(error);
            }
            if self
                .scope
                .deadline()
                .is_some_and(|end| Instant::now() + wait >= end)
            {
                self.warn_of_deadline(wait, requested.is_some());
                return Err(error);
            }
            self.warn_of(&error, wait);
            tokio::time::sleep(wait).await;
        }
        self.report_usage(self.model.respond(request).await)
    }

    fn warn_of(&self, error: &ModelError, wait: Duration) {
        let (error, seconds) = (chain(error), wait.as_secs_f64());
        let warning = format!("{}: {error}, retrying in {seconds:.1} s", self.name);
        self.scope.warn(&warning);
    }

    fn warn_of_long_wait(&self, wait: Duration) {
        let (wait, limit) = (wait.as_secs(), MAX_WAIT.as_secs());
        let warning = format!(
            "{}: the provider asks to wait {wait} s, more than the limit of {limit} s",
            self.name
        );
        self.scope.warn(&warning);
    }

    fn warn_of_deadline(&self, wait: Duration, is_requested: bool) {
        let reason = if is_requested {
            "the provider asks to wait"
        } else {
            "the next attempt would wait"
        };
        let seconds = wait.as_secs_f64();
        let warning = format!(
            "{}: {reason} {seconds:.1} s, longer than the step's `timeout` allows",
            self.name
        );
        self.scope.warn(&warning);
    }

    fn report_usage(&self, result: Result<Response, ModelError>) -> Result<Response, ModelError> {
        let response = result?;
        if response.usage != Usage::default() {
            self.scope.used(self.name, response.usage);
        }
        Ok(response)
    }
}

fn retry() -> Retry {
    Retry::new(Attempts::try_from(MAX_ATTEMPTS).expect("the number is positive"))
}
