//! What happens in a lab, kept: what its steps did and when, how many ran, what the observers were told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use recipe_core::event::StepInfo;
use recipe_core::{Context, Event, Observer};
use tokio::time::Instant;

use super::{LABS, lock};

/// What happened in a lab.
#[derive(Default)]
pub(crate) struct Log {
    pub(super) began: Mutex<Option<Instant>>,
    deeds: Mutex<Vec<Deed>>,
    events: Mutex<Vec<String>>,
    warnings: Mutex<Vec<String>>,
    outputs: Mutex<Vec<String>>,
    running: Mutex<Running>,
}

#[derive(Default)]
struct Running {
    now: usize,
    most: usize,
}

/// Something a step did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Deed {
    pub(crate) at: Duration,
    pub(crate) name: String,
    pub(crate) what: &'static str,
}

impl Log {
    /// `name what` of all deeds, in order of time.
    pub(crate) fn deeds(&self) -> Vec<String> {
        let deeds = lock(&self.deeds);
        deeds
            .iter()
            .map(|deed| format!("{} {}", deed.name, deed.what))
            .collect()
    }

    /// The names of what was started, in order of time.
    pub(crate) fn starts(&self) -> Vec<String> {
        let started = self.all("started").into_iter();
        started.map(|deed| deed.name).collect()
    }

    /// The seconds since the beginning.
    pub(crate) fn now(&self) -> f64 {
        let began = lock(&self.began).expect("there was a run");
        began.elapsed().as_secs_f64()
    }

    /// When, in seconds since the beginning, something was done, by whomever.
    pub(crate) fn times(&self, what: &str) -> Vec<f64> {
        let deeds = lock(&self.deeds);
        let of = deeds.iter().filter(|deed| deed.what == what);
        of.map(|deed| deed.at.as_secs_f64()).collect()
    }

    /// The deeds of one kind, with their times.
    pub(crate) fn all(&self, what: &str) -> Vec<Deed> {
        let deeds = lock(&self.deeds);
        deeds
            .iter()
            .filter(|deed| deed.what == what)
            .cloned()
            .collect()
    }

    /// What the observers were told of steps: `started 0`, `cancelled 0.substeps[1]`.
    pub(crate) fn events(&self) -> Vec<String> {
        lock(&self.events).clone()
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        lock(&self.warnings).clone()
    }

    /// What programs have printed, line by line: `0 stdout: hello`.
    pub(crate) fn outputs(&self) -> Vec<String> {
        lock(&self.outputs).clone()
    }

    /// How many steps of this lab run now.
    pub(crate) fn running(&self) -> usize {
        lock(&self.running).now
    }

    /// How many ran at the same time at most.
    pub(crate) fn most_running(&self) -> usize {
        lock(&self.running).most
    }

    pub(super) fn of(context: &Context) -> Arc<Self> {
        let id = context.config()["lab"].as_u64().expect("a number");
        lock(&LABS)[&id].clone()
    }

    fn note(&self, name: &str, what: &'static str) {
        let began = lock(&self.began).expect("set before the run");
        let deed = Deed {
            at: began.elapsed(),
            name: name.to_owned(),
            what,
        };
        lock(&self.deeds).push(deed);
    }

    pub(super) fn has(&self, name: &str, what: &str) -> bool {
        self.count(name, what) > 0
    }

    pub(super) fn count(&self, name: &str, what: &str) -> usize {
        let deeds = lock(&self.deeds);
        let same = |deed: &&Deed| deed.name == name && deed.what == what;
        deeds.iter().filter(same).count()
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

/// Counts a step as running until it is dropped, and notes when that happens before its end.
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
        running.most = running.most.max(running.now);
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
