//! `parallel`: runs substeps concurrently, each on its own copy of the context.

use std::sync::Arc;

use recipe_core::document::StepDocument;
use recipe_core::journal::Effect;
use recipe_core::policy::{Delay, MaxConcurrency, MaxFailures, Timeout};
use recipe_core::registry::{StepTraits, Steps};
use recipe_core::{ConfigError, Context, Scope, Step, StepBuilder, StepError, Tasks};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::failed_entries::failed_entries;
use crate::schedule::{self, Launches, Schedule, Tolerance, WhenExceeded};

/// Runs substeps concurrently, each on its own copy of the context.
///
/// The artifacts of the parent are not changed. The first failure cancels the other substeps and
/// fails the step, unless `fail_fast` or `max_failures` allow it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "parallel")]
#[non_exhaustive]
pub struct ParallelConfig {
    /// Steps to run concurrently, of any type; usually `execute_recipe`.
    pub substeps: Vec<StepDocument>,
    /// Maximum number of substeps that run at the same time; 0 (default) for no limit.
    #[serde(default = "unlimited")]
    pub max_concurrency: MaxConcurrency,
    /// Seconds between the starts of substeps; 0 by default.
    #[serde(default)]
    pub delay: Delay,
    /// Timeout of the step in seconds: running substeps are cancelled and the step fails; none by
    /// default.
    #[serde(default)]
    pub timeout: Option<Timeout>,
    /// Whether to stop as soon as more than `max_failures` substeps have failed; true by default.
    /// Otherwise all substeps run, and the error lists the failures.
    #[serde(default = "recipe_core::internal::yes")]
    pub fail_fast: bool,
    /// Number or percentage of substeps that may fail without failing the step, such as 3 or
    /// `"25%"`; 0 by default.
    #[serde(default = "none")]
    pub max_failures: MaxFailures,
    /// Artifact for the results in the order of the substeps: an object of the artifacts that a
    /// substep added or changed, or null if it failed. Failures are in `<result_key>__errors`.
    #[serde(default)]
    #[schemars(extend("x-artifact" = "sets"))]
    pub result_key: Option<String>,
    /// Artifacts to collect in the results, changed or not; by default all that were added or
    /// changed.
    #[serde(default)]
    pub collect: Option<Vec<String>>,
}

fn unlimited() -> MaxConcurrency {
    MaxConcurrency::UNLIMITED
}

fn none() -> MaxFailures {
    MaxFailures::NONE
}

/// See [`ParallelConfig`].
pub struct Parallel {
    substeps: Steps,
    schedule: Schedule,
    results: Option<Results>,
}

/// Collected results of the substeps.
struct Results {
    key: String,
    /// `None` for all artifacts that were added or changed.
    names: Option<Vec<String>>,
}

impl Step for Parallel {
    const TYPE: &'static str = "parallel";
    type Config = ParallelConfig;
    const EFFECT: Effect = Effect::Context;
    const TRAITS: StepTraits = StepTraits::new().runs_side_by_side();

    fn new(config: ParallelConfig, builder: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        if config.collect.is_some() && config.result_key.is_none() {
            let message = "requires `result_key`";
            return Err(ConfigError::new("collect", message));
        }
        Ok(Self {
            substeps: builder.steps(&["substeps"], "substep", &config.substeps),
            schedule: Schedule {
                max_concurrency: config.max_concurrency,
                delay: config.delay,
                timeout: config.timeout,
                tolerance: Tolerance {
                    max_failures: config.max_failures,
                    when_exceeded: WhenExceeded::from_fail_fast(config.fail_fast),
                },
            },
            results: config.result_key.map(|key| Results {
                key,
                names: config.collect,
            }),
        })
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        let count = self.substeps.len();
        let mut entries = vec![Value::Null; self.results.as_ref().map_or(0, |_| count)];
        let outcome = schedule::run(
            scope,
            self.schedule,
            Launches {
                count,
                launch: |tasks: &mut Tasks, index| {
                    tasks.spawn_substep(&self.substeps, index, context.clone());
                },
                is_finished: |index| scope.is_substep_finished(&self.substeps, index, context),
            },
            |index, substep| {
                if let Some(results) = &self.results {
                    entries[index] = results.entry(substep, context);
                }
            },
        )
        .await;
        // Empty if all substeps succeeded.
        for index in outcome.launched..count {
            scope.skip_substep(&self.substeps, index);
        }
        if let Some(results) = &self.results {
            let errors = failed_entries(&outcome.failures, Value::from);
            context.set(results.key.as_str(), entries);
            context.set(format!("{}__errors", results.key), errors);
        }
        outcome.into_result()
    }
}

impl Results {
    /// Returns the result of a substep: its changes to the parent's context.
    fn entry(&self, mut substep: Context, parent: &Context) -> Value {
        let changed: Vec<String> = match &self.names {
            Some(names) => names.clone(),
            None => substep
                .changes_since(parent)
                .filter(|(_, value)| value.is_some())
                .map(|(name, _)| name.to_owned())
                .collect(),
        };
        let taken = changed.into_iter().filter_map(|name| {
            // Removed, so that values that only the substep has are not copied.
            let value = substep.remove(&name)?;
            Some((name, Arc::unwrap_or_clone(value)))
        });
        Value::Object(taken.collect::<Map<_, _>>())
    }
}
