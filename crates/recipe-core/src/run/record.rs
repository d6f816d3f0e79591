//! Second stage of a step: has the journal record that it succeeded.

use std::time::Instant;

use super::attempts::{Completion, attempt};
use super::replay::Replay;
use super::scope::Scope;
use crate::Context;
use crate::error::StepError;
use crate::journal::StepOutcome;
use crate::registry::PreparedStep;

/// Runs a step that has `started` and records its success. `before` is the context at its start, if
/// anyone compares.
pub(super) async fn run_recorded(
    step: &PreparedStep,
    replay: Replay,
    before: Option<&Context>,
    started: Instant,
    scope: &Scope,
    context: &mut Context,
) -> Result<Completion, StepError> {
    let completion = attempt(step, replay, scope, context).await?;
    if let Some(before) = before {
        let outcome = match completion {
            Completion::Done => StepOutcome::Done,
            Completion::Recovered => StepOutcome::Recovered,
        };
        let duration = started.elapsed();
        scope
            .record_step(step, outcome, before, context, duration)
            .await?;
    }
    Ok(completion)
}
