//! What happened in a run, as a list of steps with their times: what `--report` and `--trace` are written from.
//!
//! [`Recorder`] observes the run and knows which steps are under way, [`step`] is what it notes of each, [`cut`] keeps
//! what steps make from filling the memory.

mod cut;
mod step;

use std::collections::HashMap;
use std::error::Error;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use recipe_core::{Changes, Event, KnownSecrets, Observer, StepInfo, StepPath, chain};

use crate::signals::Interruption;

pub(crate) use cut::Cut;
pub(crate) use step::{Change, ChangedArtifacts, Failed, Retried, State, TimedStep};

/// How much is kept of the text of an error, in bytes.
pub(crate) const ERROR_LIMIT: usize = 4_000;

/// How much is kept of the value of an artifact, in bytes.
pub(crate) const VALUE_LIMIT: usize = 2_000;

/// How much is kept of the values of all artifacts together, in bytes. Of further ones their size is kept.
pub(crate) const VALUES_LIMIT: usize = 32 << 20;

/// How many of the artifacts that one step has changed are kept. The others are counted.
pub(crate) const CHANGES_LIMIT: usize = 50;

/// How many steps are kept. The others are counted.
pub(crate) const STEPS_LIMIT: usize = 100_000;

/// What is noted of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// When they ran, and how they ended.
    Times,
    /// Their configurations and the artifacts that they changed, too.
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
    /// The steps under way, by their index in the recording. One that was left out has none.
    under_way: HashMap<StepPath, Option<usize>>,
    /// How many bytes of values are kept.
    value_bytes: usize,
}

/// What happened in a run that has ended. Times are counted from its beginning.
#[derive(Debug, Clone)]
pub(crate) struct Recording {
    /// The main recipe, as it was named.
    pub(crate) recipe: String,
    /// When it began.
    pub(crate) began: SystemTime,
    /// How long it took.
    pub(crate) duration: Duration,
    /// Why it failed, if it did.
    pub(crate) error: Option<Cut>,
    /// Who stopped it, if someone did.
    pub(crate) interruption: Option<Interruption>,
    /// The steps in the order in which they began, so that one always stands before those inside it.
    pub(crate) steps: Vec<TimedStep>,
    /// How many steps ended how, those that are not in the list too.
    pub(crate) counts: Counts,
}

/// How many steps ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Counts {
    pub(crate) steps: usize,
    pub(crate) done: usize,
    pub(crate) failed: usize,
    /// Those that were tried more than once, however they ended.
    pub(crate) retried: usize,
    pub(crate) recovered: usize,
    pub(crate) skipped: usize,
    pub(crate) cancelled: usize,
}

impl Recorder {
    /// Will note a run of `recipe`.
    pub(crate) fn new(recipe: String, secrets: KnownSecrets, detail: Detail) -> Self {
        Self {
            secrets,
            detail,
            notes: Mutex::new(Notes {
                begun: Instant::now(),
                recording: Recording::of(recipe),
                under_way: HashMap::new(),
                value_bytes: 0,
            }),
        }
    }

