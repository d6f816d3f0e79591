//! The schema that a model is asked for, and what its answers become.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ReferencingError, Validator};
use recipe_core::document::{Pointer, SyntaxError};
use serde_json::{Value, json};

use super::references::{self, place_of};
use super::root::{self, Root};
use super::schema_error::{Mistake, SchemaError};
use super::spelling;
use super::wrapping::{ITEMS, around_items, around_list, of_object};
use super::{OutputFormat, Written};
use crate::json_text::json_values;
use crate::model::AnswerSchema;
use crate::reasoning::without_reasoning;

/// More mistakes than these in one answer are not told.
const MOST_MISTAKES: usize = 10;

/// A part of a schema that is longer is not shown in an error.
const MAX_SHOWN_BYTES: usize = 60;

/// An output format whose schema is known to be one.
pub(crate) struct AnswerFormat {
    kind: Kind,
    /// The schema to ask for, where the answer is JSON.
    schema: Option<AnswerSchema>,
    /// The check of its answer.
    validator: Option<Validator>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Files,
    Object,
    List,
}

/// The reason that an answer is not what it was to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// There is no answer.
    #[error("the answer is empty")]
    Empty,
    /// The model has thought and not answered.
    #[error("the answer is empty: it ends with the reasoning")]
    OnlyReasoning,
    /// It is no JSON.
    #[error("the answer is not JSON: {0}")]
    NotJson(SyntaxError),
    /// It is other JSON.
    #[error("the answer does not fit its schema: {}", .0.join("; "))]
    Misfit(Vec<String>),
}

impl AnswerFormat {
    /// The format that a recipe asks for.
    ///
    /// # Errors
    /// When the schema is not one, or not of an object or a list.
    pub(crate) fn new(format: &OutputFormat) -> Result<Self, SchemaError> {
        match &format.0 {
            Written::Text => Ok(Self::text()),
            Written::Files => Ok(Self::files()),
            Written::Schema(schema) => {
                let mut schema = standard(schema.clone())?;
                root::resolve(&mut schema);
                match Root::of(&schema)? {
                    Root::Object => Self::of_schema(Kind::Object, "answer", of_object(schema)?),
                    Root::List => Self::of_schema(Kind::List, ITEMS, around_list(schema)?),
                }
            }
            Written::ListOf(item) => {
                let item = standard(item.clone()).map_err(|error| error.within(0))?;
                Self::of_schema(Kind::List, ITEMS, around_items(item)?)
            }
        }
    }

    /// The schema to ask for, where the answer is not text.
    pub(crate) fn schema(&self) -> Option<&AnswerSchema> {
        self.schema.as_ref()
    }

    /// The artifact that an answer becomes.
    ///
    /// # Errors
    /// When it is not what it was to be.
    pub(crate) fn artifact(&self, answer: &str) -> Result<Value, AnswerError> {
        let proper = without_reasoning(answer).ok_or(AnswerError::OnlyReasoning)?;
        if proper.trim().is_empty() {
            return Err(match answer.trim().is_empty() {
                true => AnswerError::Empty,
                false => AnswerError::OnlyReasoning,
            });
        }
        let Some(validator) = &self.validator else {
            return Ok(proper.into());
        };
        // The last that fits: models think aloud, and show drafts and examples before.
        let mut misfit: Option<(bool, AnswerError)> = None;
        let values = json_values(proper).map_err(AnswerError::NotJson)?;
        for value in values.into_iter().rev() {
            let (is_meant, error) = match value {
                Ok(value) => {
                    let is_meant = value.is_object() || self.kind.member().is_some();
                    match self.fitted(value, validator) {
                        Ok(artifact) => return Ok(artifact),
                        Err(mistakes) => (is_meant, AnswerError::Misfit(mistakes)),
                    }
                }
                Err(error) => (true, AnswerError::NotJson(error)),
            };
            // A list such as `[1]` in the words behind an object is not what was meant to fit.
            if misfit
                .as_ref()
                .is_none_or(|(was_meant, _)| is_meant && !was_meant)
            {
                misfit = Some((is_meant, error));
            }
        }
        Err(misfit.map_or(AnswerError::Empty, |(_, error)| error))
    }

