//! Chat Completions: OpenAI's API, which most other servers implement too.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use recipe_core::event::Usage;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::endpoint::Endpoint;
use super::openai_schema::{SentSchema, parameters};
use crate::model::{
    HttpRequest, Message, Model, ModelError, Request, Response, ResponseFuture, ResponseSchema,
    SchemaWithTools, Tool, ToolCall, ToolResult,
};
use crate::reasoning::ONLY_REASONING;

/// Upper bound for reported token counts, beyond any model, so that sums and storage cannot
/// overflow.
const MAX_TOKENS: u64 = 1 << 40;

/// A Chat Completions model.
pub(super) struct ChatModel {
    endpoint: Endpoint,
    name: String,
    schema_with_tools: SchemaWithTools,
    /// Whether the token limit is sent under its newer name, which older servers of others do not
    /// know.
    has_newer_limit: AtomicBool,
    /// Whether schemas are enforced; false once the model has rejected one.
    is_strict: AtomicBool,
}

impl ChatModel {
    /// Creates a model of OpenAI, at OpenAI's address or elsewhere.
    pub(super) fn new(endpoint: Endpoint, name: &str, is_elsewhere: bool) -> Self {
        let schema_with_tools = match is_elsewhere {
            true => SchemaWithTools::ToolsFirst,
            false => SchemaWithTools::Together,
        };
        // Compatible servers seldom know the newer name.
        let has_newer_limit = !is_elsewhere || needs_newer_limit(name);
        Self::with(endpoint, name, schema_with_tools, has_newer_limit)
    }

    /// Creates a model of Azure.
    pub(super) fn azure(endpoint: Endpoint, name: &str) -> Self {
        let schema_with_tools = endpoint.schema_with_tools_on_azure();
        Self::with(endpoint, name, schema_with_tools, true)
    }

    fn with(
        endpoint: Endpoint,
        name: &str,
        schema_with_tools: SchemaWithTools,
        has_newer_limit: bool,
    ) -> Self {
        Self {
            endpoint,
            name: name.to_owned(),
            schema_with_tools,
            has_newer_limit: AtomicBool::new(has_newer_limit),
            is_strict: AtomicBool::new(true),
        }
    }

    fn body(&self, request: &Request) -> Value {
        let mut body = Map::new();
        body.insert("model".into(), json!(self.name));
        body.insert("messages".into(), messages(&request.messages));
        if let Some(max_tokens) = request.max_tokens {
            let name = match self.has_newer_limit.load(Relaxed) {
                true => NEWER_LIMIT,
                false => "max_tokens",
            };
            body.insert(name.into(), json!(max_tokens));
        }
        if let Some(temperature) = request.temperature {
            body.insert("temperature".into(), json!(temperature));
        }
        if let Some(schema) = &request.schema {
            let format = response_format(schema, self.is_strict.load(Relaxed));
            body.insert("response_format".into(), format);
        }
        if !request.tools.is_empty() {
            body.insert("tools".into(), request.tools.iter().map(tool).collect());
        }
        Value::Object(body)
    }

    async fn ask(&self, request: &Request) -> Result<Response, ModelError> {
        let response = |completion: Completion| completion.response(request);
        self.endpoint.post(&[], &self.body(request), response).await
    }

    /// Learns from a rejected request. Returns whether a changed request may succeed.
    fn adapt(&self, request: &Request, rejection: &ModelError) -> bool {
        let Some(message) = bad_request(rejection) else {
            return false;
        };
        if request.max_tokens.is_some() && message.contains(NEWER_LIMIT) {
            return !self.has_newer_limit.swap(true, Relaxed);
        }
        rejects_strict(request, message) && self.is_strict.swap(false, Relaxed)
    }
}

const NEWER_LIMIT: &str = "max_completion_tokens";

/// Whether an OpenAI model accepts only `max_completion_tokens`, as reasoning models do.
fn needs_newer_limit(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    let generation = |prefix| {
        let digits = name.strip_prefix(prefix)?;
        let end = digits.find(|c: char| !c.is_ascii_digit());
        digits[..end.unwrap_or(digits.len())].parse::<u32>().ok()
    };
    generation("o").is_some() || generation("gpt-").is_some_and(|generation| generation >= 5)
}

/// The provider's message about a malformed request.
pub(super) fn bad_request(error: &ModelError) -> Option<&str> {
    match error {
        ModelError::Rejected {
            status: 400,
            message,
        } => Some(message),
        _ => None,
    }
}

