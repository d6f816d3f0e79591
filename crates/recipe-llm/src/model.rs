//! What a language model is to the steps: something that answers a conversation. The one seam between the steps and the
//! APIs of providers; embedders and tests bring models of their own.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use recipe_core::event::Usage;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model_name::ModelName;

/// A language model behind some API.
pub trait Model: Send + Sync {
    /// Asks it once. No retries here: who calls does that.
    ///
    /// # Errors
    /// When there is no answer, or one that makes no sense.
    fn answer<'a>(&'a self, request: &'a Request) -> AnswerFuture<'a>;

    /// Whether it may be sent a schema and tools at once. Where it may not, a conversation has tools called first and asks
    /// for the format when the model has no more use of them.
    fn schema_with_tools(&self) -> SchemaWithTools {
        SchemaWithTools::Together
    }

    /// Parts of a request that it will leave out, each with the reason, to warn of.
    fn left_out(&self, _: &Request) -> Vec<String> {
        Vec::new()
    }

    /// The request of HTTP that it would send, with keys masked. `None` for a model that sends none.
    ///
    /// # Errors
    /// When it would not send the request.
    fn http_request(&self, _: &Request) -> Result<Option<HttpRequest>, ModelError> {
        Ok(None)
    }

    /// Where it is reached, without keys: together with its name it tells it from all others. Answers that are kept for
    /// one are not those of another. Empty where the name says all.
    fn address(&self) -> String {
        String::new()
    }
}

/// Whether a model can be sent a schema for its answer together with tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemaWithTools {
    /// It calls tools until it answers in the format.
    Together,
    /// Both are sent, though the server may be one that then never calls a tool.
    Unsure,
    /// Servers behind this API answer in the format at once and never call a tool: llama.cpp, Ollama, vLLM.
    ToolsFirst,
}

/// A request of HTTP as it would be sent.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "models of others, and their tests, make them"
)]
pub struct HttpRequest {
    /// The method, in capitals.
    pub method: String,
    /// The address, without what may be secret in it.
    pub url: String,
    /// The headers by their names in lower case; the values of keys are masked.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Value,
}

/// An answer that takes time. Dropped, the request is cancelled.
pub type AnswerFuture<'a> = Pin<Box<dyn Future<Output = Result<Answer, ModelError>> + Send + 'a>>;

/// Where models come from.
pub trait ModelSource: Send + Sync {
    /// The environment variables that it looks at. What they hold stands in the configuration under their lower-case
    /// names.
    fn variables(&self) -> &[&str] {
        &[]
    }

    /// The model of this name, reached by what the configuration says: keys, addresses.
    ///
    /// # Errors
    /// When there is no such provider, or the configuration lacks something.
    fn model(
        &self,
        name: &ModelName,
        config: &Map<String, Value>,
    ) -> Result<Arc<dyn Model>, ModelError>;

    /// Returns the same models, none of which starts a program; `None` if these never do. The `reason` follows
    /// `commands are refused: `.
    fn without_commands(&self, _reason: &str) -> Option<Arc<dyn ModelSource>> {
        None
    }
}

/// What a model is asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Request {
    /// The conversation so far, which ends with something that the model has to answer.
    pub messages: Vec<Message>,
    /// The most tokens to answer with; the provider decides where none is given.
    pub max_tokens: Option<u32>,
    /// How freely to choose words; the provider decides where none is given.
    pub temperature: Option<f64>,
    /// The JSON that the answer is to be, if it is not to be text.
    pub schema: Option<AnswerSchema>,
    /// What the model may have done.
    pub tools: Vec<Tool>,
    /// Tools that the provider runs itself, as it describes them.
    pub builtin_tools: Vec<Value>,
}

impl Request {
    /// What a model is told, and nothing else.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self {
            messages: vec![Message::User(prompt.into())],
            ..Self::default()
        }
    }
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Message {
    /// What the model is told.
    User(String),
    /// What it has answered.
    Assistant {
        /// The text, which may be empty.
        text: String,
        /// What it wants done.
        tool_calls: Vec<ToolCall>,
    },
    /// What came of what it wanted done, in the same order.
    ToolResults(Vec<ToolResult>),
}

