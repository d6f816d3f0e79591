//! `--trace`: what happened in a run, in the Trace Event Format that Perfetto and `chrome://tracing` read.
//!
//! A step is a slice, and so is a call of a tool inside it. The format wants the slices of one thread to nest, so that steps which run side by side are
//! drawn as threads of their own: [`mod@lanes`].

mod lanes;

use std::time::Duration;

use recipe_core::secrets::KnownSecrets;
use serde::Serialize;

use crate::observe::run_model::{RunModel, State, TimedStep, ToolCall};

use lanes::{Span, lanes};

/// The trace as a JSON object.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Trace<'r> {
    display_time_unit: &'static str,
    trace_events: Vec<TraceEvent<'r>>,
}

/// One event. Times are microseconds since the run began.
#[derive(Serialize)]
struct TraceEvent<'r> {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'r str>,
    ph: Phase,
    ts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<u64>,
    pid: u32,
    tid: usize,
    /// What an instant event is drawn across.
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'static str>,
    args: Details<'r>,
}

#[derive(Debug, Clone, Copy, Serialize)]
enum Phase {
    #[serde(rename = "X")]
    Complete,
    #[serde(rename = "i")]
    Instant,
    #[serde(rename = "M")]
    Metadata,
}

/// What viewers show of an event that is selected.
#[derive(Default, Serialize)]
struct Details<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    step_type: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The trace of a run.
pub(crate) fn json(model: &RunModel, secrets: &KnownSecrets) -> String {
    let writer = Writer { model, secrets };
    let trace = Trace {
        display_time_unit: "ms",
        trace_events: writer.events(),
    };
    serde_json::to_string(&trace).expect("texts and numbers are JSON") + "\n"
}

struct Writer<'r> {
    model: &'r RunModel,
    secrets: &'r KnownSecrets,
}

