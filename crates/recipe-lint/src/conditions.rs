//! Conditions that parse as templates and yet never hold, or are not expressions whatever they render to.

use std::ops::Range;

use recipe_core::Step;
use recipe_core::document::Severity;
use recipe_core::registry::{OutlineStep, OutlineText};
use recipe_core::template::Template;
use recipe_steps::{ConditionError, Conditional, ExpressionProblem, check_condition};

use crate::diagnostic::Code;
use crate::linter::Findings;
use crate::literal::offset_in_literal;

const FUNCTION: &str = "all_files_exist";

/// Looks at the conditions of steps, and of the steps inside them.
pub(crate) fn check(steps: &[OutlineStep], findings: &mut Findings) {
    for step in steps {
        let condition = step.templates.iter().find(|text| text.field == "condition");
        let condition = condition.and_then(|text| Some((text, text.span.clone()?)));
        if let Some((text, span)) = condition.filter(|_| step.step_type == Conditional::TYPE) {
            never_true(step, text, &span, findings);
            no_expression(step, text, &span, findings);
        }
        for list in &step.inside {
            check(&list.steps, findings);
        }
    }
}

/// What outputs of a template may render to: operands, operators, and nothing.
const RENDERED: [&str; 5] = ["1", "not", "and", "==", ""];

/// The most outputs of which all combinations are tried.
const MOST_OUTPUTS: usize = 4;

/// A condition that is not an expression, whatever the outputs in it render to.
fn no_expression(
    step: &OutlineStep,
    condition: &OutlineText,
    span: &Range<usize>,
    findings: &mut Findings,
) {
    let text = condition.text.as_str();
    if !Template::parse(text).is_ok_and(|template| !template.is_plain()) || text.contains("{%") {
        return;
    }
    let Some(parts) = around_outputs(text).filter(|parts| parts.len() - 1 <= MOST_OUTPUTS) else {
        return;
    };
    let combinations = RENDERED.len().pow(parts.len() as u32 - 1);
    let mut tries = (0..combinations).map(|number| {
        let rendered = parts.iter().skip(1).enumerate().map(|(index, part)| {
            let choice = number / RENDERED.len().pow(index as u32) % RENDERED.len();
            format!("{}{part}", RENDERED[choice])
        });
        check_condition(&format!("{}{}", parts[0], rendered.collect::<String>()))
    });
    // Where all fail, the one with an operand for each output says best why.
    let Some(Err(ConditionError::Invalid { source, .. })) = tries.next() else {
        return;
    };
    if tries.all(|tried| tried.is_err()) {
        let message = match source.problem {
            // The column is one of a text that nobody has written.
            problem @ ExpressionProblem::UnknownName { .. } => problem.to_string(),
            problem => format!("whatever it renders to, it is not an expression: {problem}"),
        };
        let message = format!("{}: condition: {message}", step.place);
        findings.add(
            span.clone(),
            Severity::Warning,
            Code::ConditionSyntax,
            message,
        );
    }
}

/// The parts of a template without tags but for outputs, between those. `None` where an output may have braces in it.
fn around_outputs(text: &str) -> Option<Vec<&str>> {
    let mut pieces = text.split("{{");
    let mut parts = vec![pieces.next().unwrap_or_default()];
    for piece in pieces {
        let (_, behind) = piece.split_once("}}")?;
        parts.push(behind);
    }
    Some(parts)
}

/// `all_files_exist` takes a list; of a text it is false whatever the text says.
fn never_true(
    step: &OutlineStep,
    condition: &OutlineText,
    span: &Range<usize>,
    findings: &mut Findings,
) {
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
