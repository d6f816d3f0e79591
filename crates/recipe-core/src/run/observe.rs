//! First stage of a step: its span, its events, its time. Each stage calls the next:
//! observe, [record](super::record), [attempts](super::attempts), [execute](super::execute).

use std::time::Instant;

use tracing::{Instrument, Span, error_span};

use super::attempts::{Completion, attempt};
use super::record::run_recorded;
use super::replay::Replay;
use super::scope::Scope;
use crate::Context;
use crate::error::StepError;
use crate::event::{Changes, Event, StepInfo};
use crate::registry::PreparedStep;

/// Runs a step and reports it to the observers.
pub(super) async fn run_step(
    step: &PreparedStep,
    scope: &Scope,
    context: &mut Context,
) -> Result<(), StepError> {
    // Aborting a task takes until its next turn. Where steps start further steps without end, the
    // turns of the tasks to abort would never come; the token is seen at once.
    if scope.cancellation().is_cancelled() {
        return Err(StepError::Cancelled);
    }
    let span = span(step, scope);
    if scope.is_observed() {
        run_observed(step, scope, context).instrument(span).await
    } else {
        // A run without observers has no journal.
        let attempt = attempt(step, Replay::Nothing, scope, context);
        attempt.instrument(span).await.map(drop)
    }
}

async fn run_observed(
    step: &PreparedStep,
    scope: &Scope,
    context: &mut Context,
) -> Result<(), StepError> {
    let keyed;
    let scope = if scope.is_durable() {
        keyed = scope.with_fingerprint(step.fingerprint());
        &keyed
    } else {
        scope
    };
    let before = (scope.is_durable() || scope.run.are_artifacts_watched()).then(|| context.clone());
    let replay = scope.replay_step(step, context);
    if let Ok(Replay::Finished) = replay {
        return Ok(());
    }
    let mut watch = Watch::start(step, scope);
    let result = match replay {
        Ok(replay) => {
            run_recorded(step, replay, before.as_ref(), watch.started, scope, context).await
        }
        Err(error) => Err(error),
    };
    watch.end(&result, before.as_ref(), context);
    result.map(drop)
}

/// Reports the end of a step, or its cancellation when dropped before.
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

    fn end(
        &mut self,
        result: &Result<Completion, StepError>,
        before: Option<&Context>,
        after: &Context,
    ) {
        self.ended = true;
        let (step, duration) = (self.info, self.started.elapsed());
        let changes = Changes {
            contexts: before.map(|before| (before, after)),
        };
        self.scope.emit(&match result {
            Ok(Completion::Done) => Event::StepFinished {
                step,
                duration,
                changes,
            },
            Ok(Completion::Recovered) => Event::StepRecovered {
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

/// Returns the span around a step. Its level is the highest, so that no filter hides which step a
/// record belongs to.
fn span(step: &PreparedStep, scope: &Scope) -> Span {
    let path = scope.path();
    error_span!(target: "recipe_core", "step", %path, "type" = step.step_type)
}
