//! Messages: the API of Anthropic.

use std::sync::Mutex;
use std::sync::PoisonError;

use serde_json::{Map, Value, json};

use super::anthropic_reply::{Reply, StreamedReply, repeated_turn, tool_use};
use super::anthropic_schema::enforceable;
use super::anthropic_shape::{Shape, is_streamed};
use super::endpoint::Endpoint;
use super::openai::{bad_request, no_builtin_tools};
use super::response_tool::ResponseTool;
use crate::model::{
    HttpRequest, Message, Model, ModelError, Request, Response, ResponseFuture, ResponseSchema,
    SchemaWithTools, Tool, ToolResult,
};

const NEWEST: (&str, &str) = ("anthropic-version", "2026-10-21");
const OLDER: (&str, &str) = ("anthropic-version", "2023-06-01");

/// Anthropic's default temperature.
const DEFAULT_TEMPERATURE: f64 = 1.0;

/// A Messages model.
pub(super) struct AnthropicModel {
    endpoints: Endpoints,
    name: String,
    /// Shape of a known model.
    known: Option<Shape>,
    /// Whether the server may be someone else's.
    is_elsewhere: bool,
    /// Shape of the last request.
    shape: Mutex<Shape>,
}

/// The same address with both kinds of authentication.
pub(super) struct Endpoints {
    pub(super) bearer: Endpoint,
    pub(super) x_api_key: Endpoint,
}

impl AnthropicModel {
    pub(super) fn new(endpoints: Endpoints, name: &str, is_elsewhere: bool) -> Self {
        let known = Shape::from_name(name);
        Self {
            endpoints,
            name: name.to_owned(),
            known,
            is_elsewhere,
            shape: Mutex::new(known.unwrap_or(Shape::Newest)),
        }
    }

    fn shape(&self) -> Shape {
        *self.shape.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn body(&self, request: &Request, shape: Shape, response_tool: Option<&ResponseTool>) -> Value {
        let mut body = Map::new();
        body.insert("model".into(), json!(self.name));
        let max_tokens = self.max_tokens(request);
        body.insert("max_tokens".into(), json!(max_tokens));
        body.insert(
            "messages".into(),
            request.messages.iter().filter_map(message).collect(),
        );
        if let (Shape::Older, Some(temperature)) = (shape, request.temperature) {
            body.insert("temperature".into(), json!(temperature));
        }
        if let (Shape::Newest | Shape::Prompted, Some(schema)) = (shape, &request.schema) {
            body.extend([format(schema, shape)]);
            // Servers of others may ignore unknown fields.
            if self.is_elsewhere && self.known.is_none() {
                body.extend([format(schema, Shape::Prompted)]);
            }
        }
        let response_tool = response_tool.map(|response_tool| &response_tool.tool);
        let tools: Vec<Value> = request
            .tools
            .iter()
            .chain(response_tool)
            .map(tool)
            .collect();
        if !tools.is_empty() {
            body.insert("tools".into(), Value::Array(tools));
        }
        if let Some(response_tool) = response_tool {
            let choice = if request.tools.is_empty() {
                json!({"type": "tool", "name": response_tool.name})
            } else {
                json!({"type": "any"})
            };
            body.insert("tool_choice".into(), choice);
        }
        if is_streamed(&self.name, max_tokens) {
            body.insert("stream".into(), json!(true));
        }
        Value::Object(body)
    }

    /// The limit, which the API requires.
    fn max_tokens(&self, request: &Request) -> u32 {
        request
            .max_tokens
            .unwrap_or_else(|| default_max_tokens(&self.name))
    }

    async fn ask(&self, request: &Request, shape: Shape) -> Result<Response, ModelError> {
        let response_tool = response_tool(request, shape);
        let body = self.body(request, shape, response_tool.as_ref());
        let response = |reply: Reply| reply.response(response_tool.as_ref());
        let (endpoint, version) = self.endpoint(shape);
        if is_streamed(&self.name, self.max_tokens(request)) {
            return endpoint
                .post_streamed::<StreamedReply>(&[version], &body, response)
                .await;
        }
        endpoint.post(&[version], &body, response).await
    }

    fn endpoint(&self, shape: Shape) -> (&Endpoint, (&'static str, &'static str)) {
        match shape {
            Shape::Newest | Shape::Prompted => (&self.endpoints.bearer, NEWEST),
            Shape::Older => (&self.endpoints.x_api_key, OLDER),
        }
    }

    /// Returns the shape to retry in, now and from then on, after a rejected request.
    fn adapt(&self, request: &Request, asked: Shape, rejection: &ModelError) -> Option<Shape> {
        let message = match rejection {
            ModelError::Unauthorized { message, .. } => Some(message.as_str()),
            rejection => bad_request(rejection),
        };
        let next = asked.after(message?, request, self.known.is_some())?;
        *self.shape.lock().unwrap_or_else(PoisonError::into_inner) = next;
        Some(next)
    }
}

/// Tool to respond with, for models that cannot enforce a schema otherwise.
fn response_tool(request: &Request, shape: Shape) -> Option<ResponseTool> {
    match (&request.schema, shape) {
        (Some(schema), Shape::Older) => Some(ResponseTool::new(schema, request)),
        _ => None,
    }
}

impl Model for AnthropicModel {
    fn respond<'a>(&'a self, request: &'a Request) -> ResponseFuture<'a> {
        Box::pin(async move {
            no_builtin_tools(request)?;
            let shape = self.shape();
            let result = self.ask(request, shape).await;
            let rejection = match result {
                Err(rejection) => rejection,
                result => return result,
            };
            match self.adapt(request, shape, &rejection) {
                Some(other) => self.ask(request, other).await,
                None => Err(rejection),
            }
        })
    }

