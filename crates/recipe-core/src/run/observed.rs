//! One step under the eyes of the observers: its events, its time, its panics.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::time::Instant;

use tracing::{Instrument, Span, error_span};

use super::controlled::{Ended, run_controlled};
use super::durable::Earlier;
use super::scope::Scope;
use crate::Context;
use crate::error::StepError;
use crate::event::{Changes, Event, StepInfo};
use crate::journal::Ending;
use crate::registry::PreparedStep;

/// Runs a step as its recipe wants it run, and tells the observers of it.
pub(crate) async fn run_step(
    step: &PreparedStep,
    scope: &Scope,
    context: &mut Context,
) -> Result<(), StepError> {
    // Aborting a task takes until its next turn. Where steps start further steps without end, the turns of the
    // tasks to abort would never come; the token is seen at once.
    if scope.cancellation().is_cancelled() {
        return Err(StepError::Cancelled);
    }
    let span = step.span(scope);
    if !scope.is_observed() {
        return controlled(step, Earlier::Nothing, scope, context)
            .instrument(span)
            .await
            .map(drop);
    }
    let durable_scope;
    let scope = if scope.is_durable() {
        durable_scope = scope.of_step(step.content());
        &durable_scope
    } else {
        scope
    };
    let before = (scope.is_durable() || scope.are_artifacts_watched()).then(|| context.clone());
    let earlier = scope.earlier_end(step, context);
    if let Ok(Earlier::Finished) = earlier {
        return Ok(());
    }
    let mut watch = Watch::start(step, scope, before);
    let result = match earlier {
        Ok(earlier) => {
            let ended = controlled(step, earlier, scope, context)
                .instrument(span)
                .await;
            watch.recorded(step, ended, context).await
        }
        Err(error) => Err(error),
    };
    watch.end(&result, context);
    result.map(drop)
}

/// Runs a step once, and turns a panic into its error.
pub(super) async fn run_once(
    step: &PreparedStep,
    scope: &Scope,
    context: &mut Context,
) -> Result<(), StepError> {
    caught(step.step.execute_boxed(scope, context)).await
}

async fn controlled(
    step: &PreparedStep,
    earlier: Earlier,
    scope: &Scope,
    context: &mut Context,
) -> Result<Ended, StepError> {
    match &step.controls {
        Some(controls) => run_controlled(step, controls, earlier, scope, context).await,
        None => run_once(step, scope, context).await.map(|()| Ended::Done),
    }
}

/// Tells of the end of a step, and of its cancellation where it is dropped before.
struct Watch<'s> {
    info: StepInfo<'s>,
    scope: &'s Scope,
    started: Instant,
    /// The context at the beginning, where someone wants to know what the step has done to it.
    before: Option<Context>,
    ended: bool,
}

impl<'s> Watch<'s> {
    fn start(step: &'s PreparedStep, scope: &'s Scope, before: Option<Context>) -> Self {
        let info = step.info(scope);
        scope.emit(&Event::StepStarted { step: info });
        Self {
            info,
            scope,
            started: Instant::now(),
            before,
            ended: false,
        }
    }

    /// Has the journal note a step that did not fail.
    async fn recorded(
        &self,
        step: &PreparedStep,
        ended: Result<Ended, StepError>,
        context: &Context,
    ) -> Result<Ended, StepError> {
        let ended = ended?;
        if let Some(before) = &self.before {
            let ending = match ended {
                Ended::Done => Ending::Done,
                Ended::Recovered => Ending::Recovered,
            };
            let duration = self.started.elapsed();
            let recorded = self
                .scope
                .record_step(step, ending, before, context, duration);
            recorded.await?;
        }
        Ok(ended)
    }

    fn end(&mut self, result: &Result<Ended, StepError>, context: &Context) {
        self.ended = true;
        let (step, duration) = (self.info, self.started.elapsed());
        let changes = Changes {
            contexts: self.before.as_ref().map(|before| (before, context)),
        };
        self.scope.emit(&match result {
            Ok(Ended::Done) => Event::StepFinished {
                step,
                duration,
                changes,
            },
            Ok(Ended::Recovered) => Event::StepRecovered {
                step,
                duration,
                changes,
            },
            Err(StepError::Cancelled) => Event::StepCancelled { step, duration },
            Err(error) => Event::StepFailed {
                step,
                duration,
                error,
                changes,
            },
        });
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let (step, duration) = (self.info, self.started.elapsed());
            self.scope.emit(&Event::StepCancelled { step, duration });
        }
    }
}

impl PreparedStep {
    /// The step at the place where `scope` stands.
    pub(crate) fn info<'s>(&'s self, scope: &'s Scope) -> StepInfo<'s> {
        StepInfo {
            path: scope.path(),
            step_type: self.step_type,
            name: self.name.as_deref(),
            config: &self.config,
        }
    }

    /// The span around all that the step does. Its level is the highest, so that no filter for records takes away
    /// where they were made.
    fn span(&self, scope: &Scope) -> Span {
        let path = scope.path();
        error_span!(target: "recipe_core", "step", %path, "type" = self.step_type)
    }
}

/// The future's result, or the error that its panic becomes.
async fn caught(future: impl Future<Output = Result<(), StepError>>) -> Result<(), StepError> {
    let mut future = pin!(future);
    // After a panic the future is not polled again, and the context of a failed step is only read.
    poll_fn(|task| {
        catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(task))).unwrap_or_else(|panic| {
            let message = panic_message(&*panic);
            std::task::Poll::Ready(Err(StepError::Panicked { message }))
        })
    })
    .await
}

pub(super) fn panic_message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
