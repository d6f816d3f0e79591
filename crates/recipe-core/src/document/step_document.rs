//! Steps as written in a recipe: type and configuration, in either spelling.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::exact_value::{ExactValue, exact_map};

/// Name of the step schema among the definitions of a recipe schema.
pub(crate) const STEP_SCHEMA_NAME: &str = "step";

/// A step as written: **nested** `{"type": T, "config": {…}}` or **flat** `{"type": T, …config
/// fields…}`.
///
/// A step with an object under `config` is nested (docs/design.md §4). A configuration that holds
/// further steps declares its field as `Vec<StepDocument>` and has them prepared by
/// [`StepBuilder::steps`](crate::StepBuilder::steps).
#[derive(Debug, Clone, PartialEq)]
pub struct StepDocument {
    /// Type of the step.
    pub step_type: String,
    /// The configuration, not yet checked; shared with the steps and outlines made of it.
    pub config: Arc<Map<String, Value>>,
    /// The fields beside `type` and `config` of a nested step, not yet checked:
    /// [`StepControls`](super::StepControls).
    pub(crate) controls: Map<String, Value>,
    /// Whether the configuration is under `config`.
    pub(crate) nested: bool,
    /// Whether it replaces something that is not a step and has been reported.
    pub(crate) is_broken: bool,
}

impl StepDocument {
    /// Returns the name in progress, logs, errors and graphs. Nested spelling only.
    pub fn name(&self) -> Option<&str> {
        self.controls.get("name").and_then(Value::as_str)
    }

    /// Converts a value to a step, or returns the value if it is not one.
    pub(super) fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Object(mut fields) if fields.get("type").is_some_and(Value::is_string) => {
                let Some(Value::String(step_type)) = fields.shift_remove("type") else {
                    unreachable!("the type is text, as checked above");
                };
                let is_nested = fields.get("config").is_some_and(Value::is_object);
                let config = is_nested.then(|| fields.shift_remove("config")).flatten();
                Ok(Self::new(step_type, config, fields))
            }
            other => Err(other),
        }
    }

    /// Creates a step. With an object as `config` it is nested, with `fields` beside the
    /// configuration.
    fn new(step_type: String, config: Option<Value>, fields: Map<String, Value>) -> Self {
        let (config, controls, nested) = match config {
            Some(Value::Object(config)) => (config, fields, true),
            Some(other) => {
                let mut fields = fields;
                fields.insert("config".to_owned(), other);
                (fields, Map::new(), false)
            }
            None => (fields, Map::new(), false),
        };
        Self {
            step_type,
            config: Arc::new(config),
            controls,
            nested,
            is_broken: false,
        }
    }

    /// Creates a replacement for something that is not a step.
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
        deserializer.deserialize_any(StepVisitor)
    }
}

/// Sorts the fields while reading, so that nothing is built twice.
struct StepVisitor;

impl<'de> Visitor<'de> for StepVisitor {
    type Value = StepDocument;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a `type`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<StepDocument, A::Error> {
        let (mut step_type, mut config, mut fields) = (None, None, Vec::new());
        while let Some(name) = object.next_key()? {
            let ExactValue(value) = object.next_value()?;
            match name {
                Name::Type => step_type = Some(value),
                Name::Config => config = Some(value),
                Name::Other(name) => fields.push((name, value)),
            }
        }
        match step_type {
            Some(Value::String(step_type)) => {
                Ok(StepDocument::new(step_type, config, exact_map(fields)))
            }
            Some(_) => Err(A::Error::custom("type: expected text")),
            None => Err(A::Error::missing_field("type")),
        }
    }
}

/// Name of a field of a step.
enum Name {
    Type,
    Config,
    Other(String),
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(NameVisitor)
    }
}

struct NameVisitor;

impl Visitor<'_> for NameVisitor {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E>(self, name: &str) -> Result<Name, E> {
        Ok(match name {
            "type" => Name::Type,
            "config" => Name::Config,
            other => Name::Other(other.to_owned()),
        })
    }
}

/// A reference to the step definition, which the schema of a whole recipe fills with the registered
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
