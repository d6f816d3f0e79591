//! Events as data: the lines of event files, one JSON object each.
//!
//! The doc comments here become the descriptions in `schemas/events.schema.json`.

use std::borrow::Cow;
use std::error::Error;
use std::time::{Duration, SystemTime};

use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::Value;

use crate::error::chain;
use crate::event::{Event, OutputStream, StepInfo, Usage};
use crate::schema_settings::written_settings;
use crate::secrets::{KnownSecrets, MaskedValue};
use crate::step_path::StepPath;

/// An event of a run. Fields without a value are omitted. Later versions may add events and fields,
/// so ignore unknown ones.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "An event of a run of recipe")]
pub struct EventRecord<'e> {
    /// Time of the event: RFC 3339, UTC, with milliseconds.
    #[schemars(extend("format" = "date-time"))]
    time: String,
    #[serde(flatten)]
    payload: Payload<'e>,
}

/// Type of an event, and its fields.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Payload<'e> {
    /// A run started.
    RunStarted {
        /// Main recipe, as passed to the program.
        recipe: Cow<'e, str>,
    },
    /// A run ended. None of its tasks is left running.
    RunFinished {
        /// Main recipe, as passed to the program.
        recipe: Cow<'e, str>,
        #[serde(flatten)]
        duration: Elapsed,
        /// Error chain from the recipe to the cause. Missing if the run succeeded.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(with = "String")]
        error: Option<String>,
    },
    /// A step started.
    StepStarted {
        #[serde(flatten)]
        step: Step<'e>,
    },
    /// A step succeeded.
    StepFinished {
        #[serde(flatten)]
        step: Step<'e>,
        #[serde(flatten)]
        duration: Elapsed,
    },
    /// A step was not run again, since it had succeeded before the run was resumed. Steps inside it
    /// are counted by `steps_reused`.
    StepReused {
        #[serde(flatten)]
        step: Step<'e>,
    },
    /// Steps inside a finished step or loop item were not run again, since they had ended before
    /// the run was resumed.
    StepsReused {
        /// Address of the step or loop item.
        path: Cow<'e, str>,
        /// Number of steps that ran inside it.
        steps: usize,
    },
    /// An attempt at a step failed and will be retried.
    StepRetried {
        #[serde(flatten)]
        step: Step<'e>,
        /// Number of the failed attempt, from 1.
        attempt: u32,
        /// Maximum number of attempts.
        attempts: u32,
        /// Time until the next attempt, in seconds.
        delay: f64,
        /// Error chain from the step to the cause.
        error: String,
    },
    /// The last attempt at a step failed and its `on_error` steps start.
    StepRecovering {
        #[serde(flatten)]
        step: Step<'e>,
        /// Error chain from the step to the cause.
        error: String,
    },
    /// A step failed, its `on_error` steps succeeded, and the recipe continues.
    StepRecovered {
        #[serde(flatten)]
        step: Step<'e>,
        #[serde(flatten)]
        duration: Elapsed,
    },
    /// A step failed without `on_error` steps, or they failed. The enclosing steps then fail for
    /// the same reason.
    StepFailed {
        #[serde(flatten)]
        step: Step<'e>,
        #[serde(flatten)]
        duration: Elapsed,
        /// Error chain from the step to the cause.
        error: String,
    },
    /// A running step was cancelled.
    StepCancelled {
        #[serde(flatten)]
        step: Step<'e>,
        #[serde(flatten)]
        duration: Elapsed,
    },
    /// A step will not run, since a concurrent one failed.
    StepSkipped {
        #[serde(flatten)]
        step: Step<'e>,
    },
    /// Some of the substeps or items of a step ended.
    Progress {
        /// Address of the step.
        path: Cow<'e, str>,
        /// Number of succeeded substeps or items.
        done: usize,
        /// Number of failed ones.
        failed: usize,
        /// Total number.
        total: usize,
    },
    /// A step used a language model.
    Used {
        /// Address of the step.
        path: Cow<'e, str>,
        /// Name of the model.
        service: Cow<'e, str>,
        #[serde(flatten)]
        usage: Usage,
    },
    /// A tool call of a step, or of the language model it runs, ended.
    ToolCalled {
        /// Address of the step.
        path: Cow<'e, str>,
        /// Name of the tool.
        tool: Cow<'e, str>,
        /// Arguments of the call.
        #[schemars(with = "Value")]
        arguments: MaskedValue<'e>,
        #[serde(flatten)]
        duration: Elapsed,
        /// Result. Missing if the call failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(with = "String")]
        result: Option<Cow<'e, str>>,
        /// Message of a failed call, which does not fail the step.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(with = "String")]
        error: Option<Cow<'e, str>>,
    },
    /// A likely mistake in a recipe that did not stop the run.
    Warning {
        /// Address of the step or recipe it is about. Missing for the main recipe.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(with = "String")]
        path: Option<Cow<'e, str>>,
        /// Message.
        message: Cow<'e, str>,
        /// Suggested replacement, if there is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(with = "String")]
        suggestion: Option<Cow<'e, str>>,
    },
    /// A program that a step runs printed a line.
    Output {
        /// Address of the step.
        path: Cow<'e, str>,
        /// Output stream.
        stream: OutputStream,
        /// Line without its end; very long ones are truncated.
        line: Cow<'e, str>,
    },
}

