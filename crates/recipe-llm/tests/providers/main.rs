//! The providers against a server that plays theirs: what exactly they are asked, and what is made of what they say.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod anthropic;
mod azure;
mod broken_text;
mod errors;
mod gemini;
mod names;
mod ollama;
mod openai;
mod openai_responses;
#[path = "../server/mod.rs"]
mod server;

use std::error::Error;
use std::sync::Arc;

use recipe_llm::{
    Answer, AnswerSchema, Message, Model, ModelError, ModelSource, Providers, Request, Tool,
    ToolCall, ToolResult,
};
use serde_json::{Map, Value, json};

use crate::server::{Received, Reply, Server};

/// A key that must be nowhere but in a header.
const KEY: &str = "sk-very-secret";

/// The model of this name.
fn find(name: &str, config: &[(&str, &str)]) -> Result<Arc<dyn Model>, ModelError> {
    let config: Map<String, Value> = config
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    Providers::new().model(&name.parse().unwrap(), &config)
}

/// Asks a model once, at a server that gives this answer: what it was asked, and what has been made of the answer.
/// An empty value of the configuration stands for the address of the server.
async fn ask(
    name: &str,
    config: &[(&str, &str)],
    request: &Request,
    reply: Reply,
) -> (Received, Result<Answer, ModelError>) {
    let server = Server::start([reply]).await;
    let url = server.url();
    let config: Vec<(&str, &str)> = config
        .iter()
        .map(|(name, value)| (*name, if value.is_empty() { &url } else { *value }))
        .collect();
    let answer = find(name, &config).unwrap().answer(request).await;
    let received = server.received().remove(0);
    assert_eq!(server.received().len(), 1);
    (received, answer)
}

/// A question with everything that can be said of the answer.
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
    request.schema = Some(AnswerSchema {
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

/// A conversation in which two tools have been called, one of which has failed.
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

/// An error with its causes, in which the key must not be.
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
