//! Spans of the values in a document.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Span of a value, of its key if it has one, and of the values inside.
#[derive(Debug)]
pub(super) struct ValueSpan {
    pub(super) key: Option<Range<usize>>,
    pub(super) span: Range<usize>,
    pub(super) inside: Inside,
    /// Duplicate keys of this object.
    duplicates: Vec<(String, Range<usize>)>,
}

#[derive(Debug)]
pub(super) enum Inside {
    Nothing,
    List(Vec<ValueSpan>),
    Object(HashMap<String, ValueSpan>),
}

impl ValueSpan {
    pub(super) fn new(span: Range<usize>, inside: Inside) -> Self {
        Self {
            key: None,
            span,
            inside,
            duplicates: Vec::new(),
        }
    }

    /// Adds a member to an object.
    pub(super) fn insert(&mut self, key: String, place: Self) {
        if let Inside::Object(entries) = &mut self.inside {
            let span = place.key.clone();
            if entries.insert(key.clone(), place).is_some()
                && let Some(span) = span
            {
                self.duplicates.push((key, span));
            }
        }
    }

    /// Returns the spans of a value, which is a part of `document`.
    pub(super) fn from_json(document: &str, value: &RawValue) -> Self {
        let text = value.get();
        let start = offset_in(document, text);
        let mut place = Self::new(start..start + text.len(), Inside::Nothing);
        match text.as_bytes().first() {
            Some(b'[') => {
                if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(text) {
                    let items = items
                        .into_iter()
                        .map(|item| Self::from_json(document, item));
                    place.inside = Inside::List(items.collect());
                }
            }
            Some(b'{') => {
                place.inside = Inside::Object(HashMap::new());
                if let Ok(Entries(entries)) = serde_json::from_str(text) {
                    for (key, value) in entries {
                        let mut entry = Self::from_json(document, value);
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

    /// Returns the span of a step's type, else of the value's key, else of its first character,
    /// which without brackets may be any.
    pub(super) fn holder(&self, document: &str) -> Range<usize> {
        let step_type = match &self.inside {
            Inside::Object(entries) => entries.get("type").map(|kind| &kind.span),
            _ => None,
        };
        let first = document[self.span.clone()].chars().next();
        let first = self.span.start..self.span.start + first.map_or(0, char::len_utf8);
        step_type.or(self.key.as_ref()).cloned().unwrap_or(first)
    }

    pub(super) fn duplicates(&self, found: &mut Vec<(String, Range<usize>)>) {
        found.extend(self.duplicates.iter().cloned());
        match &self.inside {
            Inside::Nothing => {}
            Inside::List(items) => items.iter().for_each(|item| item.duplicates(found)),
            Inside::Object(entries) => entries.values().for_each(|entry| entry.duplicates(found)),
        }
    }
}

/// The members of an object in the order of the text, including duplicate keys.
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

/// Returns the range of the key whose value starts after `text`.
fn key_at_end(text: &str, key: &str) -> Option<Range<usize>> {
    let end = text.rfind('"')? + 1;
    // With escapes, a key is longer in the text.
    let written = serde_json::to_string(key).ok()?;
    let start = match end.checked_sub(written.len()) {
        Some(start) if text.get(start..end) == Some(&written) => start,
        _ => text[..end - 1].rfind('"')?,
    };
    Some(start..end)
}

/// Returns the offset of a slice of the text.
fn offset_in(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize)
        .saturating_sub(text.as_ptr() as usize)
        .min(text.len())
}
