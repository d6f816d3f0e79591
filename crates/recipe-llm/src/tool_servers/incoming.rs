//! The messages of a server, read below the SDK: it drops what it cannot read, and the step would wait for ever. Here each
//! request gets an answer, which may be that its answer cannot be read.
//!
//! The result of a call reaches the caller as the text that was sent, in the one text of a result: no type of the SDK then
//! changes its numbers or refuses its content.

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
use super::tool_list::{self, LeftOut};

/// The largest message that is read, in bytes.
pub(super) const LARGEST_MESSAGE: usize = 64 << 20;

/// An answer that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("unreadable answer of {bytes} bytes: {reason}")]
pub(super) struct Unreadable {
    /// The size of the message.
    pub(super) bytes: u64,
    /// The mistake.
    pub(super) reason: String,
}

impl Unreadable {
    pub(super) fn new(bytes: usize, reason: impl ToString) -> Self {
        Self {
            bytes: bytes as u64,
            reason: reason.to_string(),
        }
    }

    /// A message that is larger than what is read.
    pub(super) fn too_large(bytes: usize) -> Self {
        let reason = format!("more than {} MiB", LARGEST_MESSAGE >> 20);
        Self::new(bytes, reason)
    }
}

/// The answer to a call of a tool, as it was sent.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum CallAnswer {
    /// A result: a JSON text.
    Result(String),
    /// An error of the protocol: a JSON text.
    Error(String),
    /// Neither.
    Unreadable(Unreadable),
}

impl CallAnswer {
    /// Takes it out of the result that has brought it.
    pub(super) fn taken_from(result: CallToolResult) -> Self {
        let text = result.content.into_iter().find_map(|block| match block {
            ContentBlock::Text(text) => Some(text.text),
            _ => None,
        });
        let text = text.unwrap_or_default();
        serde_json::from_str(&text)
            .unwrap_or_else(|error| Self::Unreadable(Unreadable::new(text.len(), error)))
    }

    fn into_message(self, id: RequestId) -> ServerJsonRpcMessage {
        let text = serde_json::to_string(&self).expect("texts and a number can be written as JSON");
        let result = CallToolResult::success(vec![ContentBlock::text(text)]);
        ServerJsonRpcMessage::response(ServerResult::CallToolResult(result), id)
    }
}

/// The kind of a request that waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// A description of the server.
    Hello,
    /// The list of tools.
    Tools,
    /// A call of a tool.
    Call,
    /// Something else.
    Other,
}

/// The requests that wait for answers, and what was wrong with answers to others than calls. Its clones share them.
#[derive(Clone, Default)]
pub(super) struct Incoming(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Number of times that the server has reported a change of its tools.
    tool_changes: u64,
    waiting: HashMap<RequestId, Asked>,
    unreadable: Option<Unreadable>,
    left_out: Vec<LeftOut>,
}

impl Incoming {
    /// Notes a message that is sent to the server.
    pub(super) fn note_sent(&self, message: &ClientJsonRpcMessage) {
        let ClientJsonRpcMessage::Request(request) = message else {
            return;
        };
        let asked = match &request.request {
            ClientRequest::InitializeRequest(_) | ClientRequest::DiscoverRequest(_) => Asked::Hello,
            ClientRequest::ListToolsRequest(_) => Asked::Tools,
            ClientRequest::CallToolRequest(_) => Asked::Call,
            _ => Asked::Other,
        };
        self.with(|state| {
            if asked == Asked::Hello {
                // Whatever is answered late to another hello does not matter any more.
                state.waiting.clear();
                state.unreadable = None;
            }
            state.waiting.insert(request.id.clone(), asked);
        });
    }

    /// Takes the mistake in the last answer that could not be read, if it was not that to a call.
    pub(super) fn take_unreadable(&self) -> Option<Unreadable> {
        self.with(|state| state.unreadable.take())
    }

