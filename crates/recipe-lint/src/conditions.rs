//! Conditions that parse and yet never hold.

use recipe_core::{OutlineStep, Severity, Step};
use recipe_steps::Conditional;

use crate::diagnostic::Code;
use crate::linter::Findings;
use crate::literal::offset_in_literal;

const FUNCTION: &str = "all_files_exist";

/// Looks at the conditions of steps, and of the steps inside them.
pub(crate) fn check(steps: &[OutlineStep], findings: &mut Findings) {
    for step in steps {
        if step.step_type == Conditional::TYPE {
            condition(step, findings);
        }
        for list in &step.inside {
            check(&list.steps, findings);
        }
    }
}

/// `all_files_exist` takes a list; of a text it is false whatever the text says.
fn condition(step: &OutlineStep, findings: &mut Findings) {
    let condition = step.templates.iter().find(|text| text.field == "condition");
    let Some((condition, span)) = condition.and_then(|text| Some((text, text.span.clone()?)))
    else {
        return;
    };
    for (at, _) in condition.text.match_indices(FUNCTION) {
        let argument = condition.text[at + FUNCTION.len()..].trim_start();
        let argument = argument.strip_prefix('(').map(str::trim_start);
        if !argument.is_some_and(|argument| argument.starts_with(['\'', '"'])) {
            continue;
        }
        let literal = &findings.text()[span.clone()];
        let start = span.start + offset_in_literal(literal, &condition.text, at);
        let is_whole = findings.text()[start..].starts_with(FUNCTION);
        let end = start + if is_whole { FUNCTION.len() } else { 0 };
        let message = format!(
            "{}: condition: {FUNCTION} takes a list of paths and is always false for text, write {FUNCTION}([…])",
            step.place
        );
        findings.add(start..end, Severity::Warning, Code::NeverTrue, message);
    }
}
