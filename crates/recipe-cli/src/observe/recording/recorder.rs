//! Notes what happens in a run while it runs.

use std::collections::HashMap;
use std::error::Error;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use recipe_core::event::{Changes, StepInfo, Usage};
use recipe_core::secrets::KnownSecrets;
use recipe_core::{Event, Observer, StepPath, chain};
use serde_json::Value;

use super::{
    Change, ChangedArtifacts, Counts, Cut, Failed, MAX_CHANGES, MAX_ERROR, MAX_STEPS,
    MAX_TOOL_NAME, MAX_VALUE, MAX_VALUES, Outcome, Recording, Retried, State, TimedStep, ToolCall,
    ToolCalls,
};
use crate::observe::tool_calls::ToolCallCounts;
use crate::run::signals::Interruption;

/// What is noted of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// When they ran, and how they ended.
    Times,
    /// Their configurations, the artifacts that they changed, and what tools were given and said, too.
    Everything,
}

/// Notes what happens in one run.
pub(crate) struct Recorder {
    secrets: KnownSecrets,
    detail: Detail,
    notes: Mutex<Notes>,
}

/// What has been noted so far.
struct Notes {
    begun: Instant,
    recording: Recording,
    /// The steps under way, with their places in the recording. One that was left out has none.
    under_way: HashMap<StepPath, Option<Kept>>,
    /// How many bytes of values are kept.
    value_bytes: usize,
}

/// The place of a step in the recording.
#[derive(Clone, Copy)]
struct Kept {
    index: usize,
    /// How many bytes its whole address has as text, with which those of the steps inside it begin.
    path_length: usize,
}

impl Recorder {
    /// Will note a run of `recipe`.
    pub(crate) fn new(recipe: String, secrets: KnownSecrets, detail: Detail) -> Self {
        Self {
            secrets,
            detail,
            notes: Mutex::new(Notes {
                begun: Instant::now(),
                recording: begun(recipe),
                under_way: HashMap::new(),
                value_bytes: 0,
            }),
        }
    }

