//! The result of a tool call as in the protocol: `{content, structuredContent, isError}`.

use recipe_core::document::parse_json;
use serde_json::{Map, Value, json};

use super::error::RequestError;
use super::incoming::InvalidResponse;

/// Maximum size in bytes of a block of unknown type in the text for a model.
const MAX_BLOCK_BYTES: usize = 10_000;

/// Result of a tool call, with all fields that the server sent.
#[derive(Debug)]
pub(crate) struct CallResult(Map<String, Value>);

impl CallResult {
    /// Parses a result.
    ///
    /// # Errors
    /// If it is not a valid result, or not representable.
    pub(super) fn read(text: &str) -> Result<Self, RequestError> {
        let invalid = |reason: String| InvalidResponse::new(text.len(), reason).into();
        let mut result = match parse_json(text) {
            Ok(Value::Object(result)) => result,
            Ok(_) => return Err(invalid("result is not an object".into())),
            Err(error) => return Err(invalid(error.to_string())),
        };
        match result.remove("resultType").as_ref().and_then(Value::as_str) {
            None | Some("complete") => {}
            Some("input_required") => return Err(RequestError::NeedsInput),
            Some(other) => return Err(invalid(format!("unknown result type: {other}"))),
        }
        match result.get("content") {
            None | Some(Value::Null) => {
                result.insert("content".into(), json!([]));
            }
            Some(Value::Array(_)) => {}
            Some(_) => return Err(invalid("content is not a list".into())),
        }
        let is_error = match result.get("isError") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(is_error)) => *is_error,
            Some(_) => return Err(invalid("isError is not a boolean".into())),
        };
        result.insert("isError".into(), Value::Bool(is_error));
        Ok(Self(result))
    }

    /// Whether the tool reported an error.
    pub(crate) fn is_error(&self) -> bool {
        self.0.get("isError") == Some(&Value::Bool(true))
    }

    /// The result as text, with placeholders for other content.
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
    let data = |name: &str| text(name).map(|data| omitted(text("mimeType"), data.len()));
    let known = match text("type") {
        Some("text") => text("text").map(str::to_owned),
        Some("image" | "audio") => data("data"),
        Some("resource_link") => text("uri").map(|uri| format!("[{uri}]")),
        Some("resource") => block.get("resource").and_then(resource),
        _ => None,
    };
    known.unwrap_or_else(|| {
        let block = block.to_string();
        match block.len() <= MAX_BLOCK_BYTES {
            true => block,
            false => format!("[{} bytes, omitted]", block.len()),
        }
    })
}

fn resource(resource: &Value) -> Option<String> {
    let text = |name: &str| resource.get(name).and_then(Value::as_str);
    let blob = || text("blob").map(|blob| omitted(text("mimeType"), blob.len()));
    text("text").map(str::to_owned).or_else(blob)
}

fn omitted(mime_type: Option<&str>, base64: usize) -> String {
    let kind = mime_type.unwrap_or("not text");
    format!("[{kind}, {} bytes, omitted]", base64 / 4 * 3)
}
