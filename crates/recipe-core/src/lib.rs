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
//! Add the step to the built-in ones by registering it with `recipe_steps::registry()`.
//!
//! # Testing a recipe
//!
//! A test runs a recipe as it is, with steps that are scripted: [`Registry::replace`] puts a step of
//! the test in the place of the one with the same type. [`Registry::add_extension`] hands it the script and
//! takes back what the recipe asked for.
//!
//! ```
//! use std::sync::{Arc, Mutex};
//!
//! use recipe_core::template::Template;
//! use recipe_core::{ConfigError, Context, Executor, InField, RecipeSource, Registry, Scope, Step, StepBuilder, StepError};
//! # use recipe_core::document::Format;
//!
//! /// The real step: asks a model.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! struct AskConfig {
//!     prompt: Template,
//! }
//!
//! /// Stands in for it: returns scripted answers, and records prompts.
//! #[derive(Default)]
//! struct Script {
//!     answers: Mutex<Vec<String>>,
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
//!         let answer = self.script.answers.lock().unwrap().pop();
//!         context.set("answer", answer.ok_or_else(|| StepError::failed("no answer is scripted"))?);
//!         Ok(())
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let script = Arc::new(Script::default());
//! script.answers.lock().unwrap().push("4".to_owned());
//! let mut registry = Registry::new(); // In a program, the one that it runs recipes with.
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
