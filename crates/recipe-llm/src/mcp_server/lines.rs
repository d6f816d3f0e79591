//! A connection over standard input and output, with a message per line.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use recipe_core::CancellationToken;
use rmcp::RoleServer;
use rmcp::model::{
    ClientJsonRpcMessage, ErrorCode, JsonRpcMessage, RequestId, ServerJsonRpcMessage,
};
use rmcp::transport::Transport;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;

use super::message::{ParsedMessage, Rejection, cancelled};
use super::request_id::Members;

/// Maximum size of a message in bytes.
pub(super) const MAX_MESSAGE_BYTES: usize = 16 * 1024 * 1024;

/// Maximum number of queued messages for a client that does not read.
const MAX_QUEUED_MESSAGES: usize = 64;

/// Transport over lines of input and output.
pub(super) struct Lines<R> {
    input: BufReader<R>,
    line: Line,
    output: Option<mpsc::Sender<Vec<u8>>>,
    /// Error responses to send before reading on.
    rejected: Vec<Rejection>,
    /// Requests without a response so far.
    pending: HashSet<RequestId>,
    client: Arc<ClientState>,
}

/// State of the client, as seen from outside the connection.
pub(super) struct ClientState {
    /// Fires at the end of the input, or if reading fails.
    pub(super) ended: CancellationToken,
    any: AtomicBool,
}

impl ClientState {
    /// Whether the client has sent anything.
    pub(super) fn sent_anything(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }
}

/// Queue of messages to write.
pub(super) struct OutputQueue(mpsc::Receiver<Vec<u8>>);

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Creates a transport that reads from `input`.
    pub(super) fn new(input: R) -> (Self, OutputQueue, Arc<ClientState>) {
        let (output, responses) = mpsc::channel(MAX_QUEUED_MESSAGES);
        let client = Arc::new(ClientState {
            ended: CancellationToken::new(),
            any: AtomicBool::new(false),
        });
        let lines = Self {
            input: BufReader::new(input),
            line: Line::default(),
            output: Some(output),
            rejected: Vec::new(),
            pending: HashSet::new(),
            client: client.clone(),
        };
        (lines, OutputQueue(responses), client)
    }

    /// Returns a message for the SDK, or queues an error response.
    fn take(&mut self, parsed: ParsedMessage) -> Option<ClientJsonRpcMessage> {
        let message = match parsed {
            ParsedMessage::Valid(message) => *message,
            ParsedMessage::Rejected(rejections) => {
                self.rejected = rejections;
                return None;
            }
            ParsedMessage::Ignored => return None,
        };
        match &message {
            JsonRpcMessage::Request(request) => {
                // The SDK would respond to only one of two requests with the same ID.
                if !self.pending.insert(request.id.clone()) {
                    let reason = "duplicate request id".to_owned();
                    let code = ErrorCode::INVALID_REQUEST;
                    self.rejected = vec![Rejection::for_request(&request.id, code, reason)];
                    return None;
                }
            }
            JsonRpcMessage::Notification(notification) => {
                if let Some(id) = cancelled(&notification.notification) {
                    self.pending.remove(id);
                }
            }
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => {}
        }
        Some(message)
    }

    /// Reads the next line. A cancelled read keeps its data.
    async fn next_line(&mut self) -> io::Result<Option<ParsedMessage>> {
        loop {
            let read = self.input.fill_buf().await?;
            if read.is_empty() {
                return Ok(self.line.take());
            }
            let end = read.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(read.len(), |end| end + 1);
            self.line.push(&read[..end.unwrap_or(taken)]);
            self.input.consume(taken);
            if end.is_some()
                && let Some(parsed) = self.line.take()
            {
                return Ok(Some(parsed));
            }
        }
    }
}

impl<R: AsyncRead + Send + Unpin> Transport<RoleServer> for Lines<R> {
    type Error = io::Error;

