//! Language models for `recipe`: the step `llm_generate`, and the models that it asks.
//!
//! [`register`] adds the step to a registry, with the models of the providers (feature `http`, on by default). A model of
//! your own is a [`Model`] that answers a [`Request`], and a [`ModelSource`] that has it by its name:
//!
//! ```
//! use std::sync::Arc;
//!
//! use recipe_core::{Context, Executor, RecipeSource, Registry};
//! use recipe_core::document::Format;
//! use recipe_core::event::Usage;
//! use recipe_llm::{
//!     Answer, AnswerFuture, Message, Model, ModelError, ModelName, ModelSource, Models, Request,
//! };
//! use serde_json::{Map, Value};
//!
//! /// Answers with what it is told.
//! struct Echo;
//!
//! impl Model for Echo {
//!     fn answer<'a>(&'a self, request: &'a Request) -> AnswerFuture<'a> {
//!         Box::pin(async {
//!             let Some(Message::User(prompt)) = request.messages.last() else {
//!                 return Ok(Answer::default());
//!             };
//!             Ok(Answer::text(prompt.as_str(), Usage::default()))
//!         })
//!     }
//! }
//!
//! impl ModelSource for Echo {
//!     fn model(&self, _: &ModelName, _: &Map<String, Value>) -> Result<Arc<dyn Model>, ModelError> {
//!         Ok(Arc::new(Echo))
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let mut registry = Registry::new();
//! recipe_llm::register(&mut registry)?;
//! registry.add_extension(Arc::new(Models::new(Echo)));
//! let recipe = RecipeSource::json("echo", r#"[{"type": "llm_generate", "prompt": "Hello", "output_format": "text"}]"#);
//! let mut context = Context::new();
//! Executor::new(registry).run(recipe, &mut context).await?;
//! assert_eq!(context.get("llm_output").unwrap(), "Hello");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Why there is no client library
//!
//! The APIs are spoken here, over `reqwest` with `rustls` and `ring`. The libraries that came into question were tried
//! against a scripted server, behind the same seam:
//!
//! | | this crate's own | genai 0.7 | rig-core 0.44 | async-openai 0.43 |
//! |---|---|---|---|---|
//! | crates that come with it | 94 | 147 | 138 | 130 |
//! | processor seconds to build, debug and release | 34, 52 | 111, 179 | 118, 203 | 96, 137 |
//! | what it adds to a program | 3.1 MB | 7.0 MB | 8.6 MB | 7.4 MB |
//! | Azure, chat and responses | yes | by base URL, the key's header awkward | responses at a wrong address | responses at a wrong address |
//! | Anthropic, Gemini | yes | yes | the key of Gemini in the address | no |
//! | JSON Schemas at run time | yes | makes optional members required | makes optional members required | yes |
//! | the wait that a provider asks for | yes | yes | yes | no; it waits by itself |
//! | texts of errors | ours | may hold the whole prompt | hold the answer's body | the provider's message |
//!
//! None has all that the step needs; managed identity and parts of Azure would be ours with each. One client of HTTP and TLS
//! is shared with what speaks to other servers.

mod asking;
mod cache;
mod conversation;
#[cfg(feature = "http")]
mod http_clients;
mod json_text;
mod llm_generate;
#[cfg(feature = "mcp")]
mod mcp;
#[cfg(feature = "mcp-server")]
mod mcp_server;
mod model;
mod model_name;
mod models;
#[cfg(feature = "mcp")]
mod no_programs;
mod output_format;
#[cfg(feature = "http")]
mod providers;
mod reasoning;
mod tool_servers;

pub use cache::AnswerCache;
pub use llm_generate::{
    BuiltinTool, BuiltinToolKind, LlmError, LlmGenerate, LlmGenerateConfig, MaxTokens,
};
#[cfg(feature = "mcp")]
pub use mcp::{Mcp, McpConfig};
#[cfg(feature = "mcp-server")]
pub use mcp_server::{Listening, RecipeServer, ServerError, ServerSettings};
pub use model::{
    Answer, AnswerFuture, AnswerSchema, HttpRequest, Message, Model, ModelError, ModelSource,
    Request, SchemaWithTools, Tool, ToolCall, ToolResult,
};
pub use model_name::{ModelName, NotAModelName};
pub use models::Models;
#[cfg(feature = "mcp")]
pub use no_programs::NoPrograms;
pub use output_format::{AnswerError, OutputFormat};
#[cfg(feature = "http")]
pub use providers::Providers;
pub use tool_servers::{Reached, ServerReference, Shared, ToolServer};
#[cfg(feature = "mcp")]
pub use tool_servers::{RequestError, ToolServerError};

use recipe_core::Registry;
use recipe_core::registry::DuplicateStepType;

/// Adds the step types of this crate to a registry, and, with the feature `http`, the models of the providers. Models of
/// your own are [provided](Registry::add_extension) to the registry as [`Models`], and so is an [`AnswerCache`], without which
/// steps with `cache: true` keep no answers.
///
/// # Errors
/// When the registry has a step type of that name already.
pub fn register(registry: &mut Registry) -> Result<(), DuplicateStepType> {
    registry.register::<LlmGenerate>()?;
    registry.describe_mcp_servers::<ToolServer>();
    #[cfg(feature = "mcp")]
    registry.register::<Mcp>()?;
    #[cfg(feature = "http")]
    registry.add_extension(std::sync::Arc::new(Models::new(Providers::new())));
    // Connections are shared by all steps that use servers of tools.
    #[cfg(feature = "mcp")]
    registry.add_extension(std::sync::Arc::new(http_clients::HttpClients::default()));
    Ok(())
}

/// The Rust in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