impl<'r> Writer<'r> {
    fn events(&self) -> Vec<TraceEvent<'r>> {
        let spans = self.spans();
        let lanes = lanes(&spans);
        let mut events = self.threads(lanes.iter().max().map_or(0, |last| last + 1));
        events.push(self.run(spans[0]));
        for ((step, span), lane) in self.model.steps.iter().zip(&spans[1..]).zip(&lanes[1..]) {
            self.step(step, *span, *lane, &mut events);
        }
        let first = 1 + self.model.steps.len();
        for ((call, span), lane) in self.calls().zip(&spans[first..]).zip(&lanes[first..]) {
            events.push(self.call(call, *span, *lane));
        }
        events
    }

    /// The calls of tools, each with the index of its step.
    fn calls(&self) -> impl Iterator<Item = (usize, &'r ToolCall)> {
        let steps = self.model.steps.iter().enumerate();
        steps.flat_map(|(index, step)| step.tool_calls.kept.iter().map(move |call| (index, call)))
    }

    /// The run, then its steps, then the calls of tools.
    fn spans(&self) -> Vec<Span> {
        let run = Span {
            start: 0,
            end: microseconds(self.model.duration),
            parent: None,
        };
        let steps = self.model.steps.iter().map(|step| Span {
            start: microseconds(step.start),
            end: microseconds(self.model.end_of(step)),
            parent: Some(step.parent.map_or(0, |parent| parent + 1)),
        });
        let calls = self.calls().map(|(step, call)| Span {
            start: microseconds(call.start),
            end: microseconds(call.end),
            parent: Some(step + 1),
        });
        std::iter::once(run).chain(steps).chain(calls).collect()
    }

    fn threads(&self, count: usize) -> Vec<TraceEvent<'r>> {
        let named = |what: &str, tid, details| TraceEvent {
            name: what.to_owned(),
            cat: None,
            ph: Phase::Metadata,
            ts: 0,
            dur: None,
            pid: PROCESS,
            tid,
            s: None,
            args: details,
        };
        let called = |name: String| Details {
            name: Some(name),
            ..Details::default()
        };
        let mut events = vec![named("process_name", 0, called("recipe".to_owned()))];
        for lane in 0..count {
            let name = match lane {
                0 => "run".to_owned(),
                _ => format!("side by side {lane}"),
            };
            events.push(named("thread_name", lane, called(name)));
            let order = Details {
                sort_index: Some(lane),
                ..Details::default()
            };
            events.push(named("thread_sort_index", lane, order));
        }
        events
    }

    fn run(&self, span: Span) -> TraceEvent<'r> {
        TraceEvent {
            name: self.text(&self.model.recipe),
            cat: Some("run"),
            ph: Phase::Complete,
            ts: span.start,
            dur: Some(span.end - span.start),
            pid: PROCESS,
            tid: 0,
            s: None,
            args: Details {
                outcome: Some(self.model.outcome.to_string()),
                error: self.model.error.as_ref().map(|e| self.text(&e.text)),
                ..Details::default()
            },
        }
    }

    fn step(&self, step: &'r TimedStep, span: Span, lane: usize, events: &mut Vec<TraceEvent<'r>>) {
        let path = last_part(&self.text(&self.model.path_of(step)));
        let instant = |name: &str, ts, args| TraceEvent {
            name: name.to_owned(),
            cat: Some(&step.step_type),
            ph: Phase::Instant,
            ts,
            dur: None,
            pid: PROCESS,
            tid: lane,
            s: Some("t"),
            args,
        };
        let about = |error: Option<&str>| Details {
            path: Some(path.clone()),
            step_type: Some(&step.step_type),
            error: error.map(|error| self.text(error)),
            ..Details::default()
        };
        let error = step.error.as_ref().map(|error| &*error.text);
        let outcome = Details {
            outcome: Some(step.state.word().to_owned()),
            ..about(error)
        };
        if !step.state.has_run() {
            events.push(instant(step.state.word(), span.start, outcome));
            return;
        }
        events.push(TraceEvent {
            name: match &step.name {
                Some(name) => self.text(name),
                None => format!("{} {path}", step.step_type),
            },
            cat: Some(&step.step_type),
            ph: Phase::Complete,
            ts: span.start,
            dur: Some(span.end - span.start),
            pid: PROCESS,
            tid: lane,
            s: None,
            args: outcome,
        });
        for retried in &step.retries {
            let details = Details {
                attempt: Some(format!("{} of {}", retried.attempt, retried.attempts)),
                ..about(Some(&retried.failure.error.text))
            };
            events.push(instant("retry", microseconds(retried.failure.at), details));
        }
        if let Some(failed) = &step.recovering {
            let details = about(Some(&failed.error.text));
            events.push(instant("recovering", microseconds(failed.at), details));
        }
        if step.state == State::Failed {
            events.push(instant("failed", span.end, about(error)));
        }
    }

    fn call(&self, (step, call): (usize, &ToolCall), span: Span, lane: usize) -> TraceEvent<'r> {
        let step = &self.model.steps[step];
        let error = call.result.as_ref().err();
        TraceEvent {
            name: self.text(&call.tool),
            cat: Some("tool"),
            ph: Phase::Complete,
            ts: span.start,
            dur: Some(span.end - span.start),
            pid: PROCESS,
            tid: lane,
            s: None,
            args: Details {
                path: Some(last_part(&self.text(&self.model.path_of(step)))),
                step_type: Some(&step.step_type),
                outcome: Some(if error.is_some() { "failed" } else { "done" }.to_owned()),
                error: error.map(|error| self.text(&error.text)),
                ..Details::default()
            },
        }
    }

    fn text(&self, text: &str) -> String {
        self.secrets.mask(text).into_owned()
    }
}

/// The end of an address, where it is long: steps can lie inside one another thousands deep.
fn last_part(path: &str) -> String {
    match path.len().checked_sub(PATH_LIMIT) {
        None | Some(0) => path.to_owned(),
        Some(more) => format!("…{}", &path[path.ceil_char_boundary(more)..]),
    }
}

/// How much is shown of the address of a step, in bytes.
const PATH_LIMIT: usize = 400;

/// The number of the only process.
const PROCESS: u32 = 1;

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
