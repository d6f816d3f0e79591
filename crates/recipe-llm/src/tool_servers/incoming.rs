//! Messages of a server, parsed below the SDK, which drops invalid ones so that a step would wait
//! forever. Here each request gets a response, if only one that says the response was invalid.
//!
//! The result of a call reaches the caller as its original JSON text, inside the one text of a
//! result, so that no type of the SDK changes its numbers or rejects its content.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use recipe_core::document::parse_json;
use rmcp::ErrorData;
use rmcp::model::{
    CallToolResult, ClientJsonRpcMessage, ClientRequest, ConstString, ContentBlock, CustomRequest,
    ErrorCode, RequestId, ServerJsonRpcMessage, ServerRequest, ServerResult,
    ToolListChangedNotificationMethod,
};
use serde::{Deserialize, Serialize};
use tracing::debug;

use super::envelope::{Envelope, Message, ids_in};
use super::tool_list::{self, SkippedTool};

/// Maximum size of a message in bytes.
pub(super) const MAX_MESSAGE_BYTES: usize = 64 << 20;

/// An invalid response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("invalid response ({bytes} bytes): {reason}")]
pub(super) struct InvalidResponse {
    /// Size of the message.
    pub(super) bytes: u64,
    /// Detail.
    pub(super) reason: String,
}

impl InvalidResponse {
    pub(super) fn new(bytes: usize, reason: impl ToString) -> Self {
        Self {
            bytes: bytes as u64,
            reason: reason.to_string(),
        }
    }

    /// A message above the size limit.
    pub(super) fn too_large(bytes: usize) -> Self {
        let reason = format!("larger than {} MiB", MAX_MESSAGE_BYTES >> 20);
        Self::new(bytes, reason)
    }
}

/// Response to a tool call, as it was sent.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum CallResponse {
    /// JSON text of a result.
    Result(String),
    /// JSON text of a protocol error.
    Error(String),
    /// An invalid response.
    InvalidResponse(InvalidResponse),
}

impl CallResponse {
    /// Extracts the response from the result that wraps it.
    pub(super) fn from_result(result: CallToolResult) -> Self {
        let text = result.content.into_iter().find_map(|block| match block {
            ContentBlock::Text(text) => Some(text.text),
            _ => None,
        });
        let text = text.unwrap_or_default();
        serde_json::from_str(&text)
            .unwrap_or_else(|error| Self::InvalidResponse(InvalidResponse::new(text.len(), error)))
    }

    fn into_message(self, id: RequestId) -> ServerJsonRpcMessage {
        let text = serde_json::to_string(&self).expect("strings and numbers serialize");
        let result = CallToolResult::success(vec![ContentBlock::text(text)]);
        ServerJsonRpcMessage::response(ServerResult::CallToolResult(result), id)
    }
}

/// Kind of a pending request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RequestKind {
    /// Handshake.
    Handshake,
    /// List of tools.
    ListTools,
    /// Tool call.
    Call,
    /// Anything else.
    Other,
}

/// Pending requests, and errors in responses other than those to calls. Clones share the state.
#[derive(Clone, Default)]
pub(super) struct Incoming(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Number of reported tool changes.
    tool_changes: u64,
    pending: HashMap<RequestId, RequestKind>,
    invalid: Option<InvalidResponse>,
    skipped: Vec<SkippedTool>,
}

impl Incoming {
    /// Records a message to the server.
    pub(super) fn record_sent(&self, message: &ClientJsonRpcMessage) {
        let ClientJsonRpcMessage::Request(request) = message else {
            return;
        };
        let kind = match &request.request {
            ClientRequest::InitializeRequest(_) | ClientRequest::DiscoverRequest(_) => {
                RequestKind::Handshake
            }
            ClientRequest::ListToolsRequest(_) => RequestKind::ListTools,
            ClientRequest::CallToolRequest(_) => RequestKind::Call,
            _ => RequestKind::Other,
        };
        self.with(|state| {
            if kind == RequestKind::Handshake {
                // Late responses to an earlier handshake no longer matter.
                state.pending.clear();
                state.invalid = None;
            }
            state.pending.insert(request.id.clone(), kind);
        });
    }

