//! What a recipe needs to be given: declared inputs, their conversion and their defaults (DESIGN.md §4).

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Recipe;
use crate::Context;

/// One declared input of a recipe.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct Input {
    /// What the input is for; shown to whoever runs the recipe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The type of the value. A value given as text, on the command line say, is converted to it.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub input_type: Option<InputType>,
    /// The value to use where none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Whether a run without this input fails. Without a default that is so unless this says `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
}

/// The type of an input, by its JSON Schema name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(clippy::exhaustive_enums, reason = "JSON has no other types")]
pub enum InputType {
    /// Text.
    String,
    /// A number, whole or not.
    Number,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A list.
    Array,
    /// An object.
    Object,
    /// Nothing.
    Null,
}

/// An input that is missing or not of its type.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// A required input was not given.
    #[error("missing input: {name}{}", described(.description))]
    Missing {
        /// The input.
        name: String,
        /// What it is for.
        description: Option<String>,
    },
    /// An input has a value of another type than it declares.
    #[error("input {name}{} is not {expected}: {value}", described(.description))]
    WrongType {
        /// The input.
        name: String,
        /// What it is for.
        description: Option<String>,
        /// The declared type, with its article.
        expected: &'static str,
        /// The beginning of the value given.
        value: String,
    },
}

impl Input {
    /// Whether it must be given: it has no default, and is not said to be dispensable.
    pub fn is_required(&self) -> bool {
        self.default.is_none() && self.required != Some(false)
    }
}

fn described(description: &Option<String>) -> String {
    description
        .as_ref()
        .map(|text| format!(" ({text})"))
        .unwrap_or_default()
}

impl Recipe {
    /// Converts the inputs in `context` to their declared types and fills in defaults, as a run does before its first step.
    ///
    /// # Errors
    /// With the first input that is missing or not of its type.
    pub fn apply_inputs(&self, context: &mut Context) -> Result<(), InputError> {
        apply(&self.inputs, context)
    }
}

fn apply(inputs: &IndexMap<String, Input>, context: &mut Context) -> Result<(), InputError> {
    for (name, input) in inputs {
        let Some(given) = context.get(name) else {
            match &input.default {
                Some(default) => context.set(name.as_str(), default.clone()),
                None if !input.is_required() => {}
                None => {
                    return Err(InputError::Missing {
                        name: name.clone(),
                        description: input.description.clone(),
                    });
                }
            }
            continue;
        };
        let Some(input_type) = input.input_type else {
            continue;
        };
        match input_type.convert(given) {
            Conversion::AsGiven => {}
            Conversion::Converted(value) => context.set(name.as_str(), value),
            Conversion::Impossible => {
                return Err(InputError::WrongType {
                    name: name.clone(),
                    description: input.description.clone(),
                    expected: input_type.with_article(),
                    value: beginning(given),
                });
            }
        }
    }
    Ok(())
}

enum Conversion {
    AsGiven,
    Converted(Value),
    Impossible,
}

impl InputType {
    fn convert(self, given: &Value) -> Conversion {
        if self.accepts(given) {
            return Conversion::AsGiven;
        }
        let Value::String(text) = given else {
            return Conversion::Impossible;
        };
        let text = text.trim();
        let text = if self == Self::Boolean {
            text.to_ascii_lowercase()
        } else {
            text.to_owned()
        };
        match serde_json::from_str(&text) {
            Ok(value) if self.accepts(&value) => Conversion::Converted(value),
            _ => Conversion::Impossible,
        }
    }

    fn accepts(self, value: &Value) -> bool {
        match self {
            Self::String => value.is_string(),
            Self::Number => value.is_number(),
            Self::Integer => {
                value.is_i64()
                    || value.is_u64()
                    || value.as_f64().is_some_and(|number| number.fract() == 0.0)
            }
            Self::Boolean => value.is_boolean(),
            Self::Array => value.is_array(),
            Self::Object => value.is_object(),
            Self::Null => value.is_null(),
        }
    }

    fn with_article(self) -> &'static str {
        match self {
            Self::String => "text",
            Self::Number => "a number",
            Self::Integer => "an integer",
            Self::Boolean => "true or false",
            Self::Array => "a list",
            Self::Object => "an object",
            Self::Null => "null",
        }
    }
}

/// The beginning of a value, for a message of one line.
fn beginning(value: &Value) -> String {
    const LONGEST: usize = 40;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn run(inputs: Value, given: Value) -> Result<Value, String> {
        let inputs: IndexMap<String, Input> = serde_json::from_value(inputs).unwrap();
        let Value::Object(given) = given else {
            unreachable!()
        };
        let mut context = Context::from_artifacts(given);
        apply(&inputs, &mut context).map_err(|e| e.to_string())?;
        Ok(Value::Object(context.to_json()))
    }

    #[test]
    fn text_is_converted_to_the_declared_type() {
        let inputs = json!({
            "i": {"type": "integer"}, "n": {"type": "number"}, "b": {"type": "boolean"},
            "l": {"type": "array"}, "o": {"type": "object"}, "s": {"type": "string"}, "any": {},
        });
        let given = json!({
            "i": "42", "n": "1.5", "b": "True", "l": "[1]", "o": "{\"a\": 1}", "s": "42", "any": "x",
        });
        assert_eq!(
            run(inputs, given).unwrap(),
            json!({"i": 42, "n": 1.5, "b": true, "l": [1], "o": {"a": 1}, "s": "42", "any": "x"})
        );
    }

    #[test]
    fn a_default_fills_in_and_an_optional_input_may_be_absent() {
        let inputs = json!({"a": {"default": [1]}, "b": {"required": false}});
        assert_eq!(run(inputs, json!({})).unwrap(), json!({"a": [1]}));
    }

    #[test]
    fn a_missing_or_ill_typed_input_is_named_with_its_description() {
        let inputs = json!({"n": {"type": "integer", "description": "how many"}});
        assert_eq!(
            run(inputs.clone(), json!({})).unwrap_err(),
            "missing input: n (how many)"
        );
        assert_eq!(
            run(inputs.clone(), json!({"n": "many"})).unwrap_err(),
            "input n (how many) is not an integer: \"many\""
        );
        assert!(run(inputs, json!({"n": 1.5})).is_err());
    }
}