    fn schema_with_tools(&self) -> SchemaWithTools {
        match (self.is_elsewhere, self.known) {
            (true, None) => SchemaWithTools::ToolsFirst,
            (true, Some(Shape::Newest | Shape::Prompted)) => SchemaWithTools::Unsure,
            _ => SchemaWithTools::Together,
        }
    }

    fn warnings(&self, request: &Request) -> Vec<String> {
        let takes_temperature = self.shape() == Shape::Older;
        let temperature = request.temperature;
        let temperature = temperature.filter(|temperature| *temperature != DEFAULT_TEMPERATURE);
        match temperature {
            Some(_) if !takes_temperature => {
                vec!["temperature ignored: not supported by the model".to_owned()]
            }
            _ => Vec::new(),
        }
    }

    fn http_request(&self, request: &Request) -> Result<Option<HttpRequest>, ModelError> {
        no_builtin_tools(request)?;
        let shape = self.shape();
        let body = self.body(request, shape, response_tool(request, shape).as_ref());
        let (endpoint, version) = self.endpoint(shape);
        Ok(Some(endpoint.http_request(&[version], body)))
    }

    fn address(&self) -> String {
        self.endpoints.x_api_key.address()
    }
}

/// Field that enforces a schema, or that describes one which the API cannot enforce.
fn format(schema: &ResponseSchema, shape: Shape) -> (String, Value) {
    let enforced = match shape {
        Shape::Newest => enforceable(&schema.schema),
        _ => None,
    };
    match enforced {
        Some(schema) => {
            let format = json!({"format": {"type": "json_schema", "schema": schema}});
            ("output_config".to_owned(), format)
        }
        None => {
            let schema = &schema.schema;
            let prompt =
                format!("Answer with nothing but JSON that fits this JSON Schema:\n{schema}");
            ("system".to_owned(), prompt.into())
        }
    }
}

/// The model's maximum, or enough for a long document.
fn default_max_tokens(name: &str) -> u32 {
    if name.starts_with("claude-3-5") {
        8_192
    } else if name.starts_with("claude-3-") && !name.starts_with("claude-3-7") {
        4_096
    } else {
        32_000
    }
}

/// A turn; `None` if it is empty, since the API rejects empty texts.
fn message(message: &Message) -> Option<Value> {
    match message {
        Message::User(text) => Some(json!({"role": "user", "content": text})),
        Message::Assistant { text, tool_calls } => {
            if let Some(content) = repeated_turn(tool_calls) {
                return Some(json!({"role": "assistant", "content": content}));
            }
            let text = (!text.is_empty()).then(|| json!({"type": "text", "text": text}));
            let content: Vec<Value> = text
                .into_iter()
                .chain(tool_calls.iter().map(tool_use))
                .collect();
            (!content.is_empty()).then(|| json!({"role": "assistant", "content": content}))
        }
        Message::ToolResults(results) => {
            let content: Vec<Value> = results.iter().map(tool_result).collect();
            Some(json!({"role": "user", "content": content}))
        }
    }
}

fn tool_result(result: &ToolResult) -> Value {
    let mut block = json!({
        "type": "tool_result",
        "tool_use_id": result.id,
        "content": result.content,
    });
    if result.is_error {
        block["is_error"] = json!(true);
    }
    block
}

fn tool(tool: &Tool) -> Value {
    json!({
        "name": tool.name,
        "description": tool.description,
        "input_schema": tool.parameters,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_kept_verbatim() {
        let body = r#"{"content": [{"type": "tool_use", "id": "a", "name": "look", "input": {"n": 12345678901234567890123}}]}"#;
        let reply: Reply = serde_json::from_str(body).unwrap();
        let response = reply.response(None).unwrap();
        assert_eq!(
            response.tool_calls[0].arguments,
            r#"{"n": 12345678901234567890123}"#
        );
    }
}
