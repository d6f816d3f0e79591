//! Formats steps and values for a plan.

use recipe_core::registry::{ArtifactUse, OutlineStep};
use recipe_core::template::Template;
use serde_json::{Map, Value};

use crate::terminal::shorten::shorten;

use super::knowledge::Knowledge;
use super::plan::Plan;

/// Maximum length of a value, in characters.
const MAX_WIDTH: usize = 100;

/// Maximum number of fields of a step.
const MAX_FIELDS: usize = 20;

/// Suffix of a value that is not known before the run.
pub(super) const UNKNOWN: &str = " (known at run time)";

/// Formats a value for a line.
pub(super) fn value(value: &Value, plan: &Plan) -> String {
    match value {
        // Masked before it is cut, so that no part of a secret remains; quoted after.
        Value::String(text) => Value::from(cut(&plan.masked(text))).to_string(),
        other => cut(&plan.masked(&other.to_string())),
    }
}

/// Formats a template, rendered if all its variables are known.
pub(super) fn template(text: &str, known: &Knowledge, plan: &Plan) -> String {
    match rendered(text, known) {
        Some(text) => value(&Value::from(text), plan),
        None => value(&Value::from(text), plan) + UNKNOWN,
    }
}

/// Renders a template; `None` if a variable is unknown or a filter fails.
pub(super) fn rendered(text: &str, known: &Knowledge) -> Option<String> {
    let template = Template::parse(text).ok()?;
    known.render(|variables| template.render(variables).ok())?
}

/// Formats the fields of a step except those that are `in_head`, and its controls.
pub(super) fn fields(
    step: &OutlineStep,
    in_head: &[&str],
    known: &Knowledge,
    plan: &Plan,
) -> Vec<String> {
    let mut fields = Fields {
        step,
        known,
        plan,
        list: Vec::new(),
        more: 0,
    };
    let inside = |name: &str| step.inside.iter().any(|list| list.field == name);
    for (name, value) in &*step.config {
        if !in_head.contains(&name.as_str()) && !inside(name) {
            fields.add(name, value);
        }
    }
    for (name, value) in &step.controls {
        if name != "name" && name != "on_error" {
            fields.add(name, value);
        }
    }
    if fields.more > 0 {
        fields.list.push(format!("… {} more", fields.more));
    }
    fields.list
}

/// Formats the artifacts that a step sets: `-> notes`.
pub(super) fn sets(step: &OutlineStep, known: &Knowledge, plan: &Plan) -> String {
    let names = sets_artifacts(step).map(|name| match rendered(name, known) {
        Some(name) => cut(&plan.masked(&name)),
        None => cut(name) + UNKNOWN,
    });
    let names: Vec<String> = names.collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(" -> {}", names.join(", ")),
    }
}

/// Returns the names, as written, of the artifacts that a step sets.
pub(super) fn sets_artifacts(step: &OutlineStep) -> impl Iterator<Item = &str> {
    let sets = step.artifacts.iter();
    sets.filter(|(_, how)| *how == ArtifactUse::Sets)
        .map(|(name, _)| &*name.text)
}

/// Shortens text to the maximum length.
pub(super) fn cut(text: &str) -> String {
    shorten(text, MAX_WIDTH + 1)
}

/// Formats a count: `1 item`, `2 items`.
pub(super) fn count(number: usize, noun: &str) -> String {
    match number {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// Formats the number of substeps or items that run at the same time.
pub(super) fn at_a_time(config: &Map<String, Value>, default: i64) -> String {
    let limit = config.get("max_concurrency").and_then(Value::as_i64);
    match limit.unwrap_or(default) {
        ..=0 => "all at once".to_owned(),
        1 => "one at a time".to_owned(),
        limit => format!("{limit} at a time"),
    }
}

/// Collects fields, those inside lists and objects with their path.
struct Fields<'f> {
    step: &'f OutlineStep,
    known: &'f Knowledge,
    plan: &'f Plan,
    list: Vec<String>,
    /// Number of fields beyond the maximum.
    more: usize,
}

impl Fields<'_> {
    fn add(&mut self, field: &str, value: &Value) {
        let sets = self.step.artifacts.iter();
        let mut sets = sets.filter(|(_, how)| *how == ArtifactUse::Sets);
        if sets.any(|(name, _)| name.field == field) {
            return;
        }
        match value {
            Value::Array(list) if !list.is_empty() => {
                for (index, value) in list.iter().enumerate() {
                    self.add(&format!("{field}[{index}]"), value);
                }
            }
            Value::Object(map) if !map.is_empty() => {
                for (name, value) in map {
                    self.add(&format!("{field}.{name}"), value);
                }
            }
            _ if self.list.len() == MAX_FIELDS => self.more += 1,
            _ => {
                let mut templates = self.step.templates.iter();
                let is_template = templates.any(|template| template.field == field);
                let value = match value {
                    Value::String(text) if is_template => template(text, self.known, self.plan),
                    value => self::value(value, self.plan),
                };
                self.list.push(format!("{}: {value}", cut(field)));
            }
        }
    }
}
