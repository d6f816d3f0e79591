//! Chat Completions: the API of OpenAI that most others speak too.

use recipe_core::Usage;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::endpoint::Endpoint;
use super::http::malformed;
use super::settings::misconfigured;
use super::strict_schema::is_strict;
use crate::model::{
    Answer, AnswerFuture, AnswerSchema, Message, Model, ModelError, Request, Tool, ToolCall,
    ToolResult,
};
use crate::reasoning::ONLY_REASONING;

/// More than any model can take. Whoever adds numbers of these up, or stores them, need not reckon with larger ones.
const MOST_TOKENS: u64 = 1 << 40;

/// A model behind Chat Completions.
pub(super) struct ChatModel {
    endpoint: Endpoint,
    name: String,
    limit: Limit,
}

/// What the most tokens to answer with are called.
#[derive(Clone, Copy)]
pub(super) enum Limit {
    /// As everybody knows it.
    MaxTokens,
    /// As newer models of OpenAI want it.
    MaxCompletionTokens,
}

impl ChatModel {
    pub(super) fn new(endpoint: Endpoint, name: &str, limit: Limit) -> Self {
        Self {
            endpoint,
            name: name.to_owned(),
            limit,
        }
    }

    fn body(&self, request: &Request) -> Value {
        let mut body = Map::new();
        body.insert("model".into(), json!(self.name));
        body.insert("messages".into(), messages(&request.messages));
        if let Some(max_tokens) = request.max_tokens {
            let name = match self.limit {
                Limit::MaxTokens => "max_tokens",
                Limit::MaxCompletionTokens => "max_completion_tokens",
            };
            body.insert(name.into(), json!(max_tokens));
        }
        if let Some(temperature) = request.temperature {
            body.insert("temperature".into(), json!(temperature));
        }
        if let Some(schema) = &request.schema {
            body.insert("response_format".into(), response_format(schema));
        }
        if !request.tools.is_empty() {
            body.insert("tools".into(), request.tools.iter().map(tool).collect());
        }
        Value::Object(body)
    }
}

impl Model for ChatModel {
    fn answer<'a>(&'a self, request: &'a Request) -> AnswerFuture<'a> {
        Box::pin(async move {
            no_builtin_tools(request)?;
            let answer = |completion: Completion| completion.answer(request);
            self.endpoint.post(&[], &self.body(request), answer).await
        })
    }

    fn address(&self) -> String {
        self.endpoint.address()
    }
}

/// Only Responses has tools that the provider runs.
pub(super) fn no_builtin_tools(request: &Request) -> Result<(), ModelError> {
    if request.builtin_tools.is_empty() {
        return Ok(());
    }
    Err(misconfigured(
        "openai_builtin_tools",
        "only models of openai_responses and azure_responses have tools that the provider runs",
    ))
}

/// What the model is told of a result. There is no place to say that it is an error but the text.
pub(super) fn result_text(result: &ToolResult) -> String {
    if result.is_error {
        format!("error: {}", result.content)
    } else {
        result.content.clone()
    }
}

fn messages(messages: &[Message]) -> Value {
    let mut all = Vec::new();
    for message in messages {
        match message {
            Message::User(text) => all.push(json!({"role": "user", "content": text})),
            Message::Assistant { text, tool_calls } => {
                let mut message = json!({"role": "assistant", "content": text});
                if !tool_calls.is_empty() {
                    if text.is_empty() {
                        message["content"] = Value::Null;
                    }
                    message["tool_calls"] = tool_calls.iter().map(tool_call).collect();
                }
                all.push(message);
            }
            Message::ToolResults(results) => all.extend(results.iter().map(|result| {
                json!({"role": "tool", "tool_call_id": result.id, "content": result_text(result)})
            })),
        }
    }
    Value::Array(all)
}

fn tool_call(call: &ToolCall) -> Value {
    json!({
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    })
}

fn tool(tool: &Tool) -> Value {
    json!({
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
        },
    })
}

fn response_format(schema: &AnswerSchema) -> Value {
    json!({
        "type": "json_schema",
        "json_schema": {
            "name": schema.name,
            "schema": schema.schema,
            "strict": is_strict(&schema.schema),
        },
    })
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
    usage: Option<CompletionUsage>,
}

