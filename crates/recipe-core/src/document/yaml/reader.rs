//! Builds values from the events of the parser.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Span, StructureStyle, Tag};
use serde_json::{Map, Value};

use super::error::{YamlError, YamlErrorKind};
use super::scalar::Scalar;
use super::size::Size;
use super::tag::{CoreTag, Tagged};
use super::template;
use crate::document::exact_value::exact_map;
use crate::document::position::Position;

/// Maximum nesting depth: the same as for JSON.
const MAX_DEPTH: usize = 127;

/// Maximum size of all values repeated by aliases.
const MAX_REPEATED: Size = Size {
    values: 250_000,
    bytes: 64 << 20,
};

/// Maximum size of all values kept for anchors.
const MAX_KEPT: Size = Size {
    values: 1_000_000,
    bytes: 64 << 20,
};

/// Reads the documents of a text.
pub(super) struct Reader<'t> {
    text: &'t str,
    only_one: bool,
    /// The open lists and objects.
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    repeated: Size,
    kept: Size,
    last_scalar: Range<usize>,
    documents: Vec<Value>,
}

/// An error with its byte offset.
struct Wrong {
    at: usize,
    kind: YamlErrorKind,
}

/// An open list or object.
struct Open {
    start: usize,
    /// Whether it is written with brackets.
    in_brackets: bool,
    anchor: usize,
    /// Depth of the lists and objects inside.
    height: usize,
    inside: Inside,
}

enum Inside {
    List(Vec<Value>),
    Object {
        entries: Vec<(String, Value)>,
        /// Offsets of the keys of the entries.
        keys: Vec<usize>,
        /// A key that waits for its value.
        key: Option<Key>,
        /// Members from merge keys.
        merged: Vec<(String, Value)>,
    },
}

struct Key {
    at: usize,
    /// The key; `None` for a merge key.
    name: Option<String>,
}

/// Value of an anchor.
struct Anchored {
    value: Value,
    /// Its text as a key, if it is a scalar.
    name: Option<String>,
    height: usize,
    size: Size,
}

/// Creates a parser that skips comments.
pub(super) fn parser(text: &str) -> impl Iterator<Item = Result<(Event<'_>, Span), ScanError>> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    Parser::new_from_str_with_options(text, options)
}

/// Returns the byte range of an event.
pub(super) fn range(span: &Span) -> Range<usize> {
    span.byte_range().unwrap_or(0..0)
}

