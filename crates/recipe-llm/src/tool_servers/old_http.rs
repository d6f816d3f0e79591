//! The way of servers of before 2025: messages to them are posted, messages from them are server-sent events of one
//! answer that never ends. The first event names the address to post to. The SDK does not speak it any more.

use std::collections::VecDeque;

use futures_util::StreamExt;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Url};
use rmcp::RoleClient;
use rmcp::model::ServerJsonRpcMessage;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;

use super::events::{Events, TooLarge, events};
use super::incoming::{Incoming, Unreadable};
use crate::http_clients::has_events;

/// A server of that way.
pub(super) struct OldHttp {
    client: Client,
    /// Where to post.
    endpoint: Url,
    headers: HeaderMap,
    events: Events,
    too_large: TooLarge,
    incoming: Incoming,
    /// Messages that were read and not handed on.
    read: VecDeque<ServerJsonRpcMessage>,
}

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
}

impl OldHttp {
    /// Opens the stream of events, and learns from its first where to post.
    pub(super) async fn open(
        client: Client,
        url: Url,
        headers: Vec<(HeaderName, HeaderValue)>,
        incoming: Incoming,
    ) -> Result<Self, OldHttpError> {
        let headers: HeaderMap = headers.into_iter().collect();
        let request = client.get(url.clone()).headers(headers.clone());
        let response = request.header(ACCEPT, "text/event-stream").send().await?;
        let response = response.error_for_status()?;
        if !has_events(&response) {
            return Err(OldHttpError::NoEvents);
        }
        let (mut events, too_large) = events(response);
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
            too_large,
            incoming,
            read: VecDeque::new(),
        })
    }
}

impl Transport<RoleClient> for OldHttp {
    type Error = OldHttpError;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), OldHttpError>> + Send + 'static {
        self.incoming.note_sent(&message);
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
                // The stream is not to be had again, so this is the end of all.
                Err(_) => {
                    let too_large = self.too_large.bytes().map(Unreadable::too_large)?;
                    self.incoming.fail_all(&too_large)
                }
            };
            self.read.extend(messages);
        }
    }

    async fn close(&mut self) -> Result<(), OldHttpError> {
        self.events = futures_util::stream::empty().boxed();
        Ok(())
    }
}
