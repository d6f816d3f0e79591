//! The condition of `conditional`, once it is rendered.

use recipe_core::Context;
use recipe_steps::{check_condition, evaluate_condition};
use serde_json::json;

use crate::runtime::run;
use crate::text::text;

/// The bytes are a condition. One that may ask for files is put into a step, as it can be evaluated nowhere else.
///
/// # Panics
/// When a condition is evaluated that is none.
pub fn condition(bytes: &[u8]) {
    let text = text(bytes);
    let checked = check_condition(&text);
    match evaluate_condition(&text) {
        Ok(_) => assert!(checked.is_ok(), "{text:?} is evaluated and {checked:?}"),
        Err(error) => drop(error.to_string()),
    }
    // Names of files are left alone that reading blocks on, or that are of the system.
    if text.contains("file") && !text.contains('/') {
        let recipe = json!([{"type": "conditional", "condition": text}]);
        let _ = run(&recipe, &mut Context::new());
    }
}
