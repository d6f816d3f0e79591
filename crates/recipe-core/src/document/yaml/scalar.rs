//! Values of scalars, by the core schema or by their tags.

use serde_json::Value;

use super::error::YamlErrorKind;
use super::number::{float, integer};
use super::tag::CoreTag;

/// A scalar from the parser.
pub(super) struct Scalar<'s> {
    /// The text with escapes resolved; may be empty.
    pub(super) text: &'s str,
    /// Whether it is unquoted, and not a block.
    pub(super) plain: bool,
    /// The tag before it.
    pub(super) tag: Option<CoreTag>,
}

impl Scalar<'_> {
    /// Returns the value.
    pub(super) fn value(&self) -> Result<Value, YamlErrorKind> {
        let text = self.text;
        let Some(tag) = self.tag else {
            return match self.plain {
                true => plain_value(text),
                false => Ok(text.into()),
            };
        };
        let fits = match tag {
            CoreTag::Text => Some(Ok(text.into())),
            CoreTag::Null => is_null(text).then_some(Ok(Value::Null)),
            CoreTag::Boolean => boolean(text).map(|value| Ok(value.into())),
            CoreTag::Integer => integer(text),
            CoreTag::Float => whole_as_float(text).or_else(|| float(text)),
            CoreTag::Object | CoreTag::List => None,
        };
        fits.unwrap_or_else(|| Err(tag.wrong(format!("{text:?}"))))
    }
}

/// Returns the value of an unquoted scalar.
pub(super) fn plain_value(text: &str) -> Result<Value, YamlErrorKind> {
    if is_null(text) {
        return Ok(Value::Null);
    }
    if let Some(value) = boolean(text) {
        return Ok(value.into());
    }
    if !text.starts_with([
        '+', '-', '.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
    ]) {
        return Ok(text.into());
    }
    let number = integer(text).or_else(|| float(text));
    number.unwrap_or_else(|| Ok(text.into()))
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// `!!float 1` is 1.0.
fn whole_as_float(text: &str) -> Option<Result<Value, YamlErrorKind>> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_whole = !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit());
    is_whole.then(|| float(&format!("{text}.0")))?
}
