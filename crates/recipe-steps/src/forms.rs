//! Fields that take values of several forms: text or a list, say.
//!
//! serde's untagged enums try one form after the other and then say only that none fits; a template with a mistake
//! in it would be "no path". Looking at the kind of the value first keeps the message of the form that was meant.

use recipe_core::template::Template;
use serde::de::{Error, Unexpected};
use serde_json::Value;

/// A value whose form is none of those that are `expected`.
pub(crate) fn other_form<E: Error>(value: &Value, expected: &str) -> E {
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

/// A text that is a template.
pub(crate) fn template<E: Error>(text: &str) -> Result<Template, E> {
    Template::parse(text).map_err(E::custom)
}