    /// Takes what was noted of a run that has ended.
    pub(crate) fn take(&self, interruption: Option<Interruption>) -> Recording {
        let mut notes = self.notes();
        let nothing = Recording::of(String::new());
        let mut recording = mem::replace(&mut notes.recording, nothing);
        if recording.error.is_some() {
            recording.interruption = interruption;
        }
        recording
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, error: &(dyn Error + 'static)) -> Cut {
        Cut::of_text(&chain(error).to_string(), ERROR_LIMIT, &self.secrets)
    }

    /// Cuts values now, so that a recording holds no artifact longer than the run does.
    fn changes(&self, changes: Changes<'_>) -> ChangedArtifacts {
        if self.detail == Detail::Times {
            return ChangedArtifacts::default();
        }
        let limit = match self.notes().value_bytes {
            ..VALUES_LIMIT => VALUE_LIMIT,
            _ => 0,
        };
        let mut all = changes.iter();
        let kept = all
            .by_ref()
            .take(CHANGES_LIMIT)
            .map(|(name, value)| Change {
                name: name.to_owned(),
                value: value.map(|value| Cut::of_value(value, limit, &self.secrets)),
            })
            .collect();
        ChangedArtifacts {
            kept,
            more: all.count(),
        }
    }

    fn ended(&self, step: StepInfo<'_>, now: Instant, state: State, changes: Changes<'_>) {
        let changes = self.changes(changes);
        self.notes().end(step, now, state, None, changes);
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
                notes.recording.error = error;
            }
            Event::StepStarted { step } => self.notes().start(step, now, self.detail),
            Event::StepSkipped { step } => {
                let mut notes = self.notes();
                notes.start(step, now, self.detail);
                notes.end(step, now, State::Skipped, None, ChangedArtifacts::default());
            }
            Event::StepRetried {
                step,
                attempt,
                attempts,
                delay,
                error,
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
            Event::StepRecovering { step, error } => {
                let error = self.error(error);
                let mut notes = self.notes();
                let at = notes.since_begin(now);
                if let Some(step) = notes.under_way(step) {
                    step.recovering = Some(Failed { at, error });
                }
            }
            Event::StepFinished { step, changes, .. } => {
                self.ended(step, now, State::Done, changes);
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
        let index = (self.recording.steps.len() < STEPS_LIMIT).then(|| {
            let timed = TimedStep {
                parent: self.around(step.path),
                path: step.path.clone(),
                step_type: step.step_type,
                name: step.name.map(str::to_owned),
                config: (detail == Detail::Everything).then(|| step.config.clone()),
                start: self.since_begin(now),
                end: None,
                state: State::Cancelled,
                error: None,
                retries: Vec::new(),
                recovering: None,
                changes: ChangedArtifacts::default(),
            };
            self.recording.steps.push(timed);
            self.recording.steps.len() - 1
        });
        self.under_way.insert(step.path.clone(), index);
    }

    /// The innermost step under way that this path lies in.
    fn around(&self, path: &StepPath) -> Option<usize> {
        let mut outwards = path.ancestors();
        outwards.find_map(|path| self.under_way.get(path).copied().flatten())
    }

    fn under_way(&mut self, step: StepInfo<'_>) -> Option<&mut TimedStep> {
        let index = self.under_way.get(step.path).copied().flatten()?;
        self.recording.steps.get_mut(index)
    }

    fn retried(&mut self, step: StepInfo<'_>, retried: Retried) {
        if retried.attempt == 1 {
            self.recording.counts.retried += 1;
        }
        if let Some(step) = self.under_way(step) {
            step.retries.push(retried);
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
        if let Some(step) = self.under_way(step) {
            step.end = Some(end);
            step.state = state;
            step.error = error;
            step.changes = changes;
        }
        self.under_way.remove(step.path);
    }
}

impl Recording {
    fn of(recipe: String) -> Self {
        Self {
            recipe,
            began: SystemTime::now(),
            duration: Duration::ZERO,
            error: None,
            interruption: None,
            steps: Vec::new(),
            counts: Counts::default(),
        }
    }

    /// How the run ended, in a word.
    pub(crate) fn outcome(&self) -> String {
        match (&self.error, self.interruption) {
            (None, _) => "done".to_owned(),
            (Some(_), None) => "failed".to_owned(),
            (Some(_), Some(interruption)) => interruption.to_string(),
        }
    }

    /// When a step ended. One that was still under way at the end of the run was stopped by it.
    pub(crate) fn end_of(&self, step: &TimedStep) -> Duration {
        step.end.unwrap_or(self.duration).max(step.start)
    }
}

impl Counts {
    fn count(&mut self, state: State) {
        *match state {
            State::Done => &mut self.done,
            State::Failed => &mut self.failed,
            State::Recovered => &mut self.recovered,
            State::Skipped => &mut self.skipped,
            State::Cancelled => &mut self.cancelled,
        } += 1;
    }
}
