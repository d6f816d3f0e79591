//! generateContent: the API of Google's Gemini.

use recipe_core::event::Usage;
use reqwest::Url;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::answer_tool::AnswerTool;
use super::anthropic::{arguments_object, arguments_text};
use super::endpoint::Endpoint;
use super::http::malformed;
use super::openai::{id_or_new, no_builtin_tools, usage};
use crate::model::{
    Answer, AnswerFuture, HttpRequest, Message, Model, ModelError, Request, Tool, ToolCall,
    ToolResult,
};

/// What stands in for the signature of a call that has none, as calls of other models: Google's word for it.
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

const GOOGLE: &str = "generativelanguage.googleapis.com";

/// Reasons to finish before the end.
const CUT_OFF: &[&str] = &["CONTINUATION", "MAX_TOKENS"];

/// A model behind generateContent.
pub(super) struct GeminiModel {
    endpoint: Endpoint,
}

/// Where a model is, below a base URL. A name with a slash, such as `tunedModels/mine`, says what it is by itself. The
/// official client's base URL of Google has no version in it.
pub(super) fn path(base: &Url, name: &str) -> Vec<String> {
    let place = if name.contains('/') {
        name.to_owned()
    } else {
        format!("models/{name}")
    };
    let lacks_version = base.path() == "/" && base.host_str() == Some(GOOGLE);
    let version = lacks_version.then(|| "v1beta".to_owned());
    let place = format!("{place}:generateContent");
    let place = place.split('/').map(str::to_owned);
    version.into_iter().chain(place).collect()
}

impl GeminiModel {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }
}

impl Model for GeminiModel {
    fn answer<'a>(&'a self, request: &'a Request) -> AnswerFuture<'a> {
        Box::pin(async move {
            no_builtin_tools(request)?;
            let answer_tool = answer_tool(request);
            let body = body(request, answer_tool.as_ref());
            let answer = |reply: Reply| reply.answer(request, answer_tool.as_ref());
            self.endpoint.post(&[], &body, answer).await
        })
    }

    fn http_request(&self, request: &Request) -> Result<Option<HttpRequest>, ModelError> {
        no_builtin_tools(request)?;
        let body = body(request, answer_tool(request).as_ref());
        Ok(Some(self.endpoint.http_request(&[], body)))
    }

    fn address(&self) -> String {
        self.endpoint.address()
    }
}

/// The tool that the answer is given with: most models take a schema or tools, not both.
fn answer_tool(request: &Request) -> Option<AnswerTool> {
    match &request.schema {
        Some(schema) if !request.tools.is_empty() => Some(AnswerTool::new(schema, request)),
        _ => None,
    }
}

fn body(request: &Request, answer_tool: Option<&AnswerTool>) -> Value {
    let mut body = Map::new();
    let contents = request.messages.iter().filter_map(content).collect();
    body.insert("contents".into(), contents);
    let mut settings = Map::new();
    if let Some(max_tokens) = request.max_tokens {
        settings.insert("maxOutputTokens".into(), json!(max_tokens));
    }
    if let Some(temperature) = request.temperature {
        settings.insert("temperature".into(), json!(temperature));
    }
    match (&request.schema, answer_tool) {
        (Some(schema), None) => {
            settings.insert("responseMimeType".into(), json!("application/json"));
            settings.insert("responseJsonSchema".into(), in_order(&schema.schema));
        }
        (_, Some(_)) => {
            body.insert(
                "toolConfig".into(),
                json!({"functionCallingConfig": {"mode": "ANY"}}),
            );
        }
        (None, None) => {}
    }
    let answer_tool = answer_tool.map(|answer_tool| &answer_tool.tool);
    let tools: Vec<Value> = request.tools.iter().chain(answer_tool).map(tool).collect();
    if !tools.is_empty() {
        body.insert("tools".into(), json!([{"functionDeclarations": tools}]));
    }
    if !settings.is_empty() {
        body.insert("generationConfig".into(), Value::Object(settings));
    }
    Value::Object(body)
}

/// The schema with the order of properties said apart, without which some models take that of the alphabet.
fn in_order(schema: &Value) -> Value {
    match schema {
        Value::Array(parts) => parts.iter().map(in_order).collect(),
        Value::Object(parts) => {
            let mut ordered: Map<String, Value> = parts
                .iter()
                .map(|(keyword, part)| (keyword.clone(), ordered_part(keyword, part)))
                .collect();
            if let Some(Value::Object(properties)) = parts.get("properties")
                && properties.len() > 1
            {
                let names = || properties.keys().cloned().collect();
                ordered.entry("propertyOrdering").or_insert_with(names);
            }
            Value::Object(ordered)
        }
        plain => plain.clone(),
    }
}

/// Names of properties are no keywords, and values no schemas.
fn ordered_part(keyword: &str, part: &Value) -> Value {
    match (keyword, part) {
        ("properties" | "$defs" | "definitions", Value::Object(schemas)) => schemas
            .iter()
            .map(|(name, schema)| (name.clone(), in_order(schema)))
            .collect(),
        ("const" | "enum" | "default" | "examples", values) => values.clone(),
        (_, part) => in_order(part),
    }
}

/// A turn. One in which nothing was said is none.
fn content(message: &Message) -> Option<Value> {
    let (role, parts) = match message {
        Message::User(text) => ("user", vec![json!({"text": text})]),
        Message::Assistant { text, tool_calls } => {
            let text = (!text.is_empty()).then(|| json!({"text": text}));
            let calls = tool_calls.iter().enumerate().map(function_call);
            ("model", text.into_iter().chain(calls).collect())
        }
        Message::ToolResults(results) => ("user", results.iter().map(function_response).collect()),
    };
    (!parts.is_empty()).then(|| json!({"role": role, "parts": parts}))
}

