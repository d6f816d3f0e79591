//! Messages over streamable HTTP, read below the SDK: each message is a request of HTTP, whose answer is a message or a
//! stream of them.

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
use super::incoming::{Incoming, LARGEST_MESSAGE, Unreadable};
use crate::http_clients::{address, has_events, is_kind};

const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const JSON_OR_EVENTS: &str = "application/json, text/event-stream";
/// The most redirects of a request.
const MOST_REDIRECTS: usize = 5;
/// The most of an answer that is shown in an error, in bytes.
const MOST_SHOWN: usize = 2_000;

/// A server at an address.
#[derive(Clone)]
pub(super) struct HttpServer {
    pub(super) client: Client,
    pub(super) incoming: Incoming,
}

/// A request of HTTP that has not brought what it was sent for.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("the request failed")]
    Http(#[from] reqwest::Error),
    #[error("the server answers with status {status}{}", said(.text))]
    Status { status: StatusCode, text: String },
    #[error("the server redirects to another address: {to}")]
    Elsewhere { to: String },
    #[error("the server redirects again and again")]
    TooManyRedirects,
    #[error("the message cannot be written as JSON")]
    Message(#[from] serde_json::Error),
}

fn said(text: &str) -> String {
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

type Failed = StreamableHttpError<HttpError>;

impl StreamableHttpClient for HttpServer {
    type Error = HttpError;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        _: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, Failed> {
        self.incoming.note_sent(&message);
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
            // Whatever comes as an answer to something else than a request, nobody waits for it.
            return match status.is_success() {
                true => Ok(StreamableHttpPostResponse::Accepted),
                false => Err(refused(response).await.into()),
            };
        };
        let session = response.headers().get(SESSION_ID);
        let session = session.and_then(|id| id.to_str().ok()).map(str::to_owned);
        if !status.is_success() {
            let is_hello = matches!(request.request, ClientRequest::DiscoverRequest(_));
            let error = self.error(&request.id, response, is_hello && !is_in_session);
            return Ok(StreamableHttpPostResponse::Json(error.await?, session));
        }
        if has_events(&response) {
            let events = self.answers(response, Some(request.id));
            return Ok(StreamableHttpPostResponse::Sse(events, session));
        }
        let kind = match is_kind(&response, "application/json") {
            true => None,
            false => response.headers().get(CONTENT_TYPE).cloned(),
        };
        let answer = match read(response).await? {
            Ok(body) => {
                // An answer to another request would leave this one waiting.
                let mut messages = self.incoming.read(&body).into_iter();
                let answered = messages.find(|_| !self.incoming.is_waiting(&request.id));
                answered.or_else(|| {
                    let reason = match kind {
                        None => "not the answer to the request".to_owned(),
                        Some(kind) => format!("content of the type {kind:?}"),
                    };
                    let unreadable = Unreadable::new(body.len(), reason);
                    self.incoming.fail(request.id.clone(), unreadable)
                })
            }
            Err(unreadable) => self.incoming.fail(request.id.clone(), unreadable),
        };
        let answer = answer.ok_or(StreamableHttpError::UnexpectedEndOfStream)?;
        Ok(StreamableHttpPostResponse::Json(answer, session))
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        _: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, Failed> {
        let headers = all_headers(headers, session_id.as_deref(), last_event_id.as_deref());
        let response = self.send(Method::GET, &uri, headers, None).await?;
        if response.status() == StatusCode::METHOD_NOT_ALLOWED {
            return Err(StreamableHttpError::ServerDoesNotSupportSse);
        }
        authorized(&response)?;
        if !response.status().is_success() {
            return Err(refused(response).await.into());
        }
        if !has_events(&response) {
            let kind = response.headers().get(CONTENT_TYPE);
            let kind = kind.map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned());
            return Err(StreamableHttpError::UnexpectedContentType(kind));
        }
        Ok(self.answers(response, None))
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session: Arc<str>,
        _: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Failed> {
        let headers = all_headers(headers, Some(&session), None);
        self.send(Method::DELETE, &uri, headers, None).await?;
        // A server that does not let its sessions be ended ends them by itself.
        Ok(())
    }
}

impl HttpServer {
    /// Sends a request, and again where the server says that it is at another place of the same origin: headers may be
    /// secret.
    async fn send(
        &self,
        method: Method,
        uri: &str,
        headers: HeaderMap,
        body: Option<Vec<u8>>,
    ) -> Result<Response, HttpError> {
        let mut url = uri.to_owned();
        for _ in 0..=MOST_REDIRECTS {
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

    /// The events of an answer, whose data the SDK can read. A request that they were to answer and do not is answered at
    /// their end.
    fn answers(
        &self,
        response: Response,
        request: Option<RequestId>,
    ) -> BoxStream<'static, Result<Sse, SseError>> {
        let (events, too_large) = events(response);
        let incoming = self.incoming.clone();
        // Of a stream whose events have ids, the rest can be had by another request.
        let mut is_resumable = false;
        let ended = events.map(Some).chain(stream::iter([None]));
        let answers = ended.flat_map(move |event| {
            let unanswered = |reason: Unreadable| {
                let request = request.clone();
                let failed = request.and_then(|request| incoming.fail(request, reason));
                failed.as_ref().map(event_of)
            };
            let told: Vec<Result<Sse, SseError>> = match event {
                Some(Ok(event)) => {
                    is_resumable |= event.id.is_some();
                    readable(event, &incoming)
                }
                Some(Err(error)) => match too_large.bytes() {
                    Some(bytes) => unanswered(Unreadable::too_large(bytes))
                        .into_iter()
                        .collect(),
                    None if is_resumable => vec![Err(error)],
                    None => {
                        let reason = format!("the connection broke: {error}");
                        unanswered(Unreadable::new(0, reason)).into_iter().collect()
                    }
                },
                None if is_resumable => Vec::new(),
                None => {
                    let reason = "the server has ended the stream before its answer";
                    unanswered(Unreadable::new(0, reason)).into_iter().collect()
                }
            };
            stream::iter(told)
        });
        answers.boxed()
    }

    /// An answer with a status of failure as the error that it is, where its content is one. A server that does not know
    /// `server/discover` may refuse it in any way.
    async fn error(
        &self,
        request: &RequestId,
        response: Response,
        is_hello: bool,
    ) -> Result<ServerJsonRpcMessage, Failed> {
        let status = response.status();
        let is_json = is_kind(&response, "application/json");
        let body = read(response).await?.unwrap_or_default();
        let is_error = |text: &str| {
            let message = Envelope::read(text).map(Envelope::message);
            matches!(message, Ok(Message::Error(..)))
        };
        let text = String::from_utf8_lossy(&body);
        // Servers leave out the id here, or have a word for it.
        if is_json
            && is_error(&text)
            && let Some(error) = self.incoming.error_of(request, &text)
        {
            return Ok(error);
        }
        if is_hello && status.is_client_error() {
            let refused = format!("status {}", status.as_u16());
            let error = ErrorData::new(ErrorCode::INVALID_REQUEST, refused, None);
            self.incoming.forget(request);
            return Ok(ServerJsonRpcMessage::error(error, Some(request.clone())));
        }
        self.incoming.forget(request);
        let text = cut(text.trim());
        Err(HttpError::Status { status, text }.into())
    }
}

/// The headers of a request. What the protocol needs goes before what a recipe names.
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

/// The address that a server redirects a request to. The statuses that would make another request of it are not followed.
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
/// When the server wants to know who asks, or does not allow it.
fn authorized(response: &Response) -> Result<(), Failed> {
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

/// An answer with a status of failure.
async fn refused(response: Response) -> HttpError {
    let status = response.status();
    let body = read(response).await.ok().and_then(Result::ok);
    let text = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
    HttpError::Status {
        status,
        text: cut(text.trim()),
    }
}

/// The content of an answer, or that it is too large.
async fn read(mut response: Response) -> Result<Result<Vec<u8>, Unreadable>, HttpError> {
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(reqwest::Error::without_url)?
    {
        if body.len() + chunk.len() > LARGEST_MESSAGE {
            return Ok(Err(Unreadable::too_large(body.len() + chunk.len())));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Ok(body))
}

/// The beginning of a text of the server.
fn cut(text: &str) -> String {
    let end = text.floor_char_boundary(MOST_SHOWN);
    match end < text.len() {
        true => format!("{}…", &text[..end]),
        false => text.to_owned(),
    }
}

/// The messages of an event, an event each. What is not a message keeps its place in the stream.
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

/// A message as the data of an event.
fn event_of(message: &ServerJsonRpcMessage) -> Result<Sse, SseError> {
    let data = serde_json::to_string(message).map_err(|error| SseError::Body(Box::new(error)))?;
    Ok(Sse::default().data(data))
}
