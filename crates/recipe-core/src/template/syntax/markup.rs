//! Delimiters of outputs and tags, and their whitespace control.

use super::SyntaxError;

/// Finds the next `{{` or `{%`.
pub(super) fn find_opening(source: &str, from: usize) -> Option<usize> {
    let bytes = source.as_bytes();
    (from..bytes.len().saturating_sub(1))
        .find(|at| bytes[*at] == b'{' && matches!(bytes[at + 1], b'{' | b'%'))
}

/// An output or a tag with its delimiters.
pub(super) struct Markup<'t> {
    pub(super) is_output: bool,
    pub(super) content: &'t str,
    pub(super) content_offset: usize,
    pub(super) trim_before: bool,
    pub(super) trim_after: bool,
    /// Offset after the closing delimiter.
    pub(super) end: usize,
}

impl<'t> Markup<'t> {
    pub(super) fn read(source: &'t str, start: usize) -> Result<Self, SyntaxError> {
        let is_output = source[start..].starts_with("{{");
        let closing = if is_output { "}}" } else { "%}" };
        let trim_before = source[start + 2..].starts_with('-');
        let content_offset = start + 2 + usize::from(trim_before);
        let after = &source[content_offset..];
        let length = match is_free_text(after) && !is_output {
            true => after.find(closing),
            false => find_closing(after, closing),
        };
        let Some(length) = length else {
            let opening = &source[start..start + 2];
            return Err(SyntaxError::new(
                start,
                format!("missing `{closing}` for `{opening}`"),
            ));
        };
        let content = &source[content_offset..content_offset + length];
        let trimmed = content.strip_suffix('-');
        Ok(Self {
            is_output,
            content: trimmed.unwrap_or(content),
            content_offset,
            trim_before,
            trim_after: trimmed.is_some(),
            end: content_offset + length + closing.len(),
        })
    }
}

/// Whether the content of a tag is free text, in which quotes do not delimit strings.
fn is_free_text(content: &str) -> bool {
    let begun = content.trim_start();
    let name = begun.split(|c: char| !c.is_alphanumeric()).next();
    begun.starts_with('#') || matches!(name, Some("liquid" | "else" | "comment" | "raw" | "doc"))
}

/// Finds the closing delimiter, ignoring those in quotes unless all are.
fn find_closing(content: &str, closing: &str) -> Option<usize> {
    let bytes = content.as_bytes();
    let mut quote = None;
    for (at, byte) in bytes.iter().enumerate() {
        match quote {
            Some(open) if *byte == open => quote = None,
            Some(_) => {}
            None if bytes[at..].starts_with(closing.as_bytes()) => return Some(at),
            None if matches!(byte, b'"' | b'\'') => quote = Some(*byte),
            None => {}
        }
    }
    content.find(closing)
}

/// Content of `raw`, `comment` or `doc`, and the closing tag.
pub(super) struct Inside<'t> {
    pub(super) content: &'t str,
    pub(super) closing: Markup<'t>,
}

impl<'t> Inside<'t> {
    pub(super) fn read(source: &'t str, start: usize, name: &str) -> Option<Self> {
        let mut depth = 1;
        let mut raw = false;
        let mut at = start;
        loop {
            at += source[at..].find("{%")?;
            let inner = &source[at + 2..];
            let inner = &inner[..inner.find("%}")?];
            let inner = inner.strip_prefix('-').unwrap_or(inner);
            let inner = inner.strip_suffix('-').unwrap_or(inner).trim();
            match (name, inner) {
                // Comments nest, except inside `raw`.
                ("comment", "raw") => raw = true,
                ("comment", "endraw") => raw = false,
                ("comment", _) if raw => {}
                ("comment", "comment") => depth += 1,
                (_, inner) if inner.strip_prefix("end") == Some(name) => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let closing = Markup::read(source, at).ok()?;
                let content = &source[start..at];
                return Some(Self { content, closing });
            }
            at += 2;
        }
    }
}
