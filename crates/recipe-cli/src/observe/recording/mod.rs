//! What happened in a run, as a list of steps with their times: what `--report` and `--trace` are written from.
//!
//! [`recorder`] makes one of a run that it observes, [`mod@stored`] of one that is stored, [`step`] is what is known of each step, [`cut`] keeps what steps
//! make from filling the memory.

mod cut;
mod recorder;
mod step;
mod stored;
mod tool_call;

use std::fmt;
use std::iter;
use std::time::{Duration, SystemTime};

use recipe_core::event::Usage;

use crate::observe::tool_calls::ToolCallCounts;
use crate::run::signals::Interruption;

pub(crate) use cut::Cut;
pub(crate) use recorder::{Detail, Recorder};
pub(crate) use step::{Change, ChangedArtifacts, Failed, Retried, State, TimedStep};
pub(crate) use stored::stored;
pub(crate) use tool_call::{MAX_TOOL_CALLS, ToolCall, ToolCalls};

/// How much is kept of the text of an error, in bytes.
pub(crate) const MAX_ERROR: usize = 4_000;

/// How much is kept of the value of an artifact, and of what a tool is given and says, in bytes.
pub(crate) const MAX_VALUE: usize = 2_000;

/// How much is kept of the values of all artifacts and tool calls together, in bytes. Of further ones their size is kept.
pub(crate) const MAX_VALUES: usize = 32 << 20;

/// How many of the artifacts that one step has changed are kept. The others are counted.
pub(crate) const MAX_CHANGES: usize = 50;

/// How much is kept of the name of a tool, in bytes: models name tools that there are not, too.
const MAX_TOOL_NAME: usize = 200;

/// How many steps are kept. The others are counted.
pub(crate) const MAX_STEPS: usize = 100_000;

/// What happened in a run that has ended, or so far. Times are counted from its beginning.
#[derive(Debug, Clone)]
pub(crate) struct Recording {
    /// The main recipe, as it was named.
    pub(crate) recipe: String,
    /// When it began.
    pub(crate) began: SystemTime,
    /// How long it took.
    pub(crate) duration: Duration,
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// Why it failed or was stopped, as far as that was told.
    pub(crate) error: Option<Cut>,
    /// The steps in the order in which they began, so that one always stands before those inside it.
    pub(crate) steps: Vec<TimedStep>,
    /// How many steps ended how, those that are not in the list too.
    pub(crate) counts: Counts,
    /// Number of reused steps that had no event of their own, as they lie inside others that were, or inside rounds of
    /// loops.
    pub(crate) reused_inside: usize,
    /// What all of them have used of language models.
    pub(crate) usage: Usage,
    /// The tools that all of them have called.
    pub(crate) tool_calls: ToolCallCounts,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It has not ended yet.
    Running,
    /// It did its work.
    Done,
    /// It failed.
    Failed,
    /// It was stopped, and who did so if that is known: a process that is killed tells nothing of its end.
    Stopped(Option<Interruption>),
}

/// How many steps ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Counts {
    pub(crate) steps: usize,
    /// Those that have not ended yet. Left out where there are none, as in runs that have ended.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) running: usize,
    pub(crate) done: usize,
    /// Those that had ended before the run was resumed and were not run again. Left out where there are none, as in runs that were not.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) reused: usize,
    pub(crate) failed: usize,
    /// Those that were tried more than once, however they ended.
    pub(crate) retried: usize,
    pub(crate) recovered: usize,
    pub(crate) skipped: usize,
    pub(crate) cancelled: usize,
}

impl Recording {
    /// When a step ended. One that was still under way at the end of the run was stopped by it.
    pub(crate) fn end_of(&self, step: &TimedStep) -> Duration {
        step.end.unwrap_or(self.duration).max(step.start)
    }

    /// The whole address of a step.
    pub(crate) fn path_of(&self, step: &TimedStep) -> String {
        let outwards = iter::successors(Some(step), |step| self.steps.get(step.parent?));
        let parts: Vec<&str> = outwards.map(|step| step.path.as_str()).collect();
        parts.into_iter().rev().collect()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("running"),
            Self::Done => f.write_str("done"),
            Self::Failed => f.write_str("failed"),
            Self::Stopped(Some(interruption)) => interruption.fmt(f),
            Self::Stopped(None) => f.write_str("interrupted"),
        }
    }
}

