//! Rendered conditions of `conditional`.

use recipe_core::Context;
use recipe_steps::{check_condition, evaluate_condition};
use serde_json::json;

use crate::runtime::run;
use crate::text::text;

/// Evaluates the bytes as a condition. Only a step can evaluate one that may test files.
///
/// # Panics
/// If an invalid condition evaluates.
pub fn condition(bytes: &[u8]) {
    let text = text(bytes);
    let checked = check_condition(&text);
    match evaluate_condition(&text) {
        Ok(_) => assert!(checked.is_ok(), "{text:?} is evaluated and {checked:?}"),
        Err(error) => drop(error.to_string()),
    }
    // Skips paths, which could name system files or files that block readers.
    if text.contains("file") && !text.contains('/') {
        let recipe = json!([{"type": "conditional", "condition": text}]);
        let _ = run(&recipe, &mut Context::new());
    }
}
