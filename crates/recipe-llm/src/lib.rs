//! Language models for `recipe`: the step `llm_generate` and the models behind it.
//!
//! [`register`] adds the step to a registry, with the providers' models (feature `http`, on by
//! default). For a model of your own, implement [`Model`], which responds to a [`Request`], and
//! [`ModelSource`], which finds a model by name:
//!
//! ```
//! use std::sync::Arc;
//!
//! use recipe_core::{Context, Executor, RecipeSource, Registry};
//! use recipe_core::event::Usage;
//! use recipe_llm::model::ResponseFuture;
//! use recipe_llm::{
//!     Message, Model, ModelError, ModelName, ModelSource, Models, Request, Response,
//! };
//! use serde_json::{Map, Value};
//!
//! /// Returns the prompt.
//! struct Echo;
//!
//! impl Model for Echo {
//!     fn respond<'a>(&'a self, request: &'a Request) -> ResponseFuture<'a> {
//!         Box::pin(async {
//!             let Some(Message::User(prompt)) = request.messages.last() else {
//!                 return Ok(Response::default());
//!             };
//!             Ok(Response::text(prompt.as_str(), Usage::default()))
//!         })
//!     }
//! }
//!
//! impl ModelSource for Echo {
//!     fn model(
//!         &self,
//!         _: &ModelName,
//!         _: &Map<String, Value>,
//!     ) -> Result<Arc<dyn Model>, ModelError> {
//!         Ok(Arc::new(Echo))
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let mut registry = Registry::new();
//! recipe_llm::register(&mut registry)?;
//! registry.add_extension(Arc::new(Models::new(Echo)));
//! let recipe = RecipeSource::json(
//!     "echo",
//!     r#"[{"type": "llm_generate", "prompt": "Hello", "output_format": "text"}]"#,
//! );
//! let mut context = Context::new();
//! Executor::new(registry).run(recipe, &mut context).await?;
//! assert_eq!(context.get("llm_output").unwrap(), "Hello");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Rationale: no client library
//!
//! The APIs are implemented here, over `reqwest` with `rustls` and `ring`. The candidate libraries
//! were tested with a scripted server, behind the same traits:
//!
//! | | this crate | genai 0.7 | rig-core 0.44 | async-openai 0.43 |
//! |---|---|---|---|---|
//! | crates in the dependency tree | 94 | 147 | 138 | 130 |
//! | CPU seconds to build, debug and release | 34, 52 | 111, 179 | 118, 203 | 96, 137 |
//! | added binary size | 3.1 MB | 7.0 MB | 8.6 MB | 7.4 MB |
//! | Azure, chat and responses | yes | awkward key header | wrong address | wrong address |
//! | Anthropic, Gemini | yes | yes | Gemini's key in the address | no |
//! | JSON Schemas at run time | yes | properties required | properties required | yes |
//! | delay requested by a provider | yes | yes | yes | no; it waits by itself |
//! | error messages | ours | whole prompt | response body | the provider's message |
//!
//! genai reaches Azure by base URL; rig-core and async-openai have the wrong address for its
//! Responses API. genai and rig-core make optional properties required. The messages of genai may
//! contain the whole prompt, and those of rig-core contain the response body.
//!
//! None covers everything the step needs; managed identity and parts of Azure would be ours with
//! each. The HTTP and TLS client is shared with the code for tool servers.

mod cache;
mod conversation;
#[cfg(feature = "http")]
mod http_clients;
mod json_text;
mod llm_error;
pub mod llm_generate;
#[cfg(feature = "mcp")]
pub mod mcp;
#[cfg(feature = "mcp-server")]
pub mod mcp_server;
pub mod model;
mod model_client;
mod model_name;
mod models;
#[cfg(feature = "mcp")]
mod no_programs;
mod output_format;
#[cfg(feature = "http")]
mod providers;
mod reasoning;
pub mod tool_servers;
#[cfg(feature = "http")]
mod truncate;

pub use cache::ResponseCache;
pub use llm_generate::LlmGenerate;
#[cfg(feature = "mcp")]
pub use mcp::Mcp;
#[cfg(feature = "mcp-server")]
pub use mcp_server::RecipeServer;
pub use model::{Message, Model, ModelError, ModelName, ModelSource, Models, Request, Response};
#[cfg(feature = "mcp")]
pub use no_programs::NoPrograms;
#[cfg(feature = "http")]
pub use providers::Providers;

use recipe_core::Registry;
use recipe_core::registry::DuplicateStepType;

/// Adds the step types of this crate to a registry, and, with the feature `http`, the providers'
/// models. To use models of your own, [provide](Registry::add_extension) [`Models`] to the
/// registry. To cache responses of steps with `cache: true`, provide a [`ResponseCache`].
///
/// # Errors
/// If the registry already has a step type of that name.
pub fn register(registry: &mut Registry) -> Result<(), DuplicateStepType> {
    registry.register::<LlmGenerate>()?;
    registry.describe_mcp_servers::<tool_servers::ToolServer>();
    #[cfg(feature = "mcp")]
    registry.register::<Mcp>()?;
    #[cfg(feature = "http")]
    registry.add_extension(std::sync::Arc::new(Models::new(Providers::new())));
    // All steps that use tool servers share the connections.
    #[cfg(feature = "mcp")]
    registry.add_extension(std::sync::Arc::new(http_clients::HttpClients::default()));
    Ok(())
}

/// The Rust in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
