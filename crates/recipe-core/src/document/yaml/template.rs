//! Unquoted templates, whose braces and colons YAML takes for its own.

use std::ops::Range;

use granit_parser::ErrorKind;

use super::error::YamlErrorKind;

/// Whether a template starts here.
pub(super) fn begins(text: &str) -> bool {
    (text.starts_with("{{") && text.contains("}}"))
        || (text.starts_with("{%") && text.contains("%}"))
}

/// Returns the error of a template in a value that starts with `value`. Outside of brackets the
/// value ends with the line, inside with the template.
pub(super) fn unquoted(value: &str, in_brackets: bool) -> YamlErrorKind {
    let line = value.lines().next().unwrap_or_default();
    // A template as a key ends before its colon.
    let line = match line.rfind("}}").map(|end| line.split_at(end + 2)) {
        Some((key, behind)) if behind == ":" || behind.starts_with(": ") => key,
        _ => line,
    };
    let written = match in_brackets {
        false => line.split(" #").next().map(str::trim_end),
        true if line.starts_with("{%") => line.rfind("%}").map(|end| &line[..end + 2]),
        true => line.find("}}").map(|end| &line[..end + 2]),
    };
    // A template that continues on the next line cannot be quoted on one.
    let is_whole = |written: &&str| {
        let count = |braces| written.matches(braces).count();
        count("{{") == count("}}") && count("{%") == count("%}")
    };
    YamlErrorKind::UnquotedTemplate {
        quoted: written.filter(is_whole).map(quoted),
    }
}

/// Returns the error of a template at `start` at which the parser failed; `scalar` is the last one
/// it read.
pub(super) fn unquoted_at(
    text: &str,
    start: usize,
    scalar: &Range<usize>,
    in_brackets: bool,
) -> YamlErrorKind {
    if scalar.contains(&start) && !in_brackets {
        return unquoted(&text[scalar.start..], false);
    }
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let before = text[line_start..start].trim_end();
    if before.ends_with(['[', '{', ',']) {
        return unquoted(&text[start..], true);
    }
    if before.is_empty() || before.ends_with([':', '-']) {
        // The parser may have failed before it reported a bracket on this line.
        let is_inside = before.matches(['[', '{']).count() > before.matches([']', '}']).count();
        return unquoted(&text[start..], in_brackets || is_inside);
    }
    YamlErrorKind::UnquotedTemplate { quoted: None }
}

/// Returns the offset of the template in which the parser stopped at `at`. The template starts on
/// that line and continues there.
pub(super) fn around(text: &str, at: usize, kind: &ErrorKind) -> Option<usize> {
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let upto = text.len().min(at + 2);
    let line = text.get(line_start..upto).unwrap_or(&text[line_start..at]);
    let start = line_start + line.rfind("{{").max(line.rfind("{%"))?;
    let before = &text[line_start..start];
    let inside = text.get(start..at).unwrap_or_default();
    let in_quotes = before.matches('"').count() % 2 == 1
        || (*kind == ErrorKind::InvalidTrailingSingleQuotedScalar
            && before.matches('\'').count() % 2 == 1);
    let is_closed = inside.contains("}}") || inside.contains("%}");
    (begins(&text[start..]) && !in_quotes && !is_closed && !before.contains(" #")).then_some(start)
}

/// Quotes a text with the quotes that need fewer escapes.
fn quoted(text: &str) -> String {
    match text.contains(['"', '\\']) {
        false => format!("\"{text}\""),
        true => format!("'{}'", text.replace('\'', "''")),
    }
}
