//! Notices that a client says nothing more: the end of what is read from it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use recipe_core::CancellationToken;
use tokio::io::{AsyncRead, ReadBuf};

/// What is read from a client, with a token that fires at its end.
pub(super) struct NoticedEnd<R> {
    input: R,
    ended: CancellationToken,
}

impl<R> NoticedEnd<R> {
    /// Reads from here.
    pub(super) fn new(input: R) -> Self {
        let ended = CancellationToken::new();
        Self { input, ended }
    }

    /// Fires when there is nothing more to read, or it cannot be read.
    pub(super) fn ended(&self) -> CancellationToken {
        self.ended.clone()
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for NoticedEnd<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (filled, room) = (buffer.filled().len(), buffer.remaining());
        let read = ready!(Pin::new(&mut self.input).poll_read(context, buffer));
        let nothing = room > 0 && buffer.filled().len() == filled;
        if read.is_err() || nothing {
            self.ended.cancel();
        }
        Poll::Ready(read)
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

    /// What a client is answered that calls two recipes and says nothing more: one that is soon done, and one that is not.
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
