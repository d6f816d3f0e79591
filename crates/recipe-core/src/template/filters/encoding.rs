//! Filters that write text in another form: HTML, URLs, Base64.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use liquid_core::error::Result;
use liquid_core::model::{Value, ValueView};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Declaration, check_size, refused};
use crate::template::printing::text;

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("base64_decode", (0, 0), |input, _| {
        base64_decode("base64_decode", &STANDARD, input)
    }),
    Declaration::new("base64_encode", (0, 0), |input, _| {
        Ok(Value::scalar(STANDARD.encode(text(input).as_bytes())))
    }),
    Declaration::new("base64_url_safe_decode", (0, 0), |input, _| {
        base64_decode("base64_url_safe_decode", &URL_SAFE, input)
    }),
    Declaration::new("base64_url_safe_encode", (0, 0), |input, _| {
        Ok(Value::scalar(URL_SAFE.encode(text(input).as_bytes())))
    }),
    Declaration::new("escape", (0, 0), |input, _| escape("escape", &text(input))),
    Declaration::new("escape_once", (0, 0), |input, _| {
        escape("escape_once", &unescape(&text(input)))
    }),
    Declaration::new("safe", (0, 0), |input, _| Ok(input.to_value())),
    Declaration::new("url_encode", (0, 0), |input, _| {
        let text = text(input);
        check_size("url_encode", text.len().checked_mul(3))?;
        let encoded = utf8_percent_encode(&text, NOT_IN_QUERIES).to_string();
        Ok(Value::scalar(encoded.replace("%20", "+")))
    }),
];

/// Everything but letters, digits and `_.-~`.
const NOT_IN_QUERIES: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'_')
    .remove(b'.')
    .remove(b'-')
    .remove(b'~');

fn base64_decode(name: &str, engine: &impl Engine, input: &dyn ValueView) -> Result<Value> {
    let bytes = engine
        .decode(text(input).as_bytes())
        .map_err(|_| refused(name, "the text is not Base64"))?;
    let text = String::from_utf8(bytes).map_err(|_| refused(name, "the content is not text"))?;
    Ok(Value::scalar(text))
}

const ENTITIES: [(char, &str); 5] = [
    ('&', "&amp;"),
    ('<', "&lt;"),
    ('>', "&gt;"),
    ('"', "&quot;"),
    ('\'', "&#x27;"),
];

fn escape(name: &str, text: &str) -> Result<Value> {
    check_size(name, text.len().checked_mul(6))?;
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match ENTITIES.iter().find(|(plain, _)| *plain == c) {
            Some((_, entity)) => escaped.push_str(entity),
            None => escaped.push(c),
        }
    }
    Ok(Value::scalar(escaped))
}

fn unescape(text: &str) -> Cow<'_, str> {
    let entities = ENTITIES
        .iter()
        .rev()
        .chain(&[('\'', "&#39;"), ('"', "&#34;")]);
    // `&amp;` comes last, so that what it makes is not taken for another entity.
    let (last, entities): (Vec<_>, Vec<_>) = entities.partition(|(plain, _)| *plain == '&');
    entities
        .iter()
        .chain(&last)
        .fold(Cow::Borrowed(text), |text, (plain, entity)| {
            if text.contains(entity) {
                Cow::Owned(text.replace(entity, plain.encode_utf8(&mut [0; 4])))
            } else {
                text
            }
        })
}
