//! A stored run as a JSON object.

use std::time::{Duration, SystemTime};

use recipe_core::event::Usage;
use recipe_journal::{
    StepState, StoreError, StoredArtifact, StoredFailure, StoredRun, StoredToolCall,
};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::observe::run_model::{PlacedStep, placed};
use crate::stored_runs::{RunFacts, StepCounts, seconds, step_counts, time};

#[derive(Serialize)]
struct RunObject {
    #[serde(flatten)]
    facts: RunFacts,
    artifacts: Map<String, Value>,
    counts: StepCounts,
    steps: Vec<StepObject>,
}

#[derive(Serialize)]
struct StepObject {
    path: String,
    #[serde(rename = "type")]
    step_type: String,
    name: Option<String>,
    state: StepState,
    #[serde(serialize_with = "time")]
    began: Option<SystemTime>,
    #[serde(serialize_with = "seconds")]
    duration: Option<Duration>,
    error: Option<String>,
    attempts: u32,
    failures: Vec<FailureObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<ToolCallObject>,
    changes: Vec<ChangeObject>,
}

#[derive(Serialize)]
struct FailureObject {
    #[serde(serialize_with = "time")]
    at: Option<SystemTime>,
    attempt: Option<u32>,
    attempts: Option<u32>,
    #[serde(serialize_with = "seconds")]
    delay: Option<Duration>,
    error: String,
}

#[derive(Serialize)]
struct ToolCallObject {
    tool: String,
    #[serde(serialize_with = "time")]
    began: Option<SystemTime>,
    #[serde(serialize_with = "seconds")]
    duration: Option<Duration>,
    arguments: Value,
    #[serde(flatten)]
    said: Said,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Result(String),
    Error(String),
}

#[derive(Serialize)]
struct ChangeObject {
    name: String,
    #[serde(flatten)]
    change: Changed,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Changed {
    Set(Value),
    Added(Value),
    Removed(bool),
}

/// The whole output.
pub(super) fn text(run: &StoredRun) -> Result<String, StoreError> {
    let steps = placed(run.steps()?);
    let steps = steps.into_iter().map(|step| step_object(run, step));
    let object = RunObject {
        facts: RunFacts::of(run),
        artifacts: run.artifacts()?,
        counts: step_counts(run)?,
        steps: steps.collect::<Result<_, _>>()?,
    };
    let json = serde_json::to_string_pretty(&object).expect("texts and numbers are JSON");
    Ok(json + "\n")
}

fn step_object(run: &StoredRun, placed: PlacedStep) -> Result<StepObject, StoreError> {
    let attempts = match (placed.last_attempt(), placed.step.state) {
        (_, StepState::Skipped) => 0,
        (Some((attempt, _)), _) => attempt,
        (None, _) => 1,
    };
    let step = placed.step;
    let changes = run.changes(&step)?.into_iter();
    let tool_calls = step.tool_calls.iter();
    let tool_calls = tool_calls.map(|call| tool_call_object(run, call));
    Ok(StepObject {
        attempts,
        changes: changes.map(change_object).collect(),
        tool_calls: tool_calls.collect::<Result<_, _>>()?,
        failures: step.failures.iter().map(failure_object).collect(),
        path: step.path,
        step_type: step.step_type,
        name: step.name,
        state: step.state,
        began: Some(step.began),
        duration: step.duration,
        error: step.error,
        usage: (step.usage != Usage::default()).then_some(step.usage),
    })
}

fn failure_object(failure: &StoredFailure) -> FailureObject {
    FailureObject {
        at: Some(failure.at),
        attempt: failure.attempt.map(|attempt| attempt.attempt),
        attempts: failure.attempt.map(|attempt| attempt.attempts),
        delay: failure.attempt.map(|attempt| attempt.delay),
        error: failure.error.clone(),
    }
}

fn tool_call_object(run: &StoredRun, call: &StoredToolCall) -> Result<ToolCallObject, StoreError> {
    let said = run.tool_result(call)?;
    Ok(ToolCallObject {
        tool: call.tool.clone(),
        began: Some(call.began),
        duration: Some(call.duration),
        arguments: run.tool_arguments(call)?,
        said: match call.is_failed {
            false => Said::Result(said),
            true => Said::Error(said),
        },
    })
}

fn change_object((name, artifact): (String, StoredArtifact)) -> ChangeObject {
    ChangeObject {
        name,
        change: match artifact {
            StoredArtifact::Set(value) => Changed::Set(value),
            StoredArtifact::Changed(value) => Changed::Added(value),
            _ => Changed::Removed(true),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::observe::calling_run;

    #[test]
    fn calls_of_tools_are_shown_whole_and_without_secrets() {
        let (run, _folder) = calling_run::store(&calling_run::calls());
        let mut shown: Value = serde_json::from_str(&text(&run).unwrap()).unwrap();
        let mut calls = shown["steps"][0]["tool_calls"].take();
        for call in calls.as_array_mut().unwrap() {
            let call = call.as_object_mut().unwrap();
            assert!(call.remove("began").is_some_and(|began| began.is_string()));
        }
        let masked = r#"{"key":"***"}"#;
        assert_eq!(
            calls,
            json!([
                {"tool": "search", "duration": 0.0, "arguments": {"for": "fish", "body": masked}, "result": masked},
                {"tool": "***", "duration": 0.0, "arguments": ["***"], "error": "***"},
            ])
        );
    }
}
