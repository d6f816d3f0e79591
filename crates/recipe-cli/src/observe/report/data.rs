//! What the page shows, as JSON.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use recipe_core::event::Usage;
use recipe_core::secrets::KnownSecrets;
use serde::Serialize;

use crate::observe::run_model::{
    Change, Counts, Cut, Failed, MAX_ERROR, MAX_VALUE, Retried, RunModel, State, TimedStep,
    ToolCall, is_zero,
};
use crate::terminal::one_line::one_line;

/// How much is shown of a configuration, in bytes.
const CONFIG_LIMIT: usize = 4_000;

/// The run. Times are microseconds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunData<'r> {
    recipe: Cow<'r, str>,
    outcome: String,
    error: Option<String>,
    /// Milliseconds since 1970.
    began: u128,
    duration: u128,
    counts: Counts,
    /// Number of reused steps that are not in the list because they lie inside reused ones.
    #[serde(skip_serializing_if = "is_zero")]
    reused_inside: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_calls: Option<String>,
    limits: Limits,
    /// Configurations; steps refer to them by their index, since rounds of a loop have the same ones.
    configs: Vec<CutData<'r>>,
    /// Steps in the order in which they began.
    steps: Vec<StepData<'r>>,
}

/// How much is shown of texts, in bytes.
#[derive(Serialize)]
struct Limits {
    value: usize,
    error: usize,
    config: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StepData<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<usize>,
    /// What its address adds to that of its parent.
    path: Cow<'r, str>,
    #[serde(rename = "type")]
    step_type: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'r, str>>,
    state: State,
    start: u128,
    end: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<CutData<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    retries: Vec<RetryData<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovering: Option<FailureData<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<ChangeData<'r>>,
    #[serde(skip_serializing_if = "is_zero")]
    more: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<ToolCallData<'r>>,
    #[serde(skip_serializing_if = "is_zero")]
    more_tool_calls: usize,
}

#[derive(Serialize)]
struct ToolCallData<'r> {
    tool: Cow<'r, str>,
    start: u128,
    end: u128,
    arguments: CutData<'r>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<CutData<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<CutData<'r>>,
}

#[derive(Serialize)]
struct RetryData<'r> {
    attempt: u32,
    attempts: u32,
    delay: u128,
    #[serde(flatten)]
    failure: FailureData<'r>,
}

#[derive(Serialize)]
struct FailureData<'r> {
    at: u128,
    error: CutData<'r>,
}

#[derive(Serialize)]
struct ChangeData<'r> {
    name: Cow<'r, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<CutData<'r>>,
    /// Whether the value is only what was added.
    #[serde(skip_serializing_if = "is_false")]
    addition: bool,
}

#[derive(Serialize)]
struct CutData<'r> {
    text: Cow<'r, str>,
    /// The size of the whole in bytes, where it is not shown whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<usize>,
}

/// Whether there is nothing to say of something.
fn is_false(is_so: &bool) -> bool {
    !*is_so
}

/// What was used of language models, in words, if anything was.
fn used(usage: Usage) -> Option<String> {
    (usage != Usage::default()).then(|| usage.to_string())
}

/// The run as JSON that can stand in a `<script>` block.
pub(super) fn json(model: &RunModel, secrets: &KnownSecrets) -> String {
    let mut writer = Writer {
        model,
        secrets,
        configs: Vec::new(),
        by_address: HashMap::new(),
    };
    let json = serde_json::to_string(&writer.run()).expect("texts and numbers are JSON");
    // In JSON it stands in texts only. Without it nothing ends the block.
    json.replace('<', "\\u003c")
}

struct Writer<'r> {
    model: &'r RunModel,
    secrets: &'r KnownSecrets,
    configs: Vec<CutData<'r>>,
    /// The configurations that are written already. The model shares them, so that addresses stay.
    by_address: HashMap<usize, usize>,
}