    /// Takes what was noted of a run that has ended.
    pub(crate) fn take(&self, interruption: Option<Interruption>) -> Recording {
        let mut notes = self.notes();
        let nothing = begun(String::new());
        let mut recording = mem::replace(&mut notes.recording, nothing);
        if recording.outcome == Outcome::Failed && interruption.is_some() {
            recording.outcome = Outcome::Stopped(interruption);
        }
        recording
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, error: &(dyn Error + 'static)) -> Cut {
        Cut::of_text(&chain(error).to_string(), MAX_ERROR, &self.secrets)
    }

    /// Cuts values now, so that a recording holds no artifact longer than the run does.
    fn changes(&self, changes: Changes<'_>) -> ChangedArtifacts {
        if self.detail == Detail::Times {
            return ChangedArtifacts::default();
        }
        let limit = self.value_limit();
        let mut all = changes.iter();
        let kept = all
            .by_ref()
            .take(MAX_CHANGES)
            .map(|(name, value)| Change {
                name: name.to_owned(),
                value: value.map(|value| Cut::of_value(value, limit, &self.secrets)),
                is_addition: false,
            })
            .collect();
        ChangedArtifacts {
            kept,
            more: all.count(),
        }
    }

    /// How much is kept of a further value, in bytes.
    fn value_limit(&self) -> usize {
        match self.notes().value_bytes {
            ..MAX_VALUES => MAX_VALUE,
            _ => 0,
        }
    }

    /// What a tool was given and what it said, cut now. Without details only why it failed is kept.
    fn tool_texts(&self, arguments: &Value, result: Result<&str, &str>) -> (Cut, Result<Cut, Cut>) {
        let limit = self.value_limit();
        let detail_limit = match self.detail {
            Detail::Times => 0,
            Detail::Everything => limit,
        };
        let result = match result {
            Ok(said) => Ok(Cut::of_text(said, detail_limit, &self.secrets)),
            Err(said) => Err(Cut::of_text(said, limit, &self.secrets)),
        };
        (
            Cut::of_value(arguments, detail_limit, &self.secrets),
            result,
        )
    }

    fn ended(&self, step: StepInfo<'_>, now: Instant, state: State, changes: Changes<'_>) {
        let changes = self.changes(changes);
        self.notes().end(step, now, state, None, changes);
    }

    /// Notes a step that was not run.
    fn passed(&self, step: StepInfo<'_>, now: Instant, state: State, changes: ChangedArtifacts) {
        let mut notes = self.notes();
        notes.start(step, now, self.detail);
        notes.end(step, now, state, None, changes);
    }
}

impl Observer for Recorder {
    fn observe(&self, event: &Event<'_>) {
        let now = Instant::now();
        match *event {
            Event::RunStarted { .. } => {
                let mut notes = self.notes();
                notes.begun = now;
                notes.recording.began = SystemTime::now();
            }
            Event::RunFinished { error, .. } => {
                let error = error.map(|error| self.error(error));
                let mut notes = self.notes();
                notes.recording.duration = notes.since_begin(now);
                notes.recording.outcome = match error {
                    None => Outcome::Done,
                    Some(_) => Outcome::Failed,
                };
                notes.recording.error = error;
            }
            Event::StepStarted { step, .. } => self.notes().start(step, now, self.detail),
            Event::StepSkipped { step, .. } => {
                self.passed(step, now, State::Skipped, ChangedArtifacts::default());
            }
            Event::StepReused { step, changes, .. } => {
                let changes = self.changes(changes);
                self.passed(step, now, State::Reused, changes);
            }
            Event::StepsReused { steps, .. } => {
                let recording = &mut self.notes().recording;
                recording.counts.steps += steps;
                recording.counts.reused += steps;
                recording.reused_inside += steps;
            }
            Event::StepRetried {
                step,
                attempt,
                attempts,
                delay,
                error,
                ..
            } => {
                let error = self.error(error);
                let mut notes = self.notes();
                let at = notes.since_begin(now);
                notes.retried(
                    step,
                    Retried {
                        attempt,
                        attempts,
                        delay,
                        failure: Failed { at, error },
                    },
                );
            }
            Event::StepRecovering { step, error, .. } => {
                let error = self.error(error);
                let mut notes = self.notes();
                let at = notes.since_begin(now);
                if let Some(step) = notes.under_way(step.path) {
                    step.recovering = Some(Failed { at, error });
                }
            }
            Event::StepFinished { step, changes, .. } => {
                self.ended(step, now, State::Done, changes);
            }
            Event::Used { path, usage, .. } => {
                let mut notes = self.notes();
                notes.recording.usage += usage;
                if let Some(step) = notes.under_way(path) {
                    step.usage += usage;
                }
            }
            Event::ToolCalled {
                path,
                tool,
                arguments,
                duration,
                result,
                ..
            } => {
                let tool = Cut::of_text(tool, MAX_TOOL_NAME, &self.secrets).text;
                let (arguments, result) = self.tool_texts(arguments, result);
                let mut notes = self.notes();
                let end = notes.since_begin(now);
                let call = ToolCall {
                    tool,
                    start: end.saturating_sub(duration),
                    end,
                    arguments,
                    result,
                };
                notes.tool_called(path, call);
            }
            Event::StepRecovered { step, changes, .. } => {
                self.ended(step, now, State::Recovered, changes);
            }
            Event::StepFailed {
                step,
                error,
                changes,
                ..
            } => {
                let (error, changes) = (self.error(error), self.changes(changes));
                self.notes()
                    .end(step, now, State::Failed, Some(error), changes);
            }
            Event::StepCancelled { step, .. } => {
                let none = ChangedArtifacts::default();
                self.notes().end(step, now, State::Cancelled, None, none);
            }
            _ => {}
        }
    }

    fn watches_artifacts(&self) -> bool {
        self.detail == Detail::Everything
    }
}

impl Notes {
    fn since_begin(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.begun)
    }

    fn start(&mut self, step: StepInfo<'_>, now: Instant, detail: Detail) {
        self.recording.counts.steps += 1;
        let kept = (self.recording.steps.len() < MAX_STEPS).then(|| {
            let around = self.around(step.path);
            let path = step.path.to_string();
            let kept = Kept {
                index: self.recording.steps.len(),
                path_length: path.len(),
            };
            let timed = TimedStep {
                parent: around.map(|around| around.index),
                path: path[around.map_or(0, |around| around.path_length)..].to_owned(),
                step_type: step.step_type.to_owned().into(),
                name: step.name.map(str::to_owned),
                config: (detail == Detail::Everything).then(|| step.config.clone()),
                start: self.since_begin(now),
                end: None,
                state: State::Cancelled,
                error: None,
                retries: Vec::new(),
                recovering: None,
                changes: ChangedArtifacts::default(),
                usage: Usage::default(),
                tool_calls: ToolCalls::default(),
            };
            self.recording.steps.push(timed);
            kept
        });
        self.under_way.insert(step.path.clone(), kept);
    }

