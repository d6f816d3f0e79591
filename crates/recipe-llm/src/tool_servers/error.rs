//! Errors of tool servers, other than those of their processes.

use std::error::Error;
use std::time::Duration;

use recipe_core::policy::Timeout;
use recipe_process::ProcessError;
use rmcp::ServiceError;
use rmcp::service::ClientInitializeError;
use rmcp::transport::streamable_http_client::StreamableHttpError;
use serde_json::Value;

use super::incoming::InvalidResponse;
use super::legacy_http::LegacyHttpError;
use super::streamable_http::HttpError;
use crate::truncate::truncate;

/// A server that cannot be used, or that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolServerError {
    /// A field of the server is invalid.
    #[error("{field}: {reason}")]
    #[non_exhaustive]
    Unusable {
        /// Field.
        field: String,
        /// Detail.
        reason: String,
    },
    /// The connection failed, or the server does not speak the protocol.
    #[error("{server}: connection failed")]
    #[non_exhaustive]
    ConnectionFailed {
        /// The server.
        server: String,
        /// Cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server does not respond to the handshake.
    #[error("{server}: no response within {} seconds", .timeout.as_secs())]
    #[non_exhaustive]
    Silent {
        /// The server.
        server: String,
        /// Timeout of the handshake.
        timeout: Duration,
    },
    /// The server's program exited.
    #[error("tool server exited")]
    Ended(#[source] ProcessError),
    /// The server closed the connection.
    #[error("{0}: connection closed by server")]
    Closed(String),
    /// A request failed.
    #[error("{server}: {request}")]
    #[non_exhaustive]
    Request {
        /// The server.
        server: String,
        /// Request.
        request: String,
        /// Cause.
        source: Box<RequestError>,
    },
    /// Two tools have the same name.
    #[error(
        "duplicate tool {tool} in {first} and {second}: set `tool_prefix` on one of the servers"
    )]
    #[non_exhaustive]
    DuplicateTool {
        /// Name of the tool.
        tool: String,
        /// First server.
        first: String,
        /// Second server.
        second: String,
    },
    /// No server has the tool.
    #[error("{field}: unknown tool {tool}, available: {known}")]
    #[non_exhaustive]
    UnknownTool {
        /// Field that names the tool.
        field: &'static str,
        /// Name of the tool.
        tool: String,
        /// Known tools, separated by commas.
        known: String,
    },
}

/// Failure of a request to a tool server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The server responded with a protocol error.
    #[error("server returned an error: {}", detail(*.code, message, data.as_ref()))]
    #[non_exhaustive]
    Rejected {
        /// Error code.
        code: i64,
        /// Message of the server.
        message: String,
        /// Additional data of the server.
        data: Option<Value>,
    },
    /// The response is malformed, too large, or not representable.
    #[error("invalid response ({bytes} bytes): {reason}")]
    #[non_exhaustive]
    InvalidResponse {
        /// Size in bytes.
        bytes: u64,
        /// Detail.
        reason: String,
    },
    /// The response did not arrive in time.
    #[error("no response within {0} (`timeout` of the server)")]
    TimedOut(Timeout),
    /// The tool asks the user for input, which is not supported.
    #[error("tool requires user input, which is not supported")]
    NeedsInput,
    /// The response does not match the request.
    #[error("unexpected response")]
    UnexpectedResponse,
    /// The server cancelled the request.
    #[error("request cancelled by server: {0}")]
    Cancelled(String),
    /// The server closed the connection.
    #[error("connection closed by server")]
    Closed,
    /// No protocol version is supported by both sides.
    #[error("no common protocol version: server supports {0}")]
    UnsupportedVersions(String),
    /// The server requires authentication.
    #[error("authentication required (HTTP 401): set `headers`")]
    Unauthorized,
    /// The server denies access.
    #[error("access denied (HTTP 403)")]
    Forbidden,
    /// The request could not be sent.
    #[error("{0}")]
    Transport(String),
}

impl RequestError {
    /// Parses a protocol error.
    pub(super) fn from_json(text: &str) -> Self {
        let error: Value = match recipe_core::document::parse_json(text) {
            Ok(error) => error,
            Err(error) => return InvalidResponse::new(text.len(), error).into(),
        };
        let message = error.get("message").and_then(Value::as_str);
        Self::Rejected {
            code: error.get("code").and_then(Value::as_i64).unwrap_or(0),
            // Any other value serves as the message.
            message: message.map_or_else(|| error.to_string(), str::to_owned),
            data: error.get("data").filter(|data| !data.is_null()).cloned(),
        }
    }

