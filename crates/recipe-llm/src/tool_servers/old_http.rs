//! The way of servers of before 2025: messages to them are posted, messages from them are server-sent events of one
//! answer that never ends. The first event names the address to post to. The SDK does not speak it any more.

use std::collections::HashMap;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Url};
use rmcp::RoleClient;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use sse_stream::{Sse, SseStream};

/// The most that one event may have, in bytes, as the SDK has it for the way of today.
const LARGEST_EVENT: usize = 16 << 20;

/// A server of that way.
pub(super) struct OldHttp {
    client: Client,
    /// Where to post.
    endpoint: Url,
    headers: HeaderMap,
    events: Events,
}

type Events = BoxStream<'static, Result<Sse, sse_stream::Error>>;

/// Why there is no such server, or none any more.
#[derive(Debug, thiserror::Error)]
pub(super) enum OldHttpError {
    #[error("the request failed")]
    Http(#[from] reqwest::Error),
    #[error("no server-sent events")]
    NoEvents,
    #[error("the first event names no address of the server")]
    NoEndpoint,
    #[error("the message cannot be written as JSON")]
    Message(#[from] serde_json::Error),
    #[error("an event is larger than {LARGEST_EVENT} bytes")]
    TooLarge,
}

impl OldHttp {
    /// Opens the stream of events, and learns from its first where to post.
    pub(super) async fn open(
        client: Client,
        url: Url,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<Self, OldHttpError> {
        let headers: HeaderMap = headers.into_iter().collect();
        let request = client.get(url.clone()).headers(headers.clone());
        let response = request.header(ACCEPT, "text/event-stream").send().await?;
        let response = response.error_for_status()?;
        let kind = response.headers().get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("text/event-stream") {
            return Err(OldHttpError::NoEvents);
        }
        let mut size = EventSize::default();
        let bytes = response.bytes_stream().map_err(OldHttpError::from);
        let bytes = bytes.and_then(move |chunk| {
            let fits = size.fits(&chunk);
            async move { fits.then_some(chunk).ok_or(OldHttpError::TooLarge) }
        });
        let mut events: Events = SseStream::from_bytes_stream(bytes).boxed();
        let first = events.next().await;
        let endpoint = first
            .and_then(Result::ok)
            .filter(|first| first.event.as_deref() == Some("endpoint"))
            .and_then(|first| url.join(first.data?.trim()).ok())
            // What is secret in the headers is for this server alone.
            .filter(|endpoint| endpoint.origin() == url.origin())
            .ok_or(OldHttpError::NoEndpoint)?;
        Ok(Self {
            client,
            endpoint,
            headers,
            events,
        })
    }
}

impl Transport<RoleClient> for OldHttp {
    type Error = OldHttpError;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), OldHttpError>> + Send + 'static {
        let request = self.client.post(self.endpoint.clone());
        let request = request.headers(self.headers.clone());
        async move {
            let body = serde_json::to_vec(&message)?;
            let request = request.header(CONTENT_TYPE, "application/json").body(body);
            request.send().await?.error_for_status()?;
            Ok(())
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        loop {
            let event = self.events.next().await?.ok()?;
            let is_message = event.event.is_none_or(|event| event == "message");
            let data = event.data.filter(|_| is_message);
            // What is no message is passed over, as the SDK does on its other ways.
            if let Some(message) = data.and_then(|data| serde_json::from_str(&data).ok()) {
                return Some(message);
            }
        }
    }

    async fn close(&mut self) -> Result<(), OldHttpError> {
        self.events = futures_util::stream::empty().boxed();
        Ok(())
    }
}

/// How much of the event that is on its way has come.
#[derive(Default)]
struct EventSize {
    bytes: usize,
    at_line_start: bool,
}

impl EventSize {
    /// Counts what has come. An empty line ends an event.
    fn fits(&mut self, chunk: &[u8]) -> bool {
        for byte in chunk {
            self.bytes += 1;
            match byte {
                b'\n' if self.at_line_start => self.bytes = 0,
                b'\n' => self.at_line_start = true,
                b'\r' => {}
                _ => self.at_line_start = false,
            }
        }
        self.bytes <= LARGEST_EVENT
    }
}