    /// The innermost step under way that this path lies in.
    fn around(&self, path: &StepPath) -> Option<Kept> {
        let mut outwards = path.ancestors();
        outwards.find_map(|path| self.under_way.get(path).copied().flatten())
    }

    fn under_way(&mut self, path: &StepPath) -> Option<&mut TimedStep> {
        let kept = self.under_way.get(path).copied().flatten()?;
        self.recording.steps.get_mut(kept.index)
    }

    fn retried(&mut self, step: StepInfo<'_>, retried: Retried) {
        if retried.attempt == 1 {
            self.recording.counts.retried += 1;
        }
        if let Some(step) = self.under_way(step.path) {
            step.retries.push(retried);
        }
    }

    fn tool_called(&mut self, path: &StepPath, mut call: ToolCall) {
        self.recording.tool_calls.count(call.result.is_err());
        let Some(step) = self.under_way(path) else {
            return;
        };
        // A step calls nothing before it begins, whatever it says.
        call.start = call.start.max(step.start);
        let bytes = call.bytes();
        if step.tool_calls.add(call) {
            self.value_bytes += bytes;
        }
    }

    fn end(
        &mut self,
        step: StepInfo<'_>,
        now: Instant,
        state: State,
        error: Option<Cut>,
        changes: ChangedArtifacts,
    ) {
        let end = self.since_begin(now);
        self.recording.counts.count(state);
        self.value_bytes += changes.bytes();
        if let Some(step) = self.under_way(step.path) {
            step.end = Some(end);
            step.state = state;
            step.error = error;
            step.changes = changes;
        }
        self.under_way.remove(step.path);
    }
}

/// A recording of a run that has yet to tell something, its end too.
fn begun(recipe: String) -> Recording {
    Recording {
        recipe,
        began: SystemTime::now(),
        duration: Duration::ZERO,
        outcome: Outcome::Stopped(None),
        error: None,
        steps: Vec::new(),
        counts: Counts::default(),
        reused_inside: 0,
        usage: Usage::default(),
        tool_calls: ToolCallCounts::default(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::observe::resumed_run;

    fn recorded(detail: Detail) -> Recording {
        let recorder = Recorder::new("main.json".to_owned(), KnownSecrets::new(), detail);
        let recorder = Arc::new(recorder);
        resumed_run::observe(recorder.clone());
        recorder.take(None)
    }

    #[test]
    fn a_reused_step_takes_no_time_and_has_what_it_changed_before() {
        let recording = recorded(Detail::Everything);
        let steps = recording.steps.iter().map(|step| {
            let changed = step.changes.kept.iter().map(|change| {
                let value = change.value.as_ref().expect("none is removed");
                format!("{}={}", change.name, value.text)
            });
            let changed: Vec<String> = changed.collect();
            let path = recording.path_of(step);
            let name = step.name.as_deref();
            format!("{path} {name:?} {} {changed:?}\n", step.state.word())
        });
        insta::assert_snapshot!(steps.collect::<String>(), @r#"
        0 Some("first") reused ["a=1"]
        1 None done []
        1.substeps[0] None reused ["b=2"]
        1.substeps[1] None done ["c=3"]
        "#);
        for step in &recording.steps {
            assert!(step.config.is_some(), "{step:?}");
            if step.state == State::Reused {
                assert_eq!(step.end, Some(step.start));
            }
        }
        let counts = Counts {
            steps: 4,
            done: 2,
            reused: 2,
            ..Counts::default()
        };
        assert_eq!(
            (recording.outcome, recording.counts),
            (Outcome::Done, counts)
        );
    }

    #[test]
    fn a_trace_needs_nothing_of_a_reused_step_but_its_time() {
        let first = &recorded(Detail::Times).steps[0];
        assert_eq!(first.state, State::Reused);
        assert!(first.changes.kept.is_empty() && first.config.is_none());
    }
}
