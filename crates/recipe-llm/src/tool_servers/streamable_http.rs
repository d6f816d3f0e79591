//! Streamable HTTP, parsed below the SDK: each message is an HTTP request, answered with a message
//! or an event stream.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use reqwest::header::{
    ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, WWW_AUTHENTICATE,
};
use reqwest::{Client, Method, Response, StatusCode, Url};
use rmcp::model::{
    ClientJsonRpcMessage, ClientRequest, ErrorCode, ErrorData, RequestId, ServerJsonRpcMessage,
};
use rmcp::transport::streamable_http_client::{
    AuthRequiredError, InsufficientScopeError, SseError, StreamableHttpClient, StreamableHttpError,
    StreamableHttpPostResponse,
};
use sse_stream::Sse;

use super::envelope::{Envelope, Message};
use super::events::events;
use super::incoming::{Incoming, InvalidResponse, MAX_MESSAGE_BYTES};
use crate::http_clients::{address, has_events, is_kind};
use crate::truncate::truncate;

const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const JSON_OR_EVENTS: &str = "application/json, text/event-stream";
/// Maximum number of redirects of a request.
const MAX_REDIRECTS: usize = 5;
/// Maximum length of a response body quoted in an error.
const MAX_ERROR_CHARS: usize = 2_000;

/// A remote server.
#[derive(Clone)]
pub(super) struct HttpServer {
    pub(super) client: Client,
    pub(super) incoming: Incoming,
}

