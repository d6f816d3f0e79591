//! The schema that a model is asked for, and the conversion of its responses to artifacts.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ReferencingError, Validator};
use recipe_core::document::{Pointer, SyntaxError};
use serde_json::{Value, json};

use super::references::{self, locate};
use super::root::{self, Root};
use super::schema_error::{SchemaError, SchemaErrorKind};
use super::spelling;
use super::wrapping::{ITEMS, items_schema, list_schema, object_schema};
use super::{OutputFormat, Written};
use crate::json_text::json_values;
use crate::model::ResponseSchema;
use crate::reasoning::without_reasoning;

/// Maximum number of errors reported for a response.
const MAX_ERRORS: usize = 10;

/// Length in bytes above which a part of a schema is not quoted in an error.
const MAX_QUOTED_BYTES: usize = 60;

/// An output format with a valid schema.
pub(crate) struct ResponseFormat {
    kind: Kind,
    /// Schema to ask for, if the response is JSON.
    schema: Option<ResponseSchema>,
    /// Validator of the response.
    validator: Option<Validator>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Files,
    Object,
    List,
}

/// Reasons why a response is not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResponseError {
    /// The response is empty.
    #[error("the response is empty")]
    Empty,
    /// The response has reasoning and nothing else.
    #[error("the response is empty: it ends with the reasoning")]
    OnlyReasoning,
    /// The response is not JSON.
    #[error("the response is not JSON: {0}")]
    NotJson(SyntaxError),
    /// The JSON does not match the schema.
    #[error("the response does not match its schema: {}", .0.join("; "))]
    Mismatch(Vec<String>),
}

impl ResponseFormat {
    /// Creates the format that a recipe asks for.
    ///
    /// # Errors
    /// If the schema is invalid, or not of an object or a list.
    pub(crate) fn new(format: &OutputFormat) -> Result<Self, SchemaError> {
        match &format.0 {
            Written::Text => Ok(Self::text()),
            Written::Files => Ok(Self::files()),
            Written::Schema(schema) => {
                let mut schema = standard(schema.clone())?;
                root::resolve(&mut schema);
                match Root::from_schema(&schema)? {
                    Root::Object => {
                        Self::from_schema(Kind::Object, "answer", object_schema(schema)?)
                    }
                    Root::List => Self::from_schema(Kind::List, ITEMS, list_schema(schema)?),
                }
            }
            Written::ListOf(item) => {
                let item = standard(item.clone()).map_err(|error| error.within(0))?;
                Self::from_schema(Kind::List, ITEMS, items_schema(item)?)
            }
        }
    }

    /// The schema to ask for, unless the response is text.
    pub(crate) fn schema(&self) -> Option<&ResponseSchema> {
        self.schema.as_ref()
    }

    /// Returns the artifact of a response.
    ///
    /// # Errors
    /// If the response is empty or does not match the format.
    pub(crate) fn artifact(&self, response: &str) -> Result<Value, ResponseError> {
        let proper = without_reasoning(response).ok_or(ResponseError::OnlyReasoning)?;
        if proper.trim().is_empty() {
            return Err(match response.trim().is_empty() {
                true => ResponseError::Empty,
                false => ResponseError::OnlyReasoning,
            });
        }
        let Some(validator) = &self.validator else {
            return Ok(proper.into());
        };
        // The last match wins: models write reasoning, drafts and examples before it.
        let mut mismatch: Option<(bool, ResponseError)> = None;
        let values = json_values(proper).map_err(ResponseError::NotJson)?;
        for value in values.into_iter().rev() {
            let (is_meant, error) = match value {
                Ok(value) => {
                    let is_meant = value.is_object() || self.kind.member().is_some();
                    match self.matched(value, validator) {
                        Ok(artifact) => return Ok(artifact),
                        Err(errors) => (is_meant, ResponseError::Mismatch(errors)),
                    }
                }
                Err(error) => (true, ResponseError::NotJson(error)),
            };
            // A list such as `[1]` in the text after an object was not meant as the response.
            if mismatch
                .as_ref()
                .is_none_or(|(was_meant, _)| is_meant && !was_meant)
            {
                mismatch = Some((is_meant, error));
            }
        }
        Err(mismatch.map_or(ResponseError::Empty, |(_, error)| error))
    }

