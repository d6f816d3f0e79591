//! A message of a client as it was sent: the part that the SDK can read, and the answer to a request that it cannot.
//!
//! The SDK says nothing, or not to which request, where a message is not as it wants it; a client would wait for ever.

use rmcp::model::{
    CallToolRequestParams, ClientJsonRpcMessage, ClientNotification, ClientRequest, ErrorCode,
    InitializeRequestParams, PaginatedRequestParams, RequestId,
};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::request_id::Members;

/// A byte order mark, which may stand before JSON.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A message of a client.
pub(super) enum Said {
    /// A message for the SDK.
    Message(Box<ClientJsonRpcMessage>),
    /// Requests that are answered at once.
    Refused(Vec<Refusal>),
    /// A message that needs no answer, and that nobody understands.
    Nothing,
}

/// The error that answers a request that cannot be read, or not be taken.
#[derive(Debug, Serialize)]
pub(super) struct Refusal {
    jsonrpc: &'static str,
    id: Option<Box<RawValue>>,
    error: Why,
}

#[derive(Debug, Serialize)]
struct Why {
    code: ErrorCode,
    message: String,
}

impl Refusal {
    fn new(id: Option<Box<RawValue>>, code: ErrorCode, message: String) -> Self {
        Self {
            jsonrpc: "2.0",
            id,
            error: Why { code, message },
        }
    }

    /// A request that was read, and is not taken.
    pub(super) fn of_request(id: &RequestId, code: ErrorCode, message: String) -> Self {
        let id = serde_json::value::to_raw_value(id);
        Self::new(Some(id.expect("a text or a number is JSON")), code, message)
    }

    /// A request longer than the limit, all in bytes.
    pub(super) fn too_large(members: Members, length: u64, limit: usize) -> Self {
        let message = format!("message too large: {length} bytes, the limit is {limit}");
        Self::new(members.into_id(), ErrorCode::INVALID_REQUEST, message)
    }

    /// As it is sent.
    pub(super) fn to_json(&self) -> Vec<u8> {
        to_json(self)
    }
}

/// Several as they are sent in one: in a list, where there is not one.
pub(super) fn refusals_to_json(refusals: &[Refusal]) -> Vec<u8> {
    match refusals {
        [refusal] => refusal.to_json(),
        _ => to_json(&refusals),
    }
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("texts, numbers and JSON can be written")
}

impl Said {
    /// Reads one message.
    pub(super) fn read(text: &[u8]) -> Self {
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        match serde_json::from_slice::<ClientJsonRpcMessage>(text) {
            Ok(message) => Self::checked(message),
            Err(_) => Self::unread(text),
        }
    }

    /// The SDK takes a request of a method that it knows for one that it does not know where the params are wrong.
    fn checked(message: ClientJsonRpcMessage) -> Self {
        let wrong = match &message {
            ClientJsonRpcMessage::Request(request) => match &request.request {
                ClientRequest::CustomRequest(custom) => {
                    wrong_params(&custom.method, custom.params.as_ref())
                        .map(|why| (&request.id, &custom.method, why))
                }
                _ => None,
            },
            _ => None,
        };
        match wrong {
            Some((id, method, why)) => {
                let message = format!("wrong params of {method}: {why}");
                Self::Refused(vec![Refusal::of_request(
                    id,
                    ErrorCode::INVALID_PARAMS,
                    message,
                )])
            }
            None => Self::Message(Box::new(message)),
        }
    }

    /// The mistake, where it is not as the SDK wants it.
    fn unread(text: &[u8]) -> Self {
        let value = match serde_json::from_slice::<Value>(text) {
            Ok(value) => value,
            Err(error) => {
                let members = Members::of(text);
                if members.is_answer() {
                    return Self::Nothing;
                }
                // JSON may be too deep, or have half a character.
                let message = match serde_json::from_slice::<IgnoredAny>(text) {
                    Ok(_) => format!("message cannot be read: {error}"),
                    Err(_) => format!("message is not JSON: {error}"),
                };
                return Self::refused(members.into_id(), ErrorCode::PARSE_ERROR, message);
            }
        };
        match value {
            Value::Array(parts) => Self::batch(text, &parts),
            Value::Object(members) => match !members.contains_key("id") && is_call(&members) {
                true => Self::Nothing,
                false => Self::not_a_request(text, &members),
            },
            _ => Self::refused(
                None,
                ErrorCode::INVALID_REQUEST,
                "message is not a request: it is not an object".to_owned(),
            ),
        }
    }

    fn not_a_request(text: &[u8], object: &Map<String, Value>) -> Self {
        let members = Members::of(text);
        if members.is_answer() {
            return Self::Nothing;
        }
        let (code, why) = wrong_members(object);
        Self::refused(
            members.into_id(),
            code,
            format!("message is not a request: {why}"),
        )
    }

