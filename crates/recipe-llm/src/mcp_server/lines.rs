//! A conversation over standard input and output: a message a line.

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

use super::message::{Refusal, Said, cancelled};
use super::request_id::Members;

/// The longest message, in bytes.
pub(super) const LONGEST: usize = 16 * 1024 * 1024;

/// So many messages may wait for a client that reads none.
const WAITING: usize = 64;

/// The two ends of a conversation with a client.
pub(super) struct Lines<R> {
    input: BufReader<R>,
    line: Line,
    output: Option<mpsc::Sender<Vec<u8>>>,
    /// Answers to send before more is read.
    refused: Vec<Refusal>,
    /// The requests that have no answer yet.
    under_way: HashSet<RequestId>,
    heard: Arc<Heard>,
}

/// Knowledge of a client from outside its conversation.
pub(super) struct Heard {
    /// Fires when there is nothing more to read, or it cannot be read.
    pub(super) ended: CancellationToken,
    any: AtomicBool,
}

impl Heard {
    /// Whether the client has said anything at all.
    pub(super) fn anything(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }
}

/// Takes what is to be written, a message each.
pub(super) struct Answers(mpsc::Receiver<Vec<u8>>);

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Reads from here.
    pub(super) fn new(input: R) -> (Self, Answers, Arc<Heard>) {
        let (output, answers) = mpsc::channel(WAITING);
        let heard = Arc::new(Heard {
            ended: CancellationToken::new(),
            any: AtomicBool::new(false),
        });
        let lines = Self {
            input: BufReader::new(input),
            line: Line::default(),
            output: Some(output),
            refused: Vec::new(),
            under_way: HashSet::new(),
            heard: heard.clone(),
        };
        (lines, Answers(answers), heard)
    }

    /// A message for the SDK, or what is to be answered at once.
    fn take(&mut self, said: Said) -> Option<ClientJsonRpcMessage> {
        let message = match said {
            Said::Message(message) => *message,
            Said::Refused(refusals) => {
                self.refused = refusals;
                return None;
            }
            Said::Nothing => return None,
        };
        match &message {
            JsonRpcMessage::Request(request) => {
                // Of two at once the SDK would answer one.
                if !self.under_way.insert(request.id.clone()) {
                    let why = "a request of this id is under way".to_owned();
                    let code = ErrorCode::INVALID_REQUEST;
                    self.refused = vec![Refusal::of_request(&request.id, code, why)];
                    return None;
                }
            }
            JsonRpcMessage::Notification(notification) => {
                if let Some(id) = cancelled(&notification.notification) {
                    self.under_way.remove(id);
                }
            }
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => {}
        }
        Some(message)
    }

    /// Reads on to the end of a line, or of all. What has been read stays here when this is dropped.
    async fn next_line(&mut self) -> io::Result<Option<Said>> {
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
                && let Some(said) = self.line.take()
            {
                return Ok(Some(said));
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
        id.map(|id| self.under_way.remove(id));
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
            while !self.refused.is_empty() {
                let place = self.output.as_ref()?.reserve().await.ok()?;
                place.send(self.refused.remove(0).to_json());
            }
            let Ok(Some(said)) = self.next_line().await else {
                self.heard.ended.cancel();
                return None;
            };
            self.heard.any.store(true, Ordering::Relaxed);
            if let Some(message) = self.take(said) {
                return Some(message);
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.output = None;
        Ok(())
    }
}

impl Answers {
    /// Writes until the conversation is over.
    pub(super) async fn write(mut self, mut output: impl AsyncWrite + Unpin) {
        while let Some(mut line) = self.0.recv().await {
            line.push(b'\n');
            let written = async {
                output.write_all(&line).await?;
                output.flush().await
            };
            // A client that takes nothing more is gone, or about to.
            if written.await.is_err() {
                return;
            }
        }
    }
}

/// A line that is being read. Of one that is too long only what is needed to answer it is kept.
#[derive(Default)]
struct Line {
    text: Vec<u8>,
    length: u64,
    too_long: Option<Members>,
}

impl Line {
    fn push(&mut self, piece: &[u8]) {
        self.length += piece.len() as u64;
        if let Some(members) = &mut self.too_long {
            members.look_at(piece);
            return;
        }
        self.text.extend_from_slice(piece);
        if self.text.len() > LONGEST {
            self.too_long = Some(Members::of(&self.text));
            self.text = Vec::new();
        }
    }

    /// The message in a line. `None` for an empty line.
    fn take(&mut self) -> Option<Said> {
        let line = std::mem::take(self);
        if let Some(members) = line.too_long {
            return Some(match members.is_answer() {
                true => Said::Nothing,
                false => Said::Refused(vec![Refusal::too_large(members, line.length, LONGEST)]),
            });
        }
        let text = line.text.trim_ascii();
        (!text.is_empty()).then(|| Said::read(text))
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

    /// The answers to a client that calls two recipes, one that ends soon and one that does not, and sends nothing more.
    async fn answers(folder: &std::path::Path) -> Vec<Value> {
        for (name, seconds) in [("soon", 0.5), ("late", 600.0)] {
            let recipe = json!([{"type": "wait", "config": {"seconds": seconds}}]);
            std::fs::write(folder.join(format!("{name}.json")), recipe.to_string()).unwrap();
        }
        let server = RecipeServer::new(ServerSettings {
            registry: Arc::new(recipe_steps::registry()),
            options: Options::default(),
            context: Context::new(),
            paths: vec![folder.join("soon.json"), folder.join("late.json")],
        });
        let (client, its_server) = tokio::io::duplex(1 << 16);
        let (mut from_server, mut to_server) = tokio::io::split(client);
        let hello = json!({
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"},
        });
        for message in [
            json!({"id": 0, "method": "initialize", "params": hello}),
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
        let (input, output) = tokio::io::split(its_server);
        let served = server
            .unwrap()
            .serve(input, output, CancellationToken::new());
        served.await.unwrap();
        let mut answers = String::new();
        from_server.read_to_string(&mut answers).await.unwrap();
        let answers = answers
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        answers.collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_nothing_more_gets_the_answers_that_come_soon() {
        let folder = tempfile::tempdir().unwrap();
        let begun = Instant::now();
        let answers = answers(folder.path()).await;
        assert!(begun.elapsed() < Duration::from_secs(2), "{answers:?}");
        let said = |id: u64| {
            let answer = answers.iter().find(|answer| answer["id"] == id).unwrap();
            answer["result"]["content"][0]["text"].as_str().unwrap()
        };
        assert!(said(1).starts_with("1 step done in 0.5 s"), "{answers:?}");
        assert_eq!(said(2), "cancelled");
    }
}
