//! One step under the eyes of the observers: its events, its time, its panics.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::time::Instant;

use super::scope::Scope;
use crate::Context;
use crate::error::StepError;
use crate::event::{Event, StepInfo};
use crate::registry::PreparedStep;

/// Runs a step, tells the observers of it, and turns a panic into its error.
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
    if !scope.is_observed() {
        return caught(step.step.execute_boxed(scope, context)).await;
    }
    let mut watch = Watch::start(step, scope);
    let result = caught(step.step.execute_boxed(scope, context)).await;
    watch.end(&result);
    result
}

/// Tells of the end of a step, and of its cancellation where it is dropped before.
struct Watch<'s> {
    info: StepInfo<'s>,
    scope: &'s Scope,
    started: Instant,
    ended: bool,
}

impl<'s> Watch<'s> {
    fn start(step: &'s PreparedStep, scope: &'s Scope) -> Self {
        let info = step.info(scope);
        scope.emit(&Event::StepStarted { step: info });
        Self {
            info,
            scope,
            started: Instant::now(),
            ended: false,
        }
    }

    fn end(&mut self, result: &Result<(), StepError>) {
        self.ended = true;
        let (step, duration) = (self.info, self.started.elapsed());
        self.scope.emit(&match result {
            Ok(()) => Event::StepFinished { step, duration },
            Err(StepError::Cancelled) => Event::StepCancelled { step, duration },
            Err(error) => Event::StepFailed {
                step,
                duration,
                error,
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
        }
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
