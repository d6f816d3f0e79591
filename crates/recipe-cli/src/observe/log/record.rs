//! One log record: what it says, in which step it was made, and how it is written, with secrets masked.

use std::borrow::Cow;
use std::fmt::{self, Write};

use jiff::Timestamp;
use recipe_core::secrets::KnownSecrets;
use serde::Serialize;
use serde_json::{Map, Value};
use tracing::Level;
use tracing::field::{Field, Visit};

use crate::arguments::LogFormat;
use crate::terminal::one_line::one_line;

/// What was told to the log.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The step that the record is about, if it says so itself.
    about: StepPlace,
    message: String,
    fields: Map<String, Value>,
}

/// Which step a record belongs to.
#[derive(Debug, Clone, Default)]
pub(crate) struct StepPlace {
    /// The address of the step in the run.
    pub(crate) path: Option<String>,
    /// Its type.
    pub(crate) step_type: Option<String>,
}

/// A record as a line of JSON.
#[derive(Serialize)]
struct Line<'r> {
    time: String,
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<Cow<'r, str>>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    step_type: Option<&'r str>,
    message: Cow<'r, str>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    fields: Map<String, Value>,
}

impl Record {
    /// The record as one line. Where it does not say which step it is about, it is the one it was `made_in`.
    ///
    /// Secrets are masked before the line is put together, so that they can neither hide behind its escapes nor tear it
    /// apart.
    pub(crate) fn line(
        self,
        level: Level,
        made_in: Option<&StepPlace>,
        format: LogFormat,
        secrets: &KnownSecrets,
    ) -> String {
        let time = format!("{:.6}", Timestamp::now());
        match format {
            LogFormat::Text => self.text(&time, level, made_in, secrets),
            LogFormat::Json => self.json(time, level, made_in, secrets),
        }
    }

    fn text(
        &self,
        time: &str,
        level: Level,
        made_in: Option<&StepPlace>,
        secrets: &KnownSecrets,
    ) -> String {
        let mut text = String::new();
        // Messages about a step name it already.
        if self.about.path.is_none()
            && let Some(StepPlace {
                path: Some(path),
                step_type,
            }) = made_in
        {
            let step_type = step_type.as_deref().unwrap_or_default();
            let _ = write!(text, "{} {step_type}: ", secrets.mask(path));
        }
        text.push_str(&secrets.mask(&self.message));
        for (name, value) in &self.fields {
            let _ = match masked(value, secrets) {
                Value::String(value) => write!(text, " {name}={value}"),
                value => write!(text, " {name}={value}"),
            };
        }
        format!("{time} {level:>5} {}\n", one_line(&text))
    }

    fn json(
        &self,
        time: String,
        level: Level,
        made_in: Option<&StepPlace>,
        secrets: &KnownSecrets,
    ) -> String {
        let place = match made_in {
            Some(place) if self.about.path.is_none() => place,
            _ => &self.about,
        };
        let fields = self.fields.iter();
        let line = Line {
            time,
            level: level.as_str(),
            path: place.path.as_deref().map(|path| secrets.mask(path)),
            step_type: place.step_type.as_deref(),
            message: secrets.mask(&self.message),
            fields: fields
                .map(|(name, value)| (name.clone(), masked(value, secrets)))
                .collect(),
        };
        serde_json::to_string(&line).expect("texts and JSON values are JSON") + "\n"
    }

    fn note(&mut self, field: &Field, value: Value) {
        let text = |value| match value {
            Value::String(text) => text,
            value => value.to_string(),
        };
        match field.name() {
            "message" => self.message = text(value),
            "step.path" => self.about.path = Some(text(value)),
            "step.type" => self.about.step_type = Some(text(value)),
            name => drop(self.fields.insert(name.to_owned(), value)),
        }
    }
}

/// The value without secrets: a number that is one becomes a text.
fn masked(value: &Value, secrets: &KnownSecrets) -> Value {
    if let Value::String(text) = value {
        return secrets.mask(text).into_owned().into();
    }
    match secrets.mask(&value.to_string()) {
        Cow::Borrowed(_) => value.clone(),
        Cow::Owned(text) => text.into(),
    }
}

impl Visit for Record {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.note(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.note(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.note(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.note(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.note(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.note(field, value.into());
    }
}

/// Reads the fields of the span that the engine opens around each step.
impl Visit for StepPlace {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "path" => self.path = Some(value.to_owned()),
            "type" => self.step_type = Some(value.to_owned()),
            _ => {}
        }
    }
}
