//! Chat: Ollama's own API. Its OpenAI-compatible API cannot set the context size, and silently
//! truncates longer prompts.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::endpoint::Endpoint;
use super::openai::{id_or_new, no_builtin_tools, result_text, usage};
use super::openai_schema::parameters;
use super::settings::Settings;
use super::tool_arguments::{arguments_object, arguments_text};
use crate::model::{
    HttpRequest, Message, Model, ModelError, Request, Response, ResponseFuture, SchemaWithTools,
    Tool, ToolCall, ToolResult,
};
use crate::reasoning::ONLY_REASONING;

/// A Chat model.
pub(super) struct OllamaModel {
    endpoint: Endpoint,
    name: String,
    settings: OllamaSettings,
}

/// Model settings; the server decides those that are not set.
#[derive(Default)]
pub(super) struct OllamaSettings {
    /// Maximum number of tokens of prompt and response together.
    context_size: Option<u32>,
    /// Whether the model reasons first: true, false, or a level.
    think: Option<Value>,
}

impl OllamaSettings {
    pub(super) fn new(settings: Settings<'_>) -> Result<Self, ModelError> {
        Ok(Self {
            context_size: settings.positive("ollama_num_ctx")?,
            think: think(settings)?,
        })
    }
}

fn think(settings: Settings<'_>) -> Result<Option<Value>, ModelError> {
    const NAME: &str = "ollama_think";
    let Some(level) = settings.plain(NAME)? else {
        return Ok(None);
    };
    match level.to_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(Some(json!(true))),
        "false" | "no" | "0" => Ok(Some(json!(false))),
        level @ ("low" | "medium" | "high") => Ok(Some(json!(level))),
        _ => Err(ModelError::misconfigured(
            NAME,
            "expected true, false, low, medium or high",
        )),
    }
}

impl OllamaModel {
    pub(super) fn new(endpoint: Endpoint, name: &str, settings: OllamaSettings) -> Self {
        Self {
            endpoint,
            name: name.to_owned(),
            settings,
        }
    }

    fn body(&self, request: &Request) -> Value {
        let mut body = Map::new();
        body.insert("model".into(), json!(self.name));
        body.insert("messages".into(), messages(&request.messages));
        body.insert("stream".into(), json!(false));
        if let Some(schema) = &request.schema {
            body.insert("format".into(), schema.schema.clone());
        }
        if let Some(think) = &self.settings.think {
            body.insert("think".into(), think.clone());
        }
        let options: Map<String, Value> = [
            ("num_ctx", self.settings.context_size.map(Value::from)),
            ("num_predict", request.max_tokens.map(Value::from)),
            ("temperature", request.temperature.map(Value::from)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect();
        if !options.is_empty() {
            body.insert("options".into(), Value::Object(options));
        }
        if !request.tools.is_empty() {
            body.insert("tools".into(), request.tools.iter().map(tool).collect());
        }
        Value::Object(body)
    }
}

impl Model for OllamaModel {
    fn respond<'a>(&'a self, request: &'a Request) -> ResponseFuture<'a> {
        Box::pin(async move {
            no_builtin_tools(request)?;
            let response = |reply: Reply| Ok(reply.response(request));
            self.endpoint.post(&[], &self.body(request), response).await
        })
    }

    fn schema_with_tools(&self) -> SchemaWithTools {
        SchemaWithTools::ToolsFirst
    }

    fn http_request(&self, request: &Request) -> Result<Option<HttpRequest>, ModelError> {
        no_builtin_tools(request)?;
        Ok(Some(self.endpoint.http_request(&[], self.body(request))))
    }

    fn address(&self) -> String {
        self.endpoint.address()
    }
}

fn messages(messages: &[Message]) -> Value {
    let mut all = Vec::new();
    for message in messages {
        match message {
            Message::User(text) => all.push(json!({"role": "user", "content": text})),
            Message::Assistant { text, tool_calls } => {
                let mut message = json!({"role": "assistant"});
                if !text.is_empty() || tool_calls.is_empty() {
                    message["content"] = json!(text);
                }
                if let Some(first) = tool_calls.first() {
                    message["tool_calls"] = tool_calls.iter().map(tool_call).collect();
                    if let Some(thoughts) = &first.signature {
                        message["thinking"] = json!(thoughts);
                    }
                }
                all.push(message);
            }
            Message::ToolResults(results) => all.extend(results.iter().map(tool_result)),
        }
    }
    Value::Array(all)
}

fn tool_call(call: &ToolCall) -> Value {
    json!({"function": {"name": call.name, "arguments": arguments_object(call)}})
}

fn tool_result(result: &ToolResult) -> Value {
    json!({"role": "tool", "content": result_text(result), "tool_name": result.name})
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

#[derive(Deserialize)]
struct Reply {
    message: ReplyMessage,
    done_reason: Option<String>,
    prompt_eval_count: Option<u64>,
    eval_count: Option<u64>,
}

#[derive(Deserialize)]
struct ReplyMessage {
    content: Option<String>,
    thinking: Option<String>,
    tool_calls: Option<Vec<ReplyCall>>,
}

#[derive(Deserialize)]
struct ReplyCall {
    #[serde(default)]
    id: String,
    function: ReplyFunction,
}

#[derive(Deserialize)]
struct ReplyFunction {
    name: String,
    arguments: Option<Box<RawValue>>,
}

impl ReplyFunction {
    /// The arguments: an object, or, from some compatible servers, its JSON text.
    fn arguments(self) -> String {
        let arguments = arguments_text(self.arguments);
        serde_json::from_str(&arguments).unwrap_or(arguments)
    }
}

impl Reply {
    fn response(self, request: &Request) -> Response {
        let calls = self.message.tool_calls.unwrap_or_default();
        let mut tool_calls: Vec<ToolCall> = calls
            .into_iter()
            .enumerate()
            .map(|(index, call)| ToolCall {
                id: id_or_new(call.id, request, index),
                name: call.function.name.clone(),
                arguments: call.function.arguments(),
                signature: None,
            })
            .collect();
        let thoughts = self.message.thinking.filter(|text| !text.is_empty());
        let mut text = self.message.content.unwrap_or_default();
        if text.is_empty() && tool_calls.is_empty() && thoughts.is_some() {
            // Marks that reasoning used up the response.
            ONLY_REASONING.clone_into(&mut text);
        }
        if let Some(first) = tool_calls.first_mut() {
            // The model gets its own thoughts back with its calls.
            first.signature = thoughts;
        }
        Response {
            text,
            tool_calls,
            usage: usage(
                self.prompt_eval_count.unwrap_or(0),
                self.eval_count.unwrap_or(0),
            ),
            is_cut_off: self.done_reason.as_deref() == Some("length"),
        }
    }
}