    /// Returns the artifact of a value.
    ///
    /// # Errors
    /// Returns the errors, each with its location.
    fn matched(&self, mut value: Value, validator: &Validator) -> Result<Value, Vec<String>> {
        // Some models omit the object around a list.
        if let (Some(member), Value::Array(_)) = (self.kind.member(), &value) {
            value = json!({ member: value });
        }
        let errors = validator.iter_errors(&value).take(MAX_ERRORS);
        let errors: Vec<String> = errors
            .map(|error| {
                // Without the value itself, which may be long.
                let message = error.masked_with("it");
                match error.instance_path().as_str() {
                    "" => message.to_string(),
                    path => format!("{path}: {message}"),
                }
            })
            .collect();
        match self.kind.member() {
            _ if !errors.is_empty() => Err(errors),
            Some(member) => Ok(value[member].take()),
            None => Ok(value),
        }
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
        // Content that is JSON is written as JSON; some models return it that way.
        let mut lenient = schema.clone();
        lenient["properties"]["files"]["items"]["properties"]["content"] =
            json!({ "type": ["string", "object", "array"] });
        Self {
            kind: Kind::Files,
            validator: Some(validator(&lenient).expect("the schema is valid")),
            schema: Some(ResponseSchema {
                name: "files".to_owned(),
                schema,
            }),
        }
    }

    fn from_schema(kind: Kind, name: &str, schema: Value) -> Result<Self, SchemaError> {
        Ok(Self {
            kind,
            validator: Some(validator(&schema)?),
            schema: Some(ResponseSchema {
                name: name.to_owned(),
                schema,
            }),
        })
    }
}

impl Kind {
    /// The property that holds the list.
    fn member(self) -> Option<&'static str> {
        match self {
            Self::Files => Some("files"),
            Self::List => Some(ITEMS),
            Self::Text | Self::Object => None,
        }
    }
}

/// Checks a schema as a whole and converts it to standard spelling.
fn standard(mut schema: Value) -> Result<Value, SchemaError> {
    references::simplify(&mut schema)?;
    spelling::standardize(&mut schema)?;
    validator(&schema)?;
    Ok(schema)
}