#[derive(Deserialize)]
struct Choice {
    message: CompletionMessage,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct CompletionMessage {
    content: Option<Content>,
    refusal: Option<String>,
    tool_calls: Option<Vec<CompletionCall>>,
    /// Reasoning, as DeepSeek, llama.cpp and vLLM tell it apart.
    reasoning_content: Option<String>,
    /// Reasoning, as Ollama and OpenRouter do.
    reasoning: Option<String>,
}

/// A text; or, not as OpenAI does it, parts, among which what the model thought may be.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "its content is neither a text nor a list of parts"
)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part {
    Text {
        text: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct CompletionCall {
    #[serde(default)]
    id: String,
    function: CompletionFunction,
}

#[derive(Deserialize)]
struct CompletionFunction {
    name: String,
    arguments: Option<Box<RawValue>>,
}

/// Not everybody counts.
#[derive(Deserialize, Default)]
struct CompletionUsage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

impl Completion {
    fn answer(self, request: &Request) -> Result<Answer, ModelError> {
        let choice = self
            .choices
            .into_iter()
            .next()
            .ok_or_else(|| malformed("it has no choices"))?;
        let message = choice.message;
        if let Some(refusal) = message.refusal.filter(|refusal| !refusal.is_empty()) {
            return Err(ModelError::Declined { message: refusal });
        }
        if choice.finish_reason.as_deref() == Some("content_filter") {
            return Err(ModelError::Declined {
                message: "content_filter".to_owned(),
            });
        }
        let reasoning = [&message.reasoning_content, &message.reasoning];
        let mut reasoning = reasoning.into_iter().flatten();
        let has_reasoning = reasoning.any(|reasoning| !reasoning.is_empty());
        let calls = message.tool_calls.unwrap_or_default();
        let used = self.usage.unwrap_or_default();
        Ok(Answer {
            text: match message.content.map_or_else(String::new, Content::text) {
                // So that it is known what the answer was used up by.
                text if text.is_empty() && calls.is_empty() && has_reasoning => {
                    ONLY_REASONING.to_owned()
                }
                text => text,
            },
            tool_calls: calls
                .into_iter()
                .enumerate()
                .map(|(index, call)| call.tool_call(request, index))
                .collect(),
            usage: usage(
                used.prompt_tokens.unwrap_or(0),
                used.completion_tokens.unwrap_or(0),
            ),
            is_cut_off: choice.finish_reason.as_deref() == Some("length"),
        })
    }
}

impl Content {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Parts(parts) => {
                let texts = parts.into_iter().map(|part| match part {
                    Part::Text { text } => text,
                    Part::Other => String::new(),
                });
                texts.collect()
            }
        }
    }
}

impl CompletionCall {
    fn tool_call(self, request: &Request, index: usize) -> ToolCall {
        ToolCall {
            id: id_or_new(self.id, request, index),
            name: self.function.name,
            arguments: match self.function.arguments {
                None => "{}".to_owned(),
                // An object, not the text of one, is not as OpenAI does it, but some do.
                Some(arguments) => serde_json::from_str(arguments.get())
                    .unwrap_or_else(|_| arguments.get().to_owned()),
            },
            signature: None,
        }
    }
}

/// What a call is referred to by. Not every provider says; the new one occurs nowhere else in the conversation.
pub(super) fn id_or_new(id: String, request: &Request, index: usize) -> String {
    if id.is_empty() {
        format!("call_{}_{index}", request.messages.len())
    } else {
        id
    }
}

/// What one request took. What a server says may be anything.
pub(super) fn usage(input_tokens: u64, output_tokens: u64) -> Usage {
    Usage::of_request(
        input_tokens.min(MOST_TOKENS),
        output_tokens.min(MOST_TOKENS),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_the_text_that_the_provider_sent() {
        let body = r#"{"choices": [{"message": {"tool_calls": [{"function": {"name": "look", "arguments": {"n": 12345678901234567890123}}}]}}]}"#;
        let reply: Completion = serde_json::from_str(body).unwrap();
        let answer = reply.answer(&Request::default()).unwrap();
        assert_eq!(
            answer.tool_calls[0].arguments,
            r#"{"n": 12345678901234567890123}"#
        );
    }
}
