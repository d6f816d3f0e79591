//! What can go wrong with a server of tools, beside its program.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use recipe_steps::ProcessError;
use rmcp::ServiceError;
use rmcp::service::ClientInitializeError;
use rmcp::transport::streamable_http_client::StreamableHttpError;

use super::old_http::OldHttpError;

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
        /// Why not.
        source: Box<dyn Error + Send + Sync>,
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

/// What the SDK says, in words of ours: its own repeat their sources, and addresses in them may hold secrets.
#[derive(Debug)]
pub(super) struct Told(String);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Told {}

impl Told {
    /// Why there is no connection.
    pub(super) fn of_start(error: &ClientInitializeError) -> Self {
        use ClientInitializeError as Sdk;
        Self(match error {
            Sdk::JsonRpcError(error) => refused(error),
            Sdk::ConnectionClosed(_) => "the server has ended the connection".to_owned(),
            Sdk::NoCompatibleProtocolVersion { .. } => {
                "the server speaks no version of the protocol that is known here".to_owned()
            }
            Sdk::TransportError { error, .. } => transport(error.error.as_ref()),
            _ => "what the server says is not the protocol".to_owned(),
        })
    }

    /// Why there is no answer.
    pub(super) fn of_request(error: &ServiceError) -> Self {
        Self(match error {
            ServiceError::McpError(error) => refused(error),
            ServiceError::TransportSend(error) => transport(error.error.as_ref()),
            ServiceError::TransportClosed => "the server has ended the connection".to_owned(),
            ServiceError::Cancelled { reason } => {
                let reason = reason.as_deref().unwrap_or("it does not say why");
                format!("the server has cancelled it: {reason}")
            }
            _ => "what the server says is no answer".to_owned(),
        })
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

fn refused(error: &rmcp::ErrorData) -> String {
    format!("the server refuses it: {}", cut(&error.message))
}

fn transport(error: &(dyn Error + Send + Sync + 'static)) -> String {
    if let Some(error) = error.downcast_ref::<StreamableHttpError<reqwest::Error>>() {
        return match error {
            StreamableHttpError::Client(error) => http(error),
            StreamableHttpError::AuthRequired(_) => {
                "the server wants to know who asks (status 401): see `headers`".to_owned()
            }
            StreamableHttpError::InsufficientScope(_) => {
                "the server does not allow it (status 403)".to_owned()
            }
            other => cut(&other.to_string()),
        };
    }
    match error.downcast_ref::<OldHttpError>() {
        Some(OldHttpError::Http(error)) => http(error),
        _ => cut(&error.to_string()),
    }
}

/// What is at the bottom of it, without the address.
pub(super) fn http(error: &reqwest::Error) -> String {
    if let Some(status) = error.status() {
        return format!("the server answers with status {}", status.as_u16());
    }
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    if cause.is::<reqwest::Error>() {
        return "the request cannot be sent".to_owned();
    }
    cut(&cause.to_string())
}
