//! An error as the lines that people read: one for each thing that is wrong.

use std::error::Error;

use recipe_core::StepError;
use recipe_core::document::{DocumentError, Problem, Problems, Severity};
use recipe_core::error::{Failures, RecipeError};

/// More problems than these are counted, not shown.
const SHOWN: usize = 20;

/// One thing that is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ErrorLine {
    /// Whether it is the reason of the failure, or stands beside it.
    pub(crate) severity: Severity,
    /// What is wrong, with the whole way to it.
    pub(crate) text: String,
    /// What to write instead, where that can be guessed.
    pub(crate) suggestion: Option<String>,
}

impl ErrorLine {
    /// A line without advice.
    fn error(text: String) -> Self {
        Self {
            severity: Severity::Error,
            text,
            suggestion: None,
        }
    }

    fn of(problem: &Problem, way: &str, fatal: Severity) -> Self {
        let severity = if problem.kind.severity() >= fatal {
            Severity::Error
        } else {
            Severity::Warning
        };
        Self {
            severity,
            text: format!("{way}{problem}"),
            suggestion: problem.kind.suggestion().map(str::to_owned),
        }
    }
}

/// The lines to show of an error. Problems of a document at least as bad as `fatal` are errors.
pub(crate) fn error_lines(error: &(dyn Error + 'static), fatal: Severity) -> Vec<ErrorLine> {
    let mut lines = Vec::new();
    add_lines(&mut lines, error, String::new(), fatal);
    lines
}

/// Adds the lines of an error that is found at the end of `way`.
fn add_lines(
    lines: &mut Vec<ErrorLine>,
    error: &(dyn Error + 'static),
    mut way: String,
    fatal: Severity,
) {
    let mut part = Some(error);
    let mut suggestion = None;
    while let Some(error) = part {
        suggestion = suggestion.or_else(|| error.downcast_ref().and_then(suggestion_of));
        if let Some(problems) = error.downcast_ref().and_then(problems_of) {
            return lines.extend(problem_lines(problems, &way, fatal));
        }
        if let Some(StepError::Failures(failures)) = error.downcast_ref() {
            return add_failures(lines, failures, &way, fatal);
        }
        way.push_str(&format!("{error}: "));
        part = error.source();
    }
    let text = way.strip_suffix(": ").unwrap_or(&way);
    lines.push(ErrorLine {
        suggestion,
        ..ErrorLine::error(text.to_owned())
    });
}

/// Suggestion for a text that does not parse.
fn suggestion_of(error: &RecipeError) -> Option<String> {
    match error {
        RecipeError::Document(DocumentError::Syntax { suggestion, .. }) => suggestion.clone(),
        _ => None,
    }
}

/// Several failures: how many they are, and each on lines of its own.
fn add_failures(lines: &mut Vec<ErrorLine>, failures: &Failures, way: &str, fatal: Severity) {
    let (failed, total) = (failures.iter().len(), failures.total());
    let text = format!("{way}{failed} of {total} failed");
    lines.push(ErrorLine::error(text));
    let mut shown = 0;
    for failure in failures.iter() {
        if lines.len() > SHOWN {
            break;
        }
        add_lines(lines, &failure.error, way.to_owned(), fatal);
        shown += 1;
    }
    if shown < failed {
        let text = format!("{way}{} more failures", failed - shown);
        lines.push(ErrorLine::error(text));
    }
}

fn problems_of(error: &RecipeError) -> Option<&Problems> {
    match error {
        RecipeError::Invalid(problems)
        | RecipeError::Document(DocumentError::Invalid(problems)) => Some(problems),
        _ => None,
    }
}

fn problem_lines(problems: &Problems, way: &str, fatal: Severity) -> Vec<ErrorLine> {
    let mut lines: Vec<ErrorLine> = problems
        .iter()
        .take(SHOWN)
        .map(|problem| ErrorLine::of(problem, way, fatal))
        .collect();
    let more = problems.iter().len().saturating_sub(SHOWN);
    if more > 0 {
        lines.push(ErrorLine::error(format!("{way}{more} more problems")));
    }
    lines
}
