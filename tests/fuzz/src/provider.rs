//! Responses of model providers.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use recipe_core::chain;
use recipe_llm::model::{ResponseSchema, Tool, ToolResult};
use recipe_llm::{Message, Model, ModelError, ModelSource, Providers, Request, Response};
use serde_json::{Map, json};

use crate::answering::{Answering, HttpAnswer};
use crate::runtime::block_on;

const KEY: &str = "sk-fuzzed-0123456789";

/// Upper bound for a truncated message with its prefixes.
const MAX_ERROR_CHARACTERS: usize = 2_500;

/// APIs: a model, the configuration value of its URL, and the content type of its responses.
const APIS: [(&str, &str, &str); 7] = [
    ("openai/m", "openai_base_url", "application/json"),
    ("openai_responses/m", "openai_base_url", "application/json"),
    (
        "anthropic/claude-opus-5-5",
        "anthropic_base_url",
        "application/json",
    ),
    (
        "anthropic/claude-opus-5-5",
        "anthropic_base_url",
        "text/event-stream",
    ),
    (
        "anthropic/claude-sonnet-4-5",
        "anthropic_base_url",
        "application/json",
    ),
    ("gemini/m", "gemini_base_url", "application/json"),
    ("ollama/m", "ollama_base_url", "application/json"),
];

/// Server for all requests.
static SERVER: LazyLock<Answering> = LazyLock::new(Answering::start);

/// Sends the bytes as a response. The first byte selects the API, the others are the body. The
/// model's messages and tool calls are sent back to it, with the same response.
///
/// # Panics
/// If an error is too long or contains the key.
pub fn provider(bytes: &[u8]) {
    let Some((api, body)) = bytes.split_first() else {
        return;
    };
    let (name, address, kind) = APIS[usize::from(*api) % APIS.len()];
    // Responses are sent one at a time.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let body = body.to_vec();
    SERVER.answer(Box::new(move |_| HttpAnswer {
        status: 200,
        kind,
        body: body.clone(),
    }));
    let model = model(name, address);
    let mut request = request();
    if let Some(answer) = looked_at(ask(&*model, &request)) {
        let results = answer.tool_calls.iter().map(|call| ToolResult {
            id: call.id.clone(),
            name: call.name.clone(),
            content: "seen".to_owned(),
            is_error: false,
        });
        let results = Message::ToolResults(results.collect());
        request.messages.push(Message::Assistant {
            text: answer.text,
            tool_calls: answer.tool_calls,
        });
        request.messages.push(results);
        looked_at(ask(&*model, &request));
    }
}

fn request() -> Request {
    let mut request = Request::new("What is it like outside?");
    // Enough that Anthropic's models are asked for a stream.
    request.max_tokens = Some(30_000);
    let object = json!({"type": "object", "properties": {"window": {"type": "string"}}});
    request.schema = Some(ResponseSchema {
        name: "answer".to_owned(),
        schema: object.clone(),
    });
    request.tools = vec![Tool {
        name: "look".to_owned(),
        description: "Looks out.".to_owned(),
        parameters: object,
    }];
    request
}

fn model(name: &str, address: &str) -> Arc<dyn Model> {
    thread_local! {
        static PROVIDERS: Providers = Providers::new();
    }
    let key = address.replace("base_url", "api_key");
    let url = format!("http://{}", SERVER.address);
    let config = Map::from_iter([(address.to_owned(), json!(url)), (key, json!(KEY))]);
    let name = name.parse().expect("the name has a provider");
    let model = PROVIDERS.with(|providers| providers.model(&name, &config));
    model.expect("all that is needed is configured")
}

fn ask(model: &dyn Model, request: &Request) -> Result<Response, ModelError> {
    block_on(model.respond(request))
}

fn looked_at(answered: Result<Response, ModelError>) -> Option<Response> {
    let error = match answered {
        Ok(answer) => return Some(answer),
        Err(error) => error,
    };
    let told = chain(&error).to_string();
    assert!(!told.contains(KEY), "{told}");
    assert!(told.chars().count() < MAX_ERROR_CHARACTERS, "{told}");
    None
}
