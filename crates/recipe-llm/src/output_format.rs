//! What a model is to answer with: a text, files, or JSON of a schema.

use std::borrow::Cow;
use std::fmt;

use jsonschema::Validator;
use recipe_core::SyntaxError;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Value, json};

use crate::json_text::json_in;
use crate::model::AnswerSchema;

/// More mistakes than these in one answer are not told.
const MOST_MISTAKES: usize = 10;

/// What a model is to answer with.
pub struct OutputFormat {
    kind: Kind,
    /// What it is asked for, where that is JSON.
    schema: Option<AnswerSchema>,
    /// What its answer is checked with.
    validator: Option<Validator>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Files,
    Object,
    List,
}

/// Why an answer is not what it was to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// It is no JSON.
    #[error("the answer is not JSON: {0}")]
    NotJson(SyntaxError),
    /// It is other JSON.
    #[error("the answer does not fit its schema: {}", .0.join("; "))]
    Misfit(Vec<String>),
}

/// The member of the object around a list: answers are objects.
const ITEMS: &str = "items";

impl OutputFormat {
    /// What to ask for, where it is not text.
    pub(crate) fn schema(&self) -> Option<&AnswerSchema> {
        self.schema.as_ref()
    }

    /// The artifact that an answer becomes.
    ///
    /// # Errors
    /// When it is not what it was to be.
    pub(crate) fn artifact(&self, answer: &str) -> Result<Value, AnswerError> {
        let Some(validator) = &self.validator else {
            return Ok(answer.into());
        };
        let mut value = json_in(answer).map_err(AnswerError::NotJson)?;
        // Some models leave out the object around a list.
        if let (Kind::Files | Kind::List, Value::Array(_)) = (self.kind, &value) {
            value = match self.kind {
                Kind::Files => json!({ "files": value }),
                _ => json!({ ITEMS: value }),
            };
        }
        let mistakes: Vec<String> = validator
            .iter_errors(&value)
            .take(MOST_MISTAKES)
            .map(|error| {
                // Without the value itself, which may be long.
                let told = error.masked_with("it");
                match error.instance_path().as_str() {
                    "" => told.to_string(),
                    path => format!("{path}: {told}"),
                }
            })
            .collect();
        if !mistakes.is_empty() {
            return Err(AnswerError::Misfit(mistakes));
        }
        let member = match self.kind {
            Kind::Files => "files",
            Kind::List => ITEMS,
            Kind::Text | Kind::Object => return Ok(value),
        };
        Ok(value[member].take())
    }

    fn text() -> Self {
        Self {
            kind: Kind::Text,
            schema: None,
            validator: None,
        }
    }

    fn files() -> Self {
        let schema = json!({
            "type": "object",
            "properties": {
                "files": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "path": {
                                "type": "string",
                                "description": "Where the file belongs, relative to the folder that all files are written to.",
                            },
                            "content": {
                                "type": "string",
                                "description": "What is in the file, whole.",
                            },
                        },
                        "required": ["path", "content"],
                        "additionalProperties": false,
                    },
                },
            },
            "required": ["files"],
            "additionalProperties": false,
        });
        // Content that is JSON is written as such; some models give it as that.
        let mut lenient = schema.clone();
        lenient["properties"]["files"]["items"]["properties"]["content"] =
            json!({ "type": ["string", "object", "array"] });
        Self {
            kind: Kind::Files,
            validator: Some(validator(&lenient).expect("the schema is one")),
            schema: Some(AnswerSchema {
                name: "files".to_owned(),
                schema,
            }),
        }
    }

    fn object(schema: Value) -> Result<Self, String> {
        if schema["type"] != "object" {
            return Err(
                "the schema of output_format has to be of an object: {\"type\": \"object\", …}"
                    .to_owned(),
            );
        }
        Self::of_schema(Kind::Object, "answer", schema)
    }

    fn list(item: Value) -> Result<Self, String> {
        let schema = json!({
            "type": "object",
            "properties": { ITEMS: { "type": "array", "items": item } },
            "required": [ITEMS],
            "additionalProperties": false,
        });
        Self::of_schema(Kind::List, ITEMS, schema)
    }

    fn of_schema(kind: Kind, name: &str, mut schema: Value) -> Result<Self, String> {
        rename_lists(&mut schema);
        Ok(Self {
            kind,
            validator: Some(validator(&schema)?),
            schema: Some(AnswerSchema {
                name: name.to_owned(),
                schema,
            }),
        })
    }
}

