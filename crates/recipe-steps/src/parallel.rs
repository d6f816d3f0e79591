//! `parallel`: substeps side by side, each on its own copy of the context.

use std::ops::ControlFlow;

use recipe_core::policy::{Delay, MaxConcurrency, Timeout};
use recipe_core::{
    ConfigError, Context, Scope, Step, StepBuilder, StepDocument, StepError, Steps, Tasks,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::schedule::{self, Pace};

/// Runs substeps side by side, each on its own copy of the context.
///
/// The artifacts of the parent stay as they were. At the first failure nothing more starts, what runs is
/// cancelled, and the step fails with that failure.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "parallel")]
pub struct ParallelConfig {
    /// The steps to run side by side: of any type, usually `execute_recipe`.
    pub substeps: Vec<StepDocument>,
    /// The most substeps that run at the same time; 0, the default, sets no limit.
    #[serde(default = "unlimited")]
    pub max_concurrency: MaxConcurrency,
    /// Seconds between one launch and the next, never before the first; 0 by default.
    #[serde(default)]
    pub delay: Delay,
    /// Seconds for the whole step; what still runs then is cancelled and the step fails. No limit by default.
    #[serde(default)]
    pub timeout: Option<Timeout>,
}

fn unlimited() -> MaxConcurrency {
    MaxConcurrency::UNLIMITED
}

/// See [`ParallelConfig`].
pub struct Parallel {
    substeps: Steps,
    pace: Pace,
    timeout: Option<Timeout>,
}

impl Step for Parallel {
    const TYPE: &'static str = "parallel";
    type Config = ParallelConfig;

    fn new(config: ParallelConfig, builder: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            substeps: builder.steps(&["substeps"], "substep", &config.substeps),
            pace: Pace {
                max_concurrency: config.max_concurrency,
                delay: config.delay,
            },
            timeout: config.timeout,
        })
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        let mut tasks = Tasks::new(scope);
        let mut launched = 0;
        let schedule = schedule::run(
            &mut tasks,
            self.pace,
            self.substeps.len(),
            |tasks, index| {
                tasks.spawn_substep(&self.substeps, index, context.clone());
                launched += 1;
            },
            |end| match end.result {
                Ok(_) => ControlFlow::Continue(()),
                Err(error) => ControlFlow::Break(error),
            },
        );
        let outcome = match self.timeout {
            Some(after) => tokio::time::timeout(after.as_duration(), schedule)
                .await
                .unwrap_or(ControlFlow::Break(StepError::TimedOut { after })),
            None => schedule.await,
        };
        // None is left where all went well.
        for index in launched..self.substeps.len() {
            tasks.skip_substep(&self.substeps, index);
        }
        tasks.stop().await;
        match outcome {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(error) => Err(error),
        }
    }
}
