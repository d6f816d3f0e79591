//! Record of a lab: actions of its steps with their times, concurrency, and observed events.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use recipe_core::event::StepInfo;
use recipe_core::{Context, Event, Observer};
use tokio::time::Instant;

use super::{LABS, lock};

/// Record of a lab.
#[derive(Default)]
pub(crate) struct Log {
    pub(super) began: Mutex<Option<Instant>>,
    actions: Mutex<Vec<Action>>,
    events: Mutex<Vec<String>>,
    warnings: Mutex<Vec<String>>,
    outputs: Mutex<Vec<String>>,
    running: Mutex<Running>,
}

#[derive(Default)]
struct Running {
    now: usize,
    max: usize,
}

/// Action of a step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Action {
    pub(crate) at: Duration,
    pub(crate) name: String,
    pub(crate) what: &'static str,
}

impl Log {
    /// Returns `name what` of all actions in order of time.
    pub(crate) fn actions(&self) -> Vec<String> {
        let actions = lock(&self.actions);
        actions
            .iter()
            .map(|action| format!("{} {}", action.name, action.what))
            .collect()
    }

    /// Returns the names of started steps in order of time.
    pub(crate) fn starts(&self) -> Vec<String> {
        let started = self.all("started").into_iter();
        started.map(|action| action.name).collect()
    }

    /// Returns the seconds since the first run.
    pub(crate) fn now(&self) -> f64 {
        let began = lock(&self.began).expect("there was a run");
        began.elapsed().as_secs_f64()
    }

    /// Returns the times of actions of a kind, in seconds since the first run.
    pub(crate) fn times(&self, what: &str) -> Vec<f64> {
        let actions = lock(&self.actions);
        let matching = actions.iter().filter(|action| action.what == what);
        matching.map(|action| action.at.as_secs_f64()).collect()
    }

    /// Returns the actions of a kind.
    pub(crate) fn all(&self, what: &str) -> Vec<Action> {
        let actions = lock(&self.actions);
        actions
            .iter()
            .filter(|action| action.what == what)
            .cloned()
            .collect()
    }

    /// Returns observed step events: `started 0`, `cancelled 0.substeps[1]`.
    pub(crate) fn events(&self) -> Vec<String> {
        lock(&self.events).clone()
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        lock(&self.warnings).clone()
    }

    /// Returns lines of program output: `0 stdout: hello`.
    pub(crate) fn outputs(&self) -> Vec<String> {
        lock(&self.outputs).clone()
    }

    /// Returns the number of running steps.
    pub(crate) fn running(&self) -> usize {
        lock(&self.running).now
    }

    /// Returns the maximum number of concurrent steps.
    pub(crate) fn max_running(&self) -> usize {
        lock(&self.running).max
    }

    pub(super) fn from_context(context: &Context) -> Arc<Self> {
        let id = context.config()["lab"].as_u64().expect("a number");
        lock(&LABS)[&id].clone()
    }

    fn note(&self, name: &str, what: &'static str) {
        let began = lock(&self.began).expect("set before the run");
        let action = Action {
            at: began.elapsed(),
            name: name.to_owned(),
            what,
        };
        lock(&self.actions).push(action);
    }

    pub(super) fn has(&self, name: &str, what: &str) -> bool {
        self.count(name, what) > 0
    }

    pub(super) fn count(&self, name: &str, what: &str) -> usize {
        let actions = lock(&self.actions);
        let same = |action: &&Action| action.name == name && action.what == what;
        actions.iter().filter(same).count()
    }
}

impl Observer for Log {
    fn observe(&self, event: &Event<'_>) {
        let (what, step): (_, &StepInfo<'_>) = match event {
            Event::StepStarted { step, .. } => ("started", step),
            Event::StepFinished { step, .. } => ("finished", step),
            Event::StepReused { step, .. } => ("reused", step),
            Event::StepFailed { step, .. } => ("failed", step),
            Event::StepRetried {
                step,
                attempt,
                attempts,
                ..
            } => {
                let text = format!("retried {attempt}/{attempts} {}", step.path);
                return lock(&self.events).push(text);
            }
            Event::StepRecovering { step, .. } => ("recovering", step),
            Event::StepRecovered { step, .. } => ("recovered", step),
            Event::StepCancelled { step, .. } => ("cancelled", step),
            Event::StepSkipped { step, .. } => ("skipped", step),
            Event::Warning { message, .. } => {
                lock(&self.warnings).push((*message).to_owned());
                return;
            }
            Event::Output {
                path, stream, line, ..
            } => {
                lock(&self.outputs).push(format!("{path} {stream}: {line}"));
                return;
            }
            _ => return,
        };
        lock(&self.events).push(format!("{what} {}", step.path));
    }
}

/// Counts a step as running until dropped; logs `dropped` if it has not ended.
pub(super) struct Presence {
    log: Arc<Log>,
    name: String,
    ended: bool,
}

impl Presence {
    pub(super) fn new(log: Arc<Log>, name: &str) -> Self {
        log.note(name, "started");
        let mut running = lock(&log.running);
        running.now += 1;
        running.max = running.max.max(running.now);
        drop(running);
        Self {
            log,
            name: name.to_owned(),
            ended: false,
        }
    }

    pub(super) fn end(&mut self, what: &'static str) {
        self.ended = true;
        self.log.note(&self.name, what);
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if !self.ended {
            self.log.note(&self.name, "dropped");
        }
        lock(&self.log.running).now -= 1;
    }
}