/// A failed HTTP request.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("request failed")]
    Http(#[from] reqwest::Error),
    #[error("server returned HTTP {status}{}", detail(.text))]
    Status { status: StatusCode, text: String },
    #[error("redirect to another origin: {to}")]
    Elsewhere { to: String },
    #[error("too many redirects")]
    TooManyRedirects,
    #[error("cannot serialize message")]
    Message(#[from] serde_json::Error),
}

fn detail(text: &str) -> String {
    match text.is_empty() {
        true => String::new(),
        false => format!(": {text}"),
    }
}

impl From<HttpError> for StreamableHttpError<HttpError> {
    fn from(error: HttpError) -> Self {
        Self::Client(error)
    }
}

type HttpClientError = StreamableHttpError<HttpError>;

impl StreamableHttpClient for HttpServer {
    type Error = HttpError;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        _: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, HttpClientError> {
        self.incoming.record_sent(&message);
        let body = serde_json::to_vec(&message).map_err(HttpError::from)?;
        let is_in_session = session_id.is_some();
        let headers = all_headers(headers, session_id.as_deref(), None);
        let response = self.send(Method::POST, &uri, headers, Some(body)).await?;
        let status = response.status();
        authorized(&response)?;
        if status == StatusCode::NOT_FOUND && is_in_session {
            return Err(StreamableHttpError::SessionExpired);
        }
        let ClientJsonRpcMessage::Request(request) = message else {
            // Nothing waits for the response to a notification.
            return match status.is_success() {
                true => Ok(StreamableHttpPostResponse::Accepted),
                false => Err(http_error(response).await.into()),
            };
        };
        let session = response.headers().get(SESSION_ID);
        let session = session.and_then(|id| id.to_str().ok()).map(str::to_owned);
        if !status.is_success() {
            let is_handshake = matches!(request.request, ClientRequest::DiscoverRequest(_));
            let error = self.error(&request.id, response, is_handshake && !is_in_session);
            return Ok(StreamableHttpPostResponse::Json(error.await?, session));
        }
        if has_events(&response) {
            let events = self.responses(response, Some(request.id));
            return Ok(StreamableHttpPostResponse::Sse(events, session));
        }
        let kind = match is_kind(&response, "application/json") {
            true => None,
            false => response.headers().get(CONTENT_TYPE).cloned(),
        };
        let response = match read(response).await? {
            Ok(body) => {
                // A response to another request would leave this one pending.
                let mut messages = self.incoming.read(&body).into_iter();
                let answered = messages.find(|_| !self.incoming.is_pending(&request.id));
                answered.or_else(|| {
                    let reason = match kind {
                        None => "response does not match the request".to_owned(),
                        Some(kind) => format!("unexpected content type {kind:?}"),
                    };
                    let invalid = InvalidResponse::new(body.len(), reason);
                    self.incoming.fail(request.id.clone(), invalid)
                })
            }
            Err(invalid) => self.incoming.fail(request.id.clone(), invalid),
        };
        let response = response.ok_or(StreamableHttpError::UnexpectedEndOfStream)?;
        Ok(StreamableHttpPostResponse::Json(response, session))
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        _: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, HttpClientError> {
        let headers = all_headers(headers, session_id.as_deref(), last_event_id.as_deref());
        let response = self.send(Method::GET, &uri, headers, None).await?;
        if response.status() == StatusCode::METHOD_NOT_ALLOWED {
            return Err(StreamableHttpError::ServerDoesNotSupportSse);
        }
        authorized(&response)?;
        if !response.status().is_success() {
            return Err(http_error(response).await.into());
        }
        if !has_events(&response) {
            let kind = response.headers().get(CONTENT_TYPE);
            let kind = kind.map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned());
            return Err(StreamableHttpError::UnexpectedContentType(kind));
        }
        Ok(self.responses(response, None))
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session: Arc<str>,
        _: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), HttpClientError> {
        let headers = all_headers(headers, Some(&session), None);
        self.send(Method::DELETE, &uri, headers, None).await?;
        // A server that does not support this ends its sessions by itself.
        Ok(())
    }
}

impl HttpServer {
    /// Sends a request, following redirects within the same origin only, since headers may be
    /// secret.
    async fn send(
        &self,
        method: Method,
        uri: &str,
        headers: HeaderMap,
        body: Option<Vec<u8>>,
    ) -> Result<Response, HttpError> {
        let mut url = uri.to_owned();
        for _ in 0..=MAX_REDIRECTS {
            let request = self.client.request(method.clone(), &url);
            let mut request = request.headers(headers.clone());
            if let Some(body) = &body {
                request = request
                    .header(CONTENT_TYPE, "application/json")
                    .body(body.clone());
            }
            let response = request.send().await.map_err(reqwest::Error::without_url)?;
            let Some(next) = redirected(&response, &method) else {
                return Ok(response);
            };
            if next.origin() != response.url().origin() {
                let to = address(&next);
                return Err(HttpError::Elsewhere { to });
            }
            url = next.into();
        }
        Err(HttpError::TooManyRedirects)
    }

    /// The events of a response, in a form that the SDK can parse. If the stream ends without a
    /// response to the request, the request fails.
    fn responses(
        &self,
        response: Response,
        request: Option<RequestId>,
    ) -> BoxStream<'static, Result<Sse, SseError>> {
        let (events, too_large) = events(response);
        let incoming = self.incoming.clone();
        // If events have IDs, the stream can be resumed with another request.
        let mut is_resumable = false;
        let ended = events.map(Some).chain(stream::iter([None]));
        let responses = ended.flat_map(move |event| {
            let unanswered = |reason: InvalidResponse| {
                let request = request.clone();
                let failed = request.and_then(|request| incoming.fail(request, reason));
                failed.as_ref().map(event_of)
            };
            let responses: Vec<Result<Sse, SseError>> = match event {
                Some(Ok(event)) => {
                    is_resumable |= event.id.is_some();
                    readable(event, &incoming)
                }
                Some(Err(error)) => match too_large.bytes() {
                    Some(bytes) => unanswered(InvalidResponse::too_large(bytes))
                        .into_iter()
                        .collect(),
                    None if is_resumable => vec![Err(error)],
                    None => {
                        let reason = format!("connection lost: {error}");
                        unanswered(InvalidResponse::new(0, reason))
                            .into_iter()
                            .collect()
                    }
                },
                None if is_resumable => Vec::new(),
                None => {
                    let reason = "event stream ended without a response";
                    unanswered(InvalidResponse::new(0, reason))
                        .into_iter()
                        .collect()
                }
            };
            stream::iter(responses)
        });
        responses.boxed()
    }

    /// Converts an error status to a protocol error, if the body contains one. A server that does
    /// not know `server/discover` may reject it in any way.
    async fn error(
        &self,
        request: &RequestId,
        response: Response,
        is_handshake: bool,
    ) -> Result<ServerJsonRpcMessage, HttpClientError> {
        let status = response.status();
        let is_json = is_kind(&response, "application/json");
        let body = read(response).await?.unwrap_or_default();
        let is_error = |text: &str| {
            let message = Envelope::parse(text).map(Envelope::message);
            matches!(message, Ok(Message::Error(..)))
        };
        let text = String::from_utf8_lossy(&body);
        // Servers omit the ID here, or use a placeholder.
        if is_json
            && is_error(&text)
            && let Some(error) = self.incoming.error_of(request, &text)
        {
            return Ok(error);
        }
        if is_handshake && status.is_client_error() {
            let http_error = format!("status {}", status.as_u16());
            let error = ErrorData::new(ErrorCode::INVALID_REQUEST, http_error, None);
            self.incoming.forget(request);
            return Ok(ServerJsonRpcMessage::error(error, Some(request.clone())));
        }
        self.incoming.forget(request);
        let text = truncate(text.trim(), MAX_ERROR_CHARS);
        Err(HttpError::Status { status, text }.into())
    }
}

