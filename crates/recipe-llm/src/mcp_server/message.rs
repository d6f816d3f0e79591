//! Parses messages of a client: valid ones go to the SDK, invalid requests get an error response.
//!
//! The SDK ignores invalid messages, or responds without the request ID; a client would wait
//! forever.

use rmcp::model::{
    CallToolRequestParams, ClientJsonRpcMessage, ClientNotification, ClientRequest, ErrorCode,
    InitializeRequestParams, PaginatedRequestParams, RequestId,
};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::request_id::Members;

/// A byte order mark, which may precede JSON.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A message of a client.
pub(super) enum ParsedMessage {
    /// A message for the SDK.
    Valid(Box<ClientJsonRpcMessage>),
    /// Invalid requests that get an error response at once.
    Rejected(Vec<Rejection>),
    /// An invalid message that needs no response.
    Ignored,
}

/// Error response to an invalid request.
#[derive(Debug, Serialize)]
pub(super) struct Rejection {
    jsonrpc: &'static str,
    id: Option<Box<RawValue>>,
    error: ErrorBody,
}

#[derive(Debug, Serialize)]
struct ErrorBody {
    code: ErrorCode,
    message: String,
}

impl Rejection {
    fn new(id: Option<Box<RawValue>>, code: ErrorCode, message: String) -> Self {
        Self {
            jsonrpc: "2.0",
            id,
            error: ErrorBody { code, message },
        }
    }

    /// Rejects a valid request.
    pub(super) fn for_request(id: &RequestId, code: ErrorCode, message: String) -> Self {
        let id = serde_json::value::to_raw_value(id);
        Self::new(
            Some(id.expect("strings and numbers serialize")),
            code,
            message,
        )
    }

    /// Rejects a request above the size limit; both sizes are in bytes.
    pub(super) fn too_large(members: Members, length: u64, limit: usize) -> Self {
        let message = format!("message too large: {length} bytes, limit {limit}");
        Self::new(members.into_id(), ErrorCode::INVALID_REQUEST, message)
    }

    /// Serializes the response.
    pub(super) fn to_json(&self) -> Vec<u8> {
        to_json(self)
    }
}

/// Serializes error responses, as a list unless there is exactly one.
pub(super) fn rejections_to_json(rejections: &[Rejection]) -> Vec<u8> {
    match rejections {
        [rejection] => rejection.to_json(),
        _ => to_json(&rejections),
    }
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("strings, numbers and JSON serialize")
}

impl ParsedMessage {
    /// Parses a message.
    pub(super) fn parse(text: &[u8]) -> Self {
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        match serde_json::from_slice::<ClientJsonRpcMessage>(text) {
            Ok(message) => Self::checked(message),
            Err(_) => Self::invalid(text),
        }
    }

    /// The SDK treats a known method with invalid params as an unknown one.
    fn checked(message: ClientJsonRpcMessage) -> Self {
        let error = match &message {
            ClientJsonRpcMessage::Request(request) => match &request.request {
                ClientRequest::CustomRequest(custom) => {
                    invalid_params(&custom.method, custom.params.as_ref())
                        .map(|reason| (&request.id, &custom.method, reason))
                }
                _ => None,
            },
            _ => None,
        };
        match error {
            Some((id, method, reason)) => {
                let message = format!("invalid params of {method}: {reason}");
                Self::Rejected(vec![Rejection::for_request(
                    id,
                    ErrorCode::INVALID_PARAMS,
                    message,
                )])
            }
            None => Self::Valid(Box::new(message)),
        }
    }

    /// Classifies a message that the SDK cannot parse.
    fn invalid(text: &[u8]) -> Self {
        let value = match serde_json::from_slice::<Value>(text) {
            Ok(value) => value,
            Err(error) => {
                let members = Members::scan(text);
                if members.is_response() {
                    return Self::Ignored;
                }
                // Valid JSON may be nested too deeply, or have a lone surrogate.
                let message = match serde_json::from_slice::<IgnoredAny>(text) {
                    Ok(_) => format!("unsupported JSON: {error}"),
                    Err(_) => format!("invalid JSON: {error}"),
                };
                return Self::rejected(members.into_id(), ErrorCode::PARSE_ERROR, message);
            }
        };
        match value {
            Value::Array(parts) => Self::batch(text, &parts),
            Value::Object(members) => match !members.contains_key("id") && is_call(&members) {
                true => Self::Ignored,
                false => Self::not_a_request(text, &members),
            },
            _ => Self::rejected(
                None,
                ErrorCode::INVALID_REQUEST,
                "invalid request: not an object".to_owned(),
            ),
        }
    }

    fn not_a_request(text: &[u8], object: &Map<String, Value>) -> Self {
        let members = Members::scan(text);
        if members.is_response() {
            return Self::Ignored;
        }
        let (code, reason) = invalid_members(object);
        Self::rejected(
            members.into_id(),
            code,
            format!("invalid request: {reason}"),
        )
    }

