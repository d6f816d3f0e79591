//! Replies of Messages, whole or streamed.

use recipe_core::document::parse_json;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::error_response;
use super::event_stream::{Assembly, Progress};
use super::http::parse;
use super::openai::usage;
use super::response_tool::ResponseTool;
use super::tool_arguments::{arguments_object, arguments_text};
use crate::model::{ModelError, Response, ToolCall};

/// Anthropic's own status for an overloaded server.
const OVERLOADED: u16 = 529;

/// A reply. Servers of others omit many parts that the API always sends.
#[derive(Deserialize)]
pub(super) struct Reply {
    content: Vec<Block>,
    stop_reason: Option<String>,
    stop_details: Option<StopDetails>,
    #[serde(default)]
    usage: ReplyUsage,
}

/// A part of a response.
#[derive(Deserialize)]
#[serde(from = "RawBlock")]
enum Block {
    Text(String),
    ToolUse {
        id: String,
        name: String,
        arguments: String,
    },
    /// A thought, to be sent back unchanged.
    Thought(Value),
    Other,
}

/// A block as received. Only the fields of its type are used; an enum would parse the numbers of an
/// input before its type is known.
#[derive(Deserialize)]
struct RawBlock {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
    input: Option<Box<RawValue>>,
    thinking: Option<String>,
    signature: Option<String>,
    data: Option<String>,
}

#[derive(Deserialize)]
struct StopDetails {
    category: Option<String>,
    explanation: Option<String>,
}

#[derive(Deserialize, Default)]
struct ReplyUsage {
    input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    output_tokens: Option<u64>,
}

impl From<RawBlock> for Block {
    fn from(raw: RawBlock) -> Self {
        match raw.kind.as_str() {
            "text" => Self::Text(raw.text),
            "tool_use" => Self::ToolUse {
                id: raw.id,
                name: raw.name,
                arguments: arguments_text(raw.input),
            },
            "thinking" => Self::Thought(json!({
                "type": raw.kind,
                "thinking": raw.thinking.unwrap_or_default(),
                "signature": raw.signature.unwrap_or_default(),
            })),
            "redacted_thinking" => Self::Thought(json!({
                "type": raw.kind,
                "data": raw.data.unwrap_or_default(),
            })),
            _ => Self::Other,
        }
    }
}

impl Reply {
    pub(super) fn response(
        self,
        response_tool: Option<&ResponseTool>,
    ) -> Result<Response, ModelError> {
        let stop_reason = self.stop_reason.unwrap_or_default();
        if self.content.is_empty() && stop_reason.is_empty() {
            return Err(ModelError::Malformed("no content".into()));
        }
        let mut response = Response {
            usage: self.usage.usage(),
            is_cut_off: matches!(
                stop_reason.as_str(),
                "max_tokens" | "model_context_window_exceeded"
            ),
            ..Response::default()
        };
        let turn = turn_to_repeat(&self.content);
        for block in self.content {
            match block {
                Block::Text(text) => response.text.push_str(&text),
                Block::ToolUse {
                    id,
                    name,
                    arguments,
                } => response.tool_calls.push(ToolCall {
                    id,
                    name,
                    arguments,
                    signature: None,
                }),
                Block::Thought(_) | Block::Other => {}
            }
        }
        if stop_reason == "refusal" {
            return Err(ModelError::Declined(declined(
                stop_reason,
                self.stop_details,
                response.text,
            )));
        }
        if let Some(text) =
            response_tool.and_then(|tool| tool.take_response(&mut response.tool_calls))
        {
            response.text = text;
        }
        if let Some(first) = response.tool_calls.first_mut() {
            first.signature = turn;
        }
        Ok(response)
    }
}

/// Reason for a refusal: the explanation, or else the text of the model.
fn declined(reason: String, details: Option<StopDetails>, text: String) -> String {
    let (category, explanation) = match details {
        Some(details) => (details.category, details.explanation),
        None => (None, None),
    };
    let message = [explanation, Some(text)];
    let message = message.into_iter().flatten().find(|text| !text.is_empty());
    match (message, category) {
        (Some(message), Some(category)) => format!("{message} ({category})"),
        (Some(message), None) => message,
        (None, Some(category)) => format!("{reason} ({category})"),
        (None, None) => reason,
    }
}

