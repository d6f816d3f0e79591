//! What any step may carry beside its type and its configuration (DESIGN.md §7).

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::deserialize::{FieldError, from_object};
use super::step_document::StepDocument;
use crate::inspection::{Inspection, UnknownField, inspect, unknown_fields};
use crate::policy::{Retry, Timeout};
use crate::schema_settings::root_schema;

/// What a step may carry beside its type and its configuration.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "controls")]
pub(crate) struct StepControls {
    /// How the step is called in progress, logs, errors and graphs.
    pub(crate) name: Option<String>,
    /// Seconds after which the step is cancelled and fails; with `retry` each attempt has as many. No limit by default.
    pub(crate) timeout: Option<Timeout>,
    /// How the step is tried again when it fails; it is not by default.
    pub(crate) retry: Option<Retry>,
    /// What to do when the step has failed for good; then the recipe goes on. Without it the recipe fails.
    pub(crate) on_error: Option<OnError>,
}

/// What to do when a step has failed for good.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "on_error")]
pub(crate) struct OnError {
    /// The steps to run, with an artifact `error` that tells `message`, `step` and `type`; an empty list carries on.
    pub(crate) steps: Vec<StepDocument>,
}

impl StepControls {
    /// The fields as they stand beside a configuration.
    ///
    /// # Errors
    /// With the first field that does not fit.
    pub(crate) fn parse(fields: &Map<String, Value>) -> Result<Self, FieldError> {
        from_object(fields)
    }

    /// A field that is a list where an object belongs, which deserializing would take for its fields in a row.
    pub(crate) fn list(fields: &Map<String, Value>) -> Option<&str> {
        let (name, _) = fields.iter().find(|(_, value)| value.is_array())?;
        matches!(name.as_str(), "retry" | "on_error").then_some(name)
    }

    /// The fields that nothing reads.
    pub(crate) fn unknown_fields(fields: &Map<String, Value>) -> Vec<UnknownField> {
        unknown_fields(Self::schema(), fields)
    }

    /// What stands in the fields.
    pub(crate) fn inspect(fields: &Map<String, Value>) -> Inspection<'_> {
        inspect(Self::schema(), fields)
    }

    /// Whether there is such a field.
    pub(crate) fn has(name: &str) -> bool {
        Self::schema()["properties"].get(name).is_some()
    }

    fn schema() -> &'static Value {
        static SCHEMA: LazyLock<Value> = LazyLock::new(root_schema::<StepControls>);
        &SCHEMA
    }
}
