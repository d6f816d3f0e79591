//! Remote servers with invalid or redirected responses.

use std::sync::{Arc, Mutex};

use insta::assert_snapshot;
use recipe_core::Context;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::scripted::{Outcome, Scripted};

/// Behaviour of a server: turns the first line and relevant headers of a request and its body into
/// a response.
type Behaviour = fn(&str, &Value) -> String;

async fn call(behaviour: Behaviour) -> (Outcome, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let received = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = JoinSet::new();
    let recorder = received.clone();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            connections.spawn(serve(stream, behaviour, recorder.clone()));
        }
    });
    let server = json!({"url": url, "timeout": 2});
    let config = json!({"server": server, "tool_name": "look"});
    let step = json!({"type": "mcp", "config": config});
    let outcome = Scripted::default().run(step, Context::new()).await;
    let received = received.lock().unwrap().clone();
    (outcome, received)
}

async fn serve(stream: TcpStream, behaviour: Behaviour, received: Arc<Mutex<Vec<String>>>) {
    let mut stream = BufReader::new(stream);
    let (mut head, mut length, mut relevant) = (String::new(), 0, Vec::new());
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if head.is_empty() {
            line.trim_end_matches(" HTTP/1.1").clone_into(&mut head);
        } else if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        } else if line.starts_with("mcp-") {
            relevant.push(line.to_owned());
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    relevant.sort();
    let method = body["method"].as_str().unwrap_or_default();
    let line = format!("{head} {method} {}", relevant.join(" "));
    received.lock().unwrap().push(line.trim_end().to_owned());
    let response = behaviour(&head, &body);
    stream
        .get_mut()
        .write_all(response.as_bytes())
        .await
        .unwrap();
}

fn with_status(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
}

fn json_text(body: &str) -> String {
    with_status("200 OK", "content-type: application/json\r\n", body)
}

fn response(request: &Value, result: &Value) -> String {
    json_text(&json!({"jsonrpc": "2.0", "id": request["id"], "result": result}).to_string())
}

fn events(events: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream\r\n\r\n{events}"
    )
}

fn seen() -> Value {
    json!({"content": [{"type": "text", "text": "seen"}]})
}

