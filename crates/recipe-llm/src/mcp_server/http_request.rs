//! A request over HTTP: what the SDK is given of it, and what becomes of its answer.

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
use super::message::{Refusal, Said, refusals_to_json};
use super::request_id::Members;

/// The path of the server.
pub(super) const PATH: &str = "/mcp";

/// The longest body of a request, in bytes.
pub(super) const LONGEST: usize = 4 * 1024 * 1024;

/// The header that names a conversation.
const SESSION: &str = "mcp-session-id";

const JSON: HeaderValue = HeaderValue::from_static("application/json");

type Answer = Response<BoxBody<Bytes, Infallible>>;

/// Takes requests, and hands them to the SDK.
#[derive(Clone)]
pub(super) struct Front {
    pub(super) sdk: StreamableHttpService<RecipeServer, LocalSessionManager>,
    pub(super) sessions: Arc<LocalSessionManager>,
}

impl Front {
    pub(super) async fn answer(self, request: Request<Incoming>) -> Result<Answer, Infallible> {
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

    /// A message of the client. The SDK looks first whether whoever sends it may.
    async fn post(&self, request: Request<Incoming>) -> Answer {
        let (parts, body) = request.into_parts();
        let (status, body, said) = match whole(body).await {
            Ok(body) => {
                let said = Said::read(&body);
                (StatusCode::BAD_REQUEST, body, said)
            }
            Err(NotWhole::TooLarge(refusal)) => {
                let said = Said::Refused(vec![refusal]);
                (StatusCode::PAYLOAD_TOO_LARGE, Bytes::new(), said)
            }
            Err(NotWhole::Broken(why)) => return plain_text(StatusCode::BAD_REQUEST, why),
        };
        match said {
            Said::Message(message) => {
                let id = match &*message {
                    JsonRpcMessage::Request(request) => Some(request.id.clone()),
                    _ => None,
                };
                let request = Request::from_parts(parts, Full::new(body));
                let answer = self.sdk.handle(request).await;
                match id {
                    Some(id) => as_json(answer, &id).await,
                    None => answer,
                }
            }
            Said::Refused(refusals) => match self.may_send(parts).await {
                Ok(()) => json(status, refusals_to_json(&refusals)),
                Err(answer) => answer,
            },
            Said::Nothing => match self.may_send(parts).await {
                Ok(()) => plain_text(StatusCode::ACCEPTED, String::new()),
                Err(answer) => answer,
            },
        }
    }

    /// Whether the SDK has nothing against a request but its body.
    async fn may_send(&self, parts: hyper::http::request::Parts) -> Result<(), Answer> {
        let answer = self
            .sdk
            .handle(Request::from_parts(parts, Full::<Bytes>::default()))
            .await;
        match answer.status() {
            // An empty body is no JSON, which it calls a wrong media type.
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Ok(()),
            _ => Err(answer),
        }
    }

    /// The end of a conversation. Clients want to hear that it has ended, not that it will.
    async fn delete(&self, request: Request<Incoming>) -> Answer {
        let session = request.headers().get(SESSION);
        let session = session.and_then(|id| id.to_str().ok()).map(Arc::from);
        let is_there = match &session {
            Some(id) => self.sessions.has_session(id).await.unwrap_or(false),
            None => true,
        };
        let answer = self.sdk.handle(request).await;
        match answer.status() {
            StatusCode::ACCEPTED if is_there => plain_text(StatusCode::OK, String::new()),
            StatusCode::ACCEPTED => plain_text(
                StatusCode::NOT_FOUND,
                "Not Found: Session not found".to_owned(),
            ),
            _ => answer,
        }
    }
}

/// A body that cannot be taken.
enum NotWhole {
    TooLarge(Refusal),
    Broken(String),
}

/// A body up to its end, also where it is too large: a client that is not listened to would not listen either.
async fn whole(mut body: Incoming) -> Result<Bytes, NotWhole> {
    let mut text = Vec::new();
    let mut length = 0;
    let mut too_long: Option<Members> = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| NotWhole::Broken(format!("Bad Request: {error}")))?;
        let Ok(piece) = frame.into_data() else {
            continue;
        };
        length += piece.len() as u64;
        if let Some(members) = &mut too_long {
            members.look_at(&piece);
            continue;
        }
        text.extend_from_slice(&piece);
        if text.len() > LONGEST {
            too_long = Some(Members::of(&text));
            text = Vec::new();
        }
    }
    match too_long {
        Some(members) => Err(NotWhole::TooLarge(Refusal::too_large(
            members, length, LONGEST,
        ))),
        None => Ok(text.into()),
    }
}

/// An answer of the SDK to a request. Where it refuses one in plain words, the client hears them as an error of its request.
async fn as_json(answer: Answer, id: &RequestId) -> Answer {
    let status = answer.status();
    let is_json = answer.headers().get(CONTENT_TYPE) == Some(&JSON);
    if !(status.is_client_error() || status.is_server_error()) || is_json {
        return answer;
    }
    let code = match status.is_server_error() {
        true => ErrorCode::INTERNAL_ERROR,
        false => ErrorCode::INVALID_REQUEST,
    };
    let (mut parts, body) = answer.into_parts();
    let Ok(body) = body.collect().await;
    let why = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, JSON);
    let body = Refusal::of_request(id, code, why).to_json();
    Response::from_parts(parts, Full::from(body).boxed())
}

fn json(status: StatusCode, body: Vec<u8>) -> Answer {
    let mut answer = Response::new(Full::from(body).boxed());
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, JSON);
    answer
}

fn plain_text(status: StatusCode, text: String) -> Answer {
    let mut answer = Response::new(Full::from(text).boxed());
    *answer.status_mut() = status;
    answer
}
