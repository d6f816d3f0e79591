//! The engine of `recipe`: it runs recipes, lists of steps that share a context.
//!
//! The ideas, in the order in which one meets them:
//!
//! - A [`Context`] holds the artifacts that steps read and write, by name. Its clone behaves as a deep copy and
//!   costs next to nothing, however large the artifacts are.
//! - A [`Recipe`] is a document: a list of steps, each a type and a configuration. Many texts in a configuration
//!   are [templates](template), rendered over the context when the step runs.
//! - A [`Step`] is a kind of step: its name, its configuration, and what it does to a context.
//! - A [`Registry`] holds the step types that recipes may use. It checks configurations, knows their JSON Schema
//!   and builds the steps. This crate has no steps of its own; those of `recipe` are in the crate `recipe-steps`.
//! - An [`Executor`] runs a recipe on a context with a registry. Observers are told of every [`Event`] on the
//!   way, and [`Options::cancellation`] stops it.
//! - A step runs further steps through its [`Scope`], one after the other, or side by side as [`Tasks`].
//! - Each step runs in a [`tracing`] span `step` of the target `recipe_core` with the fields `path` and `type`, so that
//!   whatever is logged in it can be told where it belongs.
//! - What fails is a [`RunError`]; [`chain`] prints it on one line, with the whole way down to the cause.
//!
//! # A step of your own
//!
//! ```
//! use recipe_core::template::Template;
//! use recipe_core::{ConfigError, Context, Executor, InField, RecipeSource, Registry, Scope, Step, StepBuilder, StepError};
//! use recipe_core::document::Format;
//!
//! /// Sets an artifact to a text in capitals.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! struct ShoutConfig {
//!     /// What to shout. A template.
//!     text: Template,
//!     /// The artifact to set.
//!     artifact: String,
//! }
//!
//! struct Shout(ShoutConfig);
//!
//! impl Step for Shout {
//!     const TYPE: &'static str = "shout";
//!     type Config = ShoutConfig;
//!
//!     fn new(config: ShoutConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
//!         Ok(Self(config))
//!     }
//!
//!     async fn execute(&self, _: &Scope, context: &mut Context) -> Result<(), StepError> {
//!         let text = self.0.text.render(context).in_field("text")?;
//!         context.set(self.0.artifact.as_str(), text.to_uppercase());
//!         Ok(())
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let mut registry = Registry::new();
//! registry.register::<Shout>()?;
//!
//! let recipe = RecipeSource::Text {
//!     name: "example".into(),
//!     text: r#"[{"type": "shout", "text": "hello {{ name }}", "artifact": "greeting"}]"#.into(),
//!     format: Format::Json,
//! };
//! let mut context = Context::new();
//! context.set("name", "Ada");
//! Executor::new(registry).run(recipe, &mut context).await?;
//! assert_eq!(context.get("greeting").unwrap(), "HELLO ADA");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! Add the step to the built-in ones by registering it with `recipe_steps::registry()`.

pub mod context;
pub mod document;
pub mod error;
pub mod event;
mod inspection;
pub mod journal;
mod nearest;
pub mod policy;
pub mod registry;
pub mod run;
mod schema_settings;
pub mod secrets;
mod serde_defaults;
mod step;
mod step_path;
mod step_traits;
mod subschemas;
pub mod template;

pub use context::Context;
pub use document::Recipe;
pub use error::{ConfigError, InField, RunError, StepError, chain};
pub use event::{Event, Observer};
pub use registry::{Registry, StepBuilder};
pub use run::{Executor, Options, RecipeSource, Scope, Tasks};
pub use step::{Step, StepConfig};
pub use step_path::StepPath;
pub use tokio_util::sync::CancellationToken;

/// Shared code of the crates of this workspace, without any promise to stay.
#[doc(hidden)]
pub mod internal {
    pub use crate::nearest::nearest;
    pub use crate::run::read_recipe_file;
    pub use crate::serde_defaults::yes;
    pub use crate::subschemas::subschemas;
}

/// The Rust in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
