//! Syntax errors of templates.

use crate::template::error::TemplateError;

/// Syntax error at a byte offset in the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::template) struct SyntaxError {
    pub(in crate::template) offset: usize,
    pub(in crate::template) message: String,
    /// Most similar known name.
    pub(in crate::template) suggestion: Option<String>,
}

impl SyntaxError {
    pub(in crate::template) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self {
            offset,
            message: message.into(),
            suggestion: None,
        }
    }

    pub(in crate::template) fn suggest(self, suggestion: Option<String>) -> Self {
        Self { suggestion, ..self }
    }

    pub(in crate::template) fn into_template_error(self, template: &str) -> TemplateError {
        let (line, column) = line_and_column(template, self.offset);
        TemplateError::Syntax {
            template: template.to_owned(),
            line,
            column,
            message: self.message,
            suggestion: self.suggestion,
        }
    }
}

/// Returns line and column of a byte offset, in characters from 1.
pub(in crate::template) fn line_and_column(template: &str, offset: usize) -> (usize, usize) {
    let before = template.get(..offset).unwrap_or(template);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}
