//! Declared inputs of a recipe: their rules, conversion and defaults (docs/design.md §4).
//!
//! An input is a JSON Schema with the keywords listed in [`Input`], and with `required` beside it.

mod constraints;
mod conversion;
mod input;
mod pattern;

use indexmap::IndexMap;
use serde_json::Value;

use crate::Context;
use constraints::{Misfit, beginning};
use conversion::Conversion;
pub use input::{Input, InputType, Required};
pub use pattern::Pattern;

/// An input that is missing or invalid.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// A required input is missing.
    #[error("missing input: {name}{}", described(.description))]
    Missing {
        /// The input.
        name: String,
        /// Its description.
        description: Option<String>,
    },
    /// An input has a value of the wrong type.
    #[error("input {name}{} is not {expected}: {value}", described(.description))]
    WrongType {
        /// The input.
        name: String,
        /// Its description.
        description: Option<String>,
        /// The declared type, with its article.
        expected: &'static str,
        /// Start of the value.
        value: String,
    },
    /// A value breaks a rule of its input.
    #[error(transparent)]
    Unfit(Box<BrokenRule>),
}

/// A value that breaks a rule of its input.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("input {input}{place}{} {rule}: {value}", described(.description))]
#[non_exhaustive]
pub struct BrokenRule {
    /// The input.
    pub input: String,
    /// Place in its value, such as `[1].name`; empty for the value itself.
    pub place: String,
    /// Description of the input.
    pub description: Option<String>,
    /// The broken rule, as a predicate: `is less than 1`.
    pub rule: String,
    /// Start of the value at that place.
    pub value: String,
}

impl Input {
    /// Whether the input must be given: it has no default and is not declared optional.
    pub fn is_required(&self) -> bool {
        self.default.is_none() && self.required != Some(Required::Input(false))
    }

    fn required_members(&self) -> &[String] {
        match &self.required {
            Some(Required::Members(names)) => names,
            _ => &[],
        }
    }

    /// Converts a valid value to its declared type; `None` if it needs no conversion.
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

    /// Returns the reason for which the default is invalid, if it is.
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

/// Converts the inputs in `context` to their declared types and sets defaults.
pub(super) fn apply(
    inputs: &IndexMap<String, Input>,
    context: &mut Context,
) -> Result<(), InputError> {
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
        input x has duplicate items: [1,2,1.0]
        input x has no member a: {"b":1}
        input x.a is not text: 1
        "#);
        let rules = json!({"type": "array", "items": {"enum": [1, "b"]}, "minItems": 1, "uniqueItems": true});
        assert!(run(json!({"x": rules}), json!({"x": [1.0, "b"]})).is_ok());
    }
}
