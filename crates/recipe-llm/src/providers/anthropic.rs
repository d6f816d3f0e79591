//! Messages: the API of Anthropic.

use recipe_core::parse_json;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::answer_tool::AnswerTool;
use super::endpoint::Endpoint;
use super::http::malformed;
use super::openai::{no_builtin_tools, usage};
use crate::model::{
    Answer, AnswerFuture, Message, Model, ModelError, Request, Tool, ToolCall, ToolResult,
};

const VERSION: (&str, &str) = ("anthropic-version", "2023-06-01");

/// A model behind Messages.
pub(super) struct AnthropicModel {
    endpoint: Endpoint,
    name: String,
}

impl AnthropicModel {
    pub(super) fn new(endpoint: Endpoint, name: &str) -> Self {
        Self {
            endpoint,
            name: name.to_owned(),
        }
    }

    fn body(&self, request: &Request, answer_tool: Option<&AnswerTool>) -> Value {
        let mut body = Map::new();
        body.insert("model".into(), json!(self.name));
        // It has to be given.
        let max_tokens = request
            .max_tokens
            .unwrap_or_else(|| default_max_tokens(&self.name));
        body.insert("max_tokens".into(), json!(max_tokens));
        body.insert(
            "messages".into(),
            request.messages.iter().filter_map(message).collect(),
        );
        if let Some(temperature) = request.temperature {
            body.insert("temperature".into(), json!(temperature));
        }
        let answer_tool = answer_tool.map(|answer_tool| &answer_tool.tool);
        let tools: Vec<Value> = request.tools.iter().chain(answer_tool).map(tool).collect();
        if !tools.is_empty() {
            body.insert("tools".into(), Value::Array(tools));
        }
        if let Some(answer_tool) = answer_tool {
            let choice = if request.tools.is_empty() {
                json!({"type": "tool", "name": answer_tool.name})
            } else {
                json!({"type": "any"})
            };
            body.insert("tool_choice".into(), choice);
        }
        Value::Object(body)
    }
}

impl Model for AnthropicModel {
    fn answer<'a>(&'a self, request: &'a Request) -> AnswerFuture<'a> {
        Box::pin(async move {
            no_builtin_tools(request)?;
            let answer_tool = request
                .schema
                .as_ref()
                .map(|schema| AnswerTool::new(schema, request));
            let body = self.body(request, answer_tool.as_ref());
            let answer = |reply: Reply| reply.answer(answer_tool.as_ref());
            self.endpoint.post(&[VERSION], &body, answer).await
        })
    }

    fn address(&self) -> String {
        self.endpoint.address()
    }
}

/// What a model can answer with at most, or what is enough for a long document.
fn default_max_tokens(name: &str) -> u32 {
    if name.starts_with("claude-3-5") {
        8_192
    } else if name.starts_with("claude-3-") && !name.starts_with("claude-3-7") {
        4_096
    } else {
        32_000
    }
}

/// A turn. One in which nothing was said is none: the API refuses empty texts.
fn message(message: &Message) -> Option<Value> {
    match message {
        Message::User(text) => Some(json!({"role": "user", "content": text})),
        Message::Assistant { text, tool_calls } => {
            let text = (!text.is_empty()).then(|| json!({"type": "text", "text": text}));
            let content: Vec<Value> = text
                .into_iter()
                .chain(tool_calls.iter().map(tool_use))
                .collect();
            (!content.is_empty()).then(|| json!({"role": "assistant", "content": content}))
        }
        Message::ToolResults(results) => {
            let content: Vec<Value> = results.iter().map(tool_result).collect();
            Some(json!({"role": "user", "content": content}))
        }
    }
}

fn tool_use(call: &ToolCall) -> Value {
    json!({
        "type": "tool_use",
        "id": call.id,
        "name": call.name,
        "input": arguments_object(call),
    })
}

/// The arguments of a call as the object that they have to be.
pub(super) fn arguments_object(call: &ToolCall) -> Value {
    match parse_json(&call.arguments) {
        Ok(arguments @ Value::Object(_)) => arguments,
        _ => json!({"arguments": call.arguments}),
    }
}

/// The arguments of a call as the provider sent them: numbers are read where they are needed.
pub(super) fn arguments_text(arguments: Option<Box<RawValue>>) -> String {
    arguments.map_or_else(|| "{}".to_owned(), |arguments| arguments.get().to_owned())
}

fn tool_result(result: &ToolResult) -> Value {
    let mut block = json!({
        "type": "tool_result",
        "tool_use_id": result.id,
        "content": result.content,
    });
    if result.is_error {
        block["is_error"] = json!(true);
    }
    block
}

fn tool(tool: &Tool) -> Value {
    json!({
        "name": tool.name,
        "description": tool.description,
        "input_schema": tool.parameters,
    })
}

#[derive(Deserialize)]
struct Reply {
    content: Vec<Block>,
    stop_reason: Option<String>,
    #[serde(default)]
    usage: ReplyUsage,
}

/// A part of an answer. What it is for is told by its type, and only that is read then; an enum would take numbers from
/// the input before it is known to be one.
#[derive(Deserialize)]
struct Block {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
    input: Option<Box<RawValue>>,
}

#[derive(Deserialize, Default)]
struct ReplyUsage {
    #[serde(default)]
    input_tokens: u64,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    #[serde(default)]
    output_tokens: u64,
}

impl Reply {
    fn answer(self, answer_tool: Option<&AnswerTool>) -> Result<Answer, ModelError> {
        let input_tokens = [
            self.usage.cache_creation_input_tokens.unwrap_or(0),
            self.usage.cache_read_input_tokens.unwrap_or(0),
        ];
        let input_tokens = input_tokens
            .into_iter()
            .fold(self.usage.input_tokens, u64::saturating_add);
        let stop_reason = self.stop_reason.unwrap_or_default();
        let mut answer = Answer {
            usage: usage(input_tokens, self.usage.output_tokens),
            is_cut_off: matches!(
                stop_reason.as_str(),
                "max_tokens" | "model_context_window_exceeded"
            ),
            ..Answer::default()
        };
        if self.content.is_empty() && stop_reason.is_empty() {
            return Err(malformed("it has no content"));
        }
        for block in self.content {
            match block.kind.as_str() {
                "text" => answer.text.push_str(&block.text),
                "tool_use" => answer.tool_calls.push(ToolCall {
                    id: block.id,
                    name: block.name,
                    arguments: arguments_text(block.input),
                    signature: None,
                }),
                _ => {}
            }
        }
        if stop_reason == "refusal" {
            return Err(ModelError::Declined {
                message: if answer.text.is_empty() {
                    stop_reason
                } else {
                    answer.text
                },
            });
        }
        if let Some(text) = answer_tool.and_then(|tool| tool.take_answer(&mut answer.tool_calls)) {
            answer.text = text;
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_the_text_that_the_provider_sent() {
        let body = r#"{"content": [{"type": "tool_use", "id": "a", "name": "look", "input": {"n": 12345678901234567890123}}]}"#;
        let reply: Reply = serde_json::from_str(body).unwrap();
        let answer = reply.answer(None).unwrap();
        assert_eq!(
            answer.tool_calls[0].arguments,
            r#"{"n": 12345678901234567890123}"#
        );
    }
}
