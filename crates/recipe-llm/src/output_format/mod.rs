//! The format of a response: text, files, or JSON with a schema.

mod references;
mod response_format;
mod root;
mod schema_error;
mod spelling;
mod wrapping;

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

pub use response_format::ResponseError;
pub(crate) use response_format::ResponseFormat;

/// Format of a response, as written in a recipe.
#[derive(Debug, Clone)]
pub struct OutputFormat(Written);

#[derive(Debug, Clone)]
enum Written {
    Text,
    Files,
    /// JSON Schema of the response.
    Schema(Value),
    /// JSON Schema of the items of a list.
    ListOf(Value),
}

impl<'de> Deserialize<'de> for OutputFormat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "`text`, `files`, a JSON Schema of an object or a list, or a list with the JSON Schema of its items";
        let written = match Value::deserialize(deserializer)? {
            Value::String(text) if text == "text" => Written::Text,
            Value::String(text) if text == "files" => Written::Files,
            Value::String(text) => {
                return Err(Error::custom(format!(
                    "unknown format: {text}, expected {expected}"
                )));
            }
            schema @ Value::Object(_) => Written::Schema(schema),
            Value::Array(mut list) if list.len() == 1 && list[0].is_object() => {
                Written::ListOf(list.remove(0))
            }
            _ => return Err(Error::custom(format!("expected {expected}"))),
        };
        Ok(Self(written))
    }
}

impl JsonSchema for OutputFormat {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "OutputFormat".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "enum": ["text", "files"] },
                { "type": "object" },
                { "type": "array", "minItems": 1, "maxItems": 1, "items": { "type": "object" } },
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_invalid_format_is_rejected() {
        let error = |value: Value| {
            serde_json::from_value::<OutputFormat>(value)
                .unwrap_err()
                .to_string()
        };
        let errors = [
            error(json!("markdown")),
            error(json!(["text"])),
            error(json!([])),
            error(json!(1)),
        ];
        insta::assert_snapshot!(errors.join("\n"), @r#"
        unknown format: markdown, expected `text`, `files`, a JSON Schema of an object or a list, or a list with the JSON Schema of its items
        expected `text`, `files`, a JSON Schema of an object or a list, or a list with the JSON Schema of its items
        expected `text`, `files`, a JSON Schema of an object or a list, or a list with the JSON Schema of its items
        expected `text`, `files`, a JSON Schema of an object or a list, or a list with the JSON Schema of its items
        "#);
    }
}