    /// Batches exist only in version 2025-03-26, and hardly any client sends them.
    fn batch(text: &[u8], parts: &[Value]) -> Self {
        let message = "batches are not supported: send messages one by one";
        let rejection = |id| Rejection::new(id, ErrorCode::INVALID_REQUEST, message.to_owned());
        if parts.is_empty() {
            return Self::Rejected(vec![rejection(None)]);
        }
        let parts: Vec<&RawValue> = serde_json::from_slice(text).unwrap_or_default();
        let ids = parts
            .iter()
            .map(|part| Members::scan(part.get().as_bytes()))
            .filter(|members| !members.is_response())
            .filter_map(Members::into_id);
        let rejections: Vec<Rejection> = ids.map(|id| rejection(Some(id))).collect();
        match rejections.is_empty() {
            true => Self::Ignored,
            false => Self::Rejected(rejections),
        }
    }

    fn rejected(id: Option<Box<RawValue>>, code: ErrorCode, message: String) -> Self {
        Self::Rejected(vec![Rejection::new(id, code, message)])
    }
}

/// Whether an object calls a method, with or without an ID.
fn is_call(object: &Map<String, Value>) -> bool {
    object.get("method").is_some_and(Value::is_string)
}

/// Reason reason an object is not a request.
fn invalid_members(object: &Map<String, Value>) -> (ErrorCode, &'static str) {
    let request = ErrorCode::INVALID_REQUEST;
    let is = |name: &str, good: fn(&Value) -> bool| object.get(name).is_some_and(good);
    if !is("jsonrpc", |version| version == "2.0") {
        return (request, "jsonrpc is not \"2.0\"");
    }
    if !is_call(object) {
        return (request, "method is not a string");
    }
    if object.contains_key("result") || object.contains_key("error") {
        return (request, "both a method and a result");
    }
    if !is("id", |id| id.is_string() || id.is_i64()) {
        let reason = "id is not a string or 64-bit integer";
        return (request, reason);
    }
    match object.get("params") {
        Some(Value::Object(params))
            if params.get("_meta").is_some_and(|meta| !meta.is_object()) =>
        {
            (ErrorCode::INVALID_PARAMS, "_meta is not an object")
        }
        None | Some(Value::Object(_)) => (request, "duplicate or invalid field"),
        Some(_) => (ErrorCode::INVALID_PARAMS, "params is not an object"),
    }
}

/// Error in the params of a method that this server implements.
fn invalid_params(method: &str, params: Option<&Value>) -> Option<String> {
    match method {
        "initialize" => params_error::<InitializeRequestParams>(params),
        "tools/call" => params_error::<CallToolRequestParams>(params),
        "tools/list" => params_error::<PaginatedRequestParams>(params),
        "server/discover" => params_error::<DiscoverParams>(params),
        _ => None,
    }
}

/// Required params of each request in version 2026-07-28.
#[derive(Deserialize)]
struct DiscoverParams {
    #[serde(rename = "_meta")]
    _meta: Map<String, Value>,
}

fn params_error<T: DeserializeOwned>(params: Option<&Value>) -> Option<String> {
    let params = params.cloned().unwrap_or_else(|| json!({}));
    match serde_json::from_value::<T>(params) {
        Err(error) => Some(error.to_string()),
        // The SDK rejected something that this does not.
        Ok(_) => Some("not supported".to_owned()),
    }
}

/// The request that a notification cancels.
pub(super) fn cancelled(notification: &ClientNotification) -> Option<&RequestId> {
    match notification {
        ClientNotification::CancelledNotification(cancelled) => {
            cancelled.params.request_id.as_ref()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IDs of rejected requests.
    fn rejected(text: &[u8]) -> Vec<String> {
        match ParsedMessage::parse(text) {
            ParsedMessage::Rejected(rejections) => rejections
                .iter()
                .map(|rejection| {
                    rejection
                        .id
                        .as_ref()
                        .map_or("null", |id| id.get())
                        .to_owned()
                })
                .collect(),
            ParsedMessage::Valid(_) | ParsedMessage::Ignored => Vec::new(),
        }
    }

    const CALL: &str = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","arguments":{"b":"c \"d\" {","e":[1.5,null]}}}"#;

    #[test]
    fn a_truncated_request_is_rejected_with_its_id() {
        let id_ends = CALL.find(r#","method""#).unwrap();
        for length in id_ends + 1..CALL.len() {
            assert_eq!(rejected(&CALL.as_bytes()[..length]), ["7"], "{length}");
        }
        for length in 0..=id_ends {
            assert_eq!(rejected(&CALL.as_bytes()[..length]), ["null"], "{length}");
        }
    }

    #[test]
    fn a_corrupted_request_is_parsed_or_gets_a_response() {
        let params = CALL.find(r#""params""#).unwrap();
        for position in params..CALL.len() {
            for byte in [
                0, b'"', b'\\', b'{', b'}', b']', b',', b':', 0x80, 0xff, b'9',
            ] {
                let mut text = CALL.as_bytes().to_vec();
                text[position] = byte;
                match ParsedMessage::parse(&text) {
                    ParsedMessage::Valid(message) => {
                        let is_request = matches!(*message, ClientJsonRpcMessage::Request(_));
                        assert!(is_request, "{position} {byte}");
                    }
                    ParsedMessage::Rejected(_) => {
                        assert_eq!(rejected(&text), ["7"], "{position} {byte}")
                    }
                    ParsedMessage::Ignored => panic!("no response: {position} {byte}"),
                }
            }
        }
    }
}
