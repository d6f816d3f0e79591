//! Events as data: what files of events hold, one JSON object a line.
//!
//! The doc comments here become the descriptions in `schemas/events.schema.json`, which whoever reads such files has.

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

/// One event of a run. Fields without a value are left out. Later versions may add events and fields: pass over those
/// you do not know.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "An event of a run of recipe")]
pub struct EventRecord<'e> {
    /// When it happened: RFC 3339, UTC, with milliseconds.
    #[schemars(extend("format" = "date-time"))]
    time: String,
    #[serde(flatten)]
    what: What<'e>,
}

/// What happened, with what is to be said of it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
enum What<'e> {
    /// A run begins.
    RunStarted {
        /// The main recipe, as it was named.
        recipe: Cow<'e, str>,
    },
    /// A run has ended; nothing of it is left running.
    RunFinished {
        /// The main recipe, as it was named.
        recipe: Cow<'e, str>,
        #[serde(flatten)]
        duration: Took,
        /// Why it failed, on the way down from the recipe to the cause. Without it the run did its work.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(with = "String")]
        error: Option<String>,
    },
    /// A step begins.
    StepStarted {
        #[serde(flatten)]
        step: Step<'e>,
    },
    /// A step has done its work.
    StepFinished {
        #[serde(flatten)]
        step: Step<'e>,
        #[serde(flatten)]
        duration: Took,
    },
    /// A step was not run, since it had done its work before the run was resumed. Those inside it are counted by
    /// `steps_reused`.
    StepReused {
        #[serde(flatten)]
        step: Step<'e>,
    },
    /// Steps inside a step, or inside a round of a loop, were not run, since they had ended before the run was resumed, and
    /// what stands around them had, too.
    StepsReused {
        /// The address of the step or the round.
        path: Cow<'e, str>,
        /// Number of steps that were run inside it.
        steps: usize,
    },
    /// An attempt at a step has failed, and there will be another one.
    StepRetried {
        #[serde(flatten)]
        step: Step<'e>,
        /// Which attempt has failed, from 1.
        attempt: u32,
        /// How many there are at most.
        attempts: u32,
        /// The time until the next one, in seconds.
        delay: f64,
        /// Why it failed.
        error: String,
    },
    /// A step has failed for good, and its `on_error` steps begin.
    StepRecovering {
        #[serde(flatten)]
        step: Step<'e>,
        /// Why it failed.
        error: String,
    },
    /// A step has failed, its `on_error` steps have done their work, and the recipe goes on.
    StepRecovered {
        #[serde(flatten)]
        step: Step<'e>,
        #[serde(flatten)]
        duration: Took,
    },
    /// A step has failed, or its `on_error` steps have. The steps around it fail for the same reason after it.
    StepFailed {
        #[serde(flatten)]
        step: Step<'e>,
        #[serde(flatten)]
        duration: Took,
        /// Why, on the way down from the step to the cause.
        error: String,
    },
    /// A step was cancelled while it ran.
    StepCancelled {
        #[serde(flatten)]
        step: Step<'e>,
        #[serde(flatten)]
        duration: Took,
    },
    /// A step will not run, since one beside it failed.
    StepSkipped {
        #[serde(flatten)]
        step: Step<'e>,
    },
    /// Some of the things that a step does side by side, or one after the other, have ended: substeps, items.
    Progress {
        /// The address of the step.
        path: Cow<'e, str>,
        /// How many have ended well.
        done: usize,
        /// How many have failed.
        failed: usize,
        /// How many there are in all.
        total: usize,
    },
    /// A step has used a language model.
    Used {
        /// The address of the step.
        path: Cow<'e, str>,
        /// The model.
        service: Cow<'e, str>,
        #[serde(flatten)]
        usage: Usage,
    },
    /// A step has called a tool, or had a language model call it, and the call has ended.
    ToolCalled {
        /// The address of the step.
        path: Cow<'e, str>,
        /// The tool.
        tool: Cow<'e, str>,
        /// What it was given.
        #[schemars(with = "Value")]
        arguments: MaskedValue<'e>,
        #[serde(flatten)]
        duration: Took,
        /// What it said. Without it the call failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(with = "String")]
        result: Option<Cow<'e, str>>,
        /// What it said when it failed, which need not be the end of the step.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(with = "String")]
        error: Option<Cow<'e, str>>,
    },
    /// Something that did not stop the run and that its author should know.
    Warning {
        /// The address of the step or recipe it concerns. Without one it is the main recipe.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(with = "String")]
        path: Option<Cow<'e, str>>,
        /// What is odd.
        message: Cow<'e, str>,
        /// What to write instead, where that can be guessed.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(with = "String")]
        suggestion: Option<Cow<'e, str>>,
    },
    /// A program that a step runs has printed a line.
    Output {
        /// The address of the step.
        path: Cow<'e, str>,
        /// Where it was printed.
        stream: OutputStream,
        /// The line, without its end. Where it is very long, the beginning of it.
        line: Cow<'e, str>,
    },
}

