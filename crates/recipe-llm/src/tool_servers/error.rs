//! What can go wrong with a server of tools, beside its program.

use std::error::Error;
use std::time::Duration;

use recipe_core::policy::Timeout;
use recipe_process::ProcessError;
use rmcp::ServiceError;
use rmcp::service::ClientInitializeError;
use rmcp::transport::streamable_http_client::StreamableHttpError;
use serde_json::Value;

use super::incoming::Unreadable;
use super::old_http::OldHttpError;
use super::streamable_http::HttpError;

/// A server that cannot be used, or that does not do what it is asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolServerError {
    /// What the recipe says of the server cannot be.
    #[error("{field}: {reason}")]
    Unusable {
        /// The field.
        field: String,
        /// What is wrong.
        reason: String,
    },
    /// The server cannot be reached, or does not speak the protocol.
    #[error("{server}: no connection")]
    NoConnection {
        /// The server.
        server: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server says nothing.
    #[error("{server}: no answer within {} seconds", .waited.as_secs())]
    Silent {
        /// The server.
        server: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The server's program has ended.
    #[error("the server is gone")]
    Ended(#[source] ProcessError),
    /// The server has ended the connection.
    #[error("{server} has ended the connection")]
    Closed {
        /// The server.
        server: String,
    },
    /// The server has not done what it was asked to.
    #[error("{server}: {request}")]
    Request {
        /// The server.
        server: String,
        /// What it was asked.
        request: String,
        /// The reason.
        source: Box<RequestError>,
    },
    /// There are two tools of one name.
    #[error(
        "two tools are called {tool}, of {first} and of {second}: give one of the servers a `tool_prefix`"
    )]
    TwoTools {
        /// The name.
        tool: String,
        /// The first server that has it.
        first: String,
        /// The second.
        second: String,
    },
    /// No server has such a tool.
    #[error("{field}: no server has a tool {tool}, there are {known}")]
    NoTool {
        /// The field that names it.
        field: &'static str,
        /// The name.
        tool: String,
        /// The tools that there are, separated by commas.
        known: String,
    },
}

/// A request to a server of tools that has brought no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The server answers with an error of the protocol.
    #[error("the server refuses it: {}", refusal(*.code, message, data.as_ref()))]
    Refused {
        /// The code, as the protocol and the server have them.
        code: i64,
        /// The message of the server.
        message: String,
        /// More about it, as the server has it.
        data: Option<Value>,
    },
    /// The answer cannot be read, or cannot be kept as it is.
    #[error("unreadable answer of {bytes} bytes: {reason}")]
    Unreadable {
        /// The size of the answer, in bytes.
        bytes: u64,
        /// The mistake.
        reason: String,
    },
    /// There was no answer in time.
    #[error("no answer within {limit}; `timeout` of the server sets the limit")]
    TimedOut {
        /// The limit.
        limit: Timeout,
    },
    /// The tool asks the user something in between, which is not possible here.
    #[error("the tool asks for input of a user, and there is none")]
    NeedsInput,
    /// The answer is one to another kind of request.
    #[error("what the server says is not an answer")]
    NotAnAnswer,
    /// The server has cancelled the request.
    #[error("the server has cancelled it: {0}")]
    Cancelled(String),
    /// The server has ended the connection.
    #[error("the server has ended the connection")]
    Closed,
    /// The server speaks other revisions of the protocol.
    #[error("the server speaks none of the revisions of the protocol that are known here: {0}")]
    OtherRevisions(String),
    /// The server wants to know who asks.
    #[error("the server wants to know who asks (status 401): see `headers`")]
    Unauthorized,
    /// The server does not allow it.
    #[error("the server does not allow it (status 403)")]
    Forbidden,
    /// The request has not come through.
    #[error("{0}")]
    Transport(String),
}