    /// Takes the error of the last invalid response, if it was not the response to a call.
    pub(super) fn take_invalid(&self) -> Option<InvalidResponse> {
        self.with(|state| state.invalid.take())
    }

    /// Restores the error of an invalid response.
    pub(super) fn restore_invalid(&self, invalid: Option<InvalidResponse>) {
        self.with(|state| state.invalid = invalid);
    }

    /// Number of tool changes that the server has reported.
    pub(super) fn tool_changes(&self) -> u64 {
        self.with(|state| state.tool_changes)
    }

    /// Takes the tools that were skipped in lists.
    pub(super) fn take_skipped(&self) -> Vec<SkippedTool> {
        self.with(|state| std::mem::take(&mut state.skipped))
    }

    /// Parses a message of the server, or a list of messages.
    pub(super) fn read(&self, bytes: &[u8]) -> Vec<ServerJsonRpcMessage> {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let reason = format!("invalid UTF-8 at byte {}", error.valid_up_to());
                let invalid = InvalidResponse::new(bytes.len(), reason);
                return self.fail_malformed(&String::from_utf8_lossy(bytes), &invalid);
            }
        };
        if text.trim_start().starts_with('[')
            && let Ok(list) = serde_json::from_str::<Vec<&serde_json::value::RawValue>>(text)
        {
            let messages = list
                .into_iter()
                .map(|message| self.parse_one(message.get()));
            return messages.flatten().collect();
        }
        self.parse_one(text)
    }

    fn parse_one(&self, text: &str) -> Vec<ServerJsonRpcMessage> {
        let message = match Envelope::parse(text) {
            Ok(envelope) => envelope.message(),
            Err(error) => {
                // Use our position for JSON errors; a duplicate member is not one.
                let reason =
                    parse_json(text).map_or_else(|error| error.to_string(), |_| error.to_string());
                return self.fail_malformed(text, &InvalidResponse::new(text.len(), reason));
            }
        };
        let message = match message {
            Message::Result(id, result) => self.result(id, result, text),
            Message::Error(id, error) => self.error(id, error, text),
            Message::Empty(id) => {
                let reason = "neither a result nor an error";
                self.fail(id, InvalidResponse::new(text.len(), reason))
            }
            Message::Request(id, method) if method == "ping" => {
                let request = ServerRequest::PingRequest(Default::default());
                Some(ServerJsonRpcMessage::request(request, id))
            }
            // We have declared none of these. The new name keeps the SDK from inventing a response.
            Message::Request(id, method) => {
                debug!("undeclared request: {method}");
                let request = CustomRequest::new("undeclared", None);
                let request = ServerRequest::CustomRequest(request);
                Some(ServerJsonRpcMessage::request(request, id))
            }
            Message::Notification(method) => {
                // Counted here, since the SDK handles it in a separate task, possibly after the
                // next response.
                if method == ToolListChangedNotificationMethod::VALUE {
                    self.with(|state| state.tool_changes += 1);
                }
                let read = serde_json::from_str(text);
                read.inspect_err(|error| debug!("invalid notification {method}: {error}"))
                    .ok()
            }
            Message::Other => None,
        };
        message.into_iter().collect()
    }

    /// Fails the requests that malformed or unterminated text may respond to. `text` may be
    /// partial.
    pub(super) fn fail_malformed(
        &self,
        text: &str,
        invalid: &InvalidResponse,
    ) -> Vec<ServerJsonRpcMessage> {
        // Programs also print other things.
        if !text.trim_start().starts_with(['{', '[']) {
            debug!("not a message: {invalid}");
            return Vec::new();
        }
        let ids: Vec<RequestId> = ids_in(text).collect();
        let matching = self.with(|state| {
            let pending = state.pending.keys();
            let matching = pending.filter(|id| ids.iter().any(|matching| matches_id(matching, id)));
            matching.cloned().collect::<Vec<_>>()
        });
        match matching.is_empty() && text.contains("\"jsonrpc\"") {
            true => self.fail_all(invalid),
            false => matching
                .into_iter()
                .filter_map(|id| self.fail(id, invalid.clone()))
                .collect(),
        }
    }

    /// Fails all pending requests: one of them got this response.
    pub(super) fn fail_all(&self, invalid: &InvalidResponse) -> Vec<ServerJsonRpcMessage> {
        let pending: Vec<RequestId> = self.with(|state| state.pending.keys().cloned().collect());
        let failed = pending
            .into_iter()
            .filter_map(|id| self.fail(id, invalid.clone()));
        failed.collect()
    }

    /// Fails a request with an invalid response, if it is still pending.
    pub(super) fn fail(
        &self,
        id: RequestId,
        invalid: InvalidResponse,
    ) -> Option<ServerJsonRpcMessage> {
        let (id, kind) = self.take(&id)?;
        Some(self.failure(id, kind, invalid))
    }

    /// The message that fails a request which is no longer pending.
    fn failure(
        &self,
        id: RequestId,
        kind: RequestKind,
        invalid: InvalidResponse,
    ) -> ServerJsonRpcMessage {
        if kind == RequestKind::Call {
            return CallResponse::InvalidResponse(invalid).into_message(id);
        }
        let error = ErrorData::new(ErrorCode::PARSE_ERROR, invalid.to_string(), None);
        self.with(|state| state.invalid = Some(invalid));
        ServerJsonRpcMessage::error(error, Some(id))
    }

    /// The error response in a text, whatever its ID, as the response to a request.
    pub(super) fn error_of(&self, request: &RequestId, text: &str) -> Option<ServerJsonRpcMessage> {
        match Envelope::parse(text).ok()?.message() {
            Message::Error(_, error) => self.error(Some(request.clone()), error, text),
            _ => None,
        }
    }

    /// Removes a pending request.
    pub(super) fn forget(&self, request: &RequestId) {
        self.take(request);
    }

    /// Whether a request is pending.
    pub(super) fn is_pending(&self, id: &RequestId) -> bool {
        self.with(|state| state.pending.contains_key(id))
    }

    fn result(&self, id: RequestId, result: &str, text: &str) -> Option<ServerJsonRpcMessage> {
        let (id, kind) = self.take(&id)?;
        let read = match kind {
            RequestKind::Call => {
                return Some(CallResponse::Result(result.to_owned()).into_message(id));
            }
            RequestKind::ListTools => tool_list::read(result).map(|(result, skipped)| {
                self.with(|state| state.skipped.extend(skipped));
                ServerJsonRpcMessage::response(ServerResult::ListToolsResult(result), id.clone())
            }),
            RequestKind::Handshake | RequestKind::Other => serde_json::from_str(text),
        };
        let invalid = |error| InvalidResponse::new(text.len(), error);
        Some(read.unwrap_or_else(|error| self.failure(id, kind, invalid(error))))
    }

    fn error(
        &self,
        id: Option<RequestId>,
        error: &str,
        text: &str,
    ) -> Option<ServerJsonRpcMessage> {
        // A server that could not read a request does not know its ID.
        let id = id.or_else(|| {
            self.with(|state| {
                let mut pending = state.pending.keys();
                pending.next().filter(|_| pending.next().is_none()).cloned()
            })
        })?;
        let (id, kind) = self.take(&id)?;
        if kind == RequestKind::Call {
            return Some(CallResponse::Error(error.to_owned()).into_message(id));
        }
        Some(match serde_json::from_str(error) {
            Ok(error) => ServerJsonRpcMessage::error(error, Some(id)),
            Err(error) => self.failure(id, kind, InvalidResponse::new(text.len(), error)),
        })
    }

    /// Removes the pending request with this ID.
    fn take(&self, id: &RequestId) -> Option<(RequestId, RequestKind)> {
        self.with(|state| {
            let own = state.pending.keys().find(|pending| matches_id(id, pending));
            let own = own.cloned()?;
            state.pending.remove_entry(&own)
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether an ID matches a request. Some servers turn numbers into strings.
fn matches_id(id: &RequestId, request: &RequestId) -> bool {
    id == request || id.to_string() == request.to_string()
}