/// Which step an event is about.
#[derive(Debug, Serialize, JsonSchema)]
struct Step<'e> {
    /// The address of the step in the run, such as `3.substeps[2]/recipes/b.json:0`.
    path: Cow<'e, str>,
    /// The type of the step.
    #[serde(rename = "type")]
    step_type: &'e str,
    /// The name of the step, where the recipe gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    name: Option<Cow<'e, str>>,
}

/// The time from the beginning to the end.
#[derive(Debug, Serialize, JsonSchema)]
struct Took {
    /// How long it took, in seconds.
    duration: f64,
}

impl<'e> EventRecord<'e> {
    /// The record of an event that happened at `time`, with secrets masked in every text of it.
    ///
    /// Texts are masked before they are written as JSON: a secret that looks like a number, a name of a field or a part
    /// of the syntax leaves the record whole.
    pub fn new(event: &Event<'e>, time: SystemTime, secrets: &'e KnownSecrets) -> Self {
        Self {
            time: rfc3339(time),
            what: Masked(secrets).what(event),
        }
    }

    /// The JSON Schema of records.
    pub fn schema() -> Schema {
        written_settings()
            .into_generator()
            .into_root_schema_for::<Self>()
    }
}

/// Makes records without the secrets.
struct Masked<'s>(&'s KnownSecrets);

impl<'s> Masked<'s> {
    fn what<'e>(&self, event: &Event<'e>) -> What<'e>
    where
        's: 'e,
    {
        match *event {
            Event::RunStarted { recipe } => What::RunStarted {
                recipe: self.0.mask(recipe),
            },
            Event::RunFinished {
                recipe,
                duration,
                error,
            } => What::RunFinished {
                recipe: self.0.mask(recipe),
                duration: Took::new(duration),
                error: error.map(|error| self.error(error)),
            },
            Event::StepStarted { step } => What::StepStarted {
                step: self.step(step),
            },
            Event::StepFinished { step, duration, .. } => What::StepFinished {
                step: self.step(step),
                duration: Took::new(duration),
            },
            Event::StepReused { step, .. } => What::StepReused {
                step: self.step(step),
            },
            Event::StepsReused { path, steps } => What::StepsReused {
                path: self.path(path),
                steps,
            },
            Event::StepRetried {
                step,
                attempt,
                attempts,
                delay,
                error,
            } => What::StepRetried {
                step: self.step(step),
                attempt,
                attempts,
                delay: seconds(delay),
                error: self.error(error),
            },
            Event::StepRecovering { step, error } => What::StepRecovering {
                step: self.step(step),
                error: self.error(error),
            },
            Event::StepRecovered { step, duration, .. } => What::StepRecovered {
                step: self.step(step),
                duration: Took::new(duration),
            },
            Event::StepFailed {
                step,
                duration,
                error,
                ..
            } => What::StepFailed {
                step: self.step(step),
                duration: Took::new(duration),
                error: self.error(error),
            },
            Event::StepCancelled { step, duration } => What::StepCancelled {
                step: self.step(step),
                duration: Took::new(duration),
            },
            Event::StepSkipped { step } => What::StepSkipped {
                step: self.step(step),
            },
            Event::Progress { step, progress } => What::Progress {
                path: self.path(step),
                done: progress.done,
                failed: progress.failed,
                total: progress.total,
            },
            Event::Used {
                path,
                service,
                usage,
            } => What::Used {
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
            } => What::ToolCalled {
                path: self.path(path),
                tool: self.0.mask(tool),
                arguments: self.0.masked(arguments),
                duration: Took::new(duration),
                result: result.ok().map(|text| self.0.mask(text)),
                error: result.err().map(|text| self.0.mask(text)),
            },
            Event::Warning {
                path,
                message,
                suggestion,
            } => What::Warning {
                path: (path.depth() > 0).then(|| self.path(path)),
                message: self.0.mask(message),
                suggestion: suggestion.map(|text| self.0.mask(text)),
            },
            Event::Output { path, stream, line } => What::Output {
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

impl Took {
    fn new(duration: Duration) -> Self {
        Self {
            duration: seconds(duration),
        }
    }
}

/// Whole microseconds, which are written short.
#[allow(
    clippy::cast_precision_loss,
    reason = "exact for the first three centuries of a run"
)]
fn seconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1e6
}

fn rfc3339(time: SystemTime) -> String {
    // A clock that is off by thousands of years shows as the beginning of time.
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
    fn a_record_has_what_there_is_to_say_and_nothing_else() {
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
    fn a_secret_is_masked_however_a_text_writes_it() {
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
    fn a_secret_is_masked_in_whatever_a_tool_is_given_and_says() {
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
    fn a_secret_that_looks_like_syntax_leaves_the_record_whole() {
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