    /// The artifact that a value becomes.
    ///
    /// # Errors
    /// With the places where it does not fit.
    fn fitted(&self, mut value: Value, validator: &Validator) -> Result<Value, Vec<String>> {
        // Some models leave out the object around a list.
        if let (Some(member), Value::Array(_)) = (self.kind.member(), &value) {
            value = json!({ member: value });
        }
        let errors = validator.iter_errors(&value).take(MOST_MISTAKES);
        let mistakes: Vec<String> = errors
            .map(|error| {
                // Without the value itself, which may be long.
                let told = error.masked_with("it");
                match error.instance_path().as_str() {
                    "" => told.to_string(),
                    path => format!("{path}: {told}"),
                }
            })
            .collect();
        match self.kind.member() {
            _ if !mistakes.is_empty() => Err(mistakes),
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

    fn of_schema(kind: Kind, name: &str, schema: Value) -> Result<Self, SchemaError> {
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

impl Kind {
    /// The member of the object around a list.
    fn member(self) -> Option<&'static str> {
        match self {
            Self::Files => Some("files"),
            Self::List => Some(ITEMS),
            Self::Text | Self::Object => None,
        }
    }
}

/// A schema that has been checked as a whole, in standard spelling.
fn standard(mut schema: Value) -> Result<Value, SchemaError> {
    references::make_plain(&mut schema)?;
    spelling::make_standard(&mut schema)?;
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
            let mistake = Mistake::UnknownDialect(specification.clone());
            return SchemaError::new(Pointer::default().key("$schema"), mistake);
        }
        let at = place_of(schema, error.instance_path().as_str());
        let told = match error.instance().to_string() {
            value if value.len() > MAX_SHOWN_BYTES => error.masked_with("it").to_string(),
            _ => error.to_string(),
        };
        SchemaError::new(at.unwrap_or_default(), Mistake::Invalid(told))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(value: Value) -> AnswerFormat {
        AnswerFormat::new(&serde_json::from_value(value).unwrap()).unwrap()
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
        the answer is empty
        "#);
    }

    #[test]
    fn the_last_value_that_fits_is_the_answer() {
        let schema =
            json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
        let (object, list) = (format(schema.clone()), format(json!([schema])));
        let n = |n: i32| json!({ "n": n });
        for (answer, number) in [
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
            // Code in other languages is not an answer, unless there is nothing else.
            ("{\"n\": 2}\n```python\nuse({\"n\": 1})\n```", 2),
            ("{\"n\": 1}\n```python\n{\"n\": 2}\n```", 2),
            ("```python\nanswer = {\"n\": 2}\n```", 2),
            // Reasoning is not an answer.
            ("<think>{\"n\": 1}</think>{\"n\": 2}", 2),
            (
                "<think>{\"n\": 1} or {\"n\": 3}?</think>\n```json\n{\"n\": 2}\n```",
                2,
            ),
            ("{\"n\": 2}<think>or {\"n\": 1}?</think>", 2),
            ("or {\"n\": 1}\n</think>\n{\"n\": 2}", 2),
        ] {
            assert_eq!(object.artifact(answer), Ok(n(number)), "{answer}");
        }
        for answer in [
            "[{\"n\": 1}, {\"n\": 2}]",
            "Sure: [{\"n\": 1}, {\"n\": 2}]",
            "Sure: {\"items\": [{\"n\": 1}, {\"n\": 2}]}",
            "[]\nor rather\n{\"items\": [{\"n\": 1}, {\"n\": 2}]}",
            "{\"items\": []}\n```\n[{\"n\": 1}, {\"n\": 2}]\n```\nwhich are {\"items\": 2}",
        ] {
            assert_eq!(list.artifact(answer), Ok(json!([n(1), n(2)])), "{answer}");
        }
        let files = format(json!("files"));
        let content = "# A\n```json\n{\"files\": []}\n```\n<think>x</think>\n";
        let file = json!([{"path": "a.md", "content": content}]);
        for answer in [
            json!({ "files": file }).to_string(),
            format!("<think>{{\"files\": []}}</think>\n```json\n{file:#}\n```\nDone."),
        ] {
            assert_eq!(files.artifact(&answer), Ok(file.clone()), "{answer}");
        }
    }

    #[test]
    fn parts_of_something_broken_are_not_an_answer() {
        let any = format(json!({"type": "object"}));
        for answer in [
            "{\"a\": {\"b\": 1}, \"c",
            "Sure: {\"a\": {\"b\": 1}, \"c",
            "{\"a\": {\"b\": 1},}",
            "[{\"a\": 1}, {\"b\": 2}",
            "{\"a\": {\"b\": 1}, \"c\": \"\\ud83d\"}",
        ] {
            let error = any.artifact(answer).unwrap_err();
            assert!(
                matches!(error, AnswerError::NotJson(_)),
                "{answer}: {error}"
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
            assert_eq!(format.artifact(" \n"), Err(AnswerError::Empty));
            for answer in ["<think>{\"a\": 1}</think>\n", "<think>{\"a\": 1}"] {
                assert_eq!(format.artifact(answer), Err(AnswerError::OnlyReasoning));
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
            let answer = "x".to_owned() + &part.repeat(100_000);
            assert!(any.artifact(&answer).is_err(), "{part}");
        }
    }
}
