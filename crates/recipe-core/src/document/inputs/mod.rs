//! Declared inputs of a recipe: what they may be, their conversion and their defaults (DESIGN.md §4).
//!
//! An input is a schema of JSON Schema, with the keywords that are listed in [`Input`], and with `required` beside it.

mod constraints;
mod conversion;
mod pattern;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Number, Value};

use super::Recipe;
use crate::Context;
use constraints::Misfit;
use conversion::Conversion;
pub use pattern::Pattern;

/// One declared input of a recipe.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Input {
    /// What the input is for; shown to whoever runs the recipe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The type of the value. A value given as text, on the command line say, is converted to it.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub input_type: Option<InputType>,
    /// The value to use where none is given. With `null` the input is optional and may be null.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub default: Option<Value>,
    /// Whether a run without this input fails. Without a default that is so unless this says `false`. A list names the
    /// members that an object has to have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<Required>,
    /// The values that the input may have.
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<Value>>,
    /// The least that a number may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Number>,
    /// The most that a number may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Number>,
    /// Lower bound of a number, itself excluded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclusive_minimum: Option<Number>,
    /// Upper bound of a number, itself excluded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclusive_maximum: Option<Number>,
    /// The least length of a text, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u64>,
    /// The largest length of a text, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    /// A regular expression that a text has to match, anywhere unless `^` and `$` hold it to the whole text. Without
    /// look-around and back-references.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern>,
    /// Rules for each item of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Input>>,
    /// The least number of items in a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_items: Option<u64>,
    /// The largest number of items in a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_items: Option<u64>,
    /// Whether no two items of a list may be the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unique_items: bool,
    /// Rules for members of an object, by their names.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub properties: IndexMap<String, Input>,
}

/// Whether an input is required, or which members an object has to have.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
#[expect(
    clippy::exhaustive_enums,
    reason = "JSON Schema and recipes have no others"
)]
pub enum Required {
    /// Whether a run without the input fails.
    Input(bool),
    /// Members that an object has to have.
    Members(Vec<String>),
}

/// Reads a value that is there, be it null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
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
    /// A value breaks a rule that its input declares.
    #[error(transparent)]
    Unfit(Box<BrokenRule>),
}

/// A rule of an input that a value breaks.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("input {input}{place}{} {rule}: {value}", described(.description))]
#[non_exhaustive]
pub struct BrokenRule {
    /// The input.
    pub input: String,
    /// The place in its value: `[1].name`; empty for the value itself.
    pub place: String,
    /// What the input is for.
    pub description: Option<String>,
    /// The rule, as what the value is not: `is less than 1`.
    pub rule: String,
    /// The beginning of the value there.
    pub value: String,
}

impl Input {
    /// Whether it must be given: it has no default, and is not said to be dispensable.
    pub fn is_required(&self) -> bool {
        self.default.is_none() && self.required != Some(Required::Input(false))
    }

    fn required_members(&self) -> &[String] {
        match &self.required {
            Some(Required::Members(names)) => names,
            _ => &[],
        }
    }

    /// The value as its declared type, if it keeps all rules; `None` where it does as it is.
    fn value_of(&self, name: &str, given: &Value) -> Result<Option<Value>, InputError> {
        if given.is_null() && self.default == Some(Value::Null) {
            return Ok(None);
        }
        let converted = match self.input_type.map(|input_type| input_type.convert(given)) {
            None | Some(Conversion::AsGiven) => None,
            Some(Conversion::Converted(value)) => Some(value),
            Some(Conversion::Impossible) => {
                return Err(InputError::WrongType {
                    name: name.to_owned(),
                    description: self.description.clone(),
                    expected: self.input_type.map_or("a value", InputType::with_article),
                    value: beginning(given),
                });
            }
        };
        match self.check(converted.as_ref().unwrap_or(given)) {
            Ok(()) => Ok(converted),
            Err(Misfit { place, rule, value }) => Err(InputError::Unfit(Box::new(BrokenRule {
                input: name.to_owned(),
                place,
                description: self.description.clone(),
                rule: rule.to_string(),
                value,
            }))),
        }
    }

    /// Reason for which the input cannot have its default, if there is one.
    pub(super) fn wrong_default(&self) -> Option<String> {
        let default = self.default.as_ref().filter(|default| !default.is_null())?;
        match self.value_of("", default) {
            Ok(_) => None,
            Err(InputError::WrongType {
                expected, value, ..
            }) => Some(format!("expected {expected}, found {value}")),
            Err(InputError::Unfit(broken)) => {
                let BrokenRule {
                    place, rule, value, ..
                } = *broken;
                Some(format!("{place} {rule}: {value}").trim_start().to_owned())
            }
            Err(InputError::Missing { .. }) => None,
        }
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
        let value = match (context.get(name), &input.default) {
            (Some(given), _) => input.value_of(name, given)?,
            (None, Some(default)) => {
                let converted = input.value_of(name, default)?;
                Some(converted.unwrap_or_else(|| default.clone()))
            }
            (None, None) if !input.is_required() => None,
            (None, None) => {
                return Err(InputError::Missing {
                    name: name.clone(),
                    description: input.description.clone(),
                });
            }
        };
        if let Some(value) = value {
            context.set(name.as_str(), value);
        }
    }
    Ok(())
}

