//! Tests of the providers with a scripted server: the requests they send and the responses they
//! parse.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod anthropic;
mod azure;
mod errors;
mod gemini;
mod invalid_text;
mod names;
mod ollama;
mod only_reasoning;
mod openai;
mod openai_responses;
#[path = "../server/mod.rs"]
mod server;

use std::error::Error;
use std::sync::Arc;

use recipe_llm::model::{ResponseSchema, Tool, ToolCall, ToolResult};
use recipe_llm::{Message, Model, ModelError, ModelSource, Providers, Request, Response};
use serde_json::{Map, Value, json};

use crate::server::{Received, Reply, Server};

/// A key that must not appear outside of a header.
const KEY: &str = "sk-very-secret";

/// Finds the model of this name.
fn find(name: &str, config: &[(&str, &str)]) -> Result<Arc<dyn Model>, ModelError> {
    let config: Map<String, Value> = config
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    Providers::new().model(&name.parse().unwrap(), &config)
}

/// Sends a request to a server with this reply. Returns the received request and the response. An
/// empty configuration value stands for the address of the server.
async fn ask(
    name: &str,
    config: &[(&str, &str)],
    request: &Request,
    reply: Reply,
) -> (Received, Result<Response, ModelError>) {
    let server = Server::start([reply]).await;
    let url = server.url();
    let config: Vec<(&str, &str)> = config
        .iter()
        .map(|(name, value)| (*name, if value.is_empty() { &url } else { *value }))
        .collect();
    let response = find(name, &config).unwrap().respond(request).await;
    let received = server.received().remove(0);
    assert_eq!(server.received().len(), 1);
    (received, response)
}

/// A request without options.
fn question() -> Request {
    let mut request = Request::default();
    request.messages = vec![Message::User("What is it like outside?".to_owned())];
    request
}

fn limited() -> Request {
    let mut request = question();
    request.max_tokens = Some(100);
    request.temperature = Some(0.5);
    request
}

fn with_schema() -> Request {
    let mut request = question();
    request.schema = Some(ResponseSchema {
        name: "weather".to_owned(),
        schema: json!({
            "type": "object",
            "properties": {"degrees": {"type": "number"}},
            "required": ["degrees"],
            "additionalProperties": false,
        }),
    });
    request
}

/// A conversation with two tool calls, one of which failed.
fn with_tools() -> Request {
    let mut request = question();
    request.tools = vec![Tool {
        name: "look".to_owned(),
        description: "Looks out.".to_owned(),
        parameters: json!({"type": "object", "properties": {"window": {"type": "string"}}}),
    }];
    request.messages.push(Message::Assistant {
        text: "I look.".to_owned(),
        tool_calls: vec![
            call("one", r#"{"window":"north"}"#, Some("signed")),
            call("two", r#"{"window":"south"}"#, None),
        ],
    });
    request.messages.push(Message::ToolResults(vec![
        result("one", "rain", false),
        result("two", "no such window", true),
    ]));
    request
}

fn call(id: &str, arguments: &str, signature: Option<&str>) -> ToolCall {
    ToolCall {
        id: id.to_owned(),
        name: "look".to_owned(),
        arguments: arguments.to_owned(),
        signature: signature.map(str::to_owned),
    }
}

fn result(id: &str, content: &str, is_error: bool) -> ToolResult {
    ToolResult {
        id: id.to_owned(),
        name: "look".to_owned(),
        content: content.to_owned(),
        is_error,
    }
}

/// Sends a request once for each reply, and formats the errors, a line each.
async fn failures(
    name: &str,
    config: &[(&str, &str)],
    request: &Request,
    replies: impl IntoIterator<Item = Reply>,
) -> String {
    let mut errors = Vec::new();
    for reply in replies {
        let error = ask(name, config, request, reply).await.1.unwrap_err();
        let (text, transient) = (shown(&error), error.is_transient());
        let after = match error.retry_after() {
            Some(delay) => format!(", after: {delay:?}"),
            None => String::new(),
        };
        errors.push(format!("{text} (transient: {transient}{after})"));
    }
    errors.join("\n")
}

/// Formats an error with its causes, and checks that the key is not in it.
fn shown(error: &ModelError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    for text in [&text, &format!("{error:?}"), &format!("{error:#?}")] {
        assert!(!text.contains(KEY), "{text}");
    }
    text
}