/// Returns the text of a scalar. For an empty one, the parser makes up a null.
pub(super) fn written<'s>(text: &'s str, style: ScalarStyle, span: &Range<usize>) -> &'s str {
    match style == ScalarStyle::Plain && span.is_empty() {
        true => "",
        false => text,
    }
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            // Editors on Windows may put a byte order mark first.
            text: text.strip_prefix('\u{feff}').unwrap_or(text),
            only_one: false,
            open: Vec::new(),
            anchors: HashMap::new(),
            repeated: Size::default(),
            kept: Size::default(),
            last_scalar: 0..0,
            documents: Vec::new(),
        }
    }

    /// Reads the document, if there is one, and fails if there are more.
    pub(super) fn one_document(mut self) -> Result<Option<Value>, YamlError> {
        self.only_one = true;
        Ok(self.all_documents()?.pop())
    }

    /// Reads all documents with content.
    pub(super) fn all_documents(mut self) -> Result<Vec<Value>, YamlError> {
        for event in parser(self.text) {
            let read = match event {
                Ok((event, span)) => self.read(&event, &span),
                Err(error) => Err(self.parser_error(&error)),
            };
            read.map_err(|wrong| self.error(wrong))?;
        }
        Ok(self.documents)
    }

    fn read(&mut self, event: &Event<'_>, span: &Span) -> Result<(), Wrong> {
        let at = range(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let text = written(text, *style, &at);
                let tag = core_tag(tag.as_deref(), Tagged::Scalar, span)?;
                let plain = *style == ScalarStyle::Plain;
                self.scalar(&Scalar { text, plain, tag }, *anchor, at)
            }
            Event::SequenceStart(style, anchor, tag) => {
                let tag = core_tag(tag.as_deref(), Tagged::List, span)?;
                if let Some(tag) = tag.filter(|tag| *tag != CoreTag::List) {
                    return Err(Wrong::at(tag_start(span), tag.wrong("a list".to_owned())));
                }
                self.begin(at.start, *style, *anchor, Inside::List(Vec::new()))
            }
            Event::MappingStart(style, anchor, tag) => {
                let tag = core_tag(tag.as_deref(), Tagged::Object, span)?;
                if let Some(tag) = tag.filter(|tag| *tag != CoreTag::Object) {
                    return Err(Wrong::at(
                        tag_start(span),
                        tag.wrong("an object".to_owned()),
                    ));
                }
                self.begin(at.start, *style, *anchor, Inside::object())
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(*anchor, at.start),
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        scalar: &Scalar<'_>,
        anchor: usize,
        at: Range<usize>,
    ) -> Result<(), Wrong> {
        let is_nothing = scalar.plain && scalar.tag.is_none() && at.is_empty();
        if self.open.is_empty() && is_nothing {
            return Ok(());
        }
        self.last_scalar = at.clone();
        let is_key = self.expects_key();
        // As a key, a number out of range is its text.
        let value = match is_key && scalar.tag.is_none() {
            true => Value::Null,
            false => {
                let value = scalar.value();
                value.map_err(|kind| Wrong::at(at.start, kind))?
            }
        };
        if anchor > 0 {
            let value = match is_key {
                true => scalar.value().unwrap_or_else(|_| scalar.text.into()),
                false => value.clone(),
            };
            self.keep(anchor, value, Some(scalar.text), 0, at.start)?;
        }
        if is_key {
            let is_merge = scalar.plain && scalar.tag.is_none() && scalar.text == "<<";
            let name = (!is_merge).then(|| scalar.text.to_owned());
            self.key(at.start, name);
            return Ok(());
        }
        self.add(value, 0, at.start)
    }

    fn begin(
        &mut self,
        start: usize,
        style: StructureStyle,
        anchor: usize,
        inside: Inside,
    ) -> Result<(), Wrong> {
        if self.expects_key() {
            return Err(self.key_not_text(start, &inside));
        }
        if self.open.len() == MAX_DEPTH {
            return Err(Wrong::at(start, YamlErrorKind::TooDeep));
        }
        self.check_document(start)?;
        self.open.push(Open {
            start,
            in_brackets: style == StructureStyle::Flow,
            anchor,
            height: 1,
            inside,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Wrong> {
        let Some(ended) = self.open.pop() else {
            return Ok(());
        };
        let Open {
            start,
            anchor,
            height,
            inside,
            ..
        } = ended;
        let value = match inside {
            Inside::List(mut items) => {
                items.shrink_to_fit();
                Value::Array(items)
            }
            Inside::Object {
                entries,
                keys,
                merged,
                ..
            } => Value::Object(object(entries, &keys, merged)?),
        };
        if anchor > 0 {
            self.keep(anchor, value.clone(), None, height, start)?;
        }
        self.add(value, height, start)
    }

    fn alias(&mut self, anchor: usize, at: usize) -> Result<(), Wrong> {
        let is_key = self.expects_key();
        let Some(anchored) = self.anchors.get(&anchor) else {
            return Err(Wrong::at(at, YamlErrorKind::EndlessAlias));
        };
        if is_key {
            let Some(name) = anchored.name.clone() else {
                let found = match anchored.value {
                    Value::Array(_) => "a list",
                    _ => "an object",
                };
                return Err(Wrong::at(at, YamlErrorKind::KeyNotText { found }));
            };
            self.key(at, Some(name));
            return Ok(());
        }
        if !self.repeated.take(anchored.size, MAX_REPEATED) {
            return Err(Wrong::at(at, YamlErrorKind::TooMuch));
        }
        let (value, height) = (anchored.value.clone(), anchored.height);
        if self.open.len() + height > MAX_DEPTH {
            return Err(Wrong::at(at, YamlErrorKind::TooDeep));
        }
        self.add(value, height, at)
    }

    /// Keeps the value of an anchor.
    fn keep(
        &mut self,
        anchor: usize,
        value: Value,
        name: Option<&str>,
        height: usize,
        at: usize,
    ) -> Result<(), Wrong> {
        let size = Size::new(&value);
        if !self.kept.take(size, MAX_KEPT) {
            return Err(Wrong::at(at, YamlErrorKind::TooMuch));
        }
        let name = name.map(str::to_owned);
        let anchored = Anchored {
            value,
            name,
            height,
            size,
        };
        self.anchors.insert(anchor, anchored);
        Ok(())
    }

    fn expects_key(&self) -> bool {
        let inside = self.open.last().map(|open| &open.inside);
        matches!(inside, Some(Inside::Object { key: None, .. }))
    }

    fn key(&mut self, at: usize, name: Option<String>) {
        if let Some(Open {
            inside: Inside::Object { key, .. },
            ..
        }) = self.open.last_mut()
        {
            *key = Some(Key { at, name });
        }
    }

    /// Adds a value to the innermost open list or object.
    fn add(&mut self, value: Value, height: usize, at: usize) -> Result<(), Wrong> {
        let Some(outer) = self.open.last_mut() else {
            self.check_document(at)?;
            self.documents.push(value);
            self.anchors.clear();
            return Ok(());
        };
        outer.height = outer.height.max(height + 1);
        match &mut outer.inside {
            Inside::List(items) => items.push(value),
            Inside::Object {
                entries,
                keys,
                key,
                merged,
            } => match key.take() {
                Some(Key {
                    at,
                    name: Some(name),
                }) => {
                    entries.push((name, value));
                    keys.push(at);
                }
                _ => merge(value, merged).map_err(|kind| Wrong::at(at, kind))?,
            },
        }
        Ok(())
    }

    /// Fails if another document begins where only one is allowed.
    fn check_document(&self, at: usize) -> Result<(), Wrong> {
        match self.only_one && self.open.is_empty() && !self.documents.is_empty() {
            true => Err(Wrong::at(at, YamlErrorKind::SecondDocument)),
            false => Ok(()),
        }
    }

    /// Returns the error of a list or an object in key position: often an unquoted template.
    fn key_not_text(&self, start: usize, inside: &Inside) -> Wrong {
        let outer = self.open.last().map_or(start, |outer| outer.start);
        if template::begins(&self.text[outer..]) {
            return self.unquoted_template(self.open.len() - 1);
        }
        // The key begins with a template.
        if template::begins(&self.text[start..]) {
            return Wrong::at(start, template::unquoted(&self.text[start..], true));
        }
        let found = match inside {
            Inside::List(_) => "a list",
            Inside::Object { .. } => "an object",
        };
        Wrong::at(start, YamlErrorKind::KeyNotText { found })
    }

    /// Returns the error of a template whose braces opened an object.
    fn unquoted_template(&self, position: usize) -> Wrong {
        let start = self.open[position].start;
        let in_brackets = self.open[..position].iter().any(|open| open.in_brackets);
        Wrong::at(start, template::unquoted(&self.text[start..], in_brackets))
    }

    /// Converts an error of the parser; an unquoted template near it is the likely cause.
    fn parser_error(&self, error: &ScanError) -> Wrong {
        let at = error.marker().byte_offset().unwrap_or(0);
        let at = self.text.floor_char_boundary(at);
        let in_template = |open: &Open| template::begins(&self.text[open.start..]);
        if let Some(position) = self.open.iter().position(in_template) {
            return self.unquoted_template(position);
        }
        if let Some(start) = template::around(self.text, at, error.kind()) {
            let in_brackets = self.open.iter().any(|open| open.in_brackets);
            let scalar = &self.last_scalar;
            let kind = template::unquoted_at(self.text, start, scalar, in_brackets);
            return Wrong::at(start, kind);
        }
        Wrong::at(at, YamlErrorKind::from_parser(error.kind()))
    }

    fn error(&self, wrong: Wrong) -> YamlError {
        let at = self.text.floor_char_boundary(wrong.at);
        YamlError {
            position: Position::from_offset(self.text, at),
            kind: wrong.kind,
        }
    }
}

impl Wrong {
    fn at(at: usize, kind: YamlErrorKind) -> Self {
        Self { at, kind }
    }
}

impl Inside {
    fn object() -> Self {
        Self::Object {
            entries: Vec::new(),
            keys: Vec::new(),
            key: None,
            merged: Vec::new(),
        }
    }
}

fn core_tag(tag: Option<&Tag>, tagged: Tagged, span: &Span) -> Result<Option<CoreTag>, Wrong> {
    let tag = tag.map(|tag| CoreTag::parse(tag, tagged));
    tag.transpose()
        .map_err(|kind| Wrong::at(tag_start(span), kind))
}

fn tag_start(span: &Span) -> usize {
    let start = span.tag_start().and_then(|mark| mark.byte_offset());
    start.unwrap_or_else(|| range(span).start)
}

/// Builds an object of entries, followed by merged members that the entries lack.
fn object(
    mut entries: Vec<(String, Value)>,
    keys: &[usize],
    merged: Vec<(String, Value)>,
) -> Result<Map<String, Value>, Wrong> {
    if let Some(again) = first_again(&entries) {
        let key = entries.swap_remove(again).0;
        return Err(Wrong::at(keys[again], YamlErrorKind::DuplicateKey { key }));
    }
    if !merged.is_empty() {
        let mut seen: HashSet<String> = entries.iter().map(|(key, _)| key.clone()).collect();
        entries.extend(
            merged
                .into_iter()
                .filter(|(key, _)| seen.insert(key.clone())),
        );
    }
    Ok(exact_map(entries))
}

/// Returns the index of the first duplicate key.
fn first_again(entries: &[(String, Value)]) -> Option<usize> {
    const FEW: usize = 8;
    if entries.len() <= FEW {
        let keys = |upto: usize| entries[..upto].iter().map(|(key, _)| key);
        return (1..entries.len()).find(|at| keys(*at).any(|key| *key == entries[*at].0));
    }
    let mut seen = HashSet::with_capacity(entries.len());
    entries.iter().position(|(key, _)| !seen.insert(key))
}

/// Merges the entries of an object, or of a list of objects, the first of which win.
fn merge(value: Value, merged: &mut Vec<(String, Value)>) -> Result<(), YamlErrorKind> {
    match value {
        Value::Object(entries) => merged.extend(entries),
        Value::Array(objects) => {
            for object in objects {
                let Value::Object(entries) = object else {
                    return Err(YamlErrorKind::NotMergeable);
                };
                merged.extend(entries);
            }
        }
        _ => return Err(YamlErrorKind::NotMergeable),
    }
    Ok(())
}
