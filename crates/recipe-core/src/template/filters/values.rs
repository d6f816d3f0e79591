//! Filters for values of any kind.

use liquid_core::error::Result;
use liquid_core::model::{Value, ValueView};

use super::{Arguments, Declaration, integer, refused};
use crate::template::model::{Kind, is_empty, object_size};
use crate::template::printing::{self, Style};

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("default", (0, 1), default).keywords(&["allow_false"]),
    Declaration::new("json", (0, 1), json).keywords(&["indent"]),
    Declaration::new("size", (0, 0), size),
];

/// Another value in place of nothing, `false` and what is empty.
fn default(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let allow_false = arguments
        .keyword("allow_false")
        .is_some_and(|value| matches!(Kind::of(value), Kind::Bool(true)));
    let keep = match Kind::of(input) {
        Kind::Nothing => false,
        Kind::Bool(truth) => truth || allow_false,
        _ => !is_empty(input),
    };
    if keep {
        return Ok(input.to_value());
    }
    Ok(match arguments.get(0) {
        Some(value) => value.to_value(),
        None => Value::scalar(""),
    })
}

fn json(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    const DEEPEST: i64 = 64;
    let indent = arguments.some(0).or_else(|| {
        arguments
            .keyword("indent")
            .filter(|indent| !indent.is_nil())
    });
    let style = match indent {
        None => Style::SPACED,
        Some(indent) => match integer(indent) {
            Some(spaces @ 0..=DEEPEST) => Style::indented(spaces as usize),
            _ => {
                return Err(refused(
                    "json",
                    format!("indent is not a number from 0 to {DEEPEST}"),
                ));
            }
        },
    };
    Ok(Value::scalar(printing::json(input, style)))
}

/// How many characters, items or entries there are; 0 for anything else.
fn size(input: &dyn ValueView, _: &Arguments<'_>) -> Result<Value> {
    Ok(Value::scalar(match Kind::of(input) {
        Kind::Text(text) => text.chars().count() as i64,
        Kind::List(list) => list.size(),
        Kind::Object(object) => object_size(object),
        _ => 0,
    }))
}
