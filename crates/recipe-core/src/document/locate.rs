//! From a place in a parsed document back to its line and column in the text.
//!
//! A parsed document knows no positions. They are found only when there is something to report, by reading the text
//! once more.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde_json::value::RawValue;

use super::format::Format;
use super::yaml;

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
#[derive(Debug, Clone)]
pub(crate) struct SourceText {
    text: Arc<str>,
    /// The part of the text that is the recipe: all of it but for Markdown.
    document: Range<usize>,
    format: Format,
    /// The whole document is the list of steps.
    pub(crate) bare_list: bool,
    places: OnceLock<Arc<Places>>,
}

impl SourceText {
    pub(super) fn new(
        text: Arc<str>,
        document: Range<usize>,
        format: Format,
        bare_list: bool,
    ) -> Self {
        Self {
            text,
            document,
            format,
            bare_list,
            places: OnceLock::new(),
        }
    }

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
    pub(crate) fn position(&self, pointer: &Pointer) -> Position {
        let places = self.places.get_or_init(|| Arc::new(self.places()));
        let mut current = places.root.as_ref();
        for segment in &pointer.0 {
            let next = match (segment, current.map(|place| &place.inside)) {
                (Segment::Key(key), Some(Inside::Object(entries))) => entries.get(key),
                (Segment::Index(index), Some(Inside::List(items))) => items.get(*index),
                _ => None,
            };
            let Some(next) = next else { break };
            current = Some(next);
        }
        // An empty document has no value to stand anywhere.
        let offset = self.document.start + current.map_or(0, |place| place.offset);
        let line = places.lines.partition_point(|start| *start <= offset);
        let line_start = places.lines[line - 1];
        Position {
            line,
            column: self.text[line_start..offset].chars().count() + 1,
        }
    }

    fn places(&self) -> Places {
        let document = &self.text[self.document.clone()];
        let starts = self.text.match_indices('\n').map(|(at, _)| at + 1);
        Places {
            root: match self.format {
                Format::Yaml => yaml::places(document),
                Format::Json | Format::Markdown => serde_json::from_str(document)
                    .ok()
                    .map(|root| Place::of(document, root, None)),
            },
            lines: std::iter::once(0).chain(starts).collect(),
        }
    }
}

/// The same text is the same recipe; what is known of its places does not matter.
impl PartialEq for SourceText {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.document == other.document
    }
}

/// Where everything in a document stands.
#[derive(Debug)]
struct Places {
    root: Option<Place>,
    /// The offsets at which lines begin.
    lines: Vec<usize>,
}

/// Where a value stands, its key first if it has one, and where the values in it do.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) offset: usize,
    pub(super) inside: Inside,
}

#[derive(Debug)]
pub(super) enum Inside {
    Nothing,
    List(Vec<Place>),
    Object(HashMap<String, Place>),
}

impl Place {
    /// The place of a value, which is a part of `document`; `key` is its key, and where the object begins.
    fn of(document: &str, value: &RawValue, key: Option<(&str, usize)>) -> Self {
        let text = value.get();
        let start = offset_in(document, text);
        let key = key.and_then(|(key, object)| {
            let quoted = serde_json::to_string(key).ok()?;
            Some(object + document[object..start].rfind(&quoted)?)
        });
        Self {
            offset: key.unwrap_or(start),
            inside: match text.as_bytes().first() {
                Some(b'[') => match serde_json::from_str::<Vec<&RawValue>>(text) {
                    Ok(items) => Inside::List(
                        items
                            .into_iter()
                            .map(|item| Self::of(document, item, None))
                            .collect(),
                    ),
                    Err(_) => Inside::Nothing,
                },
                Some(b'{') => match serde_json::from_str::<HashMap<String, &RawValue>>(text) {
                    Ok(entries) => Inside::Object(
                        entries
                            .into_iter()
                            .map(|(key, value)| {
                                let place = Self::of(document, value, Some((&key, start)));
                                (key, place)
                            })
                            .collect(),
                    ),
                    Err(_) => Inside::Nothing,
                },
                _ => Inside::Nothing,
            },
        }
    }
}

/// The offset of a part of a text, which is known to be borrowed from it.
fn offset_in(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize)
        .saturating_sub(text.as_ptr() as usize)
        .min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> SourceText {
        SourceText::new(text.into(), 0..text.len(), Format::Json, false)
    }

    #[test]
    fn a_key_and_an_item_are_found_by_line_and_column() {
        let source = source("{\n  \"é\": 1, \"steps\": [\n    {\"type\": \"x\"}, 7\n  ]\n}");
        let steps = source.steps();
        let at = |pointer: &Pointer| source.position(pointer).to_string();
        assert_eq!(at(&steps), "line 2, column 11");
        assert_eq!(at(&steps.index(0).key("type")), "line 3, column 6");
        assert_eq!(at(&steps.index(1)), "line 3, column 20");
        assert_eq!(at(&steps.index(0).key("gone").index(3)), "line 3, column 5");
    }
}