impl Counts {
    /// One more step has ended like this.
    pub(crate) fn count(&mut self, state: State) {
        *match state {
            State::Running => &mut self.running,
            State::Done => &mut self.done,
            State::Reused => &mut self.reused,
            State::Failed => &mut self.failed,
            State::Recovered => &mut self.recovered,
            State::Skipped => &mut self.skipped,
            State::Cancelled => &mut self.cancelled,
        } += 1;
    }
}

/// Whether there is nothing to show of a count.
pub(crate) fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use std::sync::Arc;

    use recipe_core::secrets::KnownSecrets;
    use serde_json::{Value, json};

    use super::*;
    use crate::observe::calling_run;
    use crate::observe::report;
    use crate::observe::trace;

    fn step(parent: Option<usize>, path: &str, state: State, end: Option<u64>) -> TimedStep {
        TimedStep {
            parent,
            path: path.to_owned(),
            step_type: Cow::Owned("parallel".to_owned()),
            name: None,
            config: None,
            start: Duration::ZERO,
            end: end.map(Duration::from_micros),
            state,
            error: None,
            retries: Vec::new(),
            recovering: None,
            changes: ChangedArtifacts::default(),
            usage: Usage::default(),
            tool_calls: ToolCalls::default(),
        }
    }

    /// What is known of a run that was resumed and then killed.
    fn killed() -> Recording {
        let steps = vec![
            step(None, "0", State::Reused, Some(0)),
            step(None, "1", State::Cancelled, None),
            step(Some(1), ".substeps[0]", State::Reused, Some(0)),
            step(Some(1), ".substeps[1]", State::Cancelled, None),
        ];
        let mut counts = Counts::default();
        for step in &steps {
            counts.steps += 1;
            counts.count(step.state);
        }
        Recording {
            recipe: "main.json".to_owned(),
            began: SystemTime::UNIX_EPOCH,
            duration: Duration::from_micros(7),
            outcome: Outcome::Stopped(None),
            error: None,
            steps,
            counts,
            reused_inside: 0,
            usage: Usage::default(),
            tool_calls: ToolCallCounts::default(),
        }
    }

    /// What the page of a recording shows.
    fn shown(recording: &Recording, secrets: &KnownSecrets) -> Value {
        let page = report::page(recording, secrets);
        let (_, data) = page
            .split_once(r#"<script type="application/json" id="data">"#)
            .unwrap();
        serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap()
    }

    /// What is noted of a run whose step makes these calls.
    fn calling(calls: &Value, detail: Detail) -> Recording {
        let recorder = Recorder::new("main.json".to_owned(), calling_run::secrets(), detail);
        let recorder = Arc::new(recorder);
        calling_run::observe(calls, recorder.clone());
        recorder.take(None)
    }

    #[test]
    fn the_page_has_the_calls_of_tools_of_each_step_without_secrets() {
        let calls = calling_run::calls();
        let live = calling(&calls, Detail::Everything);
        let (run, _folder) = calling_run::store(&calls);
        for recording in [live, stored(&run).unwrap()] {
            // Whatever was masked when it was noted stays so.
            let mut data = shown(&recording, &KnownSecrets::new());
            assert_eq!(data["toolCalls"], "2 tool calls (1 failed)");
            let mut calls = data["steps"][0]["toolCalls"].take();
            for call in calls.as_array_mut().unwrap() {
                assert!(call["start"].as_u64() <= call["end"].as_u64());
                for time in ["start", "end"] {
                    call.as_object_mut().unwrap().remove(time);
                }
            }
            assert_eq!(
                calls,
                json!([
                    {
                        "tool": "search",
                        "arguments": {"text": "{\n  \"for\": \"fish\",\n  \"body\": \"{\\\"key\\\":\\\"***\\\"}\"\n}"},
                        "result": {"text": "{\"key\":\"***\"}"},
                    },
                    {"tool": "***", "arguments": {"text": "[\n  \"***\"\n]"}, "error": {"text": "***"}},
                ])
            );
        }
    }

    #[test]
    fn of_the_calls_of_a_step_the_first_ones_are_kept_and_of_each_the_beginning() {
        let long = "x".repeat(MAX_VALUE + 1);
        let call = json!({"tool": long, "arguments": long, "says": long});
        let calls = Value::from(vec![call; MAX_TOOL_CALLS + 2]);
        let live = calling(&calls, Detail::Everything);
        let (run, _folder) = calling_run::store(&calls);
        for recording in [live, stored(&run).unwrap()] {
            let data = shown(&recording, &KnownSecrets::new());
            let step = &data["steps"][0];
            assert_eq!(data["toolCalls"], "102 tool calls");
            let kept = step["toolCalls"].as_array().unwrap();
            assert_eq!((kept.len(), &step["moreToolCalls"]), (100, &json!(2)));
            let cut = json!({"text": "x".repeat(2_000), "size": 2_001});
            assert_eq!((&kept[99]["arguments"], &kept[99]["result"]), (&cut, &cut));
            assert_eq!(kept[99]["tool"], "x".repeat(200));
        }
    }

    #[test]
    fn in_a_trace_calls_of_tools_lie_inside_their_step() {
        let mut calls = calling_run::calls();
        // More than there was since the step began.
        calls[0]["took"] = json!(3_600_000_000_u64);
        let recording = calling(&calls, Detail::Times);
        assert_eq!(recording.steps[0].tool_calls.kept[0].arguments.text, "");
        let trace = trace::json(&recording, &KnownSecrets::new());
        let trace: Value = serde_json::from_str(&trace).unwrap();
        let events = trace["traceEvents"].as_array().unwrap().iter();
        let slices: Vec<&Value> = events.filter(|event| event["ph"] == "X").collect();
        let words = slices.iter().map(|slice| {
            let [name, tid, args] = ["name", "tid", "args"].map(|name| &slice[name]);
            format!("{name} {tid} {args}\n")
        });
        insta::assert_snapshot!(words.collect::<String>(), @r#"
        "main.json" 0 {"outcome":"done"}
        "agent 0" 0 {"path":"0","type":"agent","outcome":"done"}
        "search" 0 {"path":"0","type":"agent","outcome":"done"}
        "***" 0 {"path":"0","type":"agent","outcome":"failed","error":"***"}
        "#);
        let times = |slice: &Value| {
            let [start, took] = ["ts", "dur"].map(|name| slice[name].as_u64().unwrap());
            (start, start + took)
        };
        let (start, end) = times(slices[1]);
        for call in &slices[2..] {
            let inside = times(call);
            assert!(start <= inside.0 && inside.1 <= end, "{inside:?}");
        }
    }

    #[test]
    fn the_page_of_a_run_whose_process_was_killed_says_that_it_was_interrupted() {
        let data = shown(&killed(), &KnownSecrets::new());
        assert_eq!(
            (&data["outcome"], &data["error"]),
            (&json!("interrupted"), &Value::Null)
        );
        assert_eq!(
            data["counts"],
            json!({"steps": 4, "done": 0, "reused": 2, "failed": 0, "retried": 0, "recovered": 0, "skipped": 0, "cancelled": 2})
        );
        let steps = data["steps"].as_array().unwrap().iter();
        let steps = steps.map(|step| {
            let [path, state, end] = ["path", "state", "end"].map(|name| &step[name]);
            format!("{path} {state} {end}\n")
        });
        insta::assert_snapshot!(steps.collect::<String>(), @r#"
        "0" "reused" 0
        "1" "cancelled" 7
        ".substeps[0]" "reused" 0
        ".substeps[1]" "cancelled" 7
        "#);
        // The page has a sign and a colour for it.
        let page = report::page(&killed(), &KnownSecrets::new());
        assert!(page.contains("reused: '") && page.contains(".reused {"));
    }

    #[test]
    fn in_a_trace_reused_steps_are_moments_at_their_whole_addresses() {
        let trace = trace::json(&killed(), &KnownSecrets::new());
        let trace: Value = serde_json::from_str(&trace).unwrap();
        let events = trace["traceEvents"].as_array().unwrap().iter();
        let events = events.filter(|event| event["ph"] != "M").map(|event| {
            let [path, outcome] = ["path", "outcome"].map(|name| &event["args"][name]);
            let [phase, name, took] = ["ph", "name", "dur"].map(|name| &event[name]);
            format!("{phase} {name} {took} {path} {outcome}\n")
        });
        insta::assert_snapshot!(events.collect::<String>(), @r#"
        "X" "main.json" 7 null "interrupted"
        "i" "reused" null "0" "reused"
        "X" "parallel 1" 7 "1" "cancelled"
        "i" "reused" null "1.substeps[0]" "reused"
        "X" "parallel 1.substeps[1]" 7 "1.substeps[1]" "cancelled"
        "#);
    }
}
