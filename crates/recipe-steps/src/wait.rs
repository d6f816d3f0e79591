//! `wait`: pauses before the next step.

use recipe_core::policy::Delay;
use recipe_core::{ConfigError, Context, Scope, Step, StepBuilder, StepError};
use schemars::JsonSchema;
use serde::Deserialize;

/// Waits before the next step.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "wait")]
#[non_exhaustive]
pub struct WaitConfig {
    /// Seconds to wait; fractions are allowed.
    pub seconds: Delay,
}

/// See [`WaitConfig`].
pub struct Wait {
    config: WaitConfig,
}

impl Step for Wait {
    const TYPE: &'static str = "wait";
    type Config = WaitConfig;

    fn new(config: WaitConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(Self { config })
    }

    async fn execute(&self, _: &Scope, _: &mut Context) -> Result<(), StepError> {
        tokio::time::sleep(self.config.seconds.as_duration()).await;
        Ok(())
    }
}