impl RequestError {
    /// The error that a JSON text is by the protocol.
    pub(super) fn refused(text: &str) -> Self {
        let error: Value = match recipe_core::document::parse_json(text) {
            Ok(error) => error,
            Err(error) => return Unreadable::new(text.len(), error).into(),
        };
        let message = error.get("message").and_then(Value::as_str);
        Self::Refused {
            code: error.get("code").and_then(Value::as_i64).unwrap_or(0),
            // Whatever else it is, it is what the server says.
            message: message.map_or_else(|| error.to_string(), str::to_owned),
            data: error.get("data").filter(|data| !data.is_null()).cloned(),
        }
    }

    /// Tells a model of it.
    pub(super) fn for_model(&self) -> String {
        match self {
            Self::Refused {
                message,
                data: None,
                ..
            } => message.clone(),
            Self::Refused {
                message,
                data: Some(data),
                ..
            } => format!("{message}: {}", cut(&data.to_string())),
            other => other.to_string(),
        }
    }

    fn of_data(error: &rmcp::ErrorData) -> Self {
        Self::Refused {
            code: error.code.0.into(),
            message: error.message.clone().into_owned(),
            data: error.data.clone(),
        }
    }
}

impl From<Unreadable> for RequestError {
    fn from(unreadable: Unreadable) -> Self {
        let Unreadable { bytes, reason } = unreadable;
        Self::Unreadable { bytes, reason }
    }
}

/// Names what the SDK says: its own texts repeat their sources, and addresses in them may hold secrets.
impl From<&ClientInitializeError> for RequestError {
    fn from(error: &ClientInitializeError) -> Self {
        use ClientInitializeError as Sdk;
        match error {
            Sdk::JsonRpcError(error) => Self::of_data(error),
            Sdk::ConnectionClosed(_) => Self::Closed,
            Sdk::NoCompatibleProtocolVersion {
                server_supported, ..
            } => {
                let revisions = server_supported.iter().map(|revision| revision.as_str());
                Self::OtherRevisions(revisions.collect::<Vec<_>>().join(", "))
            }
            Sdk::TransportError { error, .. } => transport(error.error.as_ref()),
            _ => Self::NotAnAnswer,
        }
    }
}

impl From<&ServiceError> for RequestError {
    fn from(error: &ServiceError) -> Self {
        match error {
            ServiceError::McpError(error) => Self::of_data(error),
            ServiceError::TransportSend(error) => transport(error.error.as_ref()),
            ServiceError::TransportClosed => Self::Closed,
            ServiceError::Cancelled { reason } => {
                let reason = reason.as_deref().unwrap_or("it does not say why");
                Self::Cancelled(cut(reason))
            }
            _ => Self::NotAnAnswer,
        }
    }
}

/// The beginning of a text that another program has written.
fn cut(text: &str) -> String {
    const LONGEST: usize = 500;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn refusal(code: i64, message: &str, data: Option<&Value>) -> String {
    let message = cut(message);
    match data {
        None => format!("{message} (code {code})"),
        Some(data) => format!("{message} (code {code}, data {})", cut(&data.to_string())),
    }
}

fn transport(error: &(dyn Error + Send + Sync + 'static)) -> RequestError {
    if let Some(error) = error.downcast_ref::<StreamableHttpError<HttpError>>() {
        return match error {
            StreamableHttpError::Client(HttpError::Http(error)) => http(error),
            StreamableHttpError::Client(error) => RequestError::Transport(error.to_string()),
            StreamableHttpError::AuthRequired(_) => RequestError::Unauthorized,
            StreamableHttpError::InsufficientScope(_) => RequestError::Forbidden,
            other => RequestError::Transport(cut(&other.to_string())),
        };
    }
    match error.downcast_ref::<OldHttpError>() {
        Some(OldHttpError::Http(error)) => http(error),
        _ => RequestError::Transport(cut(&error.to_string())),
    }
}

/// The bottom of it, without the address.
fn http(error: &reqwest::Error) -> RequestError {
    if let Some(status) = error.status() {
        let told = format!("the server answers with status {}", status.as_u16());
        return RequestError::Transport(told);
    }
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    RequestError::Transport(match cause.is::<reqwest::Error>() {
        true => "the request cannot be sent".to_owned(),
        false => cut(&cause.to_string()),
    })
}
