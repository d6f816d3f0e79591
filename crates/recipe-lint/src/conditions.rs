//! Conditions that parse as templates and yet are never true, or never a valid expression.

use std::ops::Range;

use recipe_core::document::Severity;
use recipe_core::registry::{OutlineStep, OutlineText};
use recipe_core::template::Template;
use recipe_steps::{ConditionError, ExpressionProblem, check_condition};

use crate::diagnostic::Code;
use crate::findings::Findings;
use crate::literal::offset_in_literal;

const FUNCTION: &str = "all_files_exist";

/// Checks the conditions of steps and their substeps.
pub(crate) fn check(steps: &[OutlineStep], findings: &mut Findings) {
    for step in steps {
        if let Some((text, span)) = condition(step) {
            never_true(step, text, &span, findings);
            never_valid(step, text, &span, findings);
        }
        for list in &step.inside {
            check(&list.steps, findings);
        }
    }
}

fn condition(step: &OutlineStep) -> Option<(&OutlineText, Range<usize>)> {
    let field = step.traits.decides?.condition;
    let text = step.templates.iter().find(|text| text.field == field)?;
    Some((text, text.span.clone()?))
}

/// Samples of what an output may render to: an operand, operators, and nothing.
const RENDERED: [&str; 5] = ["1", "not", "and", "==", ""];

/// Conditions with more outputs are not checked: all combinations are tried.
const MAX_OUTPUTS: usize = 4;

/// Adds a condition that is not a valid expression whatever its outputs render to.
fn never_valid(
    step: &OutlineStep,
    condition: &OutlineText,
    span: &Range<usize>,
    findings: &mut Findings,
) {
    let text = condition.text.as_str();
    if !Template::parse(text).is_ok_and(|template| !template.is_plain()) || text.contains("{%") {
        return;
    }
    let Some(parts) = around_outputs(text).filter(|parts| parts.len() - 1 <= MAX_OUTPUTS) else {
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
    // If all fail, the error of the one with an operand for each output is the most helpful.
    let Some(Err(ConditionError::Invalid { source, .. })) = tries.next() else {
        return;
    };
    if tries.all(|tried| tried.is_err()) {
        let message = match source.problem {
            // Without the column, which is one in the rendered sample.
            problem @ ExpressionProblem::UnknownName { .. } => problem.to_string(),
            problem => format!("invalid expression, whatever it renders to: {problem}"),
        };
        let message = format!("{}: {}: {message}", step.place, condition.field);
        let span = span.clone();
        findings.add(span, Severity::Warning, Code::ConditionSyntax, message);
    }
}

/// Splits a template without tags at its outputs. `None` if an output may contain braces.
fn around_outputs(text: &str) -> Option<Vec<&str>> {
    let mut pieces = text.split("{{");
    let mut parts = vec![pieces.next().unwrap_or_default()];
    for piece in pieces {
        let (_, behind) = piece.split_once("}}")?;
        parts.push(behind);
    }
    Some(parts)
}

/// Adds calls of `all_files_exist` with text instead of a list, which are always false.
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
            "{}: {}: {FUNCTION} takes a list of paths and is always false for text, write {FUNCTION}([…])",
            step.place, condition.field
        );
        findings.add(start..end, Severity::Warning, Code::NeverTrue, message);
    }
}