impl<'r> Writer<'r> {
    fn run(&mut self) -> RunData<'r> {
        let model = self.model;
        let steps = model.steps.iter().map(|step| self.step(step)).collect();
        let error = model.error.as_ref().map(|error| self.text(&error.text));
        let began = model.began.duration_since(SystemTime::UNIX_EPOCH);
        RunData {
            recipe: self.text(&model.recipe),
            outcome: model.outcome.to_string(),
            error: error.map(|error| one_line(&error).into_owned()),
            began: began.unwrap_or_default().as_millis(),
            duration: model.duration.as_micros(),
            counts: model.tally.counts,
            reused_inside: model.reused_inside,
            usage: model.tally.usage_words(),
            tool_calls: model.tally.tool_calls.words(),
            limits: Limits {
                value: MAX_VALUE,
                error: MAX_ERROR,
                config: CONFIG_LIMIT,
            },
            configs: std::mem::take(&mut self.configs),
            steps,
        }
    }

    fn step(&mut self, step: &'r TimedStep) -> StepData<'r> {
        StepData {
            parent: step.parent,
            path: self.text(&step.path),
            step_type: &step.step_type,
            name: step.name.as_deref().map(|name| self.text(name)),
            state: step.state,
            start: step.start.as_micros(),
            end: self.model.end_of(step).as_micros(),
            error: step.error.as_ref().map(|error| self.cut(error)),
            retries: step.retries.iter().map(|retry| self.retry(retry)).collect(),
            recovering: step.recovering.as_ref().map(|failed| self.failure(failed)),
            config: self.config(step),
            changes: step.changes.kept.iter().map(|c| self.change(c)).collect(),
            more: step.changes.more,
            usage: used(step.usage),
            tool_calls: step.tool_calls.kept.iter().map(|c| self.call(c)).collect(),
            more_tool_calls: step.tool_calls.more,
        }
    }

    fn config(&mut self, step: &'r TimedStep) -> Option<usize> {
        let config = step.config.as_ref()?;
        let address = Arc::as_ptr(config).addr();
        if let Some(index) = self.by_address.get(&address) {
            return Some(*index);
        }
        let cut = Cut::of_object(config, CONFIG_LIMIT, self.secrets);
        self.configs.push(CutData {
            size: cut.size_if_cut(),
            text: cut.text.into(),
        });
        let index = self.configs.len() - 1;
        self.by_address.insert(address, index);
        Some(index)
    }

    fn retry(&self, retry: &'r Retried) -> RetryData<'r> {
        RetryData {
            attempt: retry.attempt,
            attempts: retry.attempts,
            delay: retry.delay.as_micros(),
            failure: self.failure(&retry.failure),
        }
    }

    fn failure(&self, failed: &'r Failed) -> FailureData<'r> {
        FailureData {
            at: failed.at.as_micros(),
            error: self.cut(&failed.error),
        }
    }

    fn call(&self, call: &'r ToolCall) -> ToolCallData<'r> {
        ToolCallData {
            tool: self.text(&call.tool),
            start: call.start.as_micros(),
            end: call.end.as_micros(),
            arguments: self.cut(&call.arguments),
            result: call.result.as_ref().ok().map(|said| self.cut(said)),
            error: call.result.as_ref().err().map(|said| self.cut(said)),
        }
    }

    fn change(&self, change: &'r Change) -> ChangeData<'r> {
        ChangeData {
            name: self.text(&change.name),
            value: change.value.as_ref().map(|value| self.cut(value)),
            addition: change.is_addition,
        }
    }

    fn cut(&self, cut: &'r Cut) -> CutData<'r> {
        CutData {
            text: self.text(&cut.text),
            size: cut.size_if_cut(),
        }
    }

    /// The text with the secrets masked that the run came to know after it had noted the text.
    fn text(&self, text: &'r str) -> Cow<'r, str> {
        self.secrets.mask(text)
    }
}
