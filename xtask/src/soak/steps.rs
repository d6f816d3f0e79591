//! Steps of this program: one that panics, one that blocks a thread.

use std::panic::resume_unwind;
use std::thread::sleep;
use std::time::Duration;

use recipe_core::registry::DuplicateStepType;
use recipe_core::{ConfigError, Context, Registry, Scope, Step, StepBuilder, StepError};
use schemars::JsonSchema;
use serde::Deserialize;

/// The built-in steps and those of this module.
pub(super) fn registry() -> Result<Registry, DuplicateStepType> {
    let mut registry = recipe_steps::registry();
    registry.register::<Panic>()?.register::<Block>()?;
    Ok(registry)
}

/// Nothing to configure.
#[derive(Deserialize, JsonSchema)]
struct NoConfig {}

/// Panics.
struct Panic;

impl Step for Panic {
    const TYPE: &'static str = "panic";
    type Config = NoConfig;

    fn new(_: NoConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(Self)
    }

    async fn execute(&self, _: &Scope, _: &mut Context) -> Result<(), StepError> {
        // As a panic does, but for the message on the terminal.
        resume_unwind(Box::new("as asked"))
    }
}

/// Blocks a thread for a while.
struct Block;

impl Step for Block {
    const TYPE: &'static str = "block";
    type Config = NoConfig;

    fn new(_: NoConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(Self)
    }

    async fn execute(&self, scope: &Scope, _: &mut Context) -> Result<(), StepError> {
        let work = || {
            sleep(Duration::from_millis(20));
            Ok::<_, StepError>(())
        };
        scope.blocking(work).await
    }
}
