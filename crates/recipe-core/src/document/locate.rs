//! From a place in a parsed document back to its line and column in the text.
//!
//! Parsed JSON knows no positions. They are looked up only when there is something to report, by walking the
//! text once more along a pointer.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde_json::value::RawValue;

/// A line and a column in a document, both counted from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Position {
    pub(super) fn of_offset(text: &str, offset: usize) -> Self {
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A place in a parsed document: the keys and indexes that lead to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pointer(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Key(String),
    Index(usize),
}

impl Pointer {
    pub(crate) fn key(&self, key: &str) -> Self {
        self.with(Segment::Key(key.to_owned()))
    }

    pub(crate) fn index(&self, index: usize) -> Self {
        self.with(Segment::Index(index))
    }

    /// Follows the path that a failed deserialization reports.
    pub(crate) fn follow(&self, path: &serde_path_to_error::Path) -> Self {
        path.iter()
            .fold(self.clone(), |pointer, segment| match segment {
                serde_path_to_error::Segment::Seq { index } => pointer.index(*index),
                serde_path_to_error::Segment::Map { key } => pointer.key(key),
                _ => pointer,
            })
    }

    /// This pointer, then the other one.
    pub(crate) fn join(&self, then: &Self) -> Self {
        Self(self.0.iter().chain(&then.0).cloned().collect())
    }

    /// The pointer without its first part.
    pub(crate) fn without_first(&self) -> Self {
        Self(self.0.iter().skip(1).cloned().collect())
    }

    fn with(&self, segment: Segment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }
}

/// The text a recipe was parsed from, kept for reporting.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SourceText {
    pub(crate) text: Arc<str>,
    /// The part of the text that is the recipe: all of it but for Markdown.
    pub(crate) document: Range<usize>,
    /// The whole document is the list of steps.
    pub(crate) bare_list: bool,
}

impl SourceText {
    /// The pointer to the list of steps.
    pub(crate) fn steps(&self) -> Pointer {
        if self.bare_list {
            Pointer::default()
        } else {
            Pointer::default().key("steps")
        }
    }

    /// Where the value lies that `pointer` leads to, or the innermost value on the way that exists. For a
    /// value in an object that is the place of its key.
    pub(crate) fn position(&self, pointer: &Pointer) -> Option<Position> {
        let document = &self.text[self.document.clone()];
        let mut current: &RawValue = serde_json::from_str(document).ok()?;
        let mut offset = offset_in(document, current.get());
        for segment in &pointer.0 {
            let text = current.get();
            let next = match segment {
                Segment::Key(key) => serde_json::from_str::<HashMap<String, &RawValue>>(text)
                    .ok()
                    .and_then(|map| map.get(key).copied()),
                Segment::Index(index) => serde_json::from_str::<Vec<&RawValue>>(text)
                    .ok()
                    .and_then(|list| list.get(*index).copied()),
            };
            let Some(next) = next else { break };
            offset = offset_in(document, next.get());
            if let Segment::Key(key) = segment {
                offset = key_before(document, offset, key).unwrap_or(offset);
            }
            current = next;
        }
        Some(Position::of_offset(
            &self.text,
            self.document.start + offset,
        ))
    }
}

/// The offset of a part of a text, which is known to be borrowed from it.
fn offset_in(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize)
        .saturating_sub(text.as_ptr() as usize)
        .min(text.len())
}

/// The offset of the key whose value starts at `value`.
fn key_before(text: &str, value: usize, key: &str) -> Option<usize> {
    let quoted = serde_json::to_string(key).ok()?;
    text[..value].rfind(&quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> SourceText {
        SourceText {
            text: text.into(),
            document: 0..text.len(),
            bare_list: false,
        }
    }

    #[test]
    fn a_key_and_an_item_are_found_by_line_and_column() {
        let source = source("{\n  \"é\": 1, \"steps\": [\n    {\"type\": \"x\"}, 7\n  ]\n}");
        let steps = source.steps();
        let at = |pointer: &Pointer| source.position(pointer).unwrap().to_string();
        assert_eq!(at(&steps), "line 2, column 11");
        assert_eq!(at(&steps.index(0).key("type")), "line 3, column 6");
        assert_eq!(at(&steps.index(1)), "line 3, column 20");
        assert_eq!(at(&steps.index(0).key("gone").index(3)), "line 3, column 5");
    }
}
