//! Filters for values of any kind.

use super::filter::{Arguments, Declaration, FilterError};
use super::items::items;
use crate::template::printing::{self, Style};
use crate::template::value::Value;

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("default", (0, 1), default).named(&["allow_false"]),
    Declaration::new("json", (0, 1), json).named(&["indent"]),
    Declaration::new("size", (0, 0), size),
];

/// Replaces null, `false` and empty values.
fn default<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Value<'v>, FilterError> {
    let allows_false = matches!(arguments.named("allow_false"), Some(Value::Bool(true)));
    let is_kept = match input {
        Value::Undefined | Value::Nil => false,
        Value::Bool(truth) => *truth || allows_false,
        Value::Empty => true,
        _ => !input.is_empty(),
    };
    if is_kept {
        return Ok(input.clone());
    }
    Ok(arguments.get(0).cloned().unwrap_or(Value::borrowed("")))
}

fn json<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Value<'v>, FilterError> {
    /// Maximum spaces per level.
    const MAX_INDENT: i64 = 64;
    let indent = arguments.some(0).or(arguments.named("indent"));
    let style = match indent.filter(|indent| indent.is_truthy() && !indent.is_empty()) {
        None => Style::SPACED,
        Some(indent) => match indent.to_integer().map(|indent| indent.as_i64_clamped()) {
            Some(0) => Style::SPACED,
            Some(spaces @ 1..=MAX_INDENT) => Style::indented(spaces as usize),
            _ => {
                return Err(FilterError::new(format_args!(
                    "invalid indent: expected an integer from 0 to {MAX_INDENT}"
                )));
            }
        },
    };
    Ok(Value::text(match input {
        Value::Range(_) => printing::json(&Value::list(items(input)?), style),
        _ => printing::json(input, style),
    }))
}

/// Returns the number of characters, items or entries; 0 for other values.
fn size<'v>(input: &Value<'v>, _: &Arguments<'v>) -> Result<Value<'v>, FilterError> {
    Ok(match input {
        Value::Text(_) | Value::List(_) | Value::Range(_) => {
            input.named("size").unwrap_or(Value::integer(0))
        }
        // An object may have an entry called `size`.
        Value::Object(object) => Value::count(object.len()),
        _ => Value::integer(0),
    })
}
