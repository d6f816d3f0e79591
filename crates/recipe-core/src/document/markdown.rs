//! Recipes in Markdown: finds the ```` ```json ```` block. Later blocks may hold data, but not a
//! second recipe.
//!
//! Blocks begin and end as in CommonMark: with at least three backticks or tildes, closed by at
//! least as many of the same. A block inside another block does not count.

use std::ops::Range;

use serde_json::Value;

/// Error of a Markdown text without a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkdownError {
    /// No block is JSON.
    NoJsonBlock,
    /// The block at this offset is not closed.
    Unclosed(usize),
    /// A second block of JSON begins at this offset.
    SecondJsonBlock(usize),
}

/// An open block.
struct Block<'t> {
    /// Offset of its fence.
    fence_at: usize,
    fence: &'t str,
    is_json: bool,
    /// Offset of its content.
    start: usize,
}

/// Returns the range of the content of the ```` ```json ```` block.
pub(super) fn json_block(text: &str) -> Result<Range<usize>, MarkdownError> {
    let mut found = None;
    let mut open: Option<Block<'_>> = None;
    let mut offset = 0;
    for whole_line in text.split_inclusive('\n') {
        let next = offset + whole_line.len();
        let line = whole_line.trim_start_matches(['\u{feff}', ' ', '\t']);
        let fence_at = next - line.len();
        let (fence, info) = line.split_at(fence_length(line));
        match open.take() {
            Some(block) if !block.is_closed_by(fence, info) => open = Some(block),
            Some(block) if block.is_json && found.is_some() => {
                if may_be_recipe(&text[block.start..offset]) {
                    return Err(MarkdownError::SecondJsonBlock(block.fence_at));
                }
            }
            Some(block) if block.is_json => found = Some(block.start..offset),
            Some(_) => {}
            // Backticks within a line do not open a block.
            None if fence.is_empty() || (fence.starts_with('`') && info.contains('`')) => {}
            None => {
                let language = info.split_whitespace().next().unwrap_or_default();
                open = Some(Block {
                    fence_at,
                    fence,
                    is_json: language.eq_ignore_ascii_case("json"),
                    start: next,
                });
            }
        }
        offset = next;
    }
    match open {
        Some(block) => Err(MarkdownError::Unclosed(block.fence_at)),
        None => found.ok_or(MarkdownError::NoJsonBlock),
    }
}

/// Whether a second block could be a recipe: data beside a recipe has no steps.
fn may_be_recipe(json: &str) -> bool {
    match serde_json::from_str::<Value>(json) {
        Ok(Value::Object(fields)) => fields.contains_key("steps"),
        Ok(Value::Array(_)) | Err(_) => true,
        Ok(_) => false,
    }
}

impl Block<'_> {
    fn is_closed_by(&self, fence: &str, info: &str) -> bool {
        fence.starts_with(self.fence) && info.trim().is_empty()
    }
}

/// Returns the length of the fence at the start of a line, in bytes.
fn fence_length(line: &str) -> usize {
    let sign = line.chars().next().filter(|sign| matches!(sign, '`' | '~'));
    let length = sign.map_or(0, |sign| line.len() - line.trim_start_matches(sign).len());
    if length < 3 { 0 } else { length }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Result<&str, MarkdownError> {
        json_block(text).map(|range| &text[range])
    }

    #[test]
    fn the_json_block_is_found_among_others() {
        for (text, json) in [
            ("# T\n```sh\nls\n```\n```json\n{}\n```\n", "{}\n"),
            ("```json\n[]\n```", "[]\n"),
            ("\u{feff}```json\n[]\n```", "[]\n"),
            ("```JSON\r\n[]\r\n```\r\n", "[]\r\n"),
            ("``` json title=\"recipe\"\n[]\n```\n", "[]\n"),
            ("~~~json\n[]\n~~~\n", "[]\n"),
            ("````json\n```\n[]\n````\n", "```\n[]\n"),
            ("```json\n[]\n`````\n", "[]\n"),
            ("- a list\n    ```json\n    []\n    ```\n", "    []\n"),
            ("```json\n~~~\n```\n", "~~~\n"),
            ("```jsonc\n1\n```\n```json\n2\n```\n", "2\n"),
            ("In a line: ```json [] ```\n```json\n2\n```\n", "2\n"),
            ("```json [] ```\n```json\n2\n```\n", "2\n"),
            ("```json\n```\n", ""),
        ] {
            assert_eq!(found(text), Ok(json), "{text}");
        }
    }

    #[test]
    fn a_block_inside_another_does_not_count() {
        let text = "````markdown\n```json\n1\n```\n````\n";
        assert_eq!(found(text), Err(MarkdownError::NoJsonBlock));
        assert_eq!(found(&format!("{text}```json\n2\n```\n")), Ok("2\n"));
        assert_eq!(
            found(&format!(
                "~~~\n```json\n1\n```\n~~~\n{text}```json\n2\n```\n"
            )),
            Ok("2\n")
        );
    }

    #[test]
    fn an_unclosed_block_is_reported_at_its_start() {
        for (text, at) in [
            ("```json\n[1", 0),
            ("# T\n  ```json\n[1]\n``\n", 6),
            ("```json\n[1]\n~~~\n", 0),
            ("````json\n[1]\n```\n", 0),
            ("```json\n[1]\n```json\n", 0),
            ("```json\n1\n```\n```sh\nls\n", 14),
        ] {
            assert_eq!(found(text), Err(MarkdownError::Unclosed(at)), "{text}");
        }
    }

    #[test]
    fn a_second_json_block_is_reported_at_its_start() {
        for text in [
            "```json\n{}\n```\n```json\n[]\n```\n",
            "```json\n{}\n```\n~~~JSON\n[]\n~~~\n",
            "```json\n{}\n```\n````json x\n[]\n````\n",
        ] {
            assert_eq!(
                found(text),
                Err(MarkdownError::SecondJsonBlock(15)),
                "{text}"
            );
        }
    }
}