fn validator(schema: &Value) -> Result<Validator, String> {
    jsonschema::validator_for(schema)
        .map_err(|error| format!("output_format is no JSON Schema: {error}"))
}

/// Old recipes call arrays lists.
fn rename_lists(schema: &mut Value) {
    match schema {
        Value::Array(list) => list.iter_mut().for_each(rename_lists),
        Value::Object(object) => {
            for (name, value) in object {
                match value {
                    Value::String(text) if name == "type" && text == "list" => {
                        *value = "array".into();
                    }
                    value => rename_lists(value),
                }
            }
        }
        _ => {}
    }
}

impl fmt::Debug for OutputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OutputFormat").field(&self.kind).finish()
    }
}

impl<'de> Deserialize<'de> for OutputFormat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "`text`, `files`, a JSON Schema of an object, or a list with the JSON Schema of its items";
        match Value::deserialize(deserializer)? {
            Value::String(text) if text == "text" => Ok(Self::text()),
            Value::String(text) if text == "files" => Ok(Self::files()),
            Value::String(text) => Err(Error::custom(format!(
                "unknown format: {text}, expected {expected}"
            ))),
            schema @ Value::Object(_) => Self::object(schema).map_err(Error::custom),
            Value::Array(mut list) if list.len() == 1 && list[0].is_object() => {
                Self::list(list.remove(0)).map_err(Error::custom)
            }
            _ => Err(Error::custom(format!("expected {expected}"))),
        }
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
    use super::*;

    fn format(value: Value) -> OutputFormat {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn answers_become_what_was_asked_for() {
        assert_eq!(
            format(json!("text")).artifact("Hello").unwrap(),
            json!("Hello")
        );
        let files = json!([{"path": "a.md", "content": "A"}]);
        let answer = json!({ "files": files }).to_string();
        assert_eq!(format(json!("files")).artifact(&answer).unwrap(), files);
        assert_eq!(
            format(json!("files")).artifact(&files.to_string()).unwrap(),
            files
        );
        let list = format(json!([{"type": "string"}]));
        assert_eq!(
            list.artifact(r#"{"items": ["a", "b"]}"#).unwrap(),
            json!(["a", "b"])
        );
        let object = format(
            json!({"type": "object", "properties": {"a": {"type": "list", "items": {"type": "integer"}}}}),
        );
        let fenced = "Here you are:\n```json\n{\"a\": [1]}\n```\n";
        assert_eq!(object.artifact(fenced).unwrap(), json!({"a": [1]}));
    }

    #[test]
    fn an_answer_that_does_not_fit_is_told_where() {
        let object = format(
            json!({"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a", "b"]}),
        );
        let error = |answer: &str| object.artifact(answer).unwrap_err().to_string();
        let errors = [error(r#"{"a": "x"}"#), error("I will not."), error("")];
        insta::assert_snapshot!(errors.join("\n"), @r#"
        the answer does not fit its schema: "b" is a required property; /a: it is not of type "integer"
        the answer is not JSON: line 1, column 1: expected value
        the answer is not JSON: line 1, column 1: the text ends where a value should stand
        "#);
    }

    #[test]
    fn what_is_no_format_is_refused() {
        let error = |value: Value| {
            serde_json::from_value::<OutputFormat>(value)
                .unwrap_err()
                .to_string()
        };
        let errors = [
            error(json!("markdown")),
            error(json!(["text"])),
            error(json!([])),
            error(json!({"type": "array"})),
            error(json!({"type": "object", "properties": {"a": {"type": "nonsense"}}})),
            error(json!(1)),
        ];
        insta::assert_snapshot!(errors.join("\n"), @r#"
        unknown format: markdown, expected `text`, `files`, a JSON Schema of an object, or a list with the JSON Schema of its items
        expected `text`, `files`, a JSON Schema of an object, or a list with the JSON Schema of its items
        expected `text`, `files`, a JSON Schema of an object, or a list with the JSON Schema of its items
        the schema of output_format has to be of an object: {"type": "object", …}
        output_format is no JSON Schema: "nonsense" is not valid under any of the schemas listed in the 'anyOf' keyword
        expected `text`, `files`, a JSON Schema of an object, or a list with the JSON Schema of its items
        "#);
    }
}
