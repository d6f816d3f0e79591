//! Changes of the model by the events of a run.

use std::time::{Duration, Instant, SystemTime};

use recipe_core::event::Progress;
use recipe_core::{Event, StepPath};

use super::running::Kept;
use super::texts::Texts;
use super::{
    ChangedArtifacts, Detail, Failed, MAX_STEPS, NewStep, Outcome, Phase, Retried, RunModel, State,
    TimedStep, ToolCall, ToolCalls,
};

impl RunModel {
    /// Applies an event that happened at `now`, with its texts.
    pub(super) fn observe(&mut self, event: &Event<'_>, texts: Texts, now: Instant) {
        match *event {
            Event::RunStarted { .. } => {
                self.begun = now;
                self.began = SystemTime::now();
            }
            Event::RunFinished { error, .. } => {
                self.duration = self.since_begin(now);
                self.outcome = match error {
                    None => Outcome::Done,
                    Some(_) => Outcome::Failed,
                };
                self.error = texts.error;
            }
            Event::StepStarted { step, .. } => self.start(step.into(), now),
            Event::StepSkipped { step, .. } => self.pass(step.into(), State::Skipped, texts, now),
            Event::StepReused { step, .. } => self.pass(step.into(), State::Reused, texts, now),
            Event::StepsReused { steps, .. } => {
                self.tally.counts.steps += steps;
                self.tally.counts.reused += steps;
                self.reused_inside += steps;
            }
            Event::StepRetried {
                step,
                attempt,
                attempts,
                delay,
                ..
            } => self.retry(step.path, (attempt, attempts), delay, texts, now),
            Event::StepRecovering { step, .. } => self.recover(step.path, texts, now),
            Event::Progress { step, progress, .. } => self.advance(step, progress),
            Event::Used { path, usage, .. } => {
                self.tally.usage += usage;
                if let Some(step) = self.kept(path) {
                    step.usage += usage;
                }
            }
            Event::ToolCalled {
                path,
                duration,
                result,
                ..
            } => self.tool_called(path, result.is_err(), duration, texts, now),
            Event::StepFinished { step, .. } => self.end(step.path, State::Done, texts, now),
            Event::StepRecovered { step, .. } => self.end(step.path, State::Recovered, texts, now),
            Event::StepFailed { step, .. } => self.end(step.path, State::Failed, texts, now),
            Event::StepCancelled { step, .. } => self.end(step.path, State::Cancelled, texts, now),
            _ => {}
        }
    }

    /// Adds a step that begins.
    pub(crate) fn start(&mut self, step: NewStep<'_>, now: Instant) {
        let kept = self.add(step, now);
        self.running.start(step, kept, now);
    }

    /// Ends a running step.
    pub(crate) fn end(&mut self, path: &StepPath, state: State, texts: Texts, now: Instant) {
        let kept = self.running.end(path).and_then(|step| step.kept);
        self.close(kept, state, texts, now);
    }

    /// Notes a failed attempt (`attempt.0` of `attempt.1`) that another one follows after a delay.
    pub(crate) fn retry(
        &mut self,
        path: &StepPath,
        (attempt, attempts): (u32, u32),
        delay: Duration,
        texts: Texts,
        now: Instant,
    ) {
        if attempt == 1 {
            self.tally.counts.retried += 1;
        }
        self.running.enter(
            path,
            Phase::Retry {
                attempt: attempt + 1,
                attempts,
                at: now.checked_add(delay).unwrap_or(now),
            },
        );
        let failure = self.failed(texts, now);
        if let (Some(failure), Some(step)) = (failure, self.kept(path)) {
            step.retries.push(Retried {
                attempt,
                attempts,
                delay,
                failure,
            });
        }
    }

    /// Notes that a step has failed and its `on_error` steps begin.
    pub(crate) fn recover(&mut self, path: &StepPath, texts: Texts, now: Instant) {
        self.running.enter(path, Phase::Recovery);
        let failure = self.failed(texts, now);
        if let Some(step) = self.kept(path) {
            step.recovering = failure;
        }
    }

    /// Sets the progress of a step through its items or substeps.
    pub(crate) fn advance(&mut self, path: &StepPath, progress: Progress) {
        if let Some(step) = self.running.get_mut(path) {
            step.progress = Some(progress);
        }
    }

    /// Notes a tool call by a step.
    pub(crate) fn tool_called(
        &mut self,
        path: &StepPath,
        is_failed: bool,
        duration: Duration,
        texts: Texts,
        now: Instant,
    ) {
        self.tally.tool_calls.count(is_failed);
        if let Some(step) = self.running.get_mut(path) {
            step.tool_calls.count(is_failed);
        }
        let end = self.since_begin(now);
        let (Some(texts), Some(step)) = (texts.tool_call, self.kept(path)) else {
            return;
        };
        let call = ToolCall {
            tool: texts.tool,
            // A step calls nothing before it begins, whatever it reports.
            start: end.saturating_sub(duration).max(step.start),
            end,
            arguments: texts.arguments,
            result: texts.result,
        };
        let bytes = call.bytes();
        if step.tool_calls.add(call) {
            self.value_bytes += bytes;
        }
    }

    /// Adds a step that does not run.
    fn pass(&mut self, step: NewStep<'_>, state: State, texts: Texts, now: Instant) {
        let kept = self.add(step, now);
        self.close(kept, state, texts, now);
    }

    /// Counts a step and keeps it if there is room.
    fn add(&mut self, step: NewStep<'_>, now: Instant) -> Option<Kept> {
        self.tally.counts.steps += 1;
        if self.detail == Detail::Running || self.steps.len() == MAX_STEPS {
            return None;
        }
        let around = self.running.around(step.path).and_then(|step| step.kept);
        let path = step.path.to_string();
        let kept = Kept {
            index: self.steps.len(),
            path_length: path.len(),
        };
        let config = step.config.filter(|_| self.detail == Detail::Everything);
        self.steps.push(TimedStep {
            parent: around.map(|around| around.index),
            path: path[around.map_or(0, |around| around.path_length)..].to_owned(),
            step_type: step.step_type.to_owned(),
            name: step.name.map(str::to_owned),
            config: config.cloned(),
            start: self.since_begin(now),
            end: None,
            state: State::Cancelled,
            error: None,
            retries: Vec::new(),
            recovering: None,
            changes: ChangedArtifacts::default(),
            usage: Default::default(),
            tool_calls: ToolCalls::default(),
        });
        Some(kept)
    }

    /// Counts and completes a step that has ended.
    fn close(&mut self, kept: Option<Kept>, state: State, texts: Texts, now: Instant) {
        self.tally.counts.count(state);
        self.value_bytes += texts.changes.bytes();
        let end = self.since_begin(now);
        if let Some(step) = kept.and_then(|kept| self.steps.get_mut(kept.index)) {
            step.end = Some(end);
            step.state = state;
            step.error = texts.error;
            step.changes = texts.changes;
        }
    }

    /// A running step, if it is kept.
    fn kept(&mut self, path: &StepPath) -> Option<&mut TimedStep> {
        let kept = self.running.get_mut(path)?.kept?;
        self.steps.get_mut(kept.index)
    }

    fn failed(&self, texts: Texts, now: Instant) -> Option<Failed> {
        let at = self.since_begin(now);
        texts.error.map(|error| Failed { at, error })
    }

    fn since_begin(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.begun)
    }
}
