//! HTTP requests: validates them before the SDK, and converts its responses.

use std::convert::Infallible;
use std::sync::Arc;

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use rmcp::model::{ErrorCode, JsonRpcMessage, RequestId};
use rmcp::transport::StreamableHttpService;
use rmcp::transport::streamable_http_server::SessionManager;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;

use super::RecipeServer;
use super::message::{ParsedMessage, Rejection, rejections_to_json};
use super::request_id::Members;

/// Path of the server.
pub(super) const PATH: &str = "/mcp";

/// Maximum size of a request body in bytes.
pub(super) const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// Header with the session ID.
const SESSION_ID: &str = "mcp-session-id";

const JSON: HeaderValue = HeaderValue::from_static("application/json");

type HttpResponse = Response<BoxBody<Bytes, Infallible>>;

/// Validates requests and passes them to the SDK.
#[derive(Clone)]
pub(super) struct RequestHandler {
    pub(super) sdk: StreamableHttpService<RecipeServer, LocalSessionManager>,
    pub(super) sessions: Arc<LocalSessionManager>,
}

impl RequestHandler {
    pub(super) async fn handle(
        self,
        request: Request<Incoming>,
    ) -> Result<HttpResponse, Infallible> {
        let path = request.uri().path();
        if path.strip_suffix('/').unwrap_or(path) != PATH {
            return Ok(plain_text(
                StatusCode::NOT_FOUND,
                format!("Not Found: the server is at {PATH}"),
            ));
        }
        Ok(match *request.method() {
            Method::POST => self.post(request).await,
            Method::DELETE => self.delete(request).await,
            _ => self.sdk.handle(request).await,
        })
    }

    /// Handles a message. The SDK checks first whether the sender is allowed.
    async fn post(&self, request: Request<Incoming>) -> HttpResponse {
        let (parts, body) = request.into_parts();
        let (status, body, parsed) = match read_body(body).await {
            Ok(body) => {
                let parsed = ParsedMessage::parse(&body);
                (StatusCode::BAD_REQUEST, body, parsed)
            }
            Err(BodyError::TooLarge(rejection)) => {
                let parsed = ParsedMessage::Rejected(vec![rejection]);
                (StatusCode::PAYLOAD_TOO_LARGE, Bytes::new(), parsed)
            }
            Err(BodyError::Broken(reason)) => return plain_text(StatusCode::BAD_REQUEST, reason),
        };
        match parsed {
            ParsedMessage::Valid(message) => {
                let id = match &*message {
                    JsonRpcMessage::Request(request) => Some(request.id.clone()),
                    _ => None,
                };
                let request = Request::from_parts(parts, Full::new(body));
                let response = self.sdk.handle(request).await;
                match id {
                    Some(id) => error_as_json(response, &id).await,
                    None => response,
                }
            }
            ParsedMessage::Rejected(rejections) => match self.check_sender(parts).await {
                Ok(()) => json(status, rejections_to_json(&rejections)),
                Err(response) => response,
            },
            ParsedMessage::Ignored => match self.check_sender(parts).await {
                Ok(()) => plain_text(StatusCode::ACCEPTED, String::new()),
                Err(response) => response,
            },
        }
    }

    /// Fails if the SDK rejects a request for another reason than its body.
    async fn check_sender(&self, parts: hyper::http::request::Parts) -> Result<(), HttpResponse> {
        let response = self
            .sdk
            .handle(Request::from_parts(parts, Full::<Bytes>::default()))
            .await;
        match response.status() {
            // The SDK reports an empty body, which is not JSON, as an unsupported media type.
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Ok(()),
            _ => Err(response),
        }
    }

    /// Ends a session. Clients expect the end itself, not its announcement.
    async fn delete(&self, request: Request<Incoming>) -> HttpResponse {
        let session = request.headers().get(SESSION_ID);
        let session = session.and_then(|id| id.to_str().ok()).map(Arc::from);
        let exists = match &session {
            Some(id) => self.sessions.has_session(id).await.unwrap_or(false),
            None => true,
        };
        let response = self.sdk.handle(request).await;
        match response.status() {
            StatusCode::ACCEPTED if exists => plain_text(StatusCode::OK, String::new()),
            StatusCode::ACCEPTED => plain_text(
                StatusCode::NOT_FOUND,
                "Not Found: Session not found".to_owned(),
            ),
            _ => response,
        }
    }
}

/// An invalid body.
enum BodyError {
    TooLarge(Rejection),
    Broken(String),
}

/// Reads a body to its end, even if it is too large: a client does not read a response before it
/// has sent everything.
async fn read_body(mut body: Incoming) -> Result<Bytes, BodyError> {
    let mut text = Vec::new();
    let mut length = 0;
    let mut oversized: Option<Members> = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| BodyError::Broken(format!("Bad Request: {error}")))?;
        let Ok(chunk) = frame.into_data() else {
            continue;
        };
        length += chunk.len() as u64;
        if let Some(members) = &mut oversized {
            members.push(&chunk);
            continue;
        }
        text.extend_from_slice(&chunk);
        if text.len() > MAX_BODY_BYTES {
            oversized = Some(Members::scan(&text));
            text = Vec::new();
        }
    }
    match oversized {
        Some(members) => Err(BodyError::TooLarge(Rejection::too_large(
            members,
            length,
            MAX_BODY_BYTES,
        ))),
        None => Ok(text.into()),
    }
}

/// Converts a plain-text error of the SDK to an error response of the request.
async fn error_as_json(response: HttpResponse, id: &RequestId) -> HttpResponse {
    let status = response.status();
    let is_json = response.headers().get(CONTENT_TYPE) == Some(&JSON);
    if !(status.is_client_error() || status.is_server_error()) || is_json {
        return response;
    }
    let code = match status.is_server_error() {
        true => ErrorCode::INTERNAL_ERROR,
        false => ErrorCode::INVALID_REQUEST,
    };
    let (mut parts, body) = response.into_parts();
    let Ok(body) = body.collect().await;
    let reason = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, JSON);
    let body = Rejection::for_request(id, code, reason).to_json();
    Response::from_parts(parts, Full::from(body).boxed())
}

fn json(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    let mut response = Response::new(Full::from(body).boxed());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

fn plain_text(status: StatusCode, text: String) -> HttpResponse {
    let mut response = Response::new(Full::from(text).boxed());
    *response.status_mut() = status;
    response
}
