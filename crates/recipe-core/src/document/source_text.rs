//! Source texts of recipes: from a pointer to the line and column.
//!
//! A parsed document has no positions. They are determined by parsing the text again, only if there
//! is a problem to report.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::format::Format;
use super::pointer::{Pointer, Segment};
use super::position::Position;
use super::value_span::{Inside, ValueSpan};
use super::yaml::{self, PlainScalar};

/// The source text of a recipe, kept for reports.
#[derive(Debug, Clone)]
pub(crate) struct SourceText {
    text: Arc<str>,
    /// Range of the recipe in the text: all of it, except in Markdown.
    document: Range<usize>,
    format: Format,
    /// Whether the whole document is the list of steps.
    pub(crate) bare_list: bool,
    spans: OnceLock<Arc<Spans>>,
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
            spans: OnceLock::new(),
        }
    }

    /// Returns the pointer to the list of steps.
    pub(crate) fn steps(&self) -> Pointer {
        if self.bare_list {
            Pointer::default()
        } else {
            Pointer::default().key("steps")
        }
    }

    /// Returns the range to report for the value at `pointer`, in bytes of the text. If the value
    /// does not exist, the range is the holder of the innermost existing one.
    pub(crate) fn span(&self, pointer: &Pointer, target: Target) -> Range<usize> {
        let mut current = self.spans().root.as_ref();
        let mut whole = true;
        for segment in pointer.segments() {
            let next = match (segment, current.map(|place| &place.inside)) {
                (Segment::Key(key), Some(Inside::Object(entries))) => entries.get(key),
                (Segment::Index(index), Some(Inside::List(items))) => items.get(*index),
                _ => None,
            };
            let Some(next) = next else {
                whole = false;
                break;
            };
            current = Some(next);
        }
        // An empty document has no value.
        let Some(place) = current else {
            return self.document.start..self.document.start;
        };
        let span = match target {
            Target::Key => place.key.clone().unwrap_or(place.span.clone()),
            Target::Value if whole => place.span.clone(),
            Target::Value | Target::Holder => place.holder(&self.text[self.document.clone()]),
        };
        self.document.start + span.start..self.document.start + span.end
    }

    /// Returns the unquoted scalars of a YAML document.
    pub(crate) fn plain_scalars(&self) -> Vec<PlainScalar> {
        if self.format != Format::Yaml {
            return Vec::new();
        }
        let mut found = yaml::plain_scalars(&self.text[self.document.clone()]);
        for scalar in &mut found {
            scalar.span.start += self.document.start;
            scalar.span.end += self.document.start;
        }
        found
    }

    /// Returns duplicate keys with the range of the last one.
    pub(crate) fn duplicate_keys(&self) -> Vec<(String, Range<usize>)> {
        let mut found = Vec::new();
        if let Some(root) = &self.spans().root {
            root.duplicates(&mut found);
        }
        for (_, span) in &mut found {
            *span = self.document.start + span.start..self.document.start + span.end;
        }
        found.sort_by_key(|(_, span)| span.start);
        found
    }

    /// Returns the position of an offset in the text.
    pub(crate) fn position(&self, offset: usize) -> Position {
        let lines = &self.spans().lines;
        let line = lines.partition_point(|start| *start <= offset);
        let line_start = lines[line - 1];
        Position {
            line,
            column: self.text[line_start..offset].chars().count() + 1,
        }
    }

    fn spans(&self) -> &Spans {
        self.spans.get_or_init(|| Arc::new(self.find_spans()))
    }

    fn find_spans(&self) -> Spans {
        let document = &self.text[self.document.clone()];
        let starts = self.text.match_indices('\n').map(|(at, _)| at + 1);
        Spans {
            root: match self.format {
                Format::Yaml => yaml::value_spans(document),
                Format::Json | Format::Markdown => serde_json::from_str(document)
                    .ok()
                    .map(|root| ValueSpan::from_json(document, root)),
            },
            lines: std::iter::once(0).chain(starts).collect(),
        }
    }
}

/// Equality of the text; cached spans do not matter.
impl PartialEq for SourceText {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.document == other.document
    }
}

/// Spans of all values in a document.
#[derive(Debug)]
struct Spans {
    root: Option<ValueSpan>,
    /// Offsets of line starts.
    lines: Vec<usize>,
}

/// Part of an entry to point at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Key,
    Value,
    /// The best place for a missing member.
    Holder,
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
        let at = |pointer: &Pointer, target| {
            let span = source.span(pointer, target);
            format!("{}: {}", source.position(span.start), &source.text[span])
        };
        assert_eq!(at(&steps, Target::Key), "line 2, column 11: \"steps\"");
        let kind = steps.index(0).key("type");
        assert_eq!(at(&kind, Target::Key), "line 3, column 6: \"type\"");
        assert_eq!(at(&kind, Target::Value), "line 3, column 14: \"x\"");
        assert_eq!(at(&steps.index(1), Target::Value), "line 3, column 20: 7");
        let gone = steps.index(0).key("gone").index(3);
        assert_eq!(at(&gone, Target::Value), "line 3, column 14: \"x\"");
    }

    #[test]
    fn a_yaml_object_is_marked_at_its_first_character() {
        let text = "- é: 1\n";
        let source = SourceText::new(text.into(), 0..text.len(), Format::Yaml, true);
        let step = source.steps().index(0);
        assert_eq!(&text[source.span(&step, Target::Holder)], "é");
    }

    #[test]
    fn duplicate_keys_are_found() {
        let source = source(r#"{"steps": [{"a": {"a\u0062": 1, "ab" : 2}}], "é\"": 1, "é\"": 2}"#);
        let keys: Vec<_> = source
            .duplicate_keys()
            .into_iter()
            .map(|(key, span)| (key, &source.text[span]))
            .collect();
        let expected = [("ab".to_owned(), "\"ab\""), ("é\"".to_owned(), r#""é\"""#)];
        assert_eq!(keys, expected);
    }
}
