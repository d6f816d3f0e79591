//! Recipes in YAML: reading them, and finding places in them.

use std::collections::HashMap;

use granit_parser::{Event, Parser};
use serde_json::Value;

use super::locate::{Inside, Place, Position};

/// A text that is no YAML, or that is refused.
pub(super) struct YamlError {
    /// Where reading stopped, in the YAML; its beginning where that is not known.
    pub(super) position: Position,
    /// What is wrong there.
    pub(super) message: String,
}

/// Reads a document. Anchors and merge keys are resolved; a document that would grow without bounds through them is
/// refused, as are two values under one key.
pub(super) fn parse(text: &str) -> Result<Value, YamlError> {
    serde_saphyr::from_str(text).map_err(|error| {
        let place = error.location();
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).max(1);
        YamlError {
            position: Position {
                line: place.map_or(1, |place| count(place.line())),
                column: place.map_or(1, |place| count(place.column())),
            },
            message: message(&error.without_snippet().to_string()),
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
        let offset = span.byte_range().map_or(0, |range| range.start);
        let (inside, key) = match event {
            Event::SequenceStart(..) => {
                open.push(Open::new(offset, Inside::List(Vec::new())));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::new(offset, Inside::Object(HashMap::new())));
                continue;
            }
            Event::Scalar(text, ..) => (
                Place {
                    offset,
                    inside: Inside::Nothing,
                },
                text.into_owned(),
            ),
            Event::Alias(_) => (
                Place {
                    offset,
                    inside: Inside::Nothing,
                },
                String::new(),
            ),
            Event::SequenceEnd | Event::MappingEnd => (open.pop()?.place, String::new()),
            _ => continue,
        };
        match open.last_mut() {
            Some(outer) => outer.add(inside, key),
            None => return Some(inside),
        }
    }
    None
}

/// A list or an object whose end is still to come.
struct Open {
    place: Place,
    /// A key whose value is still to come, and where it stands.
    key: Option<(String, usize)>,
}

impl Open {
    fn new(offset: usize, inside: Inside) -> Self {
        Self {
            place: Place { offset, inside },
            key: None,
        }
    }

    /// Adds an item, or in turn a key and its value.
    fn add(&mut self, part: Place, text: String) {
        match &mut self.place.inside {
            Inside::Nothing => {}
            Inside::List(items) => items.push(part),
            Inside::Object(entries) => match self.key.take() {
                None => self.key = Some((text, part.offset)),
                Some((key, offset)) => {
                    let inside = part.inside;
                    entries.insert(key, Place { offset, inside });
                }
            },
        }
    }
}
