//! One step as written in a recipe: its type and its configuration, in either spelling.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::exact_value::{ExactValue, exact_map};

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

    /// The step that a value is, or the value where it is none.
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

    /// A step of this type. With an object as `config` it is nested, and `fields` stand beside that.
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
        deserializer.deserialize_any(StepVisitor)
    }
}

/// Sorts the fields as they come, so that nothing is built twice.
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
            Some(_) => Err(A::Error::custom("type: a step type is text")),
            None => Err(A::Error::missing_field("type")),
        }
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<StepDocument, E> {
        Err(no_object())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<StepDocument, E> {
        Err(no_object())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<StepDocument, E> {
        Err(no_object())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<StepDocument, E> {
        Err(no_object())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<StepDocument, E> {
        Err(no_object())
    }

    fn visit_unit<E: Error>(self) -> Result<StepDocument, E> {
        Err(no_object())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<StepDocument, A::Error> {
        Err(no_object())
    }
}

/// The name of a field of a step.
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

fn no_object<E: Error>() -> E {
    E::custom("a step is an object with a `type`")
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