impl ReplyUsage {
    fn usage(&self) -> recipe_core::event::Usage {
        let input_tokens = [
            self.input_tokens,
            self.cache_creation_input_tokens,
            self.cache_read_input_tokens,
        ];
        let input_tokens = input_tokens.into_iter().flatten();
        usage(
            input_tokens.fold(0, u64::saturating_add),
            self.output_tokens.unwrap_or(0),
        )
    }

    /// Counts are cumulative: later ones replace earlier ones.
    fn update(&mut self, later: Self) {
        let update = |count: &mut Option<u64>, later: Option<u64>| *count = later.or(*count);
        update(&mut self.input_tokens, later.input_tokens);
        update(
            &mut self.cache_creation_input_tokens,
            later.cache_creation_input_tokens,
        );
        update(
            &mut self.cache_read_input_tokens,
            later.cache_read_input_tokens,
        );
        update(&mut self.output_tokens, later.output_tokens);
    }
}

/// A turn with thoughts, to be sent back unchanged: the API accepts thoughts only in their original
/// positions. Calls are represented by their IDs; the conversation has their content.
fn turn_to_repeat(content: &[Block]) -> Option<String> {
    let has_thoughts = content
        .iter()
        .any(|block| matches!(block, Block::Thought(_)));
    let blocks = content.iter().filter_map(|block| match block {
        Block::Text(text) if text.is_empty() => None,
        Block::Text(text) => Some(json!({"type": "text", "text": text})),
        Block::ToolUse { id, .. } => Some(json!({"type": "tool_use", "id": id})),
        Block::Thought(thought) => Some(thought.clone()),
        Block::Other => None,
    });
    has_thoughts.then(|| blocks.collect::<Value>().to_string())
}

/// Blocks of a turn with thoughts; `None` if there are none.
pub(super) fn repeated_turn(calls: &[ToolCall]) -> Option<Value> {
    let turn = calls.first()?.signature.as_deref()?;
    let Ok(Value::Array(blocks)) = parse_json(turn) else {
        return None;
    };
    let blocks = blocks.into_iter().map(|block| {
        if block.get("type").and_then(Value::as_str) != Some("tool_use") {
            return Some(block);
        }
        let id = block.get("id").and_then(Value::as_str)?;
        calls.iter().find(|call| call.id == id).map(tool_use)
    });
    blocks.collect()
}

/// A reply assembled from events.
#[derive(Default)]
pub(super) struct StreamedReply {
    blocks: Vec<StreamedBlock>,
    stop_reason: Option<String>,
    stop_details: Option<StopDetails>,
    usage: ReplyUsage,
}

struct StreamedBlock {
    index: u64,
    start: Map<String, Value>,
    /// Input of a tool, as JSON text.
    input: String,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    index: u64,
    message: Option<StartedMessage>,
    content_block: Option<Map<String, Value>>,
    delta: Option<Delta>,
    usage: Option<ReplyUsage>,
    error: Option<StreamError>,
}

#[derive(Deserialize)]
struct StartedMessage {
    #[serde(default)]
    usage: ReplyUsage,
}

#[derive(Deserialize)]
struct Delta {
    #[serde(rename = "type", default)]
    kind: String,
    text: Option<String>,
    partial_json: Option<String>,
    thinking: Option<String>,
    signature: Option<String>,
    stop_reason: Option<String>,
    stop_details: Option<StopDetails>,
}

#[derive(Deserialize)]
struct StreamError {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    message: String,
}

impl Assembly for StreamedReply {
    type Whole = Reply;

    fn take(&mut self, data: &str) -> Result<Progress, ModelError> {
        let event: Event = parse(data.as_bytes())?;
        match event.kind.as_str() {
            "message_start" => {
                if let Some(message) = event.message {
                    self.usage.update(message.usage);
                }
            }
            "content_block_start" => {
                if let Some(start) = event.content_block {
                    self.blocks.push(StreamedBlock {
                        index: event.index,
                        start,
                        input: String::new(),
                    });
                }
            }
            "content_block_delta" => {
                if let Some(delta) = event.delta {
                    self.block(event.index)?.take(delta);
                }
            }
            "message_delta" => {
                if let Some(delta) = event.delta {
                    self.stop_reason = delta.stop_reason.or(self.stop_reason.take());
                    self.stop_details = delta.stop_details.or(self.stop_details.take());
                }
                if let Some(usage) = event.usage {
                    self.usage.update(usage);
                }
            }
            "message_stop" => return Ok(Progress::Done),
            "error" => {
                let error = event
                    .error
                    .ok_or_else(|| ModelError::Malformed("error event without an error".into()))?;
                return Err(error.model_error());
            }
            _ => {}
        }
        Ok(Progress::More)
    }

