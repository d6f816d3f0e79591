//! `parallel`: substeps side by side, each on its own copy of the context.

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

/// Runs substeps side by side, each on its own copy of the context.
///
/// The artifacts of the parent stay as they were. At the first failure nothing more starts, what runs is
/// cancelled, and the step fails with that failure, unless `fail_fast` or `max_failures` say otherwise.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "parallel")]
#[non_exhaustive]
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
    /// Whether everything stops as soon as too many substeps have failed; true by default. Otherwise all are tried, and
    /// then the step fails with a list of the failures.
    #[serde(default = "recipe_core::internal::yes")]
    pub fail_fast: bool,
    /// How many substeps may fail without failing the step: a count, or a part of them such as `"25%"`; 0 by default.
    #[serde(default = "none")]
    pub max_failures: MaxFailures,
    /// The artifact for the results, a list in the order of the substeps: of each the artifacts it added or changed, null
    /// where it failed. Failures stand in `<result_key>__errors`.
    #[serde(default)]
    #[schemars(extend("x-artifact" = "sets"))]
    pub result_key: Option<String>,
    /// The artifacts to collect in the results, changed or not, instead of all that were added or changed.
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

/// What is collected of the substeps, and where.
struct Results {
    key: String,
    /// `None` for all that was added or changed.
    names: Option<Vec<String>>,
}

impl Step for Parallel {
    const TYPE: &'static str = "parallel";
    type Config = ParallelConfig;
    const EFFECT: Effect = Effect::Context;
    const TRAITS: StepTraits = StepTraits::new().runs_side_by_side();

    fn new(config: ParallelConfig, builder: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        if config.collect.is_some() && config.result_key.is_none() {
            let message = "says what to collect, but not where, add a `result_key`";
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
                    when_exceeded: WhenExceeded::of_fail_fast(config.fail_fast),
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
        // None is left where all went well.
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
    /// The entry of a substep that is done: what it made of its parent's context.
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
            // Taken out, so that what only the substep has is not copied.
            let value = substep.remove(&name)?;
            Some((name, Arc::unwrap_or_clone(value)))
        });
        Value::Object(taken.collect::<Map<_, _>>())
    }
}
