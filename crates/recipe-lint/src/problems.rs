//! Problems that parsing and checking a recipe find, as diagnostics.

use recipe_core::document::{
    DocumentError, Position, Problem, ProblemKind, Severity, UnknownStepType,
};
use recipe_core::{Registry, chain};

use crate::diagnostic::{Code, Diagnostic};
use crate::findings::Findings;

/// Adds the error of a text that is not valid JSON or YAML.
pub(crate) fn unparsed(error: DocumentError, findings: &mut Findings) {
    let (position, code, message, suggestion) = match error {
        DocumentError::Syntax {
            position,
            message,
            suggestion,
            ..
        } => (position, Code::Syntax, message, suggestion),
        DocumentError::DuplicateKey { position, key, .. } => {
            let message = format!("duplicate key: {key}");
            (position, Code::DuplicateKey, message, None)
        }
        other => {
            let start = Position { line: 1, column: 1 };
            (start, Code::Syntax, chain(&other).to_string(), None)
        }
    };
    let text = findings.text();
    let offset = position.offset_in(text);
    let length = text[offset..].chars().next().map_or(0, char::len_utf8);
    findings.add(offset..offset + length, Severity::Error, code, message);
    findings.suggest(suggestion);
}

/// Adds a problem of a recipe that parses, unless it is known already.
pub(crate) fn add(registry: &Registry, problem: &Problem, findings: &mut Findings) {
    let span = problem.span.clone().unwrap_or(0..0);
    let is_same_template = |known: &Diagnostic| {
        known.code == Code::TemplateSyntax
            && known.span.start >= span.start
            && known.span.end <= span.end
    };
    let code = match &problem.kind {
        ProblemKind::UnknownStepType(UnknownStepType { step_type, .. })
            if registry.is_unavailable(step_type) =>
        {
            let place = &problem.place;
            let message = format!("{place}: step type not available in this build: {step_type}");
            return findings.add(span, Severity::Warning, Code::UnavailableStepType, message);
        }
        ProblemKind::Template(_) if findings.diagnostics().iter().any(is_same_template) => return,
        ProblemKind::Template(_) => Code::TemplateSyntax,
        ProblemKind::Condition(_) => Code::ConditionSyntax,
        ProblemKind::UnknownStepType(_) => Code::UnknownStepType,
        ProblemKind::UnknownField(_) | ProblemKind::MisplacedField(_) => Code::UnknownField,
        ProblemKind::MissingField(_) => Code::MissingField,
        ProblemKind::DuplicateKey(_) => Code::DuplicateKey,
        _ => Code::InvalidValue,
    };
    let message = match problem.place.as_str() {
        "" => problem.kind.to_string(),
        place => format!("{place}: {}", problem.kind),
    };
    // An unknown field does not stop a run, but to the author of a recipe it is an error.
    findings.add(span, Severity::Error, code, message);
    findings.suggest(problem.kind.suggestion().map(str::to_owned));
}
