//! Recipes in YAML: reading them, and finding places in them.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Parser};
use serde_json::Value;

use super::json::{SyntaxError, SyntaxErrorKind};
use super::locate::{Inside, Place, Position};

/// Reads a document. Anchors and merge keys are resolved; a document that would grow without bounds through them is
/// refused, as are two values under one key.
pub(super) fn parse(text: &str) -> Result<Value, SyntaxError> {
    serde_saphyr::from_str(text).map_err(|error| {
        let place = error.location();
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).max(1);
        SyntaxError {
            position: Position {
                line: place.map_or(1, |place| count(place.line())),
                column: place.map_or(1, |place| count(place.column())),
            },
            message: message(&error.without_snippet().to_string()),
            kind: SyntaxErrorKind::NotJson,
        }
    })
}

/// What the library says, in words for authors; the place is told apart from it.
fn message(said: &str) -> String {
    let said = said.lines().next().unwrap_or("");
    let said = said.split(" at line ").next().unwrap_or(said);
    if said.starts_with("budget breached: Depth") || said == "recursion limit exceeded" {
        return "too many levels in one another".to_owned();
    }
    if said.starts_with("budget breached") {
        return "too much in all, counting what aliases repeat".to_owned();
    }
    if said.starts_with("multiple YAML documents") {
        return "a second document begins, a recipe is one".to_owned();
    }
    match said.split_once(", set DuplicateKeyPolicy") {
        Some((duplicate, _)) => duplicate.to_owned(),
        None => said.to_owned(),
    }
}

/// Where everything stands in a document that has been read before. What an alias repeats is found at the alias.
pub(super) fn places(text: &str) -> Option<Place> {
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.ok()?;
        let span = span.byte_range().unwrap_or(0..0);
        let (part, key) = match event {
            Event::SequenceStart(..) => {
                open.push(Open::new(span.start, Inside::List(Vec::new())));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::new(span.start, Inside::Object(HashMap::new())));
                continue;
            }
            Event::Scalar(text, ..) => (Place::new(span, Inside::Nothing), text.into_owned()),
            Event::Alias(_) => (Place::new(span, Inside::Nothing), String::new()),
            Event::SequenceEnd | Event::MappingEnd => {
                let mut ended = open.pop()?.place;
                // Without brackets, what ends is known when the next thing begins.
                let content = text[ended.span.start..span.end].trim_end();
                ended.span.end = ended.span.start + content.len();
                (ended, String::new())
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

/// A list or an object whose end is still to come.
struct Open {
    place: Place,
    /// A key whose value is still to come, and where it stands.
    key: Option<(String, Range<usize>)>,
}

impl Open {
    fn new(start: usize, inside: Inside) -> Self {
        Self {
            place: Place::new(start..start, inside),
            key: None,
        }
    }

    /// Adds an item, or in turn a key and its value.
    fn add(&mut self, mut part: Place, text: String) {
        match &mut self.place.inside {
            Inside::Nothing => {}
            Inside::List(items) => items.push(part),
            Inside::Object(_) => match self.key.take() {
                None => self.key = Some((text, part.span)),
                Some((key, span)) => {
                    part.key = Some(span);
                    self.place.insert(key, part);
                }
            },
        }
    }
}
