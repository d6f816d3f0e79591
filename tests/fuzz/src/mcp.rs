//! Messages of MCP servers: responses to `tools/call` and `tools/list`.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use recipe_core::{Context, Executor, Registry};
use serde_json::{Value, json};

use crate::answering::{Answering, HttpAnswer};
use crate::runtime::{block_on, source};

/// Timeout of a call in seconds.
const TIMEOUT: f64 = 0.3;

/// Sends the bytes as a response. The first byte selects the encoding; `$ID` in the rest is the id
/// of the request.
///
/// # Panics
/// If a step exceeds its timeout, or has a result that violates the protocol.
pub fn mcp(bytes: &[u8]) {
    static SERVER: LazyLock<Answering> = LazyLock::new(Answering::start);
    let Some((how, rest)) = bytes.split_first() else {
        return;
    };
    let (how, rest) = (*how, rest.to_vec());
    SERVER.answer(Box::new(move |request| answer(how, &rest, request)));
    let url = format!("http://{}/mcp", SERVER.address);
    let server = json!({"url": url, "timeout": TIMEOUT});
    let recipe = json!([{"type": "mcp", "config": {"server": server, "tool_name": "look"}}]);
    let mut registry = Registry::new();
    recipe_llm::register(&mut registry).expect("the registry is empty");
    let mut context = Context::new();
    let started = Instant::now();
    let result = block_on(Executor::new(registry).run(source(&recipe), &mut context));
    let took = started.elapsed();
    assert!(took < Duration::from_secs(10), "it took {took:?}");
    match result {
        Ok(()) => {
            let result = context.get("tool_result").expect("the step has set it");
            assert!(result["content"].is_array(), "{result}");
            assert!(result["isError"].is_boolean(), "{result}");
        }
        Err(error) => drop(recipe_core::chain(&error).to_string()),
    }
}

fn answer(how: u8, rest: &[u8], request: &[u8]) -> HttpAnswer {
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let method = request["method"].as_str().unwrap_or_default();
    let json_of = |value: Value| HttpAnswer {
        status: 200,
        kind: "application/json",
        body: value.to_string().into_bytes(),
    };
    let id = &request["id"];
    match method {
        "server/discover" if how & 4 == 0 => {
            json_of(json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": "no"}}))
        }
        "initialize" if how & 8 == 0 => json_of(json!({"jsonrpc": "2.0", "id": id, "result": {
            "protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"},
        }})),
        "server/discover" | "initialize" | "tools/call" => HttpAnswer {
            status: if how & 16 == 0 { 200 } else { 400 },
            kind: if how & 1 == 0 {
                "application/json"
            } else {
                "text/event-stream"
            },
            body: with_id(how & 2 != 0, rest, &id.to_string()),
        },
        _ => HttpAnswer {
            status: if method.is_empty() { 405 } else { 202 },
            kind: "text/plain",
            body: Vec::new(),
        },
    }
}

/// Inserts the id into the bytes and optionally wraps them as the data of an event.
fn with_id(is_event: bool, rest: &[u8], id: &str) -> Vec<u8> {
    let mut body = if is_event {
        b"data: ".to_vec()
    } else {
        Vec::new()
    };
    let mut rest = rest;
    while let Some(at) = rest.windows(3).position(|three| three == b"$ID") {
        body.extend_from_slice(&rest[..at]);
        body.extend_from_slice(id.as_bytes());
        rest = &rest[at + 3..];
    }
    body.extend_from_slice(rest);
    if is_event {
        body.extend_from_slice(b"\n\n");
    }
    body
}
