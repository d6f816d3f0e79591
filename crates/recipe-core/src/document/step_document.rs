//! One step as written in a recipe: its type and its configuration, in either spelling.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The name under which the schema of a step stands among the definitions of a recipe schema.
pub(crate) const STEP_SCHEMA_NAME: &str = "step";

/// One step as written: **nested** `{"type": T, "config": {…}}` or **flat** `{"type": T, …config fields…}`.
///
/// A step with an object under `config` is nested (DESIGN.md §4). A configuration that holds further steps
/// declares its field as `Vec<StepDocument>` and has them prepared by
/// [`StepBuilder::steps`](crate::StepBuilder::steps).
#[derive(Debug, Clone, PartialEq)]
pub struct StepDocument {
    /// Which kind of step it is.
    pub step_type: String,
    /// The configuration, not yet checked; shared with the steps and outlines that are made of it.
    pub config: Arc<Map<String, Value>>,
    /// What stands beside `type` and `config` of a nested step, not yet checked: [`StepControls`](super::StepControls).
    pub(crate) controls: Map<String, Value>,
    /// The configuration stands under `config`.
    pub(crate) nested: bool,
    /// It stands for something that is no step, and has been reported.
    pub(crate) is_broken: bool,
}

impl StepDocument {
    /// How it is called in progress, logs, errors and graphs. Nested spelling only.
    pub fn name(&self) -> Option<&str> {
        self.controls.get("name").and_then(Value::as_str)
    }

    fn from_map(mut fields: Map<String, Value>) -> Result<Self, String> {
        let step_type = match fields.shift_remove("type") {
            Some(Value::String(step_type)) => step_type,
            Some(_) => return Err("type: a step type is text".into()),
            None => return Err("missing field `type`".into()),
        };
        let nested = fields.get("config").is_some_and(Value::is_object);
        if !nested {
            return Ok(Self {
                step_type,
                config: Arc::new(fields),
                controls: Map::new(),
                nested,
                is_broken: false,
            });
        }
        let Some(Value::Object(config)) = fields.shift_remove("config") else {
            unreachable!("nested steps have an object under config, as checked above");
        };
        Ok(Self {
            step_type,
            config: Arc::new(config),
            controls: fields,
            nested,
            is_broken: false,
        })
    }

    /// In the place of something that is no step.
    pub(super) fn broken() -> Self {
        Self {
            step_type: String::new(),
            config: Arc::default(),
            controls: Map::new(),
            nested: false,
            is_broken: true,
        }
    }
}

impl<'de> Deserialize<'de> for StepDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Object(fields) => Self::from_map(fields).map_err(D::Error::custom),
            _ => Err(D::Error::custom("a step is an object with a `type`")),
        }
    }
}

/// A reference to the definition of a step, which the schema of a whole recipe fills in with the registered
/// step types.
impl JsonSchema for StepDocument {
    fn schema_name() -> Cow<'static, str> {
        STEP_SCHEMA_NAME.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object", "required": ["type"]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(value: Value) -> Result<StepDocument, String> {
        serde_json::from_value(value).map_err(|e| e.to_string())
    }

    #[test]
    fn both_spellings_give_the_same_configuration() {
        let nested = parse(json!({"type": "t", "config": {"a": 1}, "name": "n"})).unwrap();
        let flat = parse(json!({"type": "t", "a": 1})).unwrap();
        assert_eq!(nested.config, flat.config);
        assert_eq!(nested.name(), Some("n"));
    }

    #[test]
    fn config_is_a_field_like_any_other_unless_it_is_an_object() {
        let flat = parse(json!({"type": "t", "config": "x"})).unwrap();
        assert_eq!(flat.config["config"], "x");
    }

    #[test]
    fn a_step_is_an_object_with_a_type() {
        assert!(parse(json!([])).unwrap_err().contains("object"));
        assert!(parse(json!({"config": {}})).unwrap_err().contains("type"));
        assert!(parse(json!({"type": 1})).unwrap_err().contains("text"));
    }
}
