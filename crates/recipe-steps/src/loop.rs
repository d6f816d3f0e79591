//! `loop`: runs steps for each item of a list or object.

use std::sync::Arc;

use recipe_core::document::StepDocument;
use recipe_core::error::Failure;
use recipe_core::journal::Effect;
use recipe_core::policy::{Delay, MaxConcurrency, MaxFailures, Timeout};
use recipe_core::registry::{StepTraits, Steps};
use recipe_core::template::Template;
use recipe_core::{ConfigError, Context, InField, Scope, Step, StepBuilder, StepError, Tasks};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::failed_entries::{by_index, failed_entries, failure_message};
use crate::forms::{parse_template, unexpected_form};
use crate::schedule::{self, Launches, Schedule, Tolerance, WhenExceeded};

/// Runs steps for each item of a list or object, each on its own copy of the context.
///
/// The item is in the artifact `item_key`, its index in `__index` or its key in `__key`. The final
/// value of `item_key` is the item's result.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "loop")]
#[non_exhaustive]
pub struct LoopConfig {
    /// Items: the dotted path of an artifact, a template of one, or a literal list or object.
    pub items: Items,
    /// Artifact that holds the item and, after the substeps, its result.
    #[schemars(extend("x-artifact" = "item"))]
    pub item_key: String,
    /// Steps to run for each item, one after the other.
    pub substeps: Vec<StepDocument>,
    /// Artifact for the results, in the order of the items. Failures are in `<result_key>__errors`,
    /// results and failures together in `<result_key>__history`.
    #[serde(default)]
    #[schemars(extend("x-artifact" = "sets"))]
    pub result_key: Option<String>,
    /// Maximum number of items that run at the same time; 1 by default, 0 for no limit.
    #[serde(default = "one")]
    pub max_concurrency: MaxConcurrency,
    /// Seconds between the starts of items; 0 by default.
    #[serde(default)]
    pub delay: Delay,
    /// Timeout of the step in seconds: running items are cancelled and the step fails; none by
    /// default.
    #[serde(default)]
    pub timeout: Option<Timeout>,
    /// Whether to stop as soon as more than `max_failures` items have failed; true by default.
    /// Otherwise all items run.
    #[serde(default = "recipe_core::internal::yes")]
    pub fail_fast: bool,
    /// Number or percentage of items that may fail without failing the step, such as 3 or `"25%"`;
    /// 0 by default, or any number with `fail_fast: false`.
    #[serde(default)]
    pub max_failures: Option<MaxFailures>,
}

fn one() -> MaxConcurrency {
    MaxConcurrency::ONE
}

/// Configured items of a loop.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(inline, untagged)]
#[non_exhaustive]
pub enum Items {
    /// Dotted path of an artifact.
    Path(Template),
    /// A literal list, used without rendering.
    List(Vec<Value>),
    /// A literal object, used without rendering.
    Object(Map<String, Value>),
}

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self::Path(parse_template(&text)?)),
            Value::Array(list) => Ok(Self::List(list)),
            Value::Object(map) => Ok(Self::Object(map)),
            value => Err(unexpected_form(
                &value,
                "the path of an artifact, a list or an object",
            )),
        }
    }
}

/// Error of resolving the items of a loop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoopError {
    /// The artifact does not exist.
    #[error("items: artifact not found: {path:?}")]
    NotFound {
        /// Rendered path.
        path: String,
    },
    /// The artifact is neither a list nor an object.
    #[error("items: expected a list or an object, found {found}: {path:?}")]
    NotACollection {
        /// Rendered path.
        path: String,
        /// Kind of the value.
        found: &'static str,
    },
}

impl From<LoopError> for StepError {
    fn from(error: LoopError) -> Self {
        StepError::failed(error)
    }
}

/// See [`LoopConfig`].
pub struct Loop {
    items: Source,
    item_key: Arc<str>,
    substeps: Steps,
    result_key: Option<String>,
    schedule: Schedule,
}

/// Prepared items.
enum Source {
    Path(Template),
    Literal(Arc<Value>),
}

impl From<Items> for Source {
    fn from(items: Items) -> Self {
        match items {
            Items::Path(path) => Self::Path(path),
            Items::List(list) => Self::Literal(Arc::new(Value::Array(list))),
            Items::Object(map) => Self::Literal(Arc::new(Value::Object(map))),
        }
    }
}

impl Items {
    /// Resolves the items in a context.
    ///
    /// # Errors
    /// If a template fails, or the path is not that of a list or object.
    pub fn resolve(self, context: &Context) -> Result<Collection, StepError> {
        Collection::resolve(&self.into(), context)
    }
}

impl Step for Loop {
    const TYPE: &'static str = "loop";
    type Config = LoopConfig;
    const EFFECT: Effect = Effect::Context;
    const TRAITS: StepTraits = StepTraits::new()
        .isolates_substeps()
        .repeats_substeps("items");