/// The step of an event.
#[derive(Debug, Serialize, JsonSchema)]
struct Step<'e> {
    /// Address of the step in the run, such as `3.substeps[2]/recipes/b.json:0`.
    path: Cow<'e, str>,
    /// Type of the step.
    #[serde(rename = "type")]
    step_type: &'e str,
    /// Name of the step, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    name: Option<Cow<'e, str>>,
}

/// Duration field.
#[derive(Debug, Serialize, JsonSchema)]
struct Elapsed {
    /// Duration in seconds.
    duration: f64,
}

impl<'e> EventRecord<'e> {
    /// Creates the record of an event at `time`, with secrets masked in all strings.
    ///
    /// Strings are masked before they are serialized, so that a secret that looks like a number, a
    /// field name or JSON syntax does not break the record.
    pub fn new(event: &Event<'e>, time: SystemTime, secrets: &'e KnownSecrets) -> Self {
        Self {
            time: rfc3339(time),
            payload: Masked(secrets).payload(event),
        }
    }

    /// Returns the JSON Schema of records.
    pub fn schema() -> Schema {
        written_settings()
            .into_generator()
            .into_root_schema_for::<Self>()
    }
}

/// Creates records with masked secrets.
struct Masked<'s>(&'s KnownSecrets);

impl<'s> Masked<'s> {
    fn payload<'e>(&self, event: &Event<'e>) -> Payload<'e>
    where
        's: 'e,
    {
        match *event {
            Event::RunStarted { recipe } => Payload::RunStarted {
                recipe: self.0.mask(recipe),
            },
            Event::RunFinished {
                recipe,
                duration,
                error,
            } => Payload::RunFinished {
                recipe: self.0.mask(recipe),
                duration: Elapsed::new(duration),
                error: error.map(|error| self.error(error)),
            },
            Event::StepStarted { step } => Payload::StepStarted {
                step: self.step(step),
            },
            Event::StepFinished { step, duration, .. } => Payload::StepFinished {
                step: self.step(step),
                duration: Elapsed::new(duration),
            },
            Event::StepReused { step, .. } => Payload::StepReused {
                step: self.step(step),
            },
            Event::StepsReused { path, steps } => Payload::StepsReused {
                path: self.path(path),
                steps,
            },
            Event::StepRetried {
                step,
                attempt,
                attempts,
                delay,
                error,
            } => Payload::StepRetried {
                step: self.step(step),
                attempt,
                attempts,
                delay: seconds(delay),
                error: self.error(error),
            },
            Event::StepRecovering { step, error } => Payload::StepRecovering {
                step: self.step(step),
                error: self.error(error),
            },
            Event::StepRecovered { step, duration, .. } => Payload::StepRecovered {
                step: self.step(step),
                duration: Elapsed::new(duration),
            },
            Event::StepFailed {
                step,
                duration,
                error,
                ..
            } => Payload::StepFailed {
                step: self.step(step),
                duration: Elapsed::new(duration),
                error: self.error(error),
            },
            Event::StepCancelled { step, duration } => Payload::StepCancelled {
                step: self.step(step),
                duration: Elapsed::new(duration),
            },
            Event::StepSkipped { step } => Payload::StepSkipped {
                step: self.step(step),
            },
            Event::Progress { step, progress } => Payload::Progress {
                path: self.path(step),
                done: progress.done,
                failed: progress.failed,
                total: progress.total,
            },
            Event::Used {
                path,
                service,
                usage,
            } => Payload::Used {
                path: self.path(path),
                service: self.0.mask(service),
                usage,
            },
            Event::ToolCalled {
                path,
                tool,
                arguments,
                duration,
                result,
            } => Payload::ToolCalled {
                path: self.path(path),
                tool: self.0.mask(tool),
                arguments: self.0.masked(arguments),
                duration: Elapsed::new(duration),
                result: result.ok().map(|text| self.0.mask(text)),
                error: result.err().map(|text| self.0.mask(text)),
            },
            Event::Warning {
                path,
                message,
                suggestion,
            } => Payload::Warning {
                path: (path.depth() > 0).then(|| self.path(path)),
                message: self.0.mask(message),
                suggestion: suggestion.map(|text| self.0.mask(text)),
            },
            Event::Output { path, stream, line } => Payload::Output {
                path: self.path(path),
                stream,
                line: self.0.mask(line),
            },
        }
    }

    fn step<'e>(&self, step: StepInfo<'e>) -> Step<'e> {
        Step {
            path: self.path(step.path),
            step_type: step.step_type,
            name: step.name.map(|name| self.0.mask(name)),
        }
    }

    fn path(&self, path: &StepPath) -> Cow<'static, str> {
        Cow::Owned(self.owned(path.to_string()))
    }

    fn error(&self, error: &(dyn Error + 'static)) -> String {
        self.owned(chain(error).to_string())
    }

    fn owned(&self, text: String) -> String {
        match self.0.mask(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(masked) => masked,
        }
    }
}