    /// Notes what was wrong with an answer once more.
    pub(super) fn note_unreadable(&self, unreadable: Option<Unreadable>) {
        self.with(|state| state.unreadable = unreadable);
    }

    /// Number of times that the server has reported a change of its tools.
    pub(super) fn tool_changes(&self) -> u64 {
        self.with(|state| state.tool_changes)
    }

    /// The tools that were left out of lists.
    pub(super) fn take_left_out(&self) -> Vec<LeftOut> {
        self.with(|state| std::mem::take(&mut state.left_out))
    }

    /// Reads what a server has sent as one message, or as several in a list.
    pub(super) fn read(&self, bytes: &[u8]) -> Vec<ServerJsonRpcMessage> {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let reason = format!("invalid UTF-8 at byte {}", error.valid_up_to());
                let unreadable = Unreadable::new(bytes.len(), reason);
                return self.broken(&String::from_utf8_lossy(bytes), &unreadable);
            }
        };
        if text.trim_start().starts_with('[')
            && let Ok(list) = serde_json::from_str::<Vec<&serde_json::value::RawValue>>(text)
        {
            let messages = list.into_iter().map(|message| self.read_one(message.get()));
            return messages.flatten().collect();
        }
        self.read_one(text)
    }

    fn read_one(&self, text: &str) -> Vec<ServerJsonRpcMessage> {
        let message = match Envelope::read(text) {
            Ok(envelope) => envelope.message(),
            Err(error) => {
                // The place of a mistake is told as everywhere; a member that is there twice is not a mistake of JSON.
                let reason =
                    parse_json(text).map_or_else(|error| error.to_string(), |_| error.to_string());
                return self.broken(text, &Unreadable::new(text.len(), reason));
            }
        };
        let message = match message {
            Message::Result(id, result) => self.result(id, result, text),
            Message::Error(id, error) => self.error(id, error, text),
            Message::Empty(id) => {
                let reason = "neither a result nor an error";
                self.fail(id, Unreadable::new(text.len(), reason))
            }
            Message::Request(id, method) if method == "ping" => {
                let request = ServerRequest::PingRequest(Default::default());
                Some(ServerJsonRpcMessage::request(request, id))
            }
            // We have declared none of these. Under another name, so that the SDK does not invent an answer.
            Message::Request(id, method) => {
                debug!("a request that was not declared: {method}");
                let request = CustomRequest::new("undeclared", None);
                let request = ServerRequest::CustomRequest(request);
                Some(ServerJsonRpcMessage::request(request, id))
            }
            Message::Notification(method) => {
                // Counted here, since the SDK handles it in a task of its own, which may be later than the next answer.
                if method == ToolListChangedNotificationMethod::VALUE {
                    self.with(|state| state.tool_changes += 1);
                }
                let read = serde_json::from_str(text);
                read.inspect_err(|error| debug!("unreadable notification {method}: {error}"))
                    .ok()
            }
            Message::Other => None,
        };
        message.into_iter().collect()
    }

    /// Answers the requests that a text without end, or with mistakes, may have answered. `text` may be only parts of it.
    pub(super) fn broken(&self, text: &str, unreadable: &Unreadable) -> Vec<ServerJsonRpcMessage> {
        // Programs print other things, too.
        if !text.trim_start().starts_with(['{', '[']) {
            debug!("not a message: {unreadable}");
            return Vec::new();
        }
        let ids: Vec<RequestId> = ids_in(text).collect();
        let named = self.with(|state| {
            let waiting = state.waiting.keys();
            let named = waiting.filter(|id| ids.iter().any(|named| answers(named, id)));
            named.cloned().collect::<Vec<_>>()
        });
        match named.is_empty() && text.contains("\"jsonrpc\"") {
            true => self.fail_all(unreadable),
            false => named
                .into_iter()
                .filter_map(|id| self.fail(id, unreadable.clone()))
                .collect(),
        }
    }

    /// Answers all requests: one of them was answered with this.
    pub(super) fn fail_all(&self, unreadable: &Unreadable) -> Vec<ServerJsonRpcMessage> {
        let waiting: Vec<RequestId> = self.with(|state| state.waiting.keys().cloned().collect());
        let failed = waiting
            .into_iter()
            .filter_map(|id| self.fail(id, unreadable.clone()));
        failed.collect()
    }

    /// Answers a request whose answer cannot be read, if it still waits.
    pub(super) fn fail(
        &self,
        id: RequestId,
        unreadable: Unreadable,
    ) -> Option<ServerJsonRpcMessage> {
        let (id, asked) = self.take(&id)?;
        Some(self.failure(id, asked, unreadable))
    }

    /// The message that a request fails with, which does not wait any more.
    fn failure(&self, id: RequestId, asked: Asked, unreadable: Unreadable) -> ServerJsonRpcMessage {
        if asked == Asked::Call {
            return CallAnswer::Unreadable(unreadable).into_message(id);
        }
        let error = ErrorData::new(ErrorCode::PARSE_ERROR, unreadable.to_string(), None);
        self.with(|state| state.unreadable = Some(unreadable));
        ServerJsonRpcMessage::error(error, Some(id))
    }

    /// The error that a text answers a request with, whatever id it has.
    pub(super) fn error_of(&self, request: &RequestId, text: &str) -> Option<ServerJsonRpcMessage> {
        match Envelope::read(text).ok()?.message() {
            Message::Error(_, error) => self.error(Some(request.clone()), error, text),
            _ => None,
        }
    }

    /// Waits no longer for an answer to a request.
    pub(super) fn forget(&self, request: &RequestId) {
        self.take(request);
    }

    /// Whether a request still waits for its answer.
    pub(super) fn is_waiting(&self, id: &RequestId) -> bool {
        self.with(|state| state.waiting.contains_key(id))
    }

    fn result(&self, id: RequestId, result: &str, text: &str) -> Option<ServerJsonRpcMessage> {
        let (id, asked) = self.take(&id)?;
        let read = match asked {
            Asked::Call => return Some(CallAnswer::Result(result.to_owned()).into_message(id)),
            Asked::Tools => tool_list::read(result).map(|(result, left_out)| {
                self.with(|state| state.left_out.extend(left_out));
                ServerJsonRpcMessage::response(ServerResult::ListToolsResult(result), id.clone())
            }),
            Asked::Hello | Asked::Other => serde_json::from_str(text),
        };
        let unreadable = |error| Unreadable::new(text.len(), error);
        Some(read.unwrap_or_else(|error| self.failure(id, asked, unreadable(error))))
    }

    fn error(
        &self,
        id: Option<RequestId>,
        error: &str,
        text: &str,
    ) -> Option<ServerJsonRpcMessage> {
        // A server that could not read a request does not know its id.
        let id = id.or_else(|| {
            self.with(|state| {
                let mut waiting = state.waiting.keys();
                waiting.next().filter(|_| waiting.next().is_none()).cloned()
            })
        })?;
        let (id, asked) = self.take(&id)?;
        if asked == Asked::Call {
            return Some(CallAnswer::Error(error.to_owned()).into_message(id));
        }
        Some(match serde_json::from_str(error) {
            Ok(error) => ServerJsonRpcMessage::error(error, Some(id)),
            Err(wrong) => self.failure(id, asked, Unreadable::new(text.len(), wrong)),
        })
    }

    /// The request that an id answers, as it was asked. It does not wait any more.
    fn take(&self, id: &RequestId) -> Option<(RequestId, Asked)> {
        self.with(|state| {
            let own = state.waiting.keys().find(|waiting| answers(id, waiting));
            let own = own.cloned()?;
            state.waiting.remove_entry(&own)
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether an id answers a request. Some servers make texts of numbers.
fn answers(id: &RequestId, request: &RequestId) -> bool {
    id == request || id.to_string() == request.to_string()
}
