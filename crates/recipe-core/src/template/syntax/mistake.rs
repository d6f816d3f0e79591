//! A mistake in a template, with its place.

use crate::template::error::TemplateError;

/// A mistake, and where it stands in the template, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::template) struct Mistake {
    pub(in crate::template) offset: usize,
    pub(in crate::template) message: String,
    /// The name that was probably meant.
    pub(in crate::template) suggestion: Option<String>,
}

impl Mistake {
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

    pub(in crate::template) fn in_template(self, template: &str) -> TemplateError {
        let (line, column) = place(template, self.offset);
        TemplateError::Syntax {
            template: template.to_owned(),
            line,
            column,
            message: self.message,
            suggestion: self.suggestion,
        }
    }
}

/// The line and the column of a place, in characters from 1.
pub(in crate::template) fn place(template: &str, offset: usize) -> (usize, usize) {
    let before = template.get(..offset).unwrap_or(template);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}
