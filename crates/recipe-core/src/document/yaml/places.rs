//! Places of all values in a document that has been read before.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, ScalarStyle};

use super::reader::{parser, range, written};
use crate::document::locate::{Inside, Place};

/// The place of the document. What an alias repeats is found at the alias, and what a merge key brings in is not found.
pub(in crate::document) fn places(text: &str) -> Option<Place> {
    let mut open: Vec<Open> = Vec::new();
    for event in parser(text) {
        let (event, span) = event.ok()?;
        let span = range(&span);
        let (part, key) = match event {
            Event::SequenceStart(..) => {
                open.push(Open::new(span.start, Inside::List(Vec::new())));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::new(span.start, Inside::Object(HashMap::new())));
                continue;
            }
            Event::Scalar(text, style, _, tag) => {
                let text = written(&text, style, &span);
                let is_plain = style == ScalarStyle::Plain && tag.is_none();
                // An empty document before the one with content.
                if open.is_empty() && is_plain && span.is_empty() {
                    continue;
                }
                let key = match is_plain && text == "<<" {
                    true => Key::Merge,
                    false => Key::Named(text.to_owned()),
                };
                (Place::new(span, Inside::Nothing), key)
            }
            Event::Alias(_) => (Place::new(span, Inside::Nothing), Key::Merge),
            Event::SequenceEnd | Event::MappingEnd => {
                let mut ended = open.pop()?.place;
                // Without brackets, what ends is known when the next thing begins.
                let content = text[ended.span.start..span.end].trim_end();
                ended.span.end = ended.span.start + content.len();
                (ended, Key::Merge)
            }
            _ => continue,
        };
        match open.last_mut() {
            Some(outer) => outer.add(part, key),
            None => return Some(part),
        }
    }
    None
}

/// A part in the place of a key.
enum Key {
    Named(String),
    /// The value of it has no place of its own.
    Merge,
}

/// A list or an object whose end is still to come.
struct Open {
    place: Place,
    /// A key whose value is still to come, and where it stands.
    key: Option<(Key, Range<usize>)>,
}

impl Open {
    fn new(start: usize, inside: Inside) -> Self {
        Self {
            place: Place::new(start..start, inside),
            key: None,
        }
    }

    /// Adds an item, or in turn a key and its value.
    fn add(&mut self, mut part: Place, key: Key) {
        match &mut self.place.inside {
            Inside::Nothing => {}
            Inside::List(items) => items.push(part),
            Inside::Object(_) => match self.key.take() {
                None => self.key = Some((key, part.span)),
                Some((Key::Named(key), span)) => {
                    part.key = Some(span);
                    self.place.insert(key, part);
                }
                Some((Key::Merge, _)) => {}
            },
        }
    }
}
