//! Responses: OpenAI's newer API, with built-in tools.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use recipe_core::event::Usage;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::endpoint::Endpoint;
use super::openai::{bad_request, rejects_strict, result_text, sent_schema, usage};
use super::openai_schema::parameters;
use crate::model::{
    HttpRequest, Message, Model, ModelError, Request, Response, ResponseFuture, SchemaWithTools,
    Tool, ToolCall,
};

/// A Responses model.
pub(super) struct ResponsesModel {
    endpoint: Endpoint,
    name: String,
    schema_with_tools: SchemaWithTools,
    /// Whether schemas are enforced; false once the model has rejected one.
    is_strict: AtomicBool,
}

impl ResponsesModel {
    /// Creates a model of OpenAI, at OpenAI's address or elsewhere.
    pub(super) fn new(endpoint: Endpoint, name: &str, is_elsewhere: bool) -> Self {
        let schema_with_tools = match is_elsewhere {
            true => SchemaWithTools::ToolsFirst,
            false => SchemaWithTools::Together,
        };
        Self::with(endpoint, name, schema_with_tools)
    }

    /// Creates a model of Azure, named after its deployment.
    pub(super) fn azure(endpoint: Endpoint, deployment: &str) -> Self {
        let schema_with_tools = endpoint.schema_with_tools_on_azure();
        Self::with(endpoint, deployment, schema_with_tools)
    }

    fn with(endpoint: Endpoint, name: &str, schema_with_tools: SchemaWithTools) -> Self {
        Self {
            endpoint,
            name: name.to_owned(),
            schema_with_tools,
            is_strict: AtomicBool::new(true),
        }
    }

    fn body(&self, request: &Request) -> Value {
        let mut body = Map::new();
        body.insert("model".into(), json!(self.name));
        body.insert("input".into(), input(&request.messages));
        if let Some(max_tokens) = request.max_tokens {
            body.insert("max_output_tokens".into(), json!(max_tokens));
        }
        if let Some(temperature) = request.temperature {
            body.insert("temperature".into(), json!(temperature));
        }
        if let Some(schema) = &request.schema {
            let sent = sent_schema(schema, self.is_strict.load(Relaxed));
            body.insert(
                "text".into(),
                json!({"format": {
                    "type": "json_schema",
                    "name": schema.name,
                    "schema": sent.schema,
                    "strict": sent.is_strict,
                }}),
            );
        }
        let builtin_tools = request.builtin_tools.iter().cloned();
        let tools: Vec<Value> = request
            .tools
            .iter()
            .map(tool)
            .chain(builtin_tools)
            .collect();
        if !tools.is_empty() {
            body.insert("tools".into(), Value::Array(tools));
        }
        Value::Object(body)
    }

    async fn ask(&self, request: &Request) -> Result<Response, ModelError> {
        let body = self.body(request);
        self.endpoint.post(&[], &body, Reply::response).await
    }

    /// Learns from a rejected schema. Returns whether a request without enforcement may succeed.
    fn adapt(&self, request: &Request, rejection: &ModelError) -> bool {
        bad_request(rejection).is_some_and(|message| rejects_strict(request, message))
            && self.is_strict.swap(false, Relaxed)
    }
}

impl Model for ResponsesModel {
    fn respond<'a>(&'a self, request: &'a Request) -> ResponseFuture<'a> {
        Box::pin(async move {
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
        Ok(Some(self.endpoint.http_request(&[], self.body(request))))
    }

    fn address(&self) -> String {
        // On Azure the name is the deployment, which may come from the configuration.
        format!("{} {}", self.endpoint.address(), self.name)
    }
}

fn input(messages: &[Message]) -> Value {
    let mut input = Vec::new();
    for message in messages {
        match message {
            Message::User(text) => input.push(json!({"role": "user", "content": text})),
            Message::Assistant { text, tool_calls } => {
                if !text.is_empty() {
                    input.push(json!({"role": "assistant", "content": text}));
                }
                input.extend(tool_calls.iter().map(|call| {
                    json!({
                        "type": "function_call",
                        "call_id": call.id,
                        "name": call.name,
                        "arguments": call.arguments,
                    })
                }));
            }
            Message::ToolResults(results) => input.extend(results.iter().map(|result| {
                json!({
                    "type": "function_call_output",
                    "call_id": result.id,
                    "output": result_text(result),
                })
            })),
        }
    }
    Value::Array(input)
}

fn tool(tool: &Tool) -> Value {
    json!({
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": parameters(&tool.parameters),
        // Defaults to true, which rejects schemas with anything unusual.
        "strict": false,
    })
}

#[derive(Deserialize)]
struct Reply {
    status: Option<String>,
    output: Vec<Item>,
    error: Option<ReplyError>,
    incomplete_details: Option<IncompleteDetails>,
    usage: Option<ReplyUsage>,
}

#[derive(Deserialize)]
struct ReplyError {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct IncompleteDetails {
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
struct ReplyUsage {
    #[serde(default)]
    input_tokens: u64,
    #[serde(default)]
    output_tokens: u64,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Item {
    Message {
        content: Vec<Content>,
    },
    FunctionCall {
        call_id: String,
        name: String,
        arguments: String,
    },
    /// Reasoning, and results of built-in tools.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Content {
    OutputText {
        text: String,
    },
    Refusal {
        refusal: String,
    },
    #[serde(other)]
    Other,
}

impl Reply {
    fn response(self) -> Result<Response, ModelError> {
        if let Some(error) = self.error {
            return Err(error.model_error());
        }
        let reason = self.incomplete_details.map(|details| details.reason);
        if reason.as_deref() == Some("content_filter") {
            return Err(ModelError::Declined("content_filter".into()));
        }
        let mut response = Response {
            usage: self.usage.map_or(usage(0, 0), Usage::from),
            is_cut_off: self.status.as_deref() == Some("incomplete"),
            ..Response::default()
        };
        if self.output.is_empty() && !response.is_cut_off {
            return Err(ModelError::Malformed("no output".into()));
        }
        for item in self.output {
            match item {
                Item::Message { content } => {
                    for part in content {
                        match part {
                            Content::OutputText { text } => response.text.push_str(&text),
                            Content::Refusal { refusal } => {
                                return Err(ModelError::Declined(refusal));
                            }
                            Content::Other => {}
                        }
                    }
                }
                Item::FunctionCall {
                    call_id,
                    name,
                    arguments,
                } => response.tool_calls.push(ToolCall {
                    id: call_id,
                    name,
                    arguments,
                    signature: None,
                }),
                Item::Other => {}
            }
        }
        Ok(response)
    }
}

impl ReplyError {
    /// The HTTP status was 200.
    fn model_error(self) -> ModelError {
        let (status, retry_after, message) = (200, None, self.message);
        match self.code.as_str() {
            "rate_limit_exceeded" => ModelError::RateLimited {
                message,
                retry_after,
            },
            "server_error" => ModelError::Unavailable {
                status,
                message,
                retry_after,
            },
            _ => ModelError::Rejected { status, message },
        }
    }
}

impl From<ReplyUsage> for Usage {
    fn from(response: ReplyUsage) -> Self {
        usage(response.input_tokens, response.output_tokens)
    }
}
