//! Engine of `recipe`: runs recipes, which are lists of steps that share a context.
//!
//! Concepts:
//!
//! - A [`Context`] holds the artifacts that steps read and write, by name. A clone behaves like a
//!   deep copy, and is cheap even for large artifacts.
//! - A [`Recipe`] is a document: a list of steps, each with a type and a configuration. Many
//!   strings
//!   in a configuration are [templates](template), rendered with the context when the step runs.
//! - A [`Step`] is a step type: its name, its configuration, and its work on a context.
//! - A [`Registry`] holds the step types that recipes may use. It checks configurations, returns
//!   their JSON Schema and builds the steps. The steps of `recipe` are in the crate `recipe-steps`.
//! - An [`Executor`] runs a recipe on a context with a registry. Observers receive each [`Event`],
//!   and [`Options::cancellation`] stops the run.
//! - A step runs substeps through its [`Scope`], in sequence, or concurrently as [`Tasks`].
//! - Each step runs in a [`tracing`] span `step` of the target `recipe_core` with the fields `path`
//!   and `type`, which locate log records.
//! - A failed run returns a [`RunError`]; [`chain`] prints it with all its causes on one line.
//!
//! # Custom steps
//!
//! ```
//! use recipe_core::template::Template;
//! use recipe_core::{ConfigError, Context, Executor, InField, RecipeSource, Registry};
//! use recipe_core::{Scope, Step, StepBuilder, StepError};
//!
//! /// Sets an artifact to an upper-case text.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! struct ShoutConfig {
//!     /// Text to convert. A template.
//!     text: Template,
//!     /// Artifact to set.
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
//! let recipe = RecipeSource::json(
//!     "example",
//!     r#"[{"type": "shout", "text": "hello {{ name }}", "artifact": "greeting"}]"#,
//! );
//! let mut context = Context::new();
//! context.set("name", "Ada");
//! Executor::new(registry).run(recipe, &mut context).await?;
//! assert_eq!(context.get("greeting").unwrap(), "HELLO ADA");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! Register the step with `recipe_steps::registry()` to add it to the built-in ones.
//!
//! # Testing a recipe
//!
//! A test runs an unchanged recipe with scripted steps: [`Registry::replace`] replaces the step of
//! the same type. [`Registry::add_extension`] passes it the script, which also records the prompts.
//!
//! ```
//! use std::sync::{Arc, Mutex};
//!
//! use recipe_core::template::Template;
//! use recipe_core::{ConfigError, Context, Executor, InField, RecipeSource, Registry};
//! use recipe_core::{Scope, Step, StepBuilder, StepError};
//!
//! /// Configuration of the real step, which calls a model.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! struct AskConfig {
//!     prompt: Template,
//! }
//!
//! /// Scripted responses, and recorded prompts.
//! #[derive(Default)]
//! struct Script {
//!     responses: Mutex<Vec<String>>,
//!     prompts: Mutex<Vec<String>>,
//! }
//!
//! struct ScriptedAsk {
//!     config: AskConfig,
//!     script: Arc<Script>,
//! }
//!
//! impl Step for ScriptedAsk {
//!     const TYPE: &'static str = "ask";
//!     type Config = AskConfig;
//!
//!     fn new(config: AskConfig, builder: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
//!         let script = builder.extension().unwrap_or_default();
//!         Ok(Self { config, script })
//!     }
//!
//!     async fn execute(&self, _: &Scope, context: &mut Context) -> Result<(), StepError> {
//!         let prompt = self.config.prompt.render(context).in_field("prompt")?;
//!         self.script.prompts.lock().unwrap().push(prompt);
//!         let response = self.script.responses.lock().unwrap().pop();
//!         context.set("answer", response.ok_or_else(|| StepError::failed("no response left"))?);
//!         Ok(())
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let script = Arc::new(Script::default());
//! script.responses.lock().unwrap().push("4".to_owned());
//! let mut registry = Registry::new(); // In a program, its own registry.
//! registry.replace::<ScriptedAsk>().add_extension(script.clone());
//!
//! let recipe = RecipeSource::json("sum", r#"[{"type": "ask", "prompt": "What is {{ sum }}?"}]"#);
//! let mut context = Context::new();
//! context.set("sum", "2 + 2");
//! Executor::new(registry).run(recipe, &mut context).await?;
//! assert_eq!(context.get("answer").unwrap(), "4");
//! assert_eq!(*script.prompts.lock().unwrap(), ["What is 2 + 2?"]);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```

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
pub use step_path::{InvalidStepPath, StepPath};
pub use tokio_util::sync::CancellationToken;

/// Code for the crates of this workspace only, without a stable interface.
#[doc(hidden)]
pub mod internal {
    pub use crate::nearest::nearest;
    pub use crate::run::read_recipe_file;
    pub use crate::serde_defaults::yes;
    pub use crate::subschemas::subschemas;
}

/// Compiles the Rust code in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
