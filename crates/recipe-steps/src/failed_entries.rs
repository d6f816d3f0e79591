//! Artifacts that list the failures of `parallel` and `loop`: `<result_key>__errors`.

use recipe_core::error::Failure;
use recipe_core::{StepError, chain};
use serde_json::{Value, json};

/// Returns all artifacts that a step may set for a key: the artifact itself, and those that
/// `parallel` and `loop` add to their results.
pub fn artifacts_set_for(key: &str) -> impl Iterator<Item = String> {
    ["", "__errors", "__history"]
        .into_iter()
        .map(move |suffix| format!("{key}{suffix}"))
}

/// Converts failures to `{"key": …, "error": …}`, by index; `key` maps an index to its key.
pub(crate) fn failed_entries(failures: &[Failure], key: impl Fn(usize) -> Value) -> Vec<Value> {
    let entries = by_index(failures)
        .map(|failure| json!({"key": key(failure.index), "error": failure_message(failure)}));
    entries.collect()
}

/// Sorts failures by index.
pub(crate) fn by_index(failures: &[Failure]) -> impl ExactSizeIterator<Item = &Failure> {
    let mut by_index: Vec<&Failure> = failures.iter().collect();
    by_index.sort_by_key(|failure| failure.index);
    by_index.into_iter()
}

/// Formats an error without the name of the failed item or substep.
pub(crate) fn failure_message(failure: &Failure) -> String {
    match &failure.error {
        StepError::Item { source, .. } | StepError::Substep { source, .. } => {
            chain(&**source).to_string()
        }
        other => chain(other).to_string(),
    }
}
