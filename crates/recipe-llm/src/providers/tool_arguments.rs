//! Arguments of tool calls.

use recipe_core::document::parse_json;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::model::ToolCall;

/// Arguments of a call, as the object that the API requires.
pub(super) fn arguments_object(call: &ToolCall) -> Value {
    match parse_json(&call.arguments) {
        Ok(arguments @ Value::Object(_)) => arguments,
        _ => json!({"arguments": call.arguments}),
    }
}

/// Arguments of a call as the provider sent them; numbers are parsed where they are needed.
pub(super) fn arguments_text(arguments: Option<Box<RawValue>>) -> String {
    arguments.map_or_else(|| "{}".to_owned(), |arguments| arguments.get().to_owned())
}