    fn finish(self) -> Result<Reply, ModelError> {
        if self.stop_reason.is_none() {
            return Err(ModelError::Malformed(
                "event stream ended before the response was complete".into(),
            ));
        }
        Ok(Reply {
            content: self.blocks.into_iter().map(StreamedBlock::block).collect(),
            stop_reason: self.stop_reason,
            stop_details: self.stop_details,
            usage: self.usage,
        })
    }
}

impl StreamedReply {
    fn block(&mut self, index: u64) -> Result<&mut StreamedBlock, ModelError> {
        self.blocks
            .iter_mut()
            .rev()
            .find(|block| block.index == index)
            .ok_or_else(|| ModelError::Malformed("event for an unknown content block".into()))
    }
}

impl StreamedBlock {
    fn take(&mut self, delta: Delta) {
        match delta.kind.as_str() {
            "text_delta" => self.append("text", delta.text),
            "thinking_delta" => self.append("thinking", delta.thinking),
            "input_json_delta" => self.input.push_str(&delta.partial_json.unwrap_or_default()),
            "signature_delta" => {
                let signature = delta.signature.unwrap_or_default();
                self.start.insert("signature".to_owned(), signature.into());
            }
            _ => {}
        }
    }

    fn append(&mut self, field: &str, text: Option<String>) {
        let text = text.unwrap_or_default();
        match self.start.get_mut(field) {
            Some(Value::String(so_far)) => so_far.push_str(&text),
            _ => {
                self.start.insert(field.to_owned(), text.into());
            }
        }
    }

    fn block(self) -> Block {
        match self.text("type").as_str() {
            "text" => Block::Text(self.text("text")),
            "tool_use" => Block::ToolUse {
                id: self.text("id"),
                name: self.text("name"),
                arguments: match (self.input.is_empty(), self.start.get("input")) {
                    (true, Some(input)) => input.to_string(),
                    (true, None) => "{}".to_owned(),
                    (false, _) => self.input,
                },
            },
            "thinking" | "redacted_thinking" => Block::Thought(Value::Object(self.start)),
            _ => Block::Other,
        }
    }

    fn text(&self, field: &str) -> String {
        let text = self.start.get(field).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    }
}

impl StreamError {
    /// Converts to the HTTP status that a non-streamed error of this kind has.
    fn model_error(self) -> ModelError {
        let status = match self.kind.as_str() {
            "invalid_request_error" => StatusCode::BAD_REQUEST,
            "authentication_error" => StatusCode::UNAUTHORIZED,
            "billing_error" => StatusCode::PAYMENT_REQUIRED,
            "permission_error" => StatusCode::FORBIDDEN,
            "not_found_error" => StatusCode::NOT_FOUND,
            "request_too_large" => StatusCode::PAYLOAD_TOO_LARGE,
            "rate_limit_error" => StatusCode::TOO_MANY_REQUESTS,
            "timeout_error" => StatusCode::GATEWAY_TIMEOUT,
            "overloaded_error" => return self.unavailable(OVERLOADED),
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status.is_server_error() {
            return self.unavailable(status.as_u16());
        }
        let body = json!({"error": {"message": self.message}}).to_string();
        error_response::error(status, &HeaderMap::new(), body.as_bytes())
    }

    fn unavailable(self, status: u16) -> ModelError {
        ModelError::Unavailable {
            status,
            message: self.message,
            retry_after: None,
        }
    }
}
/// Block of a tool call.
pub(super) fn tool_use(call: &ToolCall) -> Value {
    json!({
        "type": "tool_use",
        "id": call.id,
        "name": call.name,
        "input": arguments_object(call),
    })
}