fn validator(schema: &Value) -> Result<Validator, SchemaError> {
    let options = jsonschema::options().should_validate_formats(true);
    let escaped = references::with_addresses(schema)?;
    options.build(&escaped).map_err(|error| {
        if let ValidationErrorKind::Referencing(ReferencingError::UnknownSpecification {
            specification,
        }) = error.kind()
        {
            let kind = SchemaErrorKind::UnknownDialect(specification.clone());
            return SchemaError::new(Pointer::default().key("$schema"), kind);
        }
        let at = locate(schema, error.instance_path().as_str());
        let message = match error.instance().to_string() {
            value if value.len() > MAX_QUOTED_BYTES => error.masked_with("it").to_string(),
            _ => error.to_string(),
        };
        SchemaError::new(at.unwrap_or_default(), SchemaErrorKind::Invalid(message))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(value: Value) -> ResponseFormat {
        ResponseFormat::new(&serde_json::from_value(value).unwrap()).unwrap()
    }

    #[test]
    fn answers_become_what_was_asked_for() {
        assert_eq!(
            format(json!("text")).artifact("Hello").unwrap(),
            json!("Hello")
        );
        let files = json!([{"path": "a.md", "content": "A"}]);
        let response = json!({ "files": files }).to_string();
        assert_eq!(format(json!("files")).artifact(&response).unwrap(), files);
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
    fn a_mismatch_is_reported_with_its_location() {
        let object = format(
            json!({"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a", "b"]}),
        );
        let error = |response: &str| object.artifact(response).unwrap_err().to_string();
        let errors = [error(r#"{"a": "x"}"#), error("I will not."), error("")];
        insta::assert_snapshot!(errors.join("\n"), @r#"
        the response does not match its schema: "b" is a required property; /a: it is not of type "integer"
        the response is not JSON: line 1, column 1: expected value
        the response is empty
        "#);
    }

    #[test]
    fn the_last_value_that_fits_is_the_answer() {
        let schema =
            json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
        let (object, list) = (format(schema.clone()), format(json!([schema])));
        let n = |n: i32| json!({ "n": n });
        for (response, number) in [
            ("First {\"n\": 1}, no: {\"n\": 2}", 2),
            ("{\"n\": 1}\n{\"n\": 2}", 2),
            (
                "```json\n{\"n\": 1}\n```\nBetter:\n```json\n{\"n\": 2}\n```",
                2,
            ),
            ("```\n{\"n\": 1}\n{\"n\": 2}\n```", 2),
            // Others do not fit.
            (
                "{\"n\": 2}\nFor example {\"n\": \"7\"} or {} would be wrong.",
                2,
            ),
            ("{\"n\": 2}\n```json\n{\"note\": \"done\"}\n```", 2),
            ("As [1] says: {\"n\": 2} [1]", 2),
            ("For {topic}: {\"n\": 2}", 2),
            ("[Answer: {\"n\": 2}", 2),
            ("{{ x }} is {\"n\": 2} {", 2),
            (
                "Sure:\n```JSON\n{\"n\": 2}\n```\nHope this helps {smile}!",
                2,
            ),
            ("~~~\n{\"n\": 2}\n~~~", 2),
            ("```json {\"n\": 2} ```", 2),
            // Code in other languages is not the response, unless there is nothing else.
            ("{\"n\": 2}\n```python\nuse({\"n\": 1})\n```", 2),
            ("{\"n\": 1}\n```python\n{\"n\": 2}\n```", 2),
            ("```python\nanswer = {\"n\": 2}\n```", 2),
            // Reasoning is not the response.
            ("<think>{\"n\": 1}</think>{\"n\": 2}", 2),
            (
                "<think>{\"n\": 1} or {\"n\": 3}?</think>\n```json\n{\"n\": 2}\n```",
                2,
            ),
            ("{\"n\": 2}<think>or {\"n\": 1}?</think>", 2),
            ("or {\"n\": 1}\n</think>\n{\"n\": 2}", 2),
        ] {
            assert_eq!(object.artifact(response), Ok(n(number)), "{response}");
        }
        for response in [
            "[{\"n\": 1}, {\"n\": 2}]",
            "Sure: [{\"n\": 1}, {\"n\": 2}]",
            "Sure: {\"items\": [{\"n\": 1}, {\"n\": 2}]}",
            "[]\nor rather\n{\"items\": [{\"n\": 1}, {\"n\": 2}]}",
            "{\"items\": []}\n```\n[{\"n\": 1}, {\"n\": 2}]\n```\nwhich are {\"items\": 2}",
        ] {
            assert_eq!(
                list.artifact(response),
                Ok(json!([n(1), n(2)])),
                "{response}"
            );
        }
        let files = format(json!("files"));
        let content = "# A\n```json\n{\"files\": []}\n```\n<think>x</think>\n";
        let file = json!([{"path": "a.md", "content": content}]);
        for response in [
            json!({ "files": file }).to_string(),
            format!("<think>{{\"files\": []}}</think>\n```json\n{file:#}\n```\nDone."),
        ] {
            assert_eq!(files.artifact(&response), Ok(file.clone()), "{response}");
        }
    }

    #[test]
    fn parts_of_something_broken_are_not_an_answer() {
        let any = format(json!({"type": "object"}));
        for response in [
            "{\"a\": {\"b\": 1}, \"c",
            "Sure: {\"a\": {\"b\": 1}, \"c",
            "{\"a\": {\"b\": 1},}",
            "[{\"a\": 1}, {\"b\": 2}",
            "{\"a\": {\"b\": 1}, \"c\": \"\\ud83d\"}",
        ] {
            let error = any.artifact(response).unwrap_err();
            assert!(
                matches!(error, ResponseError::NotJson(_)),
                "{response}: {error}"
            );
        }
    }

    #[test]
    fn text_has_no_reasoning_before_it() {
        let text = format(json!("text"));
        assert_eq!(
            text.artifact("<think>Hm.</think>\n\nYes."),
            Ok(json!("Yes."))
        );
        assert_eq!(text.artifact(" Yes.\n"), Ok(json!(" Yes.\n")));
        let shown = "Tags:\n<think>a</think>";
        assert_eq!(text.artifact(shown), Ok(json!(shown)));
        for format in [
            text,
            format(json!("files")),
            format(json!({"type": "object"})),
        ] {
            assert_eq!(format.artifact(" \n"), Err(ResponseError::Empty));
            for response in ["<think>{\"a\": 1}</think>\n", "<think>{\"a\": 1}"] {
                assert_eq!(format.artifact(response), Err(ResponseError::OnlyReasoning));
            }
        }
    }

    #[test]
    fn a_long_answer_is_read_in_little_time() {
        let any = format(json!({"type": "object"}));
        for part in [
            "{",
            "[",
            "{\"a\":",
            "[1,",
            "[\"",
            "```\n{",
            "```c\n[1]\n```\n",
            "<think>",
            "</think>\n",
            "<think></think>",
            "{\"a\": [}",
            "[1]",
        ] {
            let response = "x".to_owned() + &part.repeat(100_000);
            assert!(any.artifact(&response).is_err(), "{part}");
        }
    }
}
