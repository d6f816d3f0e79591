//! Tool calls in a journal: their arguments and results, without secrets, and which calls count.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod begin;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use recipe_core::secrets::KnownSecrets;
use recipe_core::{
    ConfigError, Context, Executor, Options, RecipeSource, Scope, Step, StepBuilder, StepError,
};
use recipe_journal::Store;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use begin::begin;

/// Step that calls a tool. The first call fails if there is a marker file to create.
struct Agent {
    config: AgentConfig,
    secrets: Arc<KnownSecrets>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
#[derive(Default)]
struct AgentConfig {
    tool: String,
    arguments: Value,
    says: String,
    /// File that the step creates when it fails the first time.
    fails_once: Option<std::path::PathBuf>,
    /// String that becomes a secret.
    learns: Option<String>,
}

#[derive(Debug, thiserror::Error)]
#[error("as asked")]
struct AsAsked;

impl Step for Agent {
    const TYPE: &'static str = "agent";
    type Config = AgentConfig;

    fn new(config: AgentConfig, builder: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        let secrets = builder.extension().unwrap();
        Ok(Self { config, secrets })
    }

    async fn execute(&self, scope: &Scope, _: &mut Context) -> Result<(), StepError> {
        let config = &self.config;
        let marker = config.fails_once.as_ref().filter(|file| !file.exists());
        let result = match marker {
            Some(_) => Err(&*config.says),
            None => Ok(&*config.says),
        };
        let took = Duration::from_micros(1_500);
        scope.tool_called(&config.tool, &config.arguments, took, result);
        if let Some(late) = &config.learns {
            let learned = json!({ "late_key": late });
            self.secrets.learn(learned.as_object().unwrap());
        }
        match marker {
            Some(marker) => {
                fs::write(marker, "").unwrap();
                Err(StepError::failed(AsAsked))
            }
            None => Ok(()),
        }
    }
}

/// Runs steps. Returns the stored tool calls, each with the address of its step, and the journal.
async fn stored(folder: &Path, steps: Value) -> (Vec<String>, Vec<u8>) {
    let secrets = KnownSecrets::new();
    let config = json!({"api_key": "sk-\"live\"-1234", "pin_secret": 987_654});
    secrets.learn(config.as_object().unwrap());
    let store = Store::new(folder.join("store"));
    let mut context = Context::new();
    let journal = begin(&store, &context);
    let id = journal.id().clone();
    let mut registry = recipe_steps::registry();
    registry.register::<Agent>().unwrap();
    registry.add_extension(Arc::new(secrets.clone()));
    let mut options = Options::default();
    options.secrets = secrets;
    let recipe = RecipeSource::json("r", steps.to_string());
    let executor = Executor::with_options(registry, options);
    executor
        .run_durable(recipe, &mut context, journal.clone())
        .await
        .unwrap();
    journal.close();
    let file = fs::read(store.directory().join(id.as_str()).join("run.db")).unwrap();
    let run = store.run(&id).unwrap();
    let mut calls = Vec::new();
    for step in run.steps().unwrap() {
        for call in &step.tool_calls {
            let (path, tool, took) = (&step.path, &call.tool, call.duration);
            let result = run.tool_result(call).unwrap();
            let state = if call.is_failed { "failed" } else { "done" };
            assert!(call.began >= run.began);
            calls.push(format!(
                "{path} {tool} {} {state} {took:?}: {result}",
                run.tool_arguments(call).unwrap()
            ));
        }
    }
    (calls, file)
}

fn agent(tool: &str, arguments: Value, says: &str) -> Value {
    json!({"type": "agent", "config": {"tool": tool, "arguments": arguments, "says": says}})
}

#[tokio::test]
async fn arguments_and_results_of_tools_are_stored_in_full() {
    let folder = tempfile::tempdir().unwrap();
    let long = "ä".repeat(100_000);
    let steps = json!([
        agent("search", json!({"for": ["fish", 2]}), ""),
        agent("read", json!({"$text": "00"}), &long),
    ]);
    let (calls, _) = stored(folder.path(), steps).await;
    assert_eq!(
        calls,
        [
            r#"0 search {"for":["fish",2]} done 1.5ms: "#.to_owned(),
            format!(r#"1 read {{"$text":"00"}} done 1.5ms: {long}"#),
        ]
    );
}

#[tokio::test]
async fn a_journal_contains_no_secret_of_a_tool_call() {
    let folder = tempfile::tempdir().unwrap();
    let secret = "sk-\"live\"-1234";
    let inner = json!({ "key": secret }).to_string();
    let mut late = agent("late-1234", json!(["late-1234"]), "late-1234");
    late["config"]["learns"] = json!("late-1234");
    let steps = json!([
        agent(secret, json!({"body": inner, secret: 987_654}), &inner),
        late,
        {"type": "set_context", "key": "a", "value": "b"},
    ]);
    let (calls, file) = stored(folder.path(), steps).await;
    assert_eq!(
        calls,
        [
            r#"0 *** {"body":"{\"key\":\"***\"}","***":"***"} done 1.5ms: {"key":"***"}"#,
            r#"1 *** ["***"] done 1.5ms: ***"#,
        ]
    );
    let file = String::from_utf8_lossy(&file);
    for part in ["live", "987654", "late-1234"] {
        assert!(!file.contains(part), "{part}");
    }
}

#[tokio::test]
async fn tool_calls_of_all_attempts_count_except_those_inside_a_retried_step() {
    let folder = tempfile::tempdir().unwrap();
    let failing = |name: &str| {
        let mut step = agent(name, Value::Null, "x");
        step["config"]["fails_once"] = json!(folder.path().join(name));
        step
    };
    let retry = json!({"attempts": 2, "delay": 0});
    let mut itself = failing("itself");
    itself["retry"] = retry.clone();
    let inner = [agent("before", Value::Null, "x"), failing("inner")];
    let around = json!({"type": "parallel", "retry": retry, "config": {"substeps": inner, "max_concurrency": 1}});
    let (calls, _) = stored(folder.path(), json!([itself, around])).await;
    assert_eq!(
        calls,
        [
            "0 itself null failed 1.5ms: x",
            "0 itself null done 1.5ms: x",
            "1.substeps[0] before null done 1.5ms: x",
            "1.substeps[1] inner null done 1.5ms: x",
        ]
    );
}