/// Responds like a server of 2025, except to calls.
fn earlier(head: &str, request: &Value) -> Option<String> {
    if !head.starts_with("POST") {
        return Some(with_status("405 Method Not Allowed", "", ""));
    }
    match request["method"].as_str().unwrap() {
        "server/discover" => Some(with_status("400 Bad Request", "", "no session")),
        "initialize" => Some(response(
            request,
            &json!({"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}}),
        )),
        "tools/call" => None,
        _ => Some(with_status("202 Accepted", "", "")),
    }
}

/// Responds like a server of 2026, except to calls.
fn newest(request: &Value) -> Option<String> {
    match request["method"].as_str().unwrap() {
        "server/discover" => Some(response(
            request,
            &json!({
                "resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {},
                "serverInfo": {"name": "s", "version": "1"}, "ttlMs": 0, "cacheScope": "private",
            }),
        )),
        "tools/call" => None,
        _ => Some(with_status("400 Bad Request", "", "")),
    }
}

fn result_text(outcome: &Outcome) -> String {
    let result = outcome.artifact("tool_result");
    result["content"][0]["text"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_server_of_the_newest_version_gets_headers_with_the_request() {
    let (outcome, received) =
        call(|_, request| newest(request).unwrap_or_else(|| response(request, &seen()))).await;
    assert_eq!(result_text(&outcome), "seen");
    assert_snapshot!(received.join("\n"), @"
    POST /mcp server/discover mcp-method: server/discover mcp-protocol-version: 2026-07-28
    POST /mcp tools/call mcp-method: tools/call mcp-name: look mcp-protocol-version: 2026-07-28
    ");
}

#[tokio::test]
async fn an_earlier_server_gets_a_handshake() {
    let (outcome, received) =
        call(|head, request| earlier(head, request).unwrap_or_else(|| response(request, &seen())))
            .await;
    assert_eq!(result_text(&outcome), "seen");
    assert_snapshot!(received.join("\n"), @"
    POST /mcp server/discover mcp-method: server/discover mcp-protocol-version: 2026-07-28
    POST /mcp initialize
    POST /mcp notifications/initialized mcp-protocol-version: 2025-11-25
    POST /mcp tools/call mcp-protocol-version: 2025-11-25
    ");
}

#[tokio::test]
async fn an_invalid_response_fails_the_call() {
    let behaviours: [Behaviour; 12] = [
        |_, request| {
            json_text(&format!(
                "{{\"id\":{},\"result\":{{\"content\":[\"\\ud83d\"]}}}}",
                request["id"]
            ))
        },
        |_, request| {
            json_text(&format!(
                "{{\"id\":{},\"result\":{{\"content\"",
                request["id"]
            ))
        },
        |_, _| json_text("{\"id\":99,\"result\":{}}"),
        |_, _| json_text("[]"),
        |_, _| json_text(""),
        |_, _| {
            with_status(
                "200 OK",
                "content-type: text/html\r\n",
                "<html>login</html>",
            )
        },
        |_, request| {
            events(&format!(
                "data: {{\"id\":{},\"result\":{{\"content\":[\"\\ud83d\"]}}}}\n\n",
                request["id"]
            ))
        },
        |_, request| events(&format!("data: {{\"id\":{},\"result\":\n\n", request["id"])),
        |_, _| events(": nothing\n\n"),
        |_, _| with_status("500 Internal Server Error", "", "out of memory"),
        |_, _| {
            with_status(
                "400 Bad Request",
                "content-type: application/json\r\n",
                r#"{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"no session","data":7}}"#,
            )
        },
        |_, _| {
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{".to_owned()
        },
    ];
    let mut errors = String::new();
    for behaviour in behaviours {
        static BEHAVIOUR: Mutex<Option<Behaviour>> = Mutex::new(None);
        *BEHAVIOUR.lock().unwrap() = Some(behaviour);
        let (outcome, _) = call(|head, request| {
            let behaviour = BEHAVIOUR.lock().unwrap().unwrap();
            earlier(head, request).unwrap_or_else(|| behaviour(head, request))
        })
        .await;
        let error = outcome.error();
        let place = error.find("127.0.0.1:").unwrap();
        let end = place + error[place..].find('/').unwrap();
        errors += &error.replace(&error[place..end], "HOST");
        errors += "\n";
    }
    assert_snapshot!(errors);
}

#[tokio::test]
async fn other_events_do_not_hide_the_response() {
    let (outcome, _) = call(|head, request| {
        earlier(head, request).unwrap_or_else(|| {
            let noise = ": a comment\n\nevent: ping\ndata: {}\n\ndata: {\"method\":\"notifications/message\",\"params\":7}\n\ndata: not JSON\n\n";
            let response = json!({"jsonrpc": "2.0", "id": request["id"], "result": seen()});
            events(&format!("{noise}id: 7\ndata: {response}\n\n"))
        })
    })
    .await;
    assert_eq!(result_text(&outcome), "seen");
}

#[tokio::test]
async fn a_redirect_to_the_same_server_is_followed() {
    let (outcome, received) = call(|head, request| {
        if !head.ends_with("/mcp/") {
            return with_status("307 Temporary Redirect", "location: /mcp/\r\n", "");
        }
        earlier(head, request).unwrap_or_else(|| response(request, &seen()))
    })
    .await;
    assert_eq!(result_text(&outcome), "seen");
    assert!(
        received
            .iter()
            .any(|line| line.starts_with("POST /mcp/ tools/call"))
    );
}

#[tokio::test]
async fn other_redirects_are_errors() {
    let behaviours: [Behaviour; 3] = [
        |_, _| {
            with_status(
                "308 Permanent Redirect",
                "location: http://127.0.0.1:1/mcp?key=7\r\n",
                "",
            )
        },
        |_, _| with_status("307 Temporary Redirect", "location: /mcp\r\n", ""),
        |_, _| with_status("302 Found", "location: /login\r\n", ""),
    ];
    let mut errors = String::new();
    for behaviour in behaviours {
        let (outcome, received) = call(behaviour).await;
        assert!(received.len() < 30, "{received:?}");
        let error = outcome.error();
        errors += error.split("connection failed: ").last().unwrap();
        errors += "\n";
    }
    assert_snapshot!(errors, @"
    redirect to another origin: http://127.0.0.1:1/mcp
    too many redirects
    server returned HTTP 302 Found
    ");
}
