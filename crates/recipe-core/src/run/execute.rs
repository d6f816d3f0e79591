//! Last stage of a step: executes it once. A panic becomes its error.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use super::panics::panicked;
use super::scope::Scope;
use crate::Context;
use crate::error::StepError;
use crate::registry::PreparedStep;

/// Executes a step once.
pub(super) async fn execute(
    step: &PreparedStep,
    scope: &Scope,
    context: &mut Context,
) -> Result<(), StepError> {
    let mut future = step.step.execute_boxed(scope, context);
    // After a panic the future is not polled again, and the context of a failed step is only read.
    poll_fn(|task| {
        catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(task)))
            .unwrap_or_else(|panic| Poll::Ready(Err(panicked(&*panic))))
    })
    .await
}
