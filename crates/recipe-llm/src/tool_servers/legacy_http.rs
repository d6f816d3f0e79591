//! HTTP with server-sent events, the transport of servers from before 2025: requests are posted,
//! and all messages of the server are events of one long response. Its first event contains the
//! address to post to. The SDK no longer supports it.

use std::collections::VecDeque;

use futures_util::StreamExt;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Url};
use rmcp::RoleClient;
use rmcp::model::ServerJsonRpcMessage;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;

use super::events::{Events, TooLarge, events};
use super::incoming::{Incoming, InvalidResponse};
use crate::http_clients::has_events;

/// A server with this transport.
pub(super) struct LegacyHttp {
    client: Client,
    /// Address to post to.
    endpoint: Url,
    headers: HeaderMap,
    events: Events,
    too_large: TooLarge,
    incoming: Incoming,
    /// Parsed messages, not yet delivered.
    read: VecDeque<ServerJsonRpcMessage>,
}

/// Errors of the transport.
#[derive(Debug, thiserror::Error)]
pub(super) enum LegacyHttpError {
    #[error("request failed")]
    Http(#[from] reqwest::Error),
    #[error("response is not an event stream")]
    NoEvents,
    #[error("first event is not a valid `endpoint`")]
    NoEndpoint,
    #[error("cannot serialize message")]
    Message(#[from] serde_json::Error),
}

impl LegacyHttp {
    /// Opens the event stream and reads the address to post to.
    pub(super) async fn open(
        client: Client,
        url: Url,
        headers: Vec<(HeaderName, HeaderValue)>,
        incoming: Incoming,
    ) -> Result<Self, LegacyHttpError> {
        let headers: HeaderMap = headers.into_iter().collect();
        let request = client.get(url.clone()).headers(headers.clone());
        let response = request.header(ACCEPT, "text/event-stream").send().await?;
        let response = response.error_for_status()?;
        if !has_events(&response) {
            return Err(LegacyHttpError::NoEvents);
        }
        let (mut events, too_large) = events(response);
        let first = events.next().await;
        let endpoint = first
            .and_then(Result::ok)
            .filter(|first| first.event.as_deref() == Some("endpoint"))
            .and_then(|first| url.join(first.data?.trim()).ok())
            // Headers may be secret, so only this server gets them.
            .filter(|endpoint| endpoint.origin() == url.origin())
            .ok_or(LegacyHttpError::NoEndpoint)?;
        Ok(Self {
            client,
            endpoint,
            headers,
            events,
            too_large,
            incoming,
            read: VecDeque::new(),
        })
    }
}

impl Transport<RoleClient> for LegacyHttp {
    type Error = LegacyHttpError;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), LegacyHttpError>> + Send + 'static {
        self.incoming.record_sent(&message);
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
            if let Some(message) = self.read.pop_front() {
                return Some(message);
            }
            let messages = match self.events.next().await? {
                Ok(event) => {
                    let is_message = event.event.is_none_or(|event| event == "message");
                    let data = event.data.filter(|_| is_message).unwrap_or_default();
                    self.incoming.read(data.as_bytes())
                }
                // The stream cannot be reopened, so the connection ends.
                Err(_) => {
                    let too_large = self.too_large.bytes().map(InvalidResponse::too_large)?;
                    self.incoming.fail_all(&too_large)
                }
            };
            self.read.extend(messages);
        }
    }

    async fn close(&mut self) -> Result<(), LegacyHttpError> {
        self.events = futures_util::stream::empty().boxed();
        Ok(())
    }
}
