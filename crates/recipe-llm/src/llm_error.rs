//! Errors of `llm_generate`.

use recipe_core::StepError;

use crate::model::ModelError;
use crate::model_name::InvalidModelName;
use crate::output_format::ResponseError;

/// Reasons why `llm_generate` fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LlmError {
    /// The registry has the step, but no models.
    #[error("no models in the registry: the program must provide them")]
    NoModels,
    /// `model` is not a model name.
    #[error(transparent)]
    Name(#[from] InvalidModelName),
    /// `max_tokens` is not a number.
    #[error("invalid max_tokens: expected a number from 1, found {0:?}")]
    MaxTokens(String),
    /// The model returned an error.
    #[error("{model}")]
    #[non_exhaustive]
    Model {
        /// Model name with provider.
        model: String,
        /// The error.
        source: ModelError,
    },
    /// The response still does not fit its format after all corrections.
    #[error("{model}, after {responses} {}", if *responses == 1 { "response" } else { "responses" })]
    #[non_exhaustive]
    Response {
        /// Model name with provider.
        model: String,
        /// Number of responses.
        responses: u32,
        /// Error in the last response.
        source: ResponseError,
    },
    /// The model reached the token limit while reasoning.
    #[error("{0}: reasoning used up the response: max_tokens is too small")]
    UsedUp(String),
    /// The model still calls tools after `max_tool_rounds`.
    #[error("{model}: still calling tools after {rounds} rounds (`max_tool_rounds`)")]
    #[non_exhaustive]
    TooManyRounds {
        /// Model name with provider.
        model: String,
        /// Number of rounds.
        rounds: u32,
    },
    /// `mcp_servers` of the configuration is not a list of servers.
    #[error("invalid configuration value mcp_servers: expected a list of servers: {reason}")]
    #[non_exhaustive]
    ConfiguredServers {
        /// Detail from the parser.
        reason: String,
    },
    /// The response was cut off at the token limit.
    #[error("{0}: response cut off: max_tokens is too small")]
    CutOff(String),
}

pub(crate) fn failed(error: impl Into<LlmError>) -> StepError {
    StepError::failed(error.into())
}

pub(crate) fn model_failed(model: &str, source: ModelError) -> StepError {
    failed(LlmError::Model {
        model: model.to_owned(),
        source,
    })
}