impl InputType {
    /// Whether a value is of this type as it is; 1.0 is an integer.
    fn is_of(self, value: &Value) -> bool {
        matches!(self.convert(value), Conversion::AsGiven)
            || (self == Self::Integer && value.as_f64().is_some_and(|float| float.fract() == 0.0))
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

    #[test]
    fn integers_are_exact_or_refused() {
        let inputs = json!({"n": {"type": "integer"}});
        let got =
            |given: Value| run(inputs.clone(), json!({"n": given})).map(|got| got["n"].to_string());
        for (given, expected) in [
            (json!("5.0"), "5"),
            (json!("1e3"), "1000"),
            (json!(5.0), "5"),
            (json!(1e3), "1000"),
            (json!(" 5 "), "5"),
            (json!("-0"), "0"),
            (json!("9007199254740993.0"), "9007199254740993"),
            (json!("9007199254740993"), "9007199254740993"),
            (json!("18446744073709551615"), "18446744073709551615"),
            (json!("1844674407370955161.5e1"), "18446744073709551615"),
            (json!("-9223372036854775808.0"), "-9223372036854775808"),
        ] {
            assert_eq!(got(given.clone()).as_deref(), Ok(expected), "{given}");
        }
        for given in [
            json!("99999999999999999999"),
            json!("18446744073709551616.0"),
            json!(9007199254740992.0),
            json!(9007199254740994.0),
            json!("5.5"),
            json!(5.5),
            json!("1e-3"),
            json!("1e30"),
            json!("1e999999999"),
            json!("+5"),
            json!("0x10"),
            json!("1_000"),
            json!("٣"),
            json!(""),
            json!("five"),
            json!(true),
            json!(null),
        ] {
            assert!(got(given.clone()).is_err(), "{given}");
        }
    }

    #[test]
    fn a_default_is_converted_and_null_makes_an_input_optional() {
        let inputs = json!({"n": {"type": "integer", "default": "5.0"}, "o": {"type": "string", "default": null}});
        assert_eq!(
            run(inputs.clone(), json!({})).unwrap(),
            json!({"n": 5, "o": null})
        );
        let given = json!({"n": 1, "o": null});
        assert_eq!(run(inputs.clone(), given.clone()).unwrap(), given);
        assert!(run(inputs, json!({"n": null})).is_err());
    }

    #[test]
    fn the_rules_of_an_input_are_checked() {
        let check = |rules: Value, given: Value| {
            run(json!({"x": rules}), json!({"x": given}))
                .map(drop)
                .unwrap_err()
        };
        let errors = [
            check(
                json!({"enum": ["s", "m"], "description": "the size"}),
                json!("xl"),
            ),
            check(json!({"type": "integer", "enum": [1, 2]}), json!("3")),
            check(json!({"type": "integer", "minimum": 1}), json!("0")),
            check(json!({"type": "number", "maximum": 1.5}), json!(1.6)),
            check(json!({"exclusiveMinimum": 0}), json!(0)),
            check(
                json!({"exclusiveMaximum": 9007199254740993_u64}),
                json!(9007199254740993_u64),
            ),
            check(json!({"minLength": 2}), json!("é")),
            check(json!({"maxLength": 2}), json!("éée")),
            check(json!({"pattern": "^[a-z]+$"}), json!("ab1")),
            check(
                json!({"type": "array", "items": {"type": "integer"}}),
                json!("[1, \"a\"]"),
            ),
            check(
                json!({"items": {"items": {"minimum": 2}}}),
                json!([[2], [3, 1]]),
            ),
            check(json!({"minItems": 1}), json!([])),
            check(json!({"maxItems": 1}), json!([1, 2])),
            check(json!({"uniqueItems": true}), json!([1, 2, 1.0])),
            check(
                json!({"type": "object", "required": ["a"]}),
                json!({"b": 1}),
            ),
            check(
                json!({"properties": {"a": {"type": "string"}}}),
                json!({"a": 1}),
            ),
        ];
        insta::assert_snapshot!(errors.join("\n"), @r#"
        input x (the size) is not one of "s", "m": "xl"
        input x is not one of 1, 2: 3
        input x is less than 1: 0
        input x is more than 1.5: 1.6
        input x is not more than 0: 0
        input x is not less than 9007199254740993: 9007199254740993
        input x has fewer characters than 2: "é"
        input x has more characters than 2: "éée"
        input x does not match `^[a-z]+$`: "ab1"
        input x[1] is not an integer: "a"
        input x[1][1] is less than 2: 1
        input x has fewer items than 1: []
        input x has more items than 1: [1,2]
        input x has an item twice: [1,2,1.0]
        input x lacks a: {"b":1}
        input x.a is not text: 1
        "#);
        let rules = json!({"type": "array", "items": {"enum": [1, "b"]}, "minItems": 1, "uniqueItems": true});
        assert!(run(json!({"x": rules}), json!({"x": [1.0, "b"]})).is_ok());
    }
}
