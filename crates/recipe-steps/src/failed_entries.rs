//! The artifacts beside the results of several things, and the one that lists what failed: `<result_key>__errors`.

use recipe_core::error::Failure;
use recipe_core::{StepError, chain};
use serde_json::{Value, json};

/// All artifacts that a step may set where it is to set one: itself, and those that `parallel` and `loop` set beside
/// their results.
pub fn artifacts_set_for(key: &str) -> impl Iterator<Item = String> {
    ["", "__errors", "__history"]
        .into_iter()
        .map(move |suffix| format!("{key}{suffix}"))
}

/// Each failure as `{"key": …, "error": …}`, by index; `key` tells what stands for an index.
pub(crate) fn failed_entries(failures: &[Failure], key: impl Fn(usize) -> Value) -> Vec<Value> {
    let entries = by_index(failures)
        .map(|failure| json!({"key": key(failure.index), "error": failure_message(failure)}));
    entries.collect()
}

/// Failures, which come in the order of time, in that of their indexes.
pub(crate) fn by_index(failures: &[Failure]) -> impl ExactSizeIterator<Item = &Failure> {
    let mut by_index: Vec<&Failure> = failures.iter().collect();
    by_index.sort_by_key(|failure| failure.index);
    by_index.into_iter()
}

/// Why something failed, without saying once more which it was.
pub(crate) fn failure_message(failure: &Failure) -> String {
    match &failure.error {
        StepError::Item { source, .. } | StepError::Substep { source, .. } => {
            chain(&**source).to_string()
        }
        other => chain(other).to_string(),
    }
}
