//! Spans of all values in a valid document.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, ScalarStyle};

use super::reader::{parser, range, written};
use crate::document::value_span::{Inside, ValueSpan};

/// Returns the spans of a document. A value repeated by an alias has the span of the alias; members
/// from a merge key have none.
pub(in crate::document) fn value_spans(text: &str) -> Option<ValueSpan> {
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
                // An empty document precedes the one with content.
                if open.is_empty() && is_plain && span.is_empty() {
                    continue;
                }
                let key = match is_plain && text == "<<" {
                    true => Key::Merge,
                    false => Key::Named(text.to_owned()),
                };
                (ValueSpan::new(span, Inside::Nothing), key)
            }
            Event::Alias(_) => (ValueSpan::new(span, Inside::Nothing), Key::Merge),
            Event::SequenceEnd | Event::MappingEnd => {
                let mut ended = open.pop()?.value;
                // Without brackets, the end is known only when the next value begins.
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

/// A part in key position.
enum Key {
    Named(String),
    /// Its value has no span of its own.
    Merge,
}

/// An open list or object.
struct Open {
    value: ValueSpan,
    /// A key that waits for its value, with its span.
    key: Option<(Key, Range<usize>)>,
}

impl Open {
    fn new(start: usize, inside: Inside) -> Self {
        Self {
            value: ValueSpan::new(start..start, inside),
            key: None,
        }
    }

    /// Adds an item, or alternately a key and its value.
    fn add(&mut self, mut part: ValueSpan, key: Key) {
        match &mut self.value.inside {
            Inside::Nothing => {}
            Inside::List(items) => items.push(part),
            Inside::Object(_) => match self.key.take() {
                None => self.key = Some((key, part.span)),
                Some((Key::Named(key), span)) => {
                    part.key = Some(span);
                    self.value.insert(key, part);
                }
                Some((Key::Merge, _)) => {}
            },
        }
    }
}
