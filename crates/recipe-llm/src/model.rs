//! The interface between steps and language models. Providers implement it, and so do embedders and
//! tests with models of their own.

#![expect(
    clippy::exhaustive_structs,
    reason = "constructed by custom models and their tests"
)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use recipe_core::event::Usage;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use crate::model_name::{InvalidModelName, ModelName};
pub use crate::models::Models;

/// A language model behind an API.
pub trait Model: Send + Sync {
    /// Sends a request once, without retries; the caller retries.
    ///
    /// # Errors
    /// If the model does not respond, or its response is malformed.
    fn respond<'a>(&'a self, request: &'a Request) -> ResponseFuture<'a>;

    /// Whether a request may have a schema and tools at the same time. If not, a conversation calls
    /// tools first and asks for the format once the model stops calling them.
    fn schema_with_tools(&self) -> SchemaWithTools {
        SchemaWithTools::Together
    }

    /// Parts of a request that the model ignores, each with the reason, as warnings.
    fn warnings(&self, _: &Request) -> Vec<String> {
        Vec::new()
    }

    /// The HTTP request that the model would send, with keys masked. `None` if it sends none.
    ///
    /// # Errors
    /// If the request could not be sent.
    fn http_request(&self, _: &Request) -> Result<Option<HttpRequest>, ModelError> {
        Ok(None)
    }

    /// The model's address, without keys. Together with its name it identifies the model in the
    /// response cache. Empty if the name alone does.
    fn address(&self) -> String {
        String::new()
    }
}

/// Whether a model accepts a schema together with tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemaWithTools {
    /// The model calls tools until it responds in the format.
    Together,
    /// Both are sent, although some servers then never call a tool.
    Unsure,
    /// Servers behind this API respond in the format at once and never call a tool: llama.cpp,
    /// Ollama, vLLM.
    ToolsFirst,
}

/// An HTTP request as it would be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpRequest {
    /// The method, in upper case.
    pub method: String,
    /// The URL, without secrets.
    pub url: String,
    /// The headers by their lower-case names; keys are masked.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Value,
}

/// Future of a response. Dropping it cancels the request.
pub type ResponseFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Response, ModelError>> + Send + 'a>>;

/// Source of models.
pub trait ModelSource: Send + Sync {
    /// Environment variables that the source reads. Their values appear in the configuration under
    /// their lower-case names.
    fn variables(&self) -> &[&str] {
        &[]
    }

    /// Returns the model of this name, configured with keys and addresses from `config`.
    ///
    /// # Errors
    /// If the provider is unknown, or a configuration value is missing or invalid.
    fn model(
        &self,
        name: &ModelName,
        config: &Map<String, Value>,
    ) -> Result<Arc<dyn Model>, ModelError>;

    /// Returns the same models, none of which starts a program; `None` if these never do. The
    /// `reason` follows `commands are not allowed: `.
    fn without_commands(&self, _reason: &str) -> Option<Arc<dyn ModelSource>> {
        None
    }
}

/// A request to a model.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Request {
    /// The conversation so far, ending with a message that the model has to respond to.
    pub messages: Vec<Message>,
    /// The maximum number of tokens in the response; the provider decides if `None`.
    pub max_tokens: Option<u32>,
    /// The sampling temperature; the provider decides if `None`.
    pub temperature: Option<f64>,
    /// The schema of the response, unless it is text.
    pub schema: Option<ResponseSchema>,
    /// Tools that the model may call.
    pub tools: Vec<Tool>,
    /// Tools that the provider runs itself, in the provider's format.
    pub builtin_tools: Vec<Value>,
}

impl Request {
    /// Creates a request of one prompt.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self {
            messages: vec![Message::User(prompt.into())],
            ..Self::default()
        }
    }
}

/// A turn of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Message {
    /// A message to the model.
    User(String),
    /// A response of the model.
    Assistant {
        /// The text, which may be empty.
        text: String,
        /// Tool calls.
        tool_calls: Vec<ToolCall>,
    },
    /// Results of the tool calls, in the same order.
    ToolResults(Vec<ToolResult>),
}

/// The schema of a JSON response.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResponseSchema {
    /// Name: letters, digits, `_`.
    pub name: String,
    /// A JSON Schema whose root is an object.
    pub schema: Value,
}

/// A tool that a model may call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tool {
    /// Name.
    pub name: String,
    /// Description for the model.
    pub description: String,
    /// The JSON Schema of its arguments.
    pub parameters: Value,
}

/// A tool call requested by a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Identifier that the result refers to.
    pub id: String,
    /// Name of the tool.
    pub name: String,
    /// Arguments as the model wrote them: JSON, possibly malformed.
    pub arguments: String,
    /// Data that the provider wants returned with the call: Gemini signs its reasoning.
    pub signature: Option<String>,
}

