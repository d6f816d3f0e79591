//! Local server with scripted responses of a language model.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::harness::{Folder, Outcome};

/// Key that it expects.
pub(crate) const KEY: &str = "sk-live-1234";

/// Server with OpenAI's API.
pub(crate) struct Server {
    pub(crate) address: String,
    /// Bodies of the requests so far.
    pub(crate) asked: Arc<Mutex<Vec<Value>>>,
}

/// Scripted response of the server.
pub(crate) enum Reply {
    /// Responds with text.
    Text(&'static str),
    /// Calls these tools with these arguments.
    Calls(&'static [(&'static str, &'static str)]),
    /// Responds with this status.
    Status(u16, &'static str),
    /// Responds and keeps the connection open without reading from it.
    Open(&'static str),
    /// Accepts the request and never responds.
    Silence,
}

impl Server {
    pub(crate) fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let mut replies: VecDeque<Reply> = replies.into_iter().collect();
        let noted = asked.clone();
        thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                noted.lock().unwrap().push(request(&stream));
                match replies.pop_front().expect("a scripted response is left") {
                    Reply::Text(text) => respond(&mut stream, 200, &completion(text)),
                    Reply::Calls(calls) => respond(&mut stream, 200, &wanted(calls)),
                    Reply::Status(status, message) => {
                        let body = json!({"error": {"message": message}});
                        respond(&mut stream, status, &body);
                    }
                    Reply::Open(text) => {
                        respond_on(&mut stream, 200, "keep-alive", &completion(text));
                        open.push(stream);
                    }
                    Reply::Silence => open.push(stream),
                }
            }
        });
        Self {
            address: format!("http://{address}/v1"),
            asked,
        }
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// Command of the program with these arguments, using this server.
    pub(crate) fn command(&self, folder: &Folder, arguments: &str) -> Command {
        let mut command = folder.command(arguments);
        command
            .env("OPENAI_BASE_URL", &self.address)
            .env("OPENAI_API_KEY", KEY)
            .env("NO_PROXY", "*");
        command
    }

    pub(crate) fn recipe(&self, folder: &Folder, arguments: &str) -> Outcome {
        folder.outcome(&mut self.command(folder, arguments))
    }
}

/// Reads a request and returns its body.
fn request(stream: &TcpStream) -> Value {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end().to_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    serde_json::from_slice(&body).unwrap()
}

fn respond(stream: &mut TcpStream, status: u16, body: &Value) {
    respond_on(stream, status, "close", body);
}

fn respond_on(stream: &mut TcpStream, status: u16, connection: &str, body: &Value) {
    let body = body.to_string();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: {connection}\r\n\r\n"
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
}

fn completion(text: &str) -> Value {
    json!({
        "choices": [{"message": {"content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 3},
    })
}

fn wanted(calls: &[(&str, &str)]) -> Value {
    let calls = calls.iter().enumerate().map(|(index, (name, arguments))| {
        json!({
            "id": format!("call-{index}"),
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        })
    });
    json!({
        "choices": [{
            "message": {"content": null, "tool_calls": calls.collect::<Vec<_>>()},
            "finish_reason": "tool_calls",
        }],
        "usage": {"prompt_tokens": 12, "completion_tokens": 3},
    })
}
