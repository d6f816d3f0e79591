//! The model of a stored run.

use std::time::{Duration, SystemTime};

use recipe_core::secrets::KnownSecrets;
use recipe_journal::{
    RunStatus, StepState, StoreError, StoredArtifact, StoredFailure, StoredRun, StoredStep,
    StoredToolCall,
};

use super::{
    Change, ChangedArtifacts, Cut, Detail, Failed, MAX_CHANGES, MAX_ERROR, MAX_STEPS,
    MAX_TOOL_CALLS, MAX_TOOL_NAME, Outcome, PlacedStep, Retried, RunModel, State, Tally, TimedStep,
    ToolCall, ToolCalls, placed,
};

impl RunModel {
    /// Fills a model from a stored run, as far as it was recorded. Between the processes of the
    /// run there are gaps.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub(crate) fn from_stored(run: &StoredRun) -> Result<Self, StoreError> {
        let mut reader = Reader {
            run,
            // The journal has masked everything.
            secrets: KnownSecrets::new(),
            model: Self::new(run.recipe.clone(), Detail::Everything),
        };
        let steps = placed(run.steps()?);
        for step in steps.iter().take(MAX_STEPS) {
            let step = reader.step(step)?;
            reader.model.steps.push(step);
        }
        let duration = reader.since_begin(reader.last_seen(None));
        let error = run.error.as_deref().map(|error| reader.error(error));
        Ok(Self {
            began: run.began,
            duration,
            outcome: match run.status {
                RunStatus::Running => Outcome::Running,
                RunStatus::Done => Outcome::Done,
                RunStatus::Failed => Outcome::Failed,
                _ => Outcome::Stopped(None),
            },
            error,
            tally: Tally::from_stored(&steps),
            ..reader.model
        })
    }
}

struct Reader<'r> {
    run: &'r StoredRun,
    secrets: KnownSecrets,
    model: RunModel,
}

impl Reader<'_> {
    fn step(&mut self, placed: &PlacedStep) -> Result<TimedStep, StoreError> {
        let step = &placed.step;
        let failures = placed.failures();
        let recovering = failures.filter(|failure| failure.attempt.is_none()).last();
        Ok(TimedStep {
            parent: placed.parent,
            path: placed.added_path().to_owned(),
            step_type: step.step_type.clone(),
            name: step.name.clone(),
            config: Some(self.run.config(step)?),
            start: self.since_begin(step.began),
            end: self.end(step),
            state: step.state.into(),
            error: step.error.as_deref().map(|error| self.error(error)),
            retries: placed
                .failures()
                .filter_map(|failure| self.retried(failure))
                .collect(),
            recovering: recovering.map(|failure| self.failed(failure)),
            changes: self.changes(step)?,
            usage: step.usage,
            tool_calls: self.tool_calls(step)?,
        })
    }

    fn tool_calls(&mut self, step: &StoredStep) -> Result<ToolCalls, StoreError> {
        let mut calls = ToolCalls::default();
        for call in &step.tool_calls {
            if calls.kept.len() == MAX_TOOL_CALLS {
                calls.more += 1;
            } else {
                let call = self.tool_call(call)?;
                self.model.value_bytes += call.bytes();
                calls.kept.push(call);
            }
        }
        Ok(calls)
    }

    fn tool_call(&self, call: &StoredToolCall) -> Result<ToolCall, StoreError> {
        let limit = self.model.value_limit();
        let text = Cut::from_text(&self.run.tool_result(call)?, limit, &self.secrets);
        let start = self.since_begin(call.began);
        Ok(ToolCall {
            tool: Cut::from_text(&call.tool, MAX_TOOL_NAME, &self.secrets).text,
            start,
            end: start + call.duration,
            arguments: Cut::from_value(&self.run.tool_arguments(call)?, limit, &self.secrets),
            result: if call.is_failed { Err(text) } else { Ok(text) },
        })
    }

    fn changes(&mut self, step: &StoredStep) -> Result<ChangedArtifacts, StoreError> {
        let limit = self.model.value_limit();
        let changes = self.run.changes(step)?;
        let more = changes.len().saturating_sub(MAX_CHANGES);
        let kept = changes
            .into_iter()
            .take(MAX_CHANGES)
            .map(|(name, artifact)| {
                let (value, is_addition) = match artifact {
                    StoredArtifact::Set(value) => (Some(value), false),
                    StoredArtifact::Changed(value) => (Some(value), true),
                    _ => (None, false),
                };
                Change {
                    name,
                    value: value.map(|value| Cut::from_value(&value, limit, &self.secrets)),
                    is_addition,
                }
            });
        let changes = ChangedArtifacts {
            kept: kept.collect(),
            more,
        };
        self.model.value_bytes += changes.bytes();
        Ok(changes)
    }

    fn retried(&self, failure: &StoredFailure) -> Option<Retried> {
        let attempt = failure.attempt?;
        Some(Retried {
            attempt: attempt.attempt,
            attempts: attempt.attempts,
            delay: attempt.delay,
            failure: self.failed(failure),
        })
    }

    fn failed(&self, failure: &StoredFailure) -> Failed {
        Failed {
            at: self.since_begin(failure.at),
            error: self.error(&failure.error),
        }
    }

    fn error(&self, error: &str) -> Cut {
        Cut::from_text(error, MAX_ERROR, &self.secrets)
    }

    /// End time of a step. A step whose process was killed was cancelled by that.
    fn end(&self, step: &StoredStep) -> Option<Duration> {
        let start = self.since_begin(step.began);
        match (step.duration, step.state) {
            (Some(duration), _) => Some(start + duration),
            (None, StepState::Running) => None,
            (None, StepState::Skipped) => Some(start),
            (None, _) => Some(self.since_begin(self.last_seen(Some(step.began)))),
        }
    }

    /// Time at which the process that ran at `at` was last seen; without `at`, the last process.
    fn last_seen(&self, at: Option<SystemTime>) -> SystemTime {
        let mut backwards = self.run.sessions.iter().rev();
        let session = backwards.find(|session| at.is_none_or(|at| session.began <= at));
        session.map_or(self.run.began, |session| session.last_seen)
    }

    fn since_begin(&self, time: SystemTime) -> Duration {
        time.duration_since(self.run.began).unwrap_or_default()
    }
}

impl From<StepState> for State {
    fn from(state: StepState) -> Self {
        match state {
            StepState::Running => Self::Running,
            StepState::Done => Self::Done,
            StepState::Failed => Self::Failed,
            StepState::Recovered => Self::Recovered,
            StepState::Skipped => Self::Skipped,
            StepState::Cancelled => Self::Cancelled,
            state => unreachable!("this version knows no other state: {state}"),
        }
    }
}
