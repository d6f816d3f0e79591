//! `loop`: steps for each item of a list or object.

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
use crate::forms::{other_form, template};
use crate::schedule::{self, Launches, Schedule, Tolerance, WhenExceeded};

/// Runs steps for each item of a list or object, each on its own copy of the context.
///
/// The item stands under `item_key`, its index under `__index` or its key under `__key`. What the steps leave
/// under `item_key` is the item's result.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "loop")]
#[non_exhaustive]
pub struct LoopConfig {
    /// What to go through: the dotted path of an artifact, a template, or a literal list or object.
    pub items: Items,
    /// The artifact that holds the item, and in the end its result.
    #[schemars(extend("x-artifact" = "item"))]
    pub item_key: String,
    /// The steps to run for each item, one after the other.
    pub substeps: Vec<StepDocument>,
    /// The artifact for the results, in the order of the items. Failures stand in `<result_key>__errors`, all
    /// that happened in `<result_key>__history`.
    #[serde(default)]
    #[schemars(extend("x-artifact" = "sets"))]
    pub result_key: Option<String>,
    /// The most items that run at the same time; 1 by default, 0 sets no limit.
    #[serde(default = "one")]
    pub max_concurrency: MaxConcurrency,
    /// Seconds between one item and the next, never before the first; 0 by default.
    #[serde(default)]
    pub delay: Delay,
    /// Seconds for all items; what still runs then is cancelled and the step fails. No limit by default.
    #[serde(default)]
    pub timeout: Option<Timeout>,
    /// Whether everything stops as soon as too many items have failed; true by default. Otherwise every item is tried and
    /// failures are listed.
    #[serde(default = "recipe_core::internal::yes")]
    pub fail_fast: bool,
    /// How many items may fail without failing the step: a count, or a part of them such as `"25%"`; 0 by default, any
    /// number with `fail_fast: false`.
    #[serde(default)]
    pub max_failures: Option<MaxFailures>,
}

fn one() -> MaxConcurrency {
    MaxConcurrency::ONE
}

/// What a loop goes through, as written.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(inline, untagged)]
#[non_exhaustive]
pub enum Items {
    /// The dotted path of an artifact.
    Path(Template),
    /// A literal list, taken as it stands.
    List(Vec<Value>),
    /// A literal object, taken as it stands.
    Object(Map<String, Value>),
}

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self::Path(template(&text)?)),
            Value::Array(list) => Ok(Self::List(list)),
            Value::Object(map) => Ok(Self::Object(map)),
            value => Err(other_form(
                &value,
                "the path of an artifact, a list or an object",
            )),
        }
    }
}

/// Items that a loop cannot go through.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoopError {
    /// There is no artifact at the path.
    #[error("items: no artifact at {path:?}")]
    NotFound {
        /// The path, rendered.
        path: String,
    },
    /// The artifact is not a list and not an object.
    #[error("items: {path:?} is {found}, not a list or an object")]
    NotACollection {
        /// The path, rendered.
        path: String,
        /// What it is.
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

/// Where the items are, ready to use.
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
    /// The items there are, with the artifacts as they are.
    ///
    /// # Errors
    /// When a template fails, and when there is no list or object at the path.
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
                    when_exceeded: WhenExceeded::of_fail_fast(config.fail_fast),
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
                    let start = self.context_of(index, &items, context);
                    scope.is_round_finished(&self.substeps, index, key, item, &start)
                },
            },
            |index, round| {
                if self.result_key.is_some() {
                    done.push((index, round.get_shared(&self.item_key)));
                }
            },
        )
        .await;
        if let Some(key) = &self.result_key {
            let rounds = Rounds {
                done,
                failures: &outcome.failures,
            };
            rounds.store(key, &items, context);
        }
        outcome.into_result()
    }
}

impl Loop {
    /// The context that the round for an item begins with.
    fn context_of(&self, index: usize, items: &Collection, context: &Context) -> Context {
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
        let copy = self.context_of(index, items, context);
        tasks.spawn_round(&self.substeps, index, key, value, copy);
    }
}

/// The rounds that ended, by the index of their item.
struct Rounds<'f> {
    done: Vec<(usize, Option<Arc<Value>>)>,
    failures: &'f [Failure],
}

impl Rounds<'_> {
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

/// The items of a loop, shared with the context and not copied.
pub struct Collection {
    root: Arc<Value>,
    /// The way from the artifact to the items.
    way: Vec<String>,
    /// The keys, where the items are an object.
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
        let mut parts = path.split('.').map(str::to_owned);
        let artifact = parts.next().and_then(|name| context.get_shared(&name));
        let Some(root) = artifact else {
            return Err(LoopError::NotFound { path }.into());
        };
        let way: Vec<String> = parts.collect();
        match walk(&root, &way) {
            None | Some(Value::Null) => Err(LoopError::NotFound { path }.into()),
            Some(Value::Array(_) | Value::Object(_)) => Ok(Self::new(root, way)),
            Some(other) => {
                let found = kind(other);
                Err(LoopError::NotACollection { path, found }.into())
            }
        }
    }

    fn new(root: Arc<Value>, way: Vec<String>) -> Self {
        let keys = match walk(&root, &way) {
            Some(Value::Object(map)) => Some(map.keys().cloned().collect()),
            _ => None,
        };
        Self { root, way, keys }
    }

    fn value(&self) -> &Value {
        walk(&self.root, &self.way).unwrap_or(&Value::Null)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.keys {
            Some(keys) => keys.len(),
            None => self.value().as_array().map_or(0, Vec::len),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An item, and its key in an object.
    pub fn get(&self, index: usize) -> (Option<&str>, &Value) {
        let key = self.keys.as_ref().and_then(|keys| keys.get(index));
        let value = match key {
            Some(key) => self.value().get(key),
            None => self.value().get(index),
        };
        (key.map(String::as_str), value.unwrap_or(&Value::Null))
    }
}

fn walk<'v>(root: &'v Value, way: &[String]) -> Option<&'v Value> {
    way.iter().try_fold(root, |value, part| match value {
        Value::Array(list) => list.get(part.parse::<usize>().ok()?),
        other => other.get(part),
    })
}

/// What a value is, in words.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
