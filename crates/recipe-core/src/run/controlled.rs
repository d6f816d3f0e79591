//! Running a step for so long, so often, and with what follows when it has failed for good (DESIGN.md §7).

use std::future::Future;
use std::pin::Pin;

use serde_json::json;

use super::durable::Earlier;
use super::observed::run_once;
use super::scope::Scope;
use crate::Context;
use crate::error::{StepError, chain};
use crate::event::Event;
use crate::policy::{Retry, Timeout};
use crate::registry::{Controls, PreparedStep, Steps};

/// How a step that did not fail has ended.
pub(super) enum Ended {
    /// It has done its work.
    Done,
    /// It had failed, and its `on_error` steps have done theirs.
    Recovered,
}

/// Runs a step under its controls.
///
/// A box, because the `on_error` steps are run from here, which may have controls themselves.
pub(super) fn run_controlled<'a>(
    step: &'a PreparedStep,
    controls: &'a Controls,
    earlier: Earlier,
    scope: &'a Scope,
    context: &'a mut Context,
) -> Pin<Box<dyn Future<Output = Result<Ended, StepError>> + Send + 'a>> {
    Box::pin(async move {
        if let (Earlier::Failed { message }, Some(on_error)) = (earlier, &controls.on_error) {
            let error = StepError::failed(message);
            recover(step, &error, on_error, scope, context).await?;
            return Ok(Ended::Recovered);
        }
        let before = scope.is_durable().then(|| context.clone());
        let tried = match controls.retry {
            Some(retry) => run_again(step, retry, controls.timeout, scope, context).await,
            None => run_timed(step, controls.timeout, scope, context).await,
        };
        match (tried, &controls.on_error) {
            (Err(error), Some(on_error)) if !error.is_final() => {
                if let Some(before) = before {
                    scope.record_failure(step, &error, &before, context).await?;
                }
                recover(step, &error, on_error, scope, context).await?;
                Ok(Ended::Recovered)
            }
            (tried, _) => tried.map(|()| Ended::Done),
        }
    })
}

/// Tries a step until it does not fail, it makes no sense to go on, or there are no attempts left.
async fn run_again(
    step: &PreparedStep,
    retry: Retry,
    timeout: Option<Timeout>,
    scope: &Scope,
    context: &mut Context,
) -> Result<(), StepError> {
    let before = context.clone();
    for (attempt, delay) in (1..).zip(retry.delays()) {
        let error = match run_timed(step, timeout, scope, context).await {
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
    run_timed(step, timeout, scope, context).await
}

/// Runs a step once; when its time is over, it is cancelled and nothing of it is left running.
async fn run_timed(
    step: &PreparedStep,
    timeout: Option<Timeout>,
    scope: &Scope,
    context: &mut Context,
) -> Result<(), StepError> {
    let Some(after) = timeout else {
        return run_once(step, scope, context).await;
    };
    let inner = scope.side_by_side().within(after.as_duration());
    let run = run_once(step, &inner, context);
    match tokio::time::timeout(after.as_duration(), run).await {
        Ok(ended) => ended,
        Err(_) => {
            inner.cancellation().cancel();
            inner.group().finished().await;
            Err(StepError::TimedOut { after })
        }
    }
}

/// Runs the `on_error` steps, which find out what happened from the artifact `error`.
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
