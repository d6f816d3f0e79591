//! Journals of new runs, for all tests.

use std::path::Path;
use std::sync::Arc;

use recipe_core::Context;
use recipe_journal::{JournalOptions, NewRun, RunJournal, Store};
use serde_json::Value;

/// Begins a run of a recipe called `r`.
pub(crate) fn begin(store: &Store, context: &Context) -> Arc<RunJournal> {
    let run = NewRun {
        recipe: "r",
        context,
        directory: Path::new("."),
        settings: Value::Null,
    };
    Arc::new(store.begin(&run, JournalOptions::default()).unwrap())
}
