//! Corrupt journals are errors, whatever their content.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use recipe_core::Context;
use recipe_core::run::Environment;
use recipe_core::secrets::KnownSecrets;
use recipe_journal::{JournalOptions, NewRun, RunId, Store, StoreError};
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

/// Creates a run and changes its journal with SQL.
fn corrupted(change: &str) -> (TempDir, Store, RunId) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    let mut context = Context::new();
    context.set("long", "x".repeat(1_000));
    let run = NewRun {
        recipe: "r",
        context: &context,
        directory: folder.path(),
        settings: Value::Null,
    };
    let journal = store.begin(&run, JournalOptions::default()).unwrap();
    let id = journal.id().clone();
    journal.close();
    let file = folder.path().join(id.as_str()).join("run.db");
    Connection::open(file)
        .unwrap()
        .execute_batch(change)
        .unwrap();
    (folder, store, id)
}

#[test]
fn texts_that_contain_each_other_are_an_error() {
    let (_folder, store, id) =
        corrupted(r#"UPDATE text SET json = '[{"$text": "' || lower(hex(hash)) || '"}]'"#);
    let artifacts = store.run(&id).unwrap().artifacts();
    assert!(
        matches!(artifacts, Err(StoreError::Corrupt { .. })),
        "{artifacts:?}"
    );
    let journal = store.resume(&id, JournalOptions::default()).unwrap();
    let context = journal.context(&KnownSecrets::new(), &Environment::Process);
    assert!(
        matches!(context, Err(StoreError::Corrupt { .. })),
        "{context:?}"
    );
}