/// Headers of a request. Those of the protocol override those of the recipe.
fn all_headers(
    headers: HashMap<HeaderName, HeaderValue>,
    session: Option<&str>,
    last_event: Option<&str>,
) -> HeaderMap {
    let mut all: HeaderMap = headers.into_iter().collect();
    all.insert(ACCEPT, HeaderValue::from_static(JSON_OR_EVENTS));
    let named = [(SESSION_ID, session), (LAST_EVENT_ID, last_event)];
    for (name, value) in named {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            all.insert(name, value);
        }
    }
    all
}

/// Target of a redirect. Statuses that would change the method are not followed.
fn redirected(response: &Response, method: &Method) -> Option<Url> {
    let is_followed = match response.status().as_u16() {
        307 | 308 => true,
        301..=303 => method == Method::GET,
        _ => false,
    };
    let location = response.headers().get(LOCATION).filter(|_| is_followed)?;
    response.url().join(location.to_str().ok()?).ok()
}

/// # Errors
/// If the server requires authentication, or denies access.
fn authorized(response: &Response) -> Result<(), HttpClientError> {
    let challenge = response.headers().get(WWW_AUTHENTICATE);
    let challenge = challenge.map(|text| String::from_utf8_lossy(text.as_bytes()).into_owned());
    match (response.status(), challenge) {
        (StatusCode::UNAUTHORIZED, challenge) => {
            let error = AuthRequiredError::new(challenge.unwrap_or_default());
            Err(StreamableHttpError::AuthRequired(error))
        }
        (StatusCode::FORBIDDEN, Some(challenge)) => {
            let error = InsufficientScopeError::new(challenge, None);
            Err(StreamableHttpError::InsufficientScope(error))
        }
        _ => Ok(()),
    }
}

/// Converts a response with an error status.
async fn http_error(response: Response) -> HttpError {
    let status = response.status();
    let body = read(response).await.ok().and_then(Result::ok);
    let text = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
    HttpError::Status {
        status,
        text: truncate(text.trim(), MAX_ERROR_CHARS),
    }
}

/// Reads the body, up to the size limit.
async fn read(mut response: Response) -> Result<Result<Vec<u8>, InvalidResponse>, HttpError> {
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(reqwest::Error::without_url)?
    {
        if body.len() + chunk.len() > MAX_MESSAGE_BYTES {
            return Ok(Err(InvalidResponse::too_large(body.len() + chunk.len())));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Ok(body))
}

/// Splits an event into one event per message. An event without a message keeps its place in the
/// stream.
fn readable(event: Sse, incoming: &Incoming) -> Vec<Result<Sse, SseError>> {
    let is_message = event.event.as_deref().is_none_or(|name| name == "message");
    let data = event.data.as_deref().filter(|_| is_message);
    let messages = data.map_or_else(Vec::new, |data| incoming.read(data.as_bytes()));
    if messages.is_empty() {
        return vec![Ok(Sse {
            data: None,
            ..event
        })];
    }
    let messages = messages.iter().map(|message| {
        let written = event_of(message)?;
        Ok(Sse {
            data: written.data,
            ..event.clone()
        })
    });
    messages.collect()
}

/// Serializes a message as the data of an event.
fn event_of(message: &ServerJsonRpcMessage) -> Result<Sse, SseError> {
    let data = serde_json::to_string(message).map_err(|error| SseError::Body(Box::new(error)))?;
    Ok(Sse::default().data(data))
}