/// Result of a tool call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolResult {
    /// Identifier of the call.
    pub id: String,
    /// Name of the tool.
    pub name: String,
    /// Text of the result.
    pub content: String,
    /// Whether the tool failed.
    pub is_error: bool,
}

/// A response of a model.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Response {
    /// Response text, or JSON if a schema was set. Reasoning in `<think>` may precede it.
    pub text: String,
    /// Tool calls requested before the model can respond.
    pub tool_calls: Vec<ToolCall>,
    /// Tokens used.
    pub usage: Usage,
    /// Whether the response was cut off at the token limit.
    pub is_cut_off: bool,
}

impl Response {
    /// Creates a response of text only.
    pub fn text(text: impl Into<String>, usage: Usage) -> Self {
        Self {
            text: text.into(),
            usage,
            ..Self::default()
        }
    }
}

/// Reasons why a model does not respond. Provider messages are kept verbatim: mask secrets before
/// showing them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Unknown provider.
    #[error("unknown provider: {provider}, expected one of {known}")]
    #[non_exhaustive]
    UnknownProvider {
        /// Provider in the model name.
        provider: String,
        /// Known providers, separated by commas.
        known: String,
    },
    /// A configuration value is missing.
    #[error(
        "{name} is not configured: set the environment variable {variable} and list it in env_vars, or set the configuration value"
    )]
    #[non_exhaustive]
    NotConfigured {
        /// Configuration value.
        name: String,
        /// Environment variable that can supply it.
        variable: String,
    },
    /// A configuration value is invalid.
    #[error("invalid {name}: {reason}")]
    #[non_exhaustive]
    Misconfigured {
        /// Configuration value.
        name: String,
        /// Detail.
        reason: String,
    },
    /// The provider rejected the key, or the key lacks a permission.
    #[error("provider rejected the API key (HTTP {status}): {message}")]
    #[non_exhaustive]
    Unauthorized {
        /// HTTP status: 401 or 403.
        status: u16,
        /// Message of the provider.
        message: String,
    },
    /// Too many requests.
    #[error("rate limited by the provider (HTTP 429): {message}")]
    #[non_exhaustive]
    RateLimited {
        /// Message of the provider.
        message: String,
        /// Requested delay.
        retry_after: Option<Duration>,
    },
    /// The provider rejected the request.
    #[error("provider rejected the request (HTTP {status}): {message}")]
    #[non_exhaustive]
    Rejected {
        /// HTTP status.
        status: u16,
        /// Message of the provider.
        message: String,
    },
    /// The model, or a filter of the provider, declined to respond.
    #[error("model declined to respond: {0}")]
    Declined(String),
    /// No access token for the provider.
    #[error("cannot get a token from {from}: {reason}")]
    #[non_exhaustive]
    NoToken {
        /// Origin of the token: a configuration value or an address.
        from: String,
        /// Detail.
        reason: String,
    },
    /// The provider is unavailable.
    #[error("provider unavailable (HTTP {status}): {message}")]
    #[non_exhaustive]
    Unavailable {
        /// HTTP status.
        status: u16,
        /// Message of the provider.
        message: String,
        /// Requested delay.
        retry_after: Option<Duration>,
    },
    /// The provider cannot be reached, or the connection broke.
    #[error("cannot connect to the provider")]
    Connection(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The response has invalid characters.
    #[error("provider response is not text: {0}")]
    NotText(String),
    /// The response is malformed.
    #[error("malformed provider response: {0}")]
    Malformed(String),
}

impl ModelError {
    /// Creates a [`ModelError::Misconfigured`].
    pub fn misconfigured(name: impl Into<String>, reason: impl Into<String>) -> Self {
        let (name, reason) = (name.into(), reason.into());
        Self::Misconfigured { name, reason }
    }

    /// Creates a [`ModelError::Unauthorized`].
    pub fn unauthorized(status: u16, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::Unauthorized { status, message }
    }

    /// Creates a [`ModelError::RateLimited`].
    pub fn rate_limited(message: impl Into<String>, retry_after: Option<Duration>) -> Self {
        let message = message.into();
        Self::RateLimited {
            message,
            retry_after,
        }
    }

    /// Creates a [`ModelError::Rejected`].
    pub fn rejected(status: u16, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::Rejected { status, message }
    }

    /// Creates a [`ModelError::Unavailable`].
    pub fn unavailable(
        status: u16,
        message: impl Into<String>,
        retry_after: Option<Duration>,
    ) -> Self {
        let message = message.into();
        Self::Unavailable {
            status,
            message,
            retry_after,
        }
    }

    /// Whether a retry may help.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. }
                | Self::Unavailable { .. }
                | Self::Connection(_)
                | Self::Malformed(_)
        )
    }

    /// Delay before a retry, as requested by the provider.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Unavailable { retry_after, .. } => {
                *retry_after
            }
            _ => None,
        }
    }
}
