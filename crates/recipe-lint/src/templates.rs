//! Templates that do not parse, with the position inside the template.

use std::ops::Range;

use recipe_core::document::{Position, Severity};
use recipe_core::registry::{OutlineStep, OutlineText};
use recipe_core::template::{Template, TemplateError};

use crate::diagnostic::Code;
use crate::findings::Findings;
use crate::literal::offset_in_literal;

/// Checks the templates of steps and their substeps.
pub(crate) fn check(steps: &[OutlineStep], findings: &mut Findings) {
    for step in steps {
        for template in &step.templates {
            if let (Some(span), Err(error)) = (&template.span, Template::parse(&template.text)) {
                add(step, template, span, error, findings);
            }
        }
        for list in &step.inside {
            check(&list.steps, findings);
        }
    }
}

fn add(
    step: &OutlineStep,
    template: &OutlineText,
    span: &Range<usize>,
    error: TemplateError,
    findings: &mut Findings,
) {
    let TemplateError::Syntax {
        line,
        column,
        message,
        suggestion,
        ..
    } = error
    else {
        return;
    };
    let offset = Position { line, column }.offset_in(&template.text);
    let literal = &findings.text()[span.clone()];
    let start = span.start + offset_in_literal(literal, &template.text, offset);
    let length = token_length(&findings.text()[start..span.end]);
    let message = format!("{}: {}: {message}", step.place, template.field);
    let token = start..start + length;
    findings.add(token, Severity::Error, Code::TemplateSyntax, message);
    findings.suggest(suggestion);
}

/// Length of the first token of a text, to underline it: a name, a pair of braces, or one
/// character.
fn token_length(text: &str) -> usize {
    let name = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    match name.unwrap_or(text.len()) {
        0 if text.starts_with("{{") || text.starts_with("{%") => 2,
        0 => text.chars().next().map_or(0, char::len_utf8),
        length => length,
    }
}