    /// Revision 2025-03-26 alone has had them, and hardly a client sends any.
    fn batch(text: &[u8], parts: &[Value]) -> Self {
        let message = "batch not taken: each message is to be sent by itself";
        let refusal = |id| Refusal::new(id, ErrorCode::INVALID_REQUEST, message.to_owned());
        if parts.is_empty() {
            return Self::Refused(vec![refusal(None)]);
        }
        let parts: Vec<&RawValue> = serde_json::from_slice(text).unwrap_or_default();
        let ids = parts
            .iter()
            .map(|part| Members::of(part.get().as_bytes()))
            .filter(|members| !members.is_answer())
            .filter_map(Members::into_id);
        let refusals: Vec<Refusal> = ids.map(|id| refusal(Some(id))).collect();
        match refusals.is_empty() {
            true => Self::Nothing,
            false => Self::Refused(refusals),
        }
    }

    fn refused(id: Option<Box<RawValue>>, code: ErrorCode, message: String) -> Self {
        Self::Refused(vec![Refusal::new(id, code, message)])
    }
}

/// Whether an object calls a method, with an id or without.
fn is_call(object: &Map<String, Value>) -> bool {
    object.get("method").is_some_and(Value::is_string)
}

/// The mistake that keeps an object from being a request.
fn wrong_members(object: &Map<String, Value>) -> (ErrorCode, &'static str) {
    let request = ErrorCode::INVALID_REQUEST;
    let is = |name: &str, good: fn(&Value) -> bool| object.get(name).is_some_and(good);
    if !is("jsonrpc", |version| version == "2.0") {
        return (request, "its jsonrpc is not \"2.0\"");
    }
    if !is_call(object) {
        return (request, "it has no method that is a text");
    }
    if object.contains_key("result") || object.contains_key("error") {
        return (request, "it has a method and an outcome");
    }
    if !is("id", |id| id.is_string() || id.is_i64()) {
        let why = "its id is not a text or an integer of 64 bits";
        return (request, why);
    }
    match object.get("params") {
        Some(Value::Object(params))
            if params.get("_meta").is_some_and(|meta| !meta.is_object()) =>
        {
            (ErrorCode::INVALID_PARAMS, "its _meta is not an object")
        }
        None | Some(Value::Object(_)) => (request, "a member is there twice, or is wrong"),
        Some(_) => (ErrorCode::INVALID_PARAMS, "its params are not an object"),
    }
}

/// The mistake in the params of a method that is answered here.
fn wrong_params(method: &str, params: Option<&Value>) -> Option<String> {
    match method {
        "initialize" => wrong::<InitializeRequestParams>(params),
        "tools/call" => wrong::<CallToolRequestParams>(params),
        "tools/list" => wrong::<PaginatedRequestParams>(params),
        "server/discover" => wrong::<DiscoverParams>(params),
        _ => None,
    }
}

/// The members that describe the client in each request of revision 2026-07-28.
#[derive(Deserialize)]
struct DiscoverParams {
    #[serde(rename = "_meta")]
    _meta: Map<String, Value>,
}

fn wrong<T: DeserializeOwned>(params: Option<&Value>) -> Option<String> {
    let params = params.cloned().unwrap_or_else(|| json!({}));
    match serde_json::from_value::<T>(params) {
        Err(error) => Some(error.to_string()),
        // The SDK has found something that this does not.
        Ok(_) => Some("they cannot be read".to_owned()),
    }
}

/// The request that a notification of a client ends.
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

    /// The ids of those that are refused.
    fn refused(text: &[u8]) -> Vec<String> {
        match Said::read(text) {
            Said::Refused(refusals) => refusals
                .iter()
                .map(|refusal| refusal.id.as_ref().map_or("null", |id| id.get()).to_owned())
                .collect(),
            Said::Message(_) | Said::Nothing => Vec::new(),
        }
    }

    const CALL: &str = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","arguments":{"b":"c \"d\" {","e":[1.5,null]}}}"#;

    #[test]
    fn a_request_that_is_cut_is_refused_by_its_id() {
        let id_ends = CALL.find(r#","method""#).unwrap();
        for length in id_ends + 1..CALL.len() {
            assert_eq!(refused(&CALL.as_bytes()[..length]), ["7"], "{length}");
        }
        for length in 0..=id_ends {
            assert_eq!(refused(&CALL.as_bytes()[..length]), ["null"], "{length}");
        }
    }

    #[test]
    fn whatever_the_bytes_a_request_is_answered_or_read() {
        let params = CALL.find(r#""params""#).unwrap();
        for place in params..CALL.len() {
            for byte in [
                0, b'"', b'\\', b'{', b'}', b']', b',', b':', 0x80, 0xff, b'9',
            ] {
                let mut text = CALL.as_bytes().to_vec();
                text[place] = byte;
                match Said::read(&text) {
                    Said::Message(message) => {
                        let read = matches!(*message, ClientJsonRpcMessage::Request(_));
                        assert!(read, "{place} {byte}");
                    }
                    Said::Refused(_) => assert_eq!(refused(&text), ["7"], "{place} {byte}"),
                    Said::Nothing => panic!("nothing is answered: {place} {byte}"),
                }
            }
        }
    }
}
