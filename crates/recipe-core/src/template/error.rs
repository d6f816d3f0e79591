//! Errors of parsing and rendering templates.

use std::fmt;

use super::limits::Limit;

/// Error of parsing or rendering a template. The message is one line and never shows values of
/// the context.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplateError {
    /// The template is invalid: an unclosed tag, an unknown filter.
    Syntax {
        /// Source of the template.
        template: String,
        /// Line in the template, from 1.
        line: usize,
        /// Column in that line, in characters, from 1.
        column: usize,
        /// Description of the error.
        message: String,
        /// Most similar known name.
        suggestion: Option<String>,
    },
    /// A filter or a tag failed on its input.
    Render {
        /// Source of the template.
        template: String,
        /// Line in the template, from 1.
        line: usize,
        /// Column in that line, in characters, from 1.
        column: usize,
        /// Description of the error.
        message: String,
    },
    /// Rendering exceeded a limit.
    LimitExceeded {
        /// Source of the template.
        template: String,
        /// The limit.
        limit: Limit,
    },
}

impl TemplateError {
    /// Source of the template.
    pub fn template(&self) -> &str {
        match self {
            Self::Syntax { template, .. }
            | Self::Render { template, .. }
            | Self::LimitExceeded { template, .. } => template,
        }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax {
                template,
                line,
                column,
                message,
                suggestion,
            } => {
                f.write_str(message)?;
                if let Some(suggestion) = suggestion {
                    write!(f, ", did you mean {suggestion}?")?;
                }
                write_place(f, template, *line, *column)
            }
            Self::Render {
                template,
                line,
                column,
                message,
            } => {
                f.write_str(message)?;
                write_place(f, template, *line, *column)
            }
            Self::LimitExceeded { template, limit } => {
                match limit {
                    Limit::Iterations(max) => write!(f, "more than {max} loop iterations")?,
                    Limit::Output(max) => write!(f, "more than {max} bytes of output")?,
                }
                write!(f, " in template `{}`", Excerpt::around(template, 1, 1))
            }
        }
    }
}

impl std::error::Error for TemplateError {}

fn write_place(
    f: &mut fmt::Formatter<'_>,
    template: &str,
    line: usize,
    column: usize,
) -> fmt::Result {
    let excerpt = Excerpt::around(template, line, column);
    match template.contains('\n') {
        true => write!(f, " in template `{excerpt}`, line {line}, column {column}"),
        false => write!(f, " in template `{excerpt}`, column {column}"),
    }
}

/// A line of a template, shortened to the part around a column.
struct Excerpt<'t> {
    text: &'t str,
    cut_before: bool,
    cut_after: bool,
}

impl<'t> Excerpt<'t> {
    /// Maximum length in characters.
    const MAX_LENGTH: usize = 60;

    fn around(template: &'t str, line: usize, column: usize) -> Self {
        let text = template.lines().nth(line.saturating_sub(1)).unwrap_or("");
        let length = text.chars().count();
        let last_start = length.saturating_sub(Self::MAX_LENGTH);
        let start = column.saturating_sub(Self::MAX_LENGTH / 2).min(last_start);
        let offset = |chars: usize| {
            text.char_indices()
                .nth(chars)
                .map_or(text.len(), |(at, _)| at)
        };
        let end = start + Self::MAX_LENGTH;
        Self {
            text: &text[offset(start)..offset(end)],
            cut_before: start > 0,
            cut_after: end < length,
        }
    }
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dots = |cut| if cut { "…" } else { "" };
        let (before, after) = (dots(self.cut_before), dots(self.cut_after));
        write!(f, "{before}{}{after}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let template = format!("first\n{}HERE{}", "a".repeat(100), "b".repeat(100));
        let error = TemplateError::Syntax {
            template,
            line: 2,
            column: 101,
            message: "unknown filter: x".into(),
            suggestion: None,
        };
        let text = error.to_string();
        assert!(
            text.contains("aHEREb") && text.chars().count() < 140,
            "{text}"
        );
        assert!(text.ends_with("line 2, column 101"), "{text}");
    }
}