/// The JSON that an answer is to be.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(
    clippy::exhaustive_structs,
    reason = "models of others, and their tests, make them"
)]
pub struct AnswerSchema {
    /// What it is called: letters, digits, `_`.
    pub name: String,
    /// A JSON Schema whose root is an object.
    pub schema: Value,
}

/// Something that a model may have done.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(
    clippy::exhaustive_structs,
    reason = "models of others, and their tests, make them"
)]
pub struct Tool {
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The JSON Schema of its arguments.
    pub parameters: Value,
}

/// A tool that a model wants called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::exhaustive_structs,
    reason = "models of others, and their tests, make them"
)]
pub struct ToolCall {
    /// By which the result refers to it.
    pub id: String,
    /// The tool.
    pub name: String,
    /// What to call it with: JSON as the model wrote it, which may not be JSON at all.
    pub arguments: String,
    /// What the provider wants to see again beside the call: Gemini signs what it thought.
    pub signature: Option<String>,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(
    clippy::exhaustive_structs,
    reason = "models of others, and their tests, make them"
)]
pub struct ToolResult {
    /// The call.
    pub id: String,
    /// The tool.
    pub name: String,
    /// What it has to say.
    pub content: String,
    /// Whether it failed.
    pub is_error: bool,
}

/// What a model answers.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// The text. Of an answer that is to be JSON, the JSON. Reasoning may stand before it, in `<think>`.
    pub text: String,
    /// What it wants done before it can answer.
    pub tool_calls: Vec<ToolCall>,
    /// What the answer took.
    pub usage: Usage,
    /// Whether it was cut off since it had become too long.
    pub is_cut_off: bool,
}

impl Answer {
    /// An answer of nothing but text.
    pub fn text(text: impl Into<String>, usage: Usage) -> Self {
        Self {
            text: text.into(),
            usage,
            ..Self::default()
        }
    }
}

/// Why a model has not answered. Texts of providers are in it as they came: whoever shows them masks secrets.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// There is no such provider.
    #[error("unknown provider: {provider}, known are {known}")]
    UnknownProvider {
        /// As the name has it.
        provider: String,
        /// Those that there are, separated by commas.
        known: String,
    },
    /// The configuration lacks something.
    #[error(
        "{name} is not configured: set the environment variable {variable} and name it in env_vars, or the configuration value"
    )]
    NotConfigured {
        /// The configuration value.
        name: String,
        /// The environment variable that it can come from.
        variable: String,
    },
    /// The configuration has something that cannot be.
    #[error("{name} is not as it has to be: {reason}")]
    Misconfigured {
        /// The configuration value.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The provider does not know the key, or does not let it do this.
    #[error("the provider refuses the key (status {status}): {message}")]
    Unauthorized {
        /// The HTTP status: 401 or 403.
        status: u16,
        /// What it says.
        message: String,
    },
    /// Too many requests.
    #[error("the provider asks to wait (status 429): {message}")]
    RateLimited {
        /// What it says.
        message: String,
        /// For how long, if it says so.
        retry_after: Option<Duration>,
    },
    /// The provider does not take the request.
    #[error("the provider refuses the request (status {status}): {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// The model does not want to answer, or a filter of the provider does not let it.
    #[error("the model declines to answer: {message}")]
    Declined {
        /// What it says.
        message: String,
    },
    /// There is no token to show to the provider.
    #[error("no token from {from}: {reason}")]
    NoToken {
        /// Where it was to come from: a configuration value, or an address.
        from: String,
        /// What is in the way.
        reason: String,
    },
    /// The provider is in trouble.
    #[error("the provider is in trouble (status {status}): {message}")]
    Unavailable {
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
        /// For how long to wait, if it says so.
        retry_after: Option<Duration>,
    },
    /// The provider cannot be reached, or the connection broke.
    #[error("cannot reach the provider")]
    Connection(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer has characters that are none.
    #[error("the provider's answer is not text: {reason}")]
    NotText {
        /// What is wrong with it.
        reason: String,
    },
    /// What came is no answer.
    #[error("the provider's answer makes no sense: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
}

impl ModelError {
    /// Whether asking again may help.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. }
                | Self::Unavailable { .. }
                | Self::Connection(_)
                | Self::Malformed { .. }
        )
    }

    /// How long the provider asks to wait before that.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Unavailable { retry_after, .. } => {
                *retry_after
            }
            _ => None,
        }
    }
}