    fn send(
        &mut self,
        message: ServerJsonRpcMessage,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let id = match &message {
            JsonRpcMessage::Response(response) => Some(&response.id),
            JsonRpcMessage::Error(error) => error.id.as_ref(),
            _ => None,
        };
        id.map(|id| self.pending.remove(id));
        let line = serde_json::to_vec(&message).map_err(io::Error::from);
        let output = self.output.clone();
        async move {
            let output = output.ok_or(io::ErrorKind::NotConnected)?;
            let sent = output.send(line?).await;
            sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
        }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            while !self.rejected.is_empty() {
                let permit = self.output.as_ref()?.reserve().await.ok()?;
                permit.send(self.rejected.remove(0).to_json());
            }
            let Ok(Some(parsed)) = self.next_line().await else {
                self.client.ended.cancel();
                return None;
            };
            self.client.any.store(true, Ordering::Relaxed);
            if let Some(message) = self.take(parsed) {
                return Some(message);
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.output = None;
        Ok(())
    }
}

impl OutputQueue {
    /// Writes until the connection ends.
    pub(super) async fn write(mut self, mut output: impl AsyncWrite + Unpin) {
        while let Some(mut line) = self.0.recv().await {
            line.push(b'\n');
            let written = async {
                output.write_all(&line).await?;
                output.flush().await
            };
            // The client has closed its end.
            if written.await.is_err() {
                return;
            }
        }
    }
}

/// A line being read. Of an oversized one, only what is needed to respond is kept.
#[derive(Default)]
struct Line {
    text: Vec<u8>,
    length: u64,
    oversized: Option<Members>,
}

impl Line {
    fn push(&mut self, chunk: &[u8]) {
        self.length += chunk.len() as u64;
        if let Some(members) = &mut self.oversized {
            members.push(chunk);
            return;
        }
        self.text.extend_from_slice(chunk);
        if self.text.len() > MAX_MESSAGE_BYTES {
            self.oversized = Some(Members::scan(&self.text));
            self.text = Vec::new();
        }
    }

    /// Takes the message of a line; `None` for an empty line.
    fn take(&mut self) -> Option<ParsedMessage> {
        let line = std::mem::take(self);
        if let Some(members) = line.oversized {
            return Some(match members.is_response() {
                true => ParsedMessage::Ignored,
                false => ParsedMessage::Rejected(vec![Rejection::too_large(
                    members,
                    line.length,
                    MAX_MESSAGE_BYTES,
                )]),
            });
        }
        let text = line.text.trim_ascii();
        (!text.is_empty()).then(|| ParsedMessage::parse(text))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use recipe_core::{Context, Options};
    use serde_json::{Value, json};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::Instant;

    use super::super::{RecipeServer, ServerSettings};
    use super::*;

    /// Responses to a client that calls two recipes, a short and a long one, and then closes its
    /// end.
    async fn responses(directory: &std::path::Path) -> Vec<Value> {
        for (name, seconds) in [("soon", 0.5), ("late", 600.0)] {
            let recipe = json!([{"type": "wait", "config": {"seconds": seconds}}]);
            std::fs::write(directory.join(format!("{name}.json")), recipe.to_string()).unwrap();
        }
        let server = RecipeServer::new(ServerSettings {
            registry: Arc::new(recipe_steps::registry()),
            options: Options::default(),
            context: Context::new(),
            paths: vec![directory.join("soon.json"), directory.join("late.json")],
        });
        let (client, server_end) = tokio::io::duplex(1 << 16);
        let (mut from_server, mut to_server) = tokio::io::split(client);
        let params = json!({
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"},
        });
        for message in [
            json!({"id": 0, "method": "initialize", "params": params}),
            json!({"method": "notifications/initialized"}),
            json!({"id": 1, "method": "tools/call", "params": {"name": "soon"}}),
            json!({"id": 2, "method": "tools/call", "params": {"name": "late"}}),
        ] {
            let mut message = message;
            message["jsonrpc"] = json!("2.0");
            let line = format!("{message}\n");
            to_server.write_all(line.as_bytes()).await.unwrap();
        }
        to_server.shutdown().await.unwrap();
        let (input, output) = tokio::io::split(server_end);
        let served = server
            .unwrap()
            .serve(input, output, CancellationToken::new());
        served.await.unwrap();
        let mut responses = String::new();
        from_server.read_to_string(&mut responses).await.unwrap();
        let responses = responses
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        responses.collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_closes_its_end_gets_responses_that_are_ready_soon() {
        let directory = tempfile::tempdir().unwrap();
        let start = Instant::now();
        let responses = responses(directory.path()).await;
        assert!(start.elapsed() < Duration::from_secs(2), "{responses:?}");
        let parsed = |id: u64| {
            let response = responses
                .iter()
                .find(|response| response["id"] == id)
                .unwrap();
            response["result"]["content"][0]["text"].as_str().unwrap()
        };
        assert!(
            parsed(1).starts_with("1 step done in 0.5 s"),
            "{responses:?}"
        );
        assert_eq!(parsed(2), "cancelled");
    }
}
