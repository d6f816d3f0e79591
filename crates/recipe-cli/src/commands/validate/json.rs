//! What is wrong, as a list of JSON objects for other programs.

use recipe_lint::Diagnostic;
use serde_json::Value;

use super::report::Report;

/// The whole output.
pub(crate) fn text(report: &Report) -> String {
    let list: Value = report.diagnostics().map(Diagnostic::to_json).collect();
    format!("{list:#}\n")
}