    /// Message for a model.
    pub(super) fn for_model(&self) -> String {
        match self {
            Self::Rejected {
                message,
                data: None,
                ..
            } => message.clone(),
            Self::Rejected {
                message,
                data: Some(data),
                ..
            } => format!(
                "{message}: {}",
                truncate(&data.to_string(), MAX_DETAIL_CHARS)
            ),
            other => other.to_string(),
        }
    }

    fn from_data(error: &rmcp::ErrorData) -> Self {
        Self::Rejected {
            code: error.code.0.into(),
            message: error.message.clone().into_owned(),
            data: error.data.clone(),
        }
    }
}

impl From<InvalidResponse> for RequestError {
    fn from(invalid: InvalidResponse) -> Self {
        let InvalidResponse { bytes, reason } = invalid;
        Self::InvalidResponse { bytes, reason }
    }
}

/// Converts without the SDK's own texts, which repeat their sources and may contain secrets in
/// addresses.
impl From<&ClientInitializeError> for RequestError {
    fn from(error: &ClientInitializeError) -> Self {
        use ClientInitializeError as Sdk;
        match error {
            Sdk::JsonRpcError(error) => Self::from_data(error),
            Sdk::ConnectionClosed(_) => Self::Closed,
            Sdk::NoCompatibleProtocolVersion {
                server_supported, ..
            } => {
                let versions = server_supported.iter().map(|version| version.as_str());
                Self::UnsupportedVersions(versions.collect::<Vec<_>>().join(", "))
            }
            Sdk::TransportError { error, .. } => transport(error.error.as_ref()),
            _ => Self::UnexpectedResponse,
        }
    }
}

impl From<&ServiceError> for RequestError {
    fn from(error: &ServiceError) -> Self {
        match error {
            ServiceError::McpError(error) => Self::from_data(error),
            ServiceError::TransportSend(error) => transport(error.error.as_ref()),
            ServiceError::TransportClosed => Self::Closed,
            ServiceError::Cancelled { reason } => {
                let reason = reason.as_deref().unwrap_or("no reason given");
                Self::Cancelled(truncate(reason, MAX_DETAIL_CHARS))
            }
            _ => Self::UnexpectedResponse,
        }
    }
}

/// Maximum length of a server's text in an error.
const MAX_DETAIL_CHARS: usize = 500;

fn detail(code: i64, message: &str, data: Option<&Value>) -> String {
    let message = truncate(message, MAX_DETAIL_CHARS);
    match data {
        None => format!("{message} (code {code})"),
        Some(data) => {
            let data = truncate(&data.to_string(), MAX_DETAIL_CHARS);
            format!("{message} (code {code}, data {data})")
        }
    }
}

fn transport(error: &(dyn Error + Send + Sync + 'static)) -> RequestError {
    if let Some(error) = error.downcast_ref::<StreamableHttpError<HttpError>>() {
        return match error {
            StreamableHttpError::Client(HttpError::Http(error)) => http(error),
            StreamableHttpError::Client(error) => RequestError::Transport(error.to_string()),
            StreamableHttpError::AuthRequired(_) => RequestError::Unauthorized,
            StreamableHttpError::InsufficientScope(_) => RequestError::Forbidden,
            other => RequestError::Transport(truncate(&other.to_string(), MAX_DETAIL_CHARS)),
        };
    }
    match error.downcast_ref::<LegacyHttpError>() {
        Some(LegacyHttpError::Http(error)) => http(error),
        _ => RequestError::Transport(truncate(&error.to_string(), MAX_DETAIL_CHARS)),
    }
}

/// The root cause, without the address.
fn http(error: &reqwest::Error) -> RequestError {
    if let Some(status) = error.status() {
        return RequestError::Transport(format!("server returned HTTP {}", status.as_u16()));
    }
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    RequestError::Transport(match cause.is::<reqwest::Error>() {
        true => "cannot send the request".to_owned(),
        false => truncate(&cause.to_string(), MAX_DETAIL_CHARS),
    })
}
