//! Answers of the providers of models.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use recipe_llm::{AnswerSchema, ModelName, ModelSource, Providers, Request, Tool};
use serde_json::{Map, Value, json};

use crate::answering::{Answering, HttpAnswer};
use crate::runtime::block_on;

const MODELS: [&str; 8] = [
    "openai/m",
    "openai_responses/m",
    "anthropic/claude-3-5-haiku",
    "anthropic/m",
    "gemini/m",
    "ollama/m",
    "azure/m",
    "azure_responses/m",
];

/// More tokens than these are in no answer.
const MOST_TOKENS: u64 = 1 << 40;

/// The first byte tells the provider, and whether the answer has the status of a failure or comes as events; the rest is the
/// answer.
///
/// # Panics
/// When there is no end to the answer, or one that counts what cannot be.
pub fn model(bytes: &[u8]) {
    static SERVER: LazyLock<Answering> = LazyLock::new(Answering::start);
    let Some((how, rest)) = bytes.split_first() else {
        return;
    };
    let (how, rest) = (*how, rest.to_vec());
    SERVER.answer(Box::new(move |_| HttpAnswer {
        status: match how >> 3 & 3 {
            0 | 1 => 200,
            2 => 400,
            _ => 529,
        },
        kind: match how & 64 {
            0 => "application/json",
            _ => "text/event-stream",
        },
        body: rest.clone(),
    }));
    let base = format!("http://{}", SERVER.address);
    let mut config = Map::new();
    for name in ["openai", "anthropic", "gemini", "ollama", "azure_openai"] {
        config.insert(format!("{name}_base_url"), Value::from(base.as_str()));
        config.insert(format!("{name}_api_key"), Value::from("sk-fuzzed"));
    }
    let name: ModelName = MODELS[usize::from(how & 7)]
        .parse()
        .expect("it is the name of a model");
    let model = Providers::new().model(&name, &config);
    let model = model.expect("the configuration has all that it needs");
    let mut request = Request::new("Hello");
    if how & 64 != 0 {
        request.max_tokens = Some(30_000);
    }
    if how & 128 != 0 {
        request.schema = Some(AnswerSchema {
            name: "answer".to_owned(),
            schema: json!({"type": "object"}),
        });
        request.tools = vec![Tool {
            name: "look".to_owned(),
            description: String::new(),
            parameters: json!({"type": "object"}),
        }];
    }
    let started = Instant::now();
    let answer = block_on(model.answer(&request));
    let took = started.elapsed();
    assert!(took < Duration::from_secs(10), "it took {took:?}");
    match answer {
        Ok(answer) => {
            let usage = answer.usage;
            assert!(usage.input_tokens <= MOST_TOKENS, "{usage:?}");
            assert!(usage.output_tokens <= MOST_TOKENS, "{usage:?}");
        }
        Err(error) => {
            let told = recipe_core::chain(&error).to_string();
            assert!(!told.contains("sk-fuzzed"), "{told}");
        }
    }
}
