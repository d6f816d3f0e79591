//! Deserialization of fields with several forms, such as a string or a list.
//!
//! serde's untagged enums try one form after the other and only report that none matches. Checking
//! the kind of the value first keeps the error of the intended form.

use recipe_core::template::Template;
use serde::de::{Error, Unexpected};
use serde_json::Value;

/// Error for a value whose form is not among the `expected` ones.
pub(crate) fn unexpected_form<E: Error>(value: &Value, expected: &str) -> E {
    let found = match value {
        Value::Null => Unexpected::Unit,
        Value::Bool(truth) => Unexpected::Bool(*truth),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Unexpected::Signed(integer),
            (None, float) => Unexpected::Float(float.unwrap_or(f64::NAN)),
        },
        Value::String(text) => Unexpected::Str(text),
        Value::Array(_) => Unexpected::Seq,
        Value::Object(_) => Unexpected::Map,
    };
    E::invalid_type(found, &expected)
}

/// Parses a template.
pub(crate) fn parse_template<E: Error>(text: &str) -> Result<Template, E> {
    Template::parse(text).map_err(E::custom)
}
