//! The engine of `recipe`.
pub mod template;

mod context;
mod document;
mod error;
mod event;
pub mod policy;
mod registry;
mod run;
mod secrets;
mod step;
mod step_path;
mod unknown_fields;

pub use context::Context;
pub use document::{
    DocumentError, Format, Input, InputError, InputType, Position, Problem, ProblemKind, Problems,
    Recipe, Severity, StepDocument,
};
pub use error::{ConfigError, InField, RecipeError, RunError, StepError, chain};
pub use event::{Event, Observer, StepInfo};
pub use registry::{DuplicateStepType, Registry, StepBuilder, StepType, Steps};
pub use run::{Environment, Executor, Options, RecipeSource, Scope, TaskEnd, Tasks};
pub use secrets::{KnownSecrets, MASK, Secrets, is_secret_name};
pub use step::{Step, StepConfig};
pub use step_path::StepPath;
pub use tokio_util::sync::CancellationToken;
