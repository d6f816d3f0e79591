//! Third stage of a step: its attempts, with `timeout`, `retry` and `on_error` (docs/design.md §7).

use std::pin::Pin;

use serde_json::json;

use super::execute::execute;
use super::replay::Replay;
use super::scope::Scope;
use crate::Context;
use crate::error::{StepError, chain};
use crate::event::Event;
use crate::policy::{Retry, Timeout};
use crate::registry::{Controls, PreparedStep, Steps};

/// Way in which a step succeeded.
pub(super) enum Completion {
    /// It did its work.
    Done,
    /// It failed, and its `on_error` steps succeeded.
    Recovered,
}

/// Runs a step as its controls say.
pub(super) async fn attempt(
    step: &PreparedStep,
    replay: Replay,
    scope: &Scope,
    context: &mut Context,
) -> Result<Completion, StepError> {
    match &step.controls {
        None => execute(step, scope, context)
            .await
            .map(|()| Completion::Done),
        Some(controls) => attempt_controlled(step, controls, replay, scope, context).await,
    }
}

/// Boxed because it runs the `on_error` steps, which may have controls themselves.
fn attempt_controlled<'a>(
    step: &'a PreparedStep,
    controls: &'a Controls,
    replay: Replay,
    scope: &'a Scope,
    context: &'a mut Context,
) -> Pin<Box<dyn Future<Output = Result<Completion, StepError>> + Send + 'a>> {
    Box::pin(async move {
        if let (Replay::Failed { message }, Some(on_error)) = (replay, &controls.on_error) {
            let error = StepError::failed(message);
            recover(step, &error, on_error, scope, context).await?;
            return Ok(Completion::Recovered);
        }
        let before = scope.is_durable().then(|| context.clone());
        let tried = match controls.retry {
            Some(retry) => retried(step, retry, controls.timeout, scope, context).await,
            None => timed(step, controls.timeout, scope, context).await,
        };
        match (tried, &controls.on_error) {
            (Err(error), Some(on_error)) if !error.is_final() => {
                if let Some(before) = before {
                    scope.record_failure(step, &error, &before, context).await?;
                }
                recover(step, &error, on_error, scope, context).await?;
                Ok(Completion::Recovered)
            }
            (tried, _) => tried.map(|()| Completion::Done),
        }
    })
}

/// Executes a step until it succeeds, another attempt makes no sense, or no attempts are left.
async fn retried(
    step: &PreparedStep,
    retry: Retry,
    timeout: Option<Timeout>,
    scope: &Scope,
    context: &mut Context,
) -> Result<(), StepError> {
    let before = context.clone();
    for (attempt, delay) in (1..).zip(retry.delays()) {
        let error = match timed(step, timeout, scope, context).await {
            Err(error) if !error.is_final() && !error.is_mistake() => error,
            ended => return ended,
        };
        scope.emit(&Event::StepRetried {
            step: step.info(scope),
            attempt,
            attempts: retry.attempts.count(),
            delay,
            error: &error,
        });
        scope.forget_below();
        tokio::time::sleep(delay).await;
        *context = before.clone();
    }
    timed(step, timeout, scope, context).await
}

/// Executes a step once. On timeout cancels it and waits until nothing of it runs.
async fn timed(
    step: &PreparedStep,
    timeout: Option<Timeout>,
    scope: &Scope,
    context: &mut Context,
) -> Result<(), StepError> {
    let Some(after) = timeout else {
        return execute(step, scope, context).await;
    };
    let inner = scope.side_by_side().within(after.as_duration());
    let execution = execute(step, &inner, context);
    match tokio::time::timeout(after.as_duration(), execution).await {
        Ok(ended) => ended,
        Err(_) => {
            inner.cancellation().cancel();
            inner.lifetime.group.finished().await;
            Err(StepError::TimedOut { after })
        }
    }
}

/// Runs the `on_error` steps, which read the error from the artifact `error`.
async fn recover(
    step: &PreparedStep,
    error: &StepError,
    on_error: &Steps,
    scope: &Scope,
    context: &mut Context,
) -> Result<(), StepError> {
    scope.emit(&Event::StepRecovering {
        step: step.info(scope),
        error,
    });
    let message = chain(error).to_string();
    let artifact = json!({
        "message": scope.mask(&message),
        "step": scope.path().to_string(),
        "type": step.step_type,
    });
    context.set("error", artifact);
    scope.run_steps(on_error, context).await
}
