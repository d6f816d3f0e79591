//! The result of a call, as the protocol has it: `{content, structuredContent, isError}`.

use recipe_core::document::parse_json;
use serde_json::{Map, Value, json};

use super::error::RequestError;
use super::incoming::Unreadable;

/// The largest block of an unknown kind that a model is shown, in bytes.
const LARGEST_SHOWN: usize = 10_000;

/// What a tool says to a model.
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) is_error: bool,
}

/// The result of a call, with everything that the server has sent.
#[derive(Debug)]
pub(crate) struct ToolAnswer(Map<String, Value>);

impl ToolAnswer {
    /// Reads a result.
    ///
    /// # Errors
    /// When it cannot be kept as it is, or is not a result.
    pub(super) fn read(text: &str) -> Result<Self, RequestError> {
        let unreadable = |reason: String| Unreadable::new(text.len(), reason).into();
        let mut result = match parse_json(text) {
            Ok(Value::Object(result)) => result,
            Ok(_) => return Err(unreadable("the result is not an object".into())),
            Err(error) => return Err(unreadable(error.to_string())),
        };
        match result.remove("resultType").as_ref().and_then(Value::as_str) {
            None | Some("complete") => {}
            Some("input_required") => return Err(RequestError::NeedsInput),
            Some(other) => return Err(unreadable(format!("unknown kind of result: {other}"))),
        }
        match result.get("content") {
            None | Some(Value::Null) => {
                result.insert("content".into(), json!([]));
            }
            Some(Value::Array(_)) => {}
            Some(_) => return Err(unreadable("content is not a list".into())),
        }
        let is_error = match result.get("isError") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(is_error)) => *is_error,
            Some(_) => return Err(unreadable("isError is neither true nor false".into())),
        };
        result.insert("isError".into(), Value::Bool(is_error));
        Ok(Self(result))
    }

    /// Whether the tool says that it failed.
    pub(crate) fn is_error(&self) -> bool {
        self.0.get("isError") == Some(&Value::Bool(true))
    }

    /// The result for those who read text. What is not text is only named.
    pub(crate) fn text(&self) -> String {
        let parts: Vec<String> = self.content().iter().map(part).collect();
        match (self.0.get("structuredContent"), parts.is_empty()) {
            (Some(value), true) => value.to_string(),
            _ => parts.join("\n"),
        }
    }

    /// The result as an artifact.
    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    fn content(&self) -> &[Value] {
        let content = self.0.get("content").and_then(Value::as_array);
        content.map_or(&[], Vec::as_slice)
    }
}

fn part(block: &Value) -> String {
    let text = |name: &str| block.get(name).and_then(Value::as_str);
    let data = |name: &str| text(name).map(|data| left_out(text("mimeType"), data.len()));
    let known = match text("type") {
        Some("text") => text("text").map(str::to_owned),
        Some("image" | "audio") => data("data"),
        Some("resource_link") => text("uri").map(|uri| format!("[{uri}]")),
        Some("resource") => block.get("resource").and_then(resource),
        _ => None,
    };
    known.unwrap_or_else(|| {
        let block = block.to_string();
        match block.len() <= LARGEST_SHOWN {
            true => block,
            false => format!("[{} bytes, left out]", block.len()),
        }
    })
}

fn resource(resource: &Value) -> Option<String> {
    let text = |name: &str| resource.get(name).and_then(Value::as_str);
    let blob = || text("blob").map(|blob| left_out(text("mimeType"), blob.len()));
    text("text").map(str::to_owned).or_else(blob)
}

fn left_out(mime_type: Option<&str>, base64: usize) -> String {
    let kind = mime_type.unwrap_or("not text");
    format!("[{kind}, {} bytes, left out]", base64 / 4 * 3)
}
