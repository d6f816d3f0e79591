//! For tests: a run of one step that calls tools, as observers see it and as it is stored.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use recipe_core::secrets::KnownSecrets;
use recipe_core::{
    ConfigError, Context, Executor, Observer, Options, RecipeSource, Registry, Scope, Step,
    StepBuilder, StepError,
};
use recipe_journal::{JournalOptions, NewRun, Store, StoredRun};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// A secret of the run.
pub(crate) const SECRET: &str = "sk-\"live\"-1234";

/// What knows the secret.
pub(crate) fn secrets() -> KnownSecrets {
    let secrets = KnownSecrets::new();
    let config = json!({ "api_key": SECRET });
    secrets.learn(config.as_object().expect("it is an object"));
    secrets
}

/// Two calls in which the secret stands, in JSON in texts too; the second one fails.
pub(crate) fn calls() -> Value {
    let inner = json!({ "key": SECRET }).to_string();
    json!([
        {"tool": "search", "arguments": {"for": "fish", "body": inner}, "says": inner},
        {"tool": SECRET, "arguments": [SECRET], "says": SECRET, "fails": true},
    ])
}

/// Has a run observed whose step makes these calls.
pub(crate) fn observe(calls: &Value, observer: Arc<dyn Observer>) {
    let mut options = options();
    options.observers.push(observer);
    let executor = Executor::with_options(registry(), options);
    let mut context = Context::new();
    let run = executor.run(recipe(calls), &mut context);
    runtime().block_on(run).unwrap();
}

/// The stored run whose step makes these calls.
pub(crate) fn store(calls: &Value) -> (StoredRun, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    let mut context = Context::new();
    let run = NewRun {
        recipe: "main.json",
        context: &context,
        directory: Path::new("."),
        settings: Value::Null,
    };
    let journal = Arc::new(store.begin(&run, JournalOptions::default()).unwrap());
    let executor = Executor::with_options(registry(), options());
    let run = executor.run_durable(recipe(calls), &mut context, journal.clone());
    runtime().block_on(run).unwrap();
    journal.close();
    (store.run(journal.id()).unwrap(), folder)
}

/// Calls tools.
#[derive(Deserialize)]
struct Agent {
    calls: Vec<Call>,
}

#[derive(Deserialize)]
struct Call {
    tool: String,
    arguments: Value,
    says: String,
    #[serde(default)]
    fails: bool,
    /// How long the step says that it took, in microseconds.
    #[serde(default)]
    took: u64,
}

impl Step for Agent {
    const TYPE: &'static str = "agent";
    type Config = Map<String, Value>;

    fn new(config: Self::Config, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(serde_json::from_value(config.into()).unwrap())
    }

    async fn execute(&self, scope: &Scope, _: &mut Context) -> Result<(), StepError> {
        for call in &self.calls {
            let result = match call.fails {
                true => Err(&*call.says),
                false => Ok(&*call.says),
            };
            let took = Duration::from_micros(call.took);
            scope.tool_called(&call.tool, &call.arguments, took, result);
        }
        Ok(())
    }
}

fn registry() -> Registry {
    let mut registry = Registry::new();
    registry.register::<Agent>().unwrap();
    registry
}

fn options() -> Options {
    let mut options = Options::default();
    options.secrets = secrets();
    options
}

fn recipe(calls: &Value) -> RecipeSource {
    RecipeSource::json(
        "main.json",
        json!([{"type": "agent", "config": {"calls": calls}}]).to_string(),
    )
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().build().unwrap()
}
