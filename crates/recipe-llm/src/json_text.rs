//! JSON in a response. Models wrap it in fences and text, and add drafts and examples.

use std::ops::Range;

use recipe_core::document::{Position, SyntaxError, parse_json};
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::reasoning::reasoning_in;

/// Parses the JSON in a response: the whole response, or the objects and lists in it. Those inside
/// code come first, then the others, each in text order. There is always at least one.
///
/// # Errors
/// If it contains no JSON, with the syntax error of the whole response.
pub(crate) fn json_values(response: &str) -> Result<Vec<Result<Value, SyntaxError>>, SyntaxError> {
    let error = match parse_json(response.trim()) {
        Ok(value) => return Ok(vec![Ok(value)]),
        Err(error) => error,
    };
    let blocks = blocks(response);
    let is_code = |span: &Range<usize>| {
        let begun = blocks.partition_point(|block| block.content.start <= span.start);
        let block = begun.checked_sub(1).map(|last| &blocks[last]);
        block.is_some_and(|block| block.has_as_code(response, span))
    };
    let (mut found, others): (Vec<_>, Vec<_>) = spans(response).into_iter().partition(is_code);
    found.extend(others);
    if found.is_empty() {
        return Err(error);
    }
    Ok(found
        .into_iter()
        .map(|span| value(response, span))
        .collect())
}

/// Parses the value at a range, with error positions in the whole response.
fn value(response: &str, span: Range<usize>) -> Result<Value, SyntaxError> {
    parse_json(&response[span.clone()]).map_err(|mut error| {
        let begin = Position::from_offset(response, span.start);
        if error.position.line == 1 {
            error.position.column += begin.column - 1;
        }
        error.position.line += begin.line - 1;
        error
    })
}

/// Ranges of the objects and lists in a text, not nested.
fn spans(response: &str) -> Vec<Range<usize>> {
    let reasoning = reasoning_in(response);
    let mut spans = Vec::new();
    let mut at = 0;
    while let Some(first) = response[at..].chars().next() {
        let rest = &response[at..];
        if let Ok(index) = reasoning.binary_search_by_key(&at, |range| range.start) {
            at = reasoning[index].end;
            continue;
        }
        if !matches!(first, '{' | '[') {
            at += first.len_utf8();
            continue;
        }
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        match values.next() {
            Some(Ok(_)) => {
                spans.push(at..at + values.byte_offset());
                at += values.byte_offset();
            }
            // The text before the error is part of something malformed, not a value.
            Some(Err(error)) => at += error_offset(rest, &error).max(1),
            None => break,
        }
    }
    spans
}

/// The offset of a parse error; the end if the input is incomplete.
fn error_offset(text: &str, error: &serde_json::Error) -> usize {
    if error.is_eof() {
        return text.len();
    }
    let lines = text.split_inclusive('\n').take(error.line() - 1);
    let before: usize = lines.map(str::len).sum();
    let at = (before + error.column().saturating_sub(1)).min(text.len());
    (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// A fenced block.
struct Block<'t> {
    language: &'t str,
    /// Range of its lines, without the fences.
    content: Range<usize>,
}

impl Block<'_> {
    /// Whether a value is part of code in another language. A block that contains only the value is
    /// JSON, whatever its language tag.
    fn has_as_code(&self, text: &str, span: &Range<usize>) -> bool {
        let is_inside = span.end <= self.content.end;
        let is_json = ["", "json", "json5", "jsonc", "jsonl"]
            .iter()
            .any(|name| self.language.eq_ignore_ascii_case(name));
        is_inside && !is_json && text[self.content.clone()].trim() != &text[span.clone()]
    }
}

/// The fenced blocks of a text; the last may be open. No line of a JSON value begins with a fence.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, Block<'_>)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let begin = at;
        at += line.len();
        let line = line.trim();
        let info = line.trim_start_matches(['`', '~']);
        let fence = &line[..line.len() - info.len()];
        open = match open.take() {
            Some((opening, block)) if info.is_empty() && fence.starts_with(opening) => {
                let content = block.content.start..begin;
                blocks.push(Block { content, ..block });
                None
            }
            None if fence.len() >= 3 && !info.contains('`') => {
                let language = info.split_whitespace().next().unwrap_or_default();
                let content = at..text.len();
                Some((fence, Block { language, content }))
            }
            other => other,
        };
    }
    blocks.extend(open.map(|(_, block)| block));
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use recipe_core::document::SyntaxErrorKind;
    use serde_json::json;

    #[test]
    fn json_is_found_anywhere_in_a_response() {
        for response in [
            r#"{"a": "```"}"#,
            "```json\n{\"a\": \"```\"}\n```",
            "```\n{\"a\": \"```\"}\n```\nHope this helps!",
            r#"Sure: {"a": "```"}. Anything else?"#,
        ] {
            assert_eq!(
                json_values(response),
                Ok(vec![Ok(json!({"a": "```"}))]),
                "{response}"
            );
        }
        assert_eq!(json_values("Sure: [1, 2]"), Ok(vec![Ok(json!([1, 2]))]));
        assert_eq!(json_values("[-0]"), Ok(vec![Ok(json!([0]))]));
        assert!(json_values("{").is_err() && json_values("no").is_err());
    }

    #[test]
    fn an_integer_out_of_range_is_reported_with_its_position() {
        for (response, range) in [
            (
                "Sure:\nso [99999999999999999999]",
                "line 2, column 5: integer out of range: 99999999999999999999",
            ),
            (
                "```json\n{\n\"id\": -12345678901234567890123}\n```",
                "line 3, column 7: integer out of range: -12345678901234567890123",
            ),
        ] {
            let values = json_values(response).unwrap();
            let [Err(error)] = &values[..] else {
                panic!("{values:?}")
            };
            assert_eq!(error.kind, SyntaxErrorKind::IntegerOutOfRange);
            assert_eq!(error.to_string(), range);
        }
        let error = json_values("{\"id\": 12345678901234567890123}").unwrap();
        assert!(error[0].is_err());
    }
}