/// Of several calls in a turn, only the first one is signed.
fn function_call((index, call): (usize, &ToolCall)) -> Value {
    let mut part = json!({
        "functionCall": {"id": call.id, "name": call.name, "args": arguments_object(call)},
    });
    match &call.signature {
        Some(signature) => part["thoughtSignature"] = json!(signature),
        None if index == 0 => part["thoughtSignature"] = json!(NO_SIGNATURE),
        None => {}
    }
    part
}

fn function_response(result: &ToolResult) -> Value {
    let what = if result.is_error { "error" } else { "output" };
    json!({
        "functionResponse": {
            "id": result.id,
            "name": result.name,
            "response": {what: result.content},
        },
    })
}

fn tool(tool: &Tool) -> Value {
    json!({
        "name": tool.name,
        "description": tool.description,
        "parametersJsonSchema": tool.parameters,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    candidates: Option<Vec<Candidate>>,
    prompt_feedback: Option<PromptFeedback>,
    usage_metadata: Option<UsageMetadata>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PromptFeedback {
    block_reason: Option<String>,
    block_reason_message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    content: Option<Content>,
    finish_reason: Option<String>,
    finish_message: Option<String>,
}

/// An answer that was used up by thoughts has no parts.
#[derive(Deserialize, Default)]
struct Content {
    parts: Option<Vec<Part>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    #[serde(default)]
    text: String,
    #[serde(default)]
    thought: bool,
    thought_signature: Option<String>,
    function_call: Option<FunctionCall>,
}

#[derive(Deserialize)]
struct FunctionCall {
    #[serde(default)]
    id: String,
    name: String,
    args: Option<Box<RawValue>>,
}

/// Thoughts are not among the tokens of the candidates, nor what built-in tools read among those of the prompt.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct UsageMetadata {
    prompt_token_count: Option<u64>,
    tool_use_prompt_token_count: Option<u64>,
    candidates_token_count: Option<u64>,
    thoughts_token_count: Option<u64>,
}

impl UsageMetadata {
    fn usage(&self) -> Usage {
        let sum = |counts: [Option<u64>; 2]| {
            let counts = counts.into_iter().flatten();
            counts.fold(0, u64::saturating_add)
        };
        usage(
            sum([self.prompt_token_count, self.tool_use_prompt_token_count]),
            sum([self.candidates_token_count, self.thoughts_token_count]),
        )
    }
}

impl Reply {
    fn answer(
        self,
        request: &Request,
        answer_tool: Option<&AnswerTool>,
    ) -> Result<Answer, ModelError> {
        if let Some(PromptFeedback {
            block_reason: Some(reason),
            block_reason_message,
        }) = self.prompt_feedback
        {
            return Err(declined(reason, block_reason_message));
        }
        let candidates = self.candidates.unwrap_or_default();
        let candidate = candidates
            .into_iter()
            .next()
            .ok_or_else(|| malformed("it has no candidates"))?;
        let reason = candidate.finish_reason.unwrap_or_default();
        match reason.as_str() {
            "" | "STOP" | "FINISH_REASON_UNSPECIFIED" => {}
            reason if CUT_OFF.contains(&reason) => {}
            "MALFORMED_FUNCTION_CALL"
            | "MALFORMED_RESPONSE"
            | "OTHER"
            | "TOO_MANY_TOOL_CALLS"
            | "UNEXPECTED_TOOL_CALL" => {
                return Err(malformed(with_message(reason, candidate.finish_message)));
            }
            "MISSING_THOUGHT_SIGNATURE" => {
                return Err(ModelError::Refused {
                    status: 200,
                    message: with_message(reason, candidate.finish_message),
                });
            }
            _ => return Err(declined(reason, candidate.finish_message)),
        }
        let mut answer = Answer {
            usage: self.usage_metadata.unwrap_or_default().usage(),
            is_cut_off: CUT_OFF.contains(&reason.as_str()),
            ..Answer::default()
        };
        let content = candidate.content.unwrap_or_default();
        for part in content.parts.unwrap_or_default() {
            if let Some(call) = part.function_call {
                answer.tool_calls.push(ToolCall {
                    id: id_or_new(call.id, request, answer.tool_calls.len()),
                    name: call.name,
                    arguments: arguments_text(call.args),
                    signature: part.thought_signature,
                });
            } else if !part.thought {
                answer.text.push_str(&part.text);
            }
        }
        if let Some(text) = answer_tool.and_then(|tool| tool.take_answer(&mut answer.tool_calls)) {
            answer.text = text;
        }
        Ok(answer)
    }
}

fn declined(reason: String, message: Option<String>) -> ModelError {
    ModelError::Declined {
        message: with_message(reason, message),
    }
}

fn with_message(reason: String, message: Option<String>) -> String {
    match message {
        Some(message) if !message.is_empty() => format!("{reason}: {message}"),
        _ => reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_the_text_that_the_provider_sent() {
        let body = r#"{"candidates": [{"content": {"parts": [{"functionCall": {"name": "look", "args": {"n": 12345678901234567890123}}}]}}]}"#;
        let reply: Reply = serde_json::from_str(body).unwrap();
        let answer = reply.answer(&Request::default(), None).unwrap();
        assert_eq!(
            answer.tool_calls[0].arguments,
            r#"{"n": 12345678901234567890123}"#
        );
    }
}
