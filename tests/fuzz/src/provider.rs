//! What a provider of language models answers.

use std::cell::OnceCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use recipe_core::chain;
use recipe_llm::{
    Answer, AnswerSchema, Message, Model, ModelError, ModelSource, Providers, Request, Tool,
    ToolResult,
};
use serde_json::{Map, json};
use tokio::runtime::{Builder, Runtime};

const KEY: &str = "sk-fuzzed-0123456789";

/// More than any message is cut to, with all that stands before it.
const MAX_ERROR_CHARACTERS: usize = 2_500;

/// The APIs: a model, the configuration value of its address, and what its answers come as.
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

/// What the server answers with: the kind and the body.
static REPLY: Mutex<(&str, Vec<u8>)> = Mutex::new(("", Vec::new()));

/// The first byte tells the API, the others are the body of an answer. What the model says and wants called is shown to it
/// again, with the same answer.
///
/// # Panics
/// When an error is longer than it may be, or has the key in it.
pub fn provider(bytes: &[u8]) {
    let Some((api, body)) = bytes.split_first() else {
        return;
    };
    let (name, address, kind) = APIS[usize::from(*api) % APIS.len()];
    // One answer at a time.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    *REPLY.lock().unwrap_or_else(PoisonError::into_inner) = (kind, body.to_vec());
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
    // So many that Anthropic's models are asked for a stream.
    request.max_tokens = Some(30_000);
    let object = json!({"type": "object", "properties": {"window": {"type": "string"}}});
    request.schema = Some(AnswerSchema {
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
    let url = format!("http://127.0.0.1:{}", port());
    let config = Map::from_iter([(address.to_owned(), json!(url)), (key, json!(KEY))]);
    let name = name.parse().expect("the name has a provider");
    let model = PROVIDERS.with(|providers| providers.model(&name, &config));
    model.expect("all that is needed is configured")
}

fn ask(model: &dyn Model, request: &Request) -> Result<Answer, ModelError> {
    thread_local! {
        static RUNTIME: OnceCell<Runtime> = const { OnceCell::new() };
    }
    RUNTIME.with(|runtime| {
        let runtime = runtime.get_or_init(|| {
            let mut builder = Builder::new_current_thread();
            builder.enable_all().build().expect("a runtime can be made")
        });
        runtime.block_on(model.answer(request))
    })
}

fn looked_at(answered: Result<Answer, ModelError>) -> Option<Answer> {
    let error = match answered {
        Ok(answer) => return Some(answer),
        Err(error) => error,
    };
    let told = chain(&error).to_string();
    assert!(!told.contains(KEY), "{told}");
    assert!(told.chars().count() < MAX_ERROR_CHARACTERS, "{told}");
    None
}

/// The port of a server that answers whoever asks.
fn port() -> u16 {
    static PORT: OnceLock<u16> = OnceLock::new();
    *PORT.get_or_init(|| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
        let port = listener.local_addr().expect("it has an address").port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client may hang up whenever it likes.
                thread::spawn(move || serve(stream).ok());
            }
        });
        port
    })
}

fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line == "\r\n" {
                break;
            }
        }
        reader.read_exact(&mut vec![0; length])?;
        let (kind, body) = {
            let reply = REPLY.lock().unwrap_or_else(PoisonError::into_inner);
            reply.clone()
        };
        let length = body.len();
        let mut reply =
            format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n")
                .into_bytes();
        reply.extend(body);
        stream.write_all(&reply)?;
    }
}
