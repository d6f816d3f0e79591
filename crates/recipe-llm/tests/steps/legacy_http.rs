//! Servers from before 2025: messages to them are posted, and their messages are events of one long
//! response.

use std::sync::{Arc, Mutex};

use insta::assert_snapshot;
use recipe_core::Context;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::scripted::{Outcome, Scripted};

/// Runs a step with a server whose first event contains this address to post to. Returns the
/// received requests.
async fn run_against(endpoint: &'static str) -> (Outcome, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/sse", listener.local_addr().unwrap());
    let received = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = JoinSet::new();
    tasks.spawn(serve(listener, endpoint, received.clone()));
    let server = json!({"url": url, "headers": {"Authorization": "Bearer tok-1234"}});
    let config = json!({"server": server, "tool_name": "look", "arguments": {"n": 1}});
    let step = json!({"type": "mcp", "config": config});
    let outcome = Scripted::default().run(step, Context::new()).await;
    let received = received.lock().unwrap().clone();
    (outcome, received)
}

async fn serve(listener: TcpListener, endpoint: &'static str, received: Arc<Mutex<Vec<String>>>) {
    let (queue, mut queued) = mpsc::unbounded_channel::<String>();
    let mut stream_of_events = None;
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                let mut stream = BufReader::new(stream);
                let (head, body) = request(&mut stream).await;
                received.lock().unwrap().push(format!("{head} {body}"));
                if head.starts_with("GET") {
                    let mut stream = stream.into_inner();
                    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
                    let first = format!("{head}event: endpoint\ndata: {endpoint}\n\n");
                    stream.write_all(first.as_bytes()).await.unwrap();
                    stream_of_events = Some(stream);
                } else if head.starts_with("POST /sse") {
                    response(stream.into_inner(), "405 Method Not Allowed").await;
                } else {
                    response(stream.into_inner(), "202 Accepted").await;
                    if let Some(reply) = reply(&body) {
                        queue.send(reply).unwrap();
                    }
                }
            }
            Some(reply) = queued.recv() => {
                // Comments and other events are not messages.
                let event = format!(": still here\n\nevent: ping\ndata: {{}}\n\nevent: message\r\ndata: {reply}\r\n\r\n");
                stream_of_events.as_mut().unwrap().write_all(event.as_bytes()).await.unwrap();
            }
        }
    }
}

async fn response(mut stream: TcpStream, status: &str) {
    let response = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(response.as_bytes()).await.unwrap();
}

/// The request line with the kind of key, and the body.
async fn request(stream: &mut BufReader<TcpStream>) -> (String, String) {
    let mut lines = Vec::new();
    let (mut length, mut key) = (0, "without a key");
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let line = line.trim_end().to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        if line == "authorization: bearer tok-1234" {
            key = "with the key";
        }
        lines.push(line);
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let first = lines[0].replace(" http/1.1", "");
    let (method, path) = first.split_once(' ').unwrap();
    let head = format!("{} {path} {key}", method.to_uppercase());
    (head, String::from_utf8(body).unwrap())
}

fn reply(body: &str) -> Option<String> {
    let message: Value = serde_json::from_str(body).unwrap();
    let result = match message["method"].as_str().unwrap() {
        "initialize" => json!({
            "protocolVersion": "2024-11-05",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "old", "version": "1"},
        }),
        "tools/call" => json!({"content": [{"type": "text", "text": "found"}]}),
        _ => return None,
    };
    Some(json!({"jsonrpc": "2.0", "id": message["id"], "result": result}).to_string())
}

fn heads(received: &[String]) -> String {
    let heads = received
        .iter()
        .map(|one| one.split(" {").next().unwrap().trim_end());
    heads.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_legacy_server_is_used_with_its_transport() {
    let (outcome, received) = run_against("/messages?session=7").await;
    let result = outcome.artifact("tool_result");
    assert_eq!(result["content"][0]["text"], "found");
    assert_snapshot!(heads(&received), @"
    POST /sse with the key
    POST /sse with the key
    GET /sse with the key
    POST /messages?session=7 with the key
    POST /messages?session=7 with the key
    POST /messages?session=7 with the key
    ");
}

#[tokio::test]
async fn keys_are_not_sent_to_another_server() {
    let (outcome, received) = run_against("http://127.0.0.1:1/messages").await;
    assert!(
        outcome.error().contains("connection failed"),
        "{}",
        outcome.error()
    );
    assert_snapshot!(heads(&received), @"
    POST /sse with the key
    POST /sse with the key
    GET /sse with the key
    ");
}
