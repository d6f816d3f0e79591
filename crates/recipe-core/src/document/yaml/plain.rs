//! Unquoted scalars of a document, for tools that check the spelling.

use std::ops::Range;

use granit_parser::{Event, ScalarStyle};
use serde_json::Value;

use super::reader::{parser, range, written};
use super::scalar::plain_value;

/// A scalar without quotes and without a tag.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PlainScalar {
    /// The text as written.
    pub text: String,
    /// Byte range in the document.
    pub span: Range<usize>,
    /// The parsed value; for a key always its text.
    pub value: Value,
    /// Whether it is a key.
    pub is_key: bool,
}

/// Returns the unquoted scalars of a valid document, in order.
pub(in crate::document) fn plain_scalars(text: &str) -> Vec<PlainScalar> {
    let mut found = Vec::new();
    // For each open object, whether a key comes next; `None` for a list.
    let mut open: Vec<Option<bool>> = Vec::new();
    for (event, span) in parser(text).map_while(Result::ok) {
        let is_key = matches!(open.last(), Some(Some(true)));
        match &event {
            Event::SequenceStart(..) => open.push(None),
            Event::MappingStart(..) => open.push(Some(true)),
            Event::Scalar(text, ScalarStyle::Plain, _, None) => {
                let span = range(&span);
                let text = written(text, ScalarStyle::Plain, &span);
                if let Ok(value) = plain_value(text) {
                    let text = text.to_owned();
                    let value = if is_key { text.clone().into() } else { value };
                    found.push(PlainScalar {
                        text,
                        span,
                        value,
                        is_key,
                    });
                }
            }
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop();
            }
            _ => {}
        }
        let is_whole = matches!(
            event,
            Event::Scalar(..) | Event::Alias(_) | Event::SequenceEnd | Event::MappingEnd
        );
        if let (true, Some(Some(key_next))) = (is_whole, open.last_mut()) {
            *key_next = !*key_next;
        }
    }
    found
}