impl Elapsed {
    fn new(duration: Duration) -> Self {
        Self {
            duration: seconds(duration),
        }
    }
}

/// Returns seconds, rounded down to microseconds to print short.
#[allow(
    clippy::cast_precision_loss,
    reason = "exact for the first three centuries of a run"
)]
fn seconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1e6
}

fn rfc3339(time: SystemTime) -> String {
    // A clock that is off by thousands of years prints as 1970.
    let time = jiff::Timestamp::try_from(time).unwrap_or_default();
    format!("{time:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StepError;
    use insta::assert_snapshot;
    use serde_json::{Map, json};
    use std::sync::Arc;

    fn line(event: &Event<'_>, secrets: &KnownSecrets) -> String {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_007);
        serde_json::to_string(&EventRecord::new(event, time, secrets)).unwrap()
    }

    fn with_secret(secret: &str) -> KnownSecrets {
        let known = KnownSecrets::new();
        known.learn(json!({"api_key": secret}).as_object().unwrap());
        known
    }

    #[test]
    fn a_record_has_only_fields_with_values() {
        let path = StepPath::root().step(1).nested("substeps", 0);
        let config = Arc::new(Map::new());
        let step = StepInfo {
            path: &path,
            step_type: "read_file",
            name: Some("the notes"),
            config: &config,
        };
        let error = StepError::Panicked {
            message: "a\nb".into(),
        };
        let arguments = json!({"for": ["fish", 2]});
        let events = [
            Event::RunStarted { recipe: "r.json" },
            Event::StepRetried {
                step,
                attempt: 1,
                attempts: 3,
                delay: Duration::from_millis(500),
                error: &error,
            },
            Event::StepFailed {
                step: StepInfo { name: None, ..step },
                duration: Duration::from_nanos(1_203_456_789),
                error: &error,
                changes: crate::event::Changes { contexts: None },
            },
            Event::ToolCalled {
                path: &path,
                tool: "search",
                arguments: &arguments,
                duration: Duration::from_millis(20),
                result: Ok("two\nlines"),
            },
            Event::ToolCalled {
                path: &path,
                tool: "search",
                arguments: &Value::Null,
                duration: Duration::ZERO,
                result: Err("nothing found"),
            },
            Event::Warning {
                path: &StepPath::root(),
                message: "odd",
                suggestion: None,
            },
            Event::RunFinished {
                recipe: "r.json",
                duration: Duration::ZERO,
                error: None,
            },
        ];
        let lines = events.map(|event| line(&event, &KnownSecrets::new()));
        assert_snapshot!(lines.join("\n"), @r#"
        {"time":"2023-11-14T22:13:20.007Z","event":"run_started","recipe":"r.json"}
        {"time":"2023-11-14T22:13:20.007Z","event":"step_retried","path":"1.substeps[0]","type":"read_file","name":"the notes","attempt":1,"attempts":3,"delay":0.5,"error":"step panicked: a\nb"}
        {"time":"2023-11-14T22:13:20.007Z","event":"step_failed","path":"1.substeps[0]","type":"read_file","duration":1.203456,"error":"step panicked: a\nb"}
        {"time":"2023-11-14T22:13:20.007Z","event":"tool_called","path":"1.substeps[0]","tool":"search","arguments":{"for":["fish",2]},"duration":0.02,"result":"two\nlines"}
        {"time":"2023-11-14T22:13:20.007Z","event":"tool_called","path":"1.substeps[0]","tool":"search","arguments":null,"duration":0.0,"error":"nothing found"}
        {"time":"2023-11-14T22:13:20.007Z","event":"warning","message":"odd"}
        {"time":"2023-11-14T22:13:20.007Z","event":"run_finished","recipe":"r.json","duration":0.0}
        "#);
    }

    #[test]
    fn a_secret_is_masked_with_and_without_escapes() {
        let secret = "a\"b\\c\nd\u{1b}";
        let secrets = with_secret(secret);
        let path = StepPath::root().step(0).keyed("items", secret);
        for message in [
            format!("x {secret} y"),
            format!("x {} y", &json!(secret).to_string()),
            format!("x {secret:?} y"),
        ] {
            let event = Event::Warning {
                path: &path,
                message: &message,
                suggestion: Some(secret),
            };
            let record: Value = serde_json::from_str(&line(&event, &secrets)).unwrap();
            assert_eq!(
                record["message"].as_str().unwrap().replace('"', ""),
                "x *** y"
            );
            assert_eq!(record["path"], "0.items[\"***\"]");
            assert_eq!(record["suggestion"], "***");
        }
    }

    #[test]
    fn a_secret_is_masked_in_arguments_and_results_of_tools() {
        let path = StepPath::root().step(0);
        for secret in ["p\"w\\d", "12345", "\"arguments\"", "2023"] {
            let secrets = with_secret(secret);
            let inner = json!({ "a": secret }).to_string();
            let mut arguments = json!({"text": inner, secret: [secret]});
            if let Ok(number) = secret.parse::<u32>() {
                arguments["number"] = number.into();
            }
            for (result, name) in [(Ok(&*inner), "result"), (Err(&*inner), "error")] {
                let event = Event::ToolCalled {
                    path: &path,
                    tool: secret,
                    arguments: &arguments,
                    duration: Duration::ZERO,
                    result,
                };
                let record: Value = serde_json::from_str(&line(&event, &secrets)).unwrap();
                let (masked, given) = (r#"{"a":"***"}"#, &record["arguments"]);
                assert_eq!(
                    (&record["tool"], &record[name]),
                    (&json!("***"), &json!(masked))
                );
                assert_eq!(
                    (&given["text"], &given["***"]),
                    (&json!(masked), &json!(["***"]))
                );
                assert!(
                    given.get("number").is_none_or(|number| number == "***"),
                    "{given}"
                );
            }
        }
    }

    #[test]
    fn a_secret_that_looks_like_syntax_does_not_break_the_record() {
        for secret in ["started", "\"event\"", "2023", "run_started\",\"", "time"] {
            let record = line(&Event::RunStarted { recipe: secret }, &with_secret(secret));
            let record: Value = serde_json::from_str(&record).unwrap();
            assert_eq!(
                record,
                json!({"time": "2023-11-14T22:13:20.007Z", "event": "run_started", "recipe": "***"})
            );
        }
    }
}
