//! What is wrong, as a list of JSON objects for other programs.

use recipe_lint::Diagnostic;
use serde_json::{Value, json};

use super::report::{Report, severity_name};

/// The whole output.
pub(crate) fn text(report: &Report) -> String {
    let list: Value = report.diagnostics().map(object).collect();
    format!("{list:#}\n")
}

fn object(found: &Diagnostic) -> Value {
    json!({
        "file": found.file.to_string_lossy(),
        "line": found.start.line,
        "column": found.start.column,
        "end_line": found.end.line,
        "end_column": found.end.column,
        "severity": severity_name(found.severity),
        "code": found.code.name(),
        "message": found.message,
        "suggestion": found.suggestion,
    })
}
