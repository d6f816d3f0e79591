//! Observable steps.

use std::time::Duration;

use recipe_core::journal::Effect;
use recipe_core::{ConfigError, Context, Scope, Step, StepBuilder, StepError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::sleep;

use super::log::{Log, Presence};

/// Sleeps, then succeeds, fails or panics as configured.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct WorkConfig {
    /// Name in the log and of the artifact to set; the step's path by default.
    name: String,
    /// Duration in seconds.
    seconds: f64,
    /// Waits until the named step has started.
    after_start_of: Option<String>,
    /// Blocks the thread until the named step is done or this one is cancelled.
    block_until_end_of: Option<String>,
    /// Fails with this message.
    fail: Option<String>,
    /// Number of failures before it succeeds; always fails by default.
    times: Option<usize>,
    /// Fails if this artifact has this value.
    fail_if: Option<(String, Value)>,
    /// Panics with this message.
    panic: Option<String>,
    /// Copies this artifact to the artifact named like this step.
    copy: Option<String>,
    /// Removes this artifact.
    remove: Option<String>,
    /// Artifact with the duration in seconds.
    seconds_from: Option<String>,
}

pub(super) struct Work(WorkConfig);

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct WorkError(String);

impl Step for Work {
    const TYPE: &'static str = "work";
    type Config = WorkConfig;

    fn new(config: WorkConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(Self(config))
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        let config = &self.0;
        let name = match config.name.as_str() {
            "" => scope.path().to_string(),
            name => name.to_owned(),
        };
        let log = Log::from_context(context);
        let mut presence = Presence::new(log.clone(), &name);
        while config
            .after_start_of
            .as_ref()
            .is_some_and(|name| !log.has(name, "started"))
        {
            tokio::task::yield_now().await;
        }
        if let Some(name) = &config.block_until_end_of {
            while !log.has(name, "done") && !scope.cancellation().is_cancelled() {
                std::thread::yield_now();
            }
        }
        let seconds = match &config.seconds_from {
            Some(artifact) => context
                .get(artifact)
                .and_then(Value::as_f64)
                .expect("a number"),
            None => config.seconds,
        };
        if seconds > 0.0 {
            sleep(Duration::from_secs_f64(seconds)).await;
        }
        if let Some(message) = &config.panic {
            panic!("{message}");
        }
        let fails = config
            .fail_if
            .as_ref()
            .is_some_and(|(name, value)| context.get(name) == Some(value));
        let has_failed_enough = config
            .times
            .is_some_and(|times| log.count(&name, "failed") >= times);
        let failure = config.fail.clone().filter(|_| !has_failed_enough);
        if let Some(message) = failure.or(fails.then(|| "as asked".to_owned())) {
            presence.end("failed");
            return Err(StepError::failed(WorkError(message)));
        }
        let value = match &config.copy {
            Some(artifact) => context.get(artifact).cloned().unwrap_or(Value::Null),
            None => json!("done"),
        };
        context.set(name, value);
        if let Some(artifact) = &config.remove {
            context.remove(artifact);
        }
        presence.end("done");
        Ok(())
    }
}

/// Blocks a thread until cancelled, plus 20 ms.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(super) struct BlockConfig {
    name: String,
}

pub(super) struct Block(BlockConfig);

impl Step for Block {
    const TYPE: &'static str = "block";
    type Config = BlockConfig;

    fn new(config: BlockConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(Self(config))
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        let (log, name) = (Log::from_context(context), self.0.name.clone());
        let token = scope.cancellation().clone();
        scope
            .blocking(move || {
                let mut presence = Presence::new(log, &name);
                while !token.is_cancelled() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                std::thread::sleep(Duration::from_millis(20));
                presence.end("done");
                Ok::<_, StepError>(())
            })
            .await
    }
}

/// Sets configuration values, and copies one to an artifact.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ConfigureConfig {
    /// Values to set.
    set: Map<String, Value>,
    /// Value to copy to the artifact of the same name.
    show: Option<String>,
}

pub(super) struct Configure(ConfigureConfig);

impl Step for Configure {
    const TYPE: &'static str = "configure";
    type Config = ConfigureConfig;
    const EFFECT: Effect = Effect::Context;

    fn new(config: ConfigureConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(Self(config))
    }

    async fn execute(&self, _: &Scope, context: &mut Context) -> Result<(), StepError> {
        for (name, value) in &self.0.set {
            context.set_config(name.as_str(), value.clone());
        }
        if let Some(name) = &self.0.show {
            let value = context.config().get(name).cloned();
            context.set(name.as_str(), value.unwrap_or(Value::Null));
        }
        Ok(())
    }
}
