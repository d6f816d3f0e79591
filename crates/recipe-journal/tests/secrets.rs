//! Secrets of a run are not stored, without options of the journal.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod begin;

use std::collections::HashMap;
use std::fs;
use std::sync::Arc;

use recipe_core::run::Environment;
use recipe_core::{Context, Executor, Options, RecipeSource};
use recipe_journal::{JournalOptions, Store};

use begin::begin;

const SECRET: &str = "sk-live-1234";

/// Recipe that copies a secret of the environment into artifacts.
const RECIPE: &str = r#"{"env_vars": ["TEST_API_KEY"], "steps": [
    {"type": "shell", "command": "echo sk-live-1234", "output_key": "printed"},
    {"type": "set_context", "key": "copied", "value": "{{ given }} {{ printed.stdout }}"}
]}"#;

fn executor() -> Executor {
    let variables = HashMap::from([("TEST_API_KEY".to_owned(), SECRET.to_owned())]);
    let mut options = Options::default();
    options.environment = Environment::Fixed(Arc::new(variables));
    Executor::with_options(recipe_steps::registry(), options)
}

fn recipe() -> RecipeSource {
    RecipeSource::json("r", RECIPE)
}

#[tokio::test]
async fn a_secret_of_the_environment_is_not_stored() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    let mut context = Context::new();
    context.set("given", SECRET);
    let journal = begin(&store, &context);
    let id = journal.id().clone();
    let executor = executor();
    let run = executor.run_durable(recipe(), &mut context, journal.clone());
    run.await.unwrap();
    journal.close();
    let file = folder.path().join(id.as_str()).join("run.db");
    let stores = |text: &str| {
        let bytes = fs::read(&file).unwrap();
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(stores("set_context"));
    assert!(!stores(SECRET));

    let journal = Arc::new(store.resume(&id, JournalOptions::default()).unwrap());
    let options = executor.options();
    let resumed = journal.context(&options.secrets, &options.environment);
    let mut resumed = resumed.unwrap();
    assert_eq!(resumed.get("given").unwrap(), SECRET);
    let run = executor.run_durable(recipe(), &mut resumed, journal.clone());
    run.await.unwrap();
    assert_eq!(resumed.get("copied"), context.get("copied"));
    journal.close();
    assert!(!stores(SECRET));
}

#[tokio::test]
async fn a_journal_belongs_to_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut context = Context::new();
    let journal = begin(&Store::new(folder.path()), &context);
    let executor = executor();
    let run = executor.run_durable(recipe(), &mut context, journal.clone());
    run.await.unwrap();
    let again = executor.run_durable(recipe(), &mut context, journal.clone());
    let error = recipe_core::chain(&again.await.unwrap_err()).to_string();
    let expected = format!("r: journal is in use by another run: {}", journal.id());
    assert_eq!(error, expected);
}