    fn new(config: LoopConfig, builder: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            items: config.items.into(),
            item_key: config.item_key.into(),
            substeps: builder.steps(&["substeps"], "step", &config.substeps),
            result_key: config.result_key,
            schedule: Schedule {
                max_concurrency: config.max_concurrency,
                delay: config.delay,
                timeout: config.timeout,
                tolerance: Tolerance {
                    max_failures: config.max_failures.unwrap_or(match config.fail_fast {
                        true => MaxFailures::NONE,
                        false => MaxFailures::ALL,
                    }),
                    when_exceeded: WhenExceeded::from_fail_fast(config.fail_fast),
                },
            },
        })
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        let items = Collection::resolve(&self.items, context)?;
        let mut done = Vec::new();
        let outcome = schedule::run(
            scope,
            self.schedule,
            Launches {
                count: items.len(),
                launch: |tasks: &mut Tasks, index| self.launch(tasks, index, &items, context),
                is_finished: |index| {
                    let (key, item) = items.get(index);
                    let start = self.item_context(index, &items, context);
                    scope.is_round_finished(&self.substeps, index, key, item, &start)
                },
            },
            |index, item_context| {
                if self.result_key.is_some() {
                    done.push((index, item_context.get_shared(&self.item_key)));
                }
            },
        )
        .await;
        if let Some(key) = &self.result_key {
            let results = Results {
                done,
                failures: &outcome.failures,
            };
            results.store(key, &items, context);
        }
        outcome.into_result()
    }
}

impl Loop {
    /// Returns the initial context of an item.
    fn item_context(&self, index: usize, items: &Collection, context: &Context) -> Context {
        let mut copy = context.clone();
        let (key, value) = items.get(index);
        copy.set(self.item_key.clone(), value.clone());
        match key {
            Some(key) => copy.set("__key", key),
            None => copy.set("__index", index),
        }
        copy
    }

    fn launch(&self, tasks: &mut Tasks, index: usize, items: &Collection, context: &Context) {
        let (key, value) = items.get(index);
        let copy = self.item_context(index, items, context);
        tasks.spawn_round(&self.substeps, index, key, value, copy);
    }
}

/// Results and failures by the index of their item.
struct Results<'f> {
    done: Vec<(usize, Option<Arc<Value>>)>,
    failures: &'f [Failure],
}

impl Results<'_> {
    /// Stores results, errors and history, in the order of the items.
    fn store(mut self, key: &str, items: &Collection, context: &mut Context) {
        let key_of = |index| match items.get(index).0 {
            Some(key) => Value::from(key),
            None => Value::from(index),
        };
        self.done.sort_unstable_by_key(|(index, _)| *index);
        let mut failures = by_index(self.failures).peekable();
        let failed = |failure: &Failure| {
            let error = failure_message(failure);
            json!({"key": key_of(failure.index), "result": null, "error": error})
        };

        let mut results = match items.keys {
            Some(_) => Value::Object(Map::with_capacity(self.done.len())),
            None => Value::Array(Vec::with_capacity(self.done.len())),
        };
        let mut history = Vec::with_capacity(self.done.len() + failures.len());
        for (index, result) in self.done {
            while let Some(before) = failures.next_if(|failure| failure.index < index) {
                history.push(failed(before));
            }
            let result = result.map_or(Value::Null, Arc::unwrap_or_clone);
            let key = key_of(index);
            history.push(json!({"key": key, "result": result, "error": null}));
            match (&mut results, key) {
                (Value::Object(map), Value::String(key)) => drop(map.insert(key, result)),
                (Value::Array(list), _) => list.push(result),
                _ => {}
            }
        }
        history.extend(failures.map(failed));
        context.set(key, results);
        let errors = failed_entries(self.failures, key_of);
        context.set(format!("{key}__errors"), errors);
        context.set(format!("{key}__history"), history);
    }
}

/// Items of a loop, shared with the context and not copied.
pub struct Collection {
    root: Arc<Value>,
    /// Path from the artifact to the items.
    path: Vec<String>,
    /// Keys, if the items are an object.
    keys: Option<Vec<String>>,
}

impl Collection {
    fn resolve(source: &Source, context: &Context) -> Result<Self, StepError> {
        let template = match source {
            Source::Literal(value) => return Ok(Self::new(value.clone(), Vec::new())),
            Source::Path(template) => template,
        };
        let path = template.render(context).in_field("items")?;
        let path = path.trim().to_owned();
        let mut segments = path.split('.').map(str::to_owned);
        let artifact = segments.next().and_then(|name| context.get_shared(&name));
        let Some(root) = artifact else {
            return Err(LoopError::NotFound { path }.into());
        };
        let segments: Vec<String> = segments.collect();
        match value_at(&root, &segments) {
            None | Some(Value::Null) => Err(LoopError::NotFound { path }.into()),
            Some(Value::Array(_) | Value::Object(_)) => Ok(Self::new(root, segments)),
            Some(other) => {
                let found = kind(other);
                Err(LoopError::NotACollection { path, found }.into())
            }
        }
    }

    fn new(root: Arc<Value>, path: Vec<String>) -> Self {
        let keys = match value_at(&root, &path) {
            Some(Value::Object(map)) => Some(map.keys().cloned().collect()),
            _ => None,
        };
        Self { root, path, keys }
    }

    fn value(&self) -> &Value {
        value_at(&self.root, &self.path).unwrap_or(&Value::Null)
    }

    /// Returns the number of items.
    pub fn len(&self) -> usize {
        match &self.keys {
            Some(keys) => keys.len(),
            None => self.value().as_array().map_or(0, Vec::len),
        }
    }

    /// Whether the collection is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns an item, with its key if the items are an object.
    pub fn get(&self, index: usize) -> (Option<&str>, &Value) {
        let key = self.keys.as_ref().and_then(|keys| keys.get(index));
        let value = match key {
            Some(key) => self.value().get(key),
            None => self.value().get(index),
        };
        (key.map(String::as_str), value.unwrap_or(&Value::Null))
    }
}

fn value_at<'v>(root: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(root, |value, segment| match value {
        Value::Array(list) => list.get(segment.parse::<usize>().ok()?),
        other => other.get(segment),
    })
}

/// Returns the kind of a value, for messages.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
