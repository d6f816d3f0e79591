//! Fields beside a step's type and configuration (docs/design.md §7).

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::deserialize::{FieldError, from_object};
use super::step_document::StepDocument;
use crate::inspection::{Inspection, UnknownField, inspect, unknown_fields};
use crate::policy::{Retry, Timeout};
use crate::schema_settings::root_schema;

/// Fields beside the type and the configuration of a step.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "controls")]
pub(crate) struct StepControls {
    /// Name of the step in progress, logs, errors and graphs.
    pub(crate) name: Option<String>,
    /// Seconds after which the step is cancelled and fails; with `retry`, of each attempt. No limit
    /// by default.
    pub(crate) timeout: Option<Timeout>,
    /// Retries of the step when it fails; none by default.
    pub(crate) retry: Option<Retry>,
    /// Steps to run after the last failed attempt; then the recipe continues. Without it the recipe
    /// fails.
    pub(crate) on_error: Option<OnError>,
}

/// Steps to run after a step has failed for good.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "on_error")]
pub(crate) struct OnError {
    /// The steps, which can read an artifact `error` with `message`, `step` and `type`; an empty
    /// list just continues.
    pub(crate) steps: Vec<StepDocument>,
}

impl StepControls {
    /// Deserializes the fields beside a configuration.
    ///
    /// # Errors
    /// Fails at the first field that does not fit.
    pub(crate) fn parse(fields: &Map<String, Value>) -> Result<Self, FieldError> {
        from_object(fields)
    }

    /// Returns a field that is a list instead of an object, which deserializing would take for the
    /// fields in order.
    pub(crate) fn list(fields: &Map<String, Value>) -> Option<&str> {
        let (name, _) = fields.iter().find(|(_, value)| value.is_array())?;
        matches!(name.as_str(), "retry" | "on_error").then_some(name)
    }

    /// Returns the fields that nothing reads.
    pub(crate) fn unknown_fields(fields: &Map<String, Value>) -> Vec<UnknownField> {
        unknown_fields(Self::schema(), fields)
    }

    /// Inspects the fields along the schema.
    pub(crate) fn inspect(fields: &Map<String, Value>) -> Inspection<'_> {
        inspect(Self::schema(), fields)
    }

    /// Whether the field exists.
    pub(crate) fn has(name: &str) -> bool {
        Self::schema()["properties"].get(name).is_some()
    }

    fn schema() -> &'static Value {
        static SCHEMA: LazyLock<Value> = LazyLock::new(root_schema::<StepControls>);
        &SCHEMA
    }
}
