//! From a place in a parsed document back to its line and column in the text.
//!
//! A parsed document knows no positions. They are found only when there is something to report, by reading the text
//! once more.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::format::Format;
use super::yaml::{self, PlainScalar};

/// A line and a column in a document, both counted from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a place in a text is a line and a column"
)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Position {
    /// The line and column of a byte in a text.
    ///
    /// # Panics
    /// When the offset is beyond the text or inside a character.
    pub fn of_offset(text: &str, offset: usize) -> Self {
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// Where the place is in a text, in bytes; the end of the text where it has no such place.
    pub fn offset_in(self, text: &str) -> usize {
        let lines = text.split_inclusive('\n').take(self.line.saturating_sub(1));
        let line_start: usize = lines.map(str::len).sum();
        let in_line = text[line_start..]
            .char_indices()
            .nth(self.column.saturating_sub(1));
        in_line.map_or(text.len(), |(at, _)| line_start + at)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A place in a parsed document: the keys and indexes that lead to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Pointer(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Segment {
    Key(String),
    Index(usize),
}

impl Pointer {
    /// The place below this one under a key.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.with(Segment::Key(key.to_owned()))
    }

    /// The place below this one in a list.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Segment::Index(index))
    }

    /// Goes on along a path such as `files[0].path`.
    pub(crate) fn path(&self, path: &str) -> Self {
        let parts = path.split(['.', '[']).filter(|part| !part.is_empty());
        parts.fold(self.clone(), |at, part| match part.strip_suffix(']') {
            Some(index) => index.parse().map_or(at.key(part), |index| at.index(index)),
            None => at.key(part),
        })
    }

    /// Whether this is the place at `outer` or below it.
    pub(super) fn is_within(&self, outer: &Self) -> bool {
        self.0.starts_with(&outer.0)
    }

    /// The key it ends with, if it does.
    pub(crate) fn last_key(&self) -> Option<&str> {
        match self.0.last() {
            Some(Segment::Key(key)) => Some(key),
            _ => None,
        }
    }

    /// Whether it leads to a field of the object it begins at.
    pub(crate) fn is_one_key(&self) -> bool {
        matches!(&self.0[..], [Segment::Key(_)])
    }

    /// This pointer, then the other one.
    #[must_use]
    pub fn join(&self, then: &Self) -> Self {
        Self(self.0.iter().chain(&then.0).cloned().collect())
    }

    /// The place as RFC 6901 writes it: `/files/0/path`.
    pub fn to_json_pointer(&self) -> String {
        let segments = self.0.iter().map(|segment| match segment {
            Segment::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Index(index) => format!("/{index}"),
        });
        segments.collect()
    }

    fn with(&self, segment: Segment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }
}

/// `files[0].path`
impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if position == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
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

    /// What to point at for something that `pointer` leads to, in bytes of the text. Where it does not exist, that is
    /// what best stands for the innermost value on the way that does.
    pub(crate) fn span(&self, pointer: &Pointer, target: Target) -> Range<usize> {
        let mut current = self.known_places().root.as_ref();
        let mut whole = true;
        for segment in &pointer.0 {
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
        // An empty document has no value to stand anywhere.
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

    /// The scalars that stand without quotes, if it is YAML.
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

    /// Keys that stand twice in one object, the second time.
    pub(crate) fn duplicate_keys(&self) -> Vec<(String, Range<usize>)> {
        let mut found = Vec::new();
        if let Some(root) = &self.known_places().root {
            root.duplicates(&mut found);
        }
        for (_, span) in &mut found {
            *span = self.document.start + span.start..self.document.start + span.end;
        }
        found.sort_by_key(|(_, span)| span.start);
        found
    }

    /// The line and column of an offset in the text.
    pub(crate) fn position(&self, offset: usize) -> Position {
        let lines = &self.known_places().lines;
        let line = lines.partition_point(|start| *start <= offset);
        let line_start = lines[line - 1];
        Position {
            line,
            column: self.text[line_start..offset].chars().count() + 1,
        }
    }

    fn known_places(&self) -> &Places {
        self.places.get_or_init(|| Arc::new(self.places()))
    }

    fn places(&self) -> Places {
        let document = &self.text[self.document.clone()];
        let starts = self.text.match_indices('\n').map(|(at, _)| at + 1);
        Places {
            root: match self.format {
                Format::Yaml => yaml::places(document),
                Format::Json | Format::Markdown => serde_json::from_str(document)
                    .ok()
                    .map(|root| Place::of(document, root)),
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

/// What of an entry to point at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Key,
    Value,
    /// What best stands for a value that lacks something.
    Holder,
}

/// Where a value stands, and its key if it has one, and where the values in it do.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) key: Option<Range<usize>>,
    pub(super) span: Range<usize>,
    pub(super) inside: Inside,
    /// Keys that stand in here for the second time.
    again: Vec<(String, Range<usize>)>,
}

#[derive(Debug)]
pub(super) enum Inside {
    Nothing,
    List(Vec<Place>),
    Object(HashMap<String, Place>),
}

impl Place {
    pub(super) fn new(span: Range<usize>, inside: Inside) -> Self {
        Self {
            key: None,
            span,
            inside,
            again: Vec::new(),
        }
    }

    /// Adds an entry to an object.
    pub(super) fn insert(&mut self, key: String, place: Self) {
        if let Inside::Object(entries) = &mut self.inside {
            let span = place.key.clone();
            if entries.insert(key.clone(), place).is_some()
                && let Some(span) = span
            {
                self.again.push((key, span));
            }
        }
    }

    /// The place of a value, which is a part of `document`.
    fn of(document: &str, value: &RawValue) -> Self {
        let text = value.get();
        let start = offset_in(document, text);
        let mut place = Self::new(start..start + text.len(), Inside::Nothing);
        match text.as_bytes().first() {
            Some(b'[') => {
                if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(text) {
                    let items = items.into_iter().map(|item| Self::of(document, item));
                    place.inside = Inside::List(items.collect());
                }
            }
            Some(b'{') => {
                place.inside = Inside::Object(HashMap::new());
                if let Ok(Entries(entries)) = serde_json::from_str(text) {
                    for (key, value) in entries {
                        let mut entry = Self::of(document, value);
                        let between = &document[start..entry.span.start];
                        entry.key =
                            key_at_end(between, &key).map(|key| start + key.start..start + key.end);
                        place.insert(key, entry);
                    }
                }
            }
            _ => {}
        }
        place
    }

    /// The type of a step, else the key of a value, else the character that a value begins with: without brackets around
    /// it, that may be any.
    fn holder(&self, document: &str) -> Range<usize> {
        let step_type = match &self.inside {
            Inside::Object(entries) => entries.get("type").map(|kind| &kind.span),
            _ => None,
        };
        let first = document[self.span.clone()].chars().next();
        let first = self.span.start..self.span.start + first.map_or(0, char::len_utf8);
        step_type.or(self.key.as_ref()).cloned().unwrap_or(first)
    }

    fn duplicates(&self, found: &mut Vec<(String, Range<usize>)>) {
        found.extend(self.again.iter().cloned());
        match &self.inside {
            Inside::Nothing => {}
            Inside::List(items) => items.iter().for_each(|item| item.duplicates(found)),
            Inside::Object(entries) => entries.values().for_each(|entry| entry.duplicates(found)),
        }
    }
}

/// The entries of an object as they stand in the text, keys that stand twice included.
struct Entries<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl<'de> Visitor<'de> for Visit {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Visit)
    }
}

/// Where the key stands whose value begins behind `text`.
fn key_at_end(text: &str, key: &str) -> Option<Range<usize>> {
    let end = text.rfind('"')? + 1;
    // With escapes in it, a key is longer in the text than it is.
    let written = serde_json::to_string(key).ok()?;
    let start = match end.checked_sub(written.len()) {
        Some(start) if text.get(start..end) == Some(&written) => start,
        _ => text[..end - 1].rfind('"')?,
    };
    Some(start..end)
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
    fn of_a_yaml_object_the_whole_first_character_is_pointed_at() {
        let text = "- é: 1\n";
        let source = SourceText::new(text.into(), 0..text.len(), Format::Yaml, true);
        let step = source.steps().index(0);
        assert_eq!(&text[source.span(&step, Target::Holder)], "é");
    }

    #[test]
    fn keys_that_stand_twice_are_found() {
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