/// Whether the provider rejected a schema that was to be enforced.
pub(super) fn rejects_strict(request: &Request, message: &str) -> bool {
    let sent = request.schema.as_ref();
    ["response_format", "text.format"]
        .iter()
        .any(|field| message.contains(field))
        && sent.is_some_and(|sent| SentSchema::new(&sent.schema).is_strict)
}

impl Model for ChatModel {
    fn respond<'a>(&'a self, request: &'a Request) -> ResponseFuture<'a> {
        Box::pin(async move {
            no_builtin_tools(request)?;
            match self.ask(request).await {
                Err(rejection) if self.adapt(request, &rejection) => self.ask(request).await,
                result => result,
            }
        })
    }

    fn schema_with_tools(&self) -> SchemaWithTools {
        self.schema_with_tools
    }

    fn http_request(&self, request: &Request) -> Result<Option<HttpRequest>, ModelError> {
        no_builtin_tools(request)?;
        Ok(Some(self.endpoint.http_request(&[], self.body(request))))
    }

    fn address(&self) -> String {
        self.endpoint.address()
    }
}

/// Fails on built-in tools, which only Responses supports.
pub(super) fn no_builtin_tools(request: &Request) -> Result<(), ModelError> {
    if request.builtin_tools.is_empty() {
        return Ok(());
    }
    Err(ModelError::misconfigured(
        "openai_builtin_tools",
        "supported only by models of openai_responses and azure_responses",
    ))
}

/// Text of a tool result for the model. The API marks errors only in the text.
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
            "parameters": parameters(&tool.parameters),
        },
    })
}

fn response_format(schema: &ResponseSchema, may_be_strict: bool) -> Value {
    let sent = sent_schema(schema, may_be_strict);
    json!({
        "type": "json_schema",
        "json_schema": {
            "name": schema.name,
            "schema": sent.schema,
            "strict": sent.is_strict,
        },
    })
}

pub(super) fn sent_schema(schema: &ResponseSchema, may_be_strict: bool) -> SentSchema {
    match may_be_strict {
        true => SentSchema::new(&schema.schema),
        false => SentSchema::lenient(&schema.schema),
    }
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
    /// Reasoning, from DeepSeek, llama.cpp and vLLM.
    reasoning_content: Option<String>,
    /// Reasoning, from Ollama and OpenRouter.
    reasoning: Option<String>,
}

/// A string, or, unlike OpenAI, a list of parts, some of which may be reasoning.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "content is neither a string nor a list of parts"
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

/// Some servers do not count tokens.
#[derive(Deserialize, Default)]
struct CompletionUsage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

impl Completion {
    fn response(self, request: &Request) -> Result<Response, ModelError> {
        let choice = self
            .choices
            .into_iter()
            .next()
            .ok_or_else(|| ModelError::Malformed("no choices".into()))?;
        let message = choice.message;
        if let Some(refusal) = message.refusal.filter(|refusal| !refusal.is_empty()) {
            return Err(ModelError::Declined(refusal));
        }
        if choice.finish_reason.as_deref() == Some("content_filter") {
            return Err(ModelError::Declined("content_filter".into()));
        }
        let reasoning = [&message.reasoning_content, &message.reasoning];
        let mut reasoning = reasoning.into_iter().flatten();
        let has_reasoning = reasoning.any(|reasoning| !reasoning.is_empty());
        let calls = message.tool_calls.unwrap_or_default();
        let used = self.usage.unwrap_or_default();
        Ok(Response {
            text: match message.content.map_or_else(String::new, Content::text) {
                // Marks that reasoning used up the response.
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
                // Unlike OpenAI, some servers send an object instead of its JSON text.
                Some(arguments) => serde_json::from_str(arguments.get())
                    .unwrap_or_else(|_| arguments.get().to_owned()),
            },
            signature: None,
        }
    }
}

/// Identifier of a call. Some providers send none; the generated one is unique in the conversation.
pub(super) fn id_or_new(id: String, request: &Request, index: usize) -> String {
    if id.is_empty() {
        format!("call_{}_{index}", request.messages.len())
    } else {
        id
    }
}

/// Usage of a request. Servers may report any number.
pub(super) fn usage(input_tokens: u64, output_tokens: u64) -> Usage {
    Usage::from_request(input_tokens.min(MAX_TOKENS), output_tokens.min(MAX_TOKENS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_kept_verbatim() {
        let body = r#"{"choices": [{"message": {"tool_calls": [{"function": {"name": "look", "arguments": {"n": 12345678901234567890123}}}]}}]}"#;
        let reply: Completion = serde_json::from_str(body).unwrap();
        let response = reply.response(&Request::default()).unwrap();
        assert_eq!(
            response.tool_calls[0].arguments,
            r#"{"n": 12345678901234567890123}"#
        );
    }
}
