//! generateContent: the API of Google's Gemini.

use recipe_core::event::Usage;
use reqwest::Url;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::endpoint::Endpoint;
use super::openai::{id_or_new, no_builtin_tools, usage};
use super::response_tool::ResponseTool;
use super::tool_arguments::{arguments_object, arguments_text};
use crate::model::{
    HttpRequest, Message, Model, ModelError, Request, Response, ResponseFuture, Tool, ToolCall,
    ToolResult,
};

/// Google's placeholder for a missing signature, as on calls of other models.
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

const GOOGLE: &str = "generativelanguage.googleapis.com";

/// Finish reasons of a response that was cut off.
const CUT_OFF: &[&str] = &["CONTINUATION", "MAX_TOKENS"];

/// A generateContent model.
pub(super) struct GeminiModel {
    endpoint: Endpoint,
}

/// Path of a model below a base URL. A name with a slash, such as `tunedModels/mine`, includes its
/// collection. The official client's base URL of Google lacks the version.
pub(super) fn path(base: &Url, name: &str) -> Vec<String> {
    let path = if name.contains('/') {
        name.to_owned()
    } else {
        format!("models/{name}")
    };
    let lacks_version = base.path() == "/" && base.host_str() == Some(GOOGLE);
    let version = lacks_version.then(|| "v1beta".to_owned());
    let path = format!("{path}:generateContent");
    let path = path.split('/').map(str::to_owned);
    version.into_iter().chain(path).collect()
}

impl GeminiModel {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }
}

impl Model for GeminiModel {
    fn respond<'a>(&'a self, request: &'a Request) -> ResponseFuture<'a> {
        Box::pin(async move {
            no_builtin_tools(request)?;
            let response_tool = response_tool(request);
            let body = body(request, response_tool.as_ref());
            let response = |reply: Reply| reply.response(request, response_tool.as_ref());
            self.endpoint.post(&[], &body, response).await
        })
    }

    fn http_request(&self, request: &Request) -> Result<Option<HttpRequest>, ModelError> {
        no_builtin_tools(request)?;
        let body = body(request, response_tool(request).as_ref());
        Ok(Some(self.endpoint.http_request(&[], body)))
    }

    fn address(&self) -> String {
        self.endpoint.address()
    }
}

/// Tool to respond with: most models accept a schema or tools, not both.
fn response_tool(request: &Request) -> Option<ResponseTool> {
    match &request.schema {
        Some(schema) if !request.tools.is_empty() => Some(ResponseTool::new(schema, request)),
        _ => None,
    }
}

fn body(request: &Request, response_tool: Option<&ResponseTool>) -> Value {
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
    match (&request.schema, response_tool) {
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
    let response_tool = response_tool.map(|response_tool| &response_tool.tool);
    let tools: Vec<Value> = request
        .tools
        .iter()
        .chain(response_tool)
        .map(tool)
        .collect();
    if !tools.is_empty() {
        body.insert("tools".into(), json!([{"functionDeclarations": tools}]));
    }
    if !settings.is_empty() {
        body.insert("generationConfig".into(), Value::Object(settings));
    }
    Value::Object(body)
}

/// Adds the order of properties to a schema; some models otherwise sort them alphabetically.
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

/// Property names are not keywords, and values are not schemas.
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

/// A turn; `None` if it is empty.
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

/// Only the first call of a turn is signed.
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

/// A response used up by thoughts has no parts.
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

/// Candidate tokens exclude thoughts; prompt tokens exclude what built-in tools read.
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
    fn response(
        self,
        request: &Request,
        response_tool: Option<&ResponseTool>,
    ) -> Result<Response, ModelError> {
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
            .ok_or_else(|| ModelError::Malformed("no candidates".into()))?;
        let reason = candidate.finish_reason.unwrap_or_default();
        match reason.as_str() {
            "" | "STOP" | "FINISH_REASON_UNSPECIFIED" => {}
            reason if CUT_OFF.contains(&reason) => {}
            "MALFORMED_FUNCTION_CALL"
            | "MALFORMED_RESPONSE"
            | "OTHER"
            | "TOO_MANY_TOOL_CALLS"
            | "UNEXPECTED_TOOL_CALL" => {
                return Err(ModelError::Malformed(with_message(
                    reason,
                    candidate.finish_message,
                )));
            }
            "MISSING_THOUGHT_SIGNATURE" => {
                return Err(ModelError::rejected(
                    200,
                    with_message(reason, candidate.finish_message),
                ));
            }
            _ => return Err(declined(reason, candidate.finish_message)),
        }
        let mut response = Response {
            usage: self.usage_metadata.unwrap_or_default().usage(),
            is_cut_off: CUT_OFF.contains(&reason.as_str()),
            ..Response::default()
        };
        let content = candidate.content.unwrap_or_default();
        for part in content.parts.unwrap_or_default() {
            if let Some(call) = part.function_call {
                response.tool_calls.push(ToolCall {
                    id: id_or_new(call.id, request, response.tool_calls.len()),
                    name: call.name,
                    arguments: arguments_text(call.args),
                    signature: part.thought_signature,
                });
            } else if !part.thought {
                response.text.push_str(&part.text);
            }
        }
        if let Some(text) =
            response_tool.and_then(|tool| tool.take_response(&mut response.tool_calls))
        {
            response.text = text;
        }
        Ok(response)
    }
}

fn declined(reason: String, message: Option<String>) -> ModelError {
    ModelError::Declined(with_message(reason, message))
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
    fn arguments_are_kept_verbatim() {
        let body = r#"{"candidates": [{"content": {"parts": [{"functionCall": {"name": "look", "args": {"n": 12345678901234567890123}}}]}}]}"#;
        let reply: Reply = serde_json::from_str(body).unwrap();
        let response = reply.response(&Request::default(), None).unwrap();
        assert_eq!(
            response.tool_calls[0].arguments,
            r#"{"n": 12345678901234567890123}"#
        );
    }
}
