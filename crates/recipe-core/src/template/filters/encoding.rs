//! Filters that encode and decode URLs and Base64.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::filter::{Declaration, FilterError, check_size};
use crate::template::printing::text;
use crate::template::value::Value;

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("base64_decode", (0, 0), |input, _| {
        base64_decode(&STANDARD, input)
    }),
    Declaration::new("base64_encode", (0, 0), |input, _| {
        Ok(Value::text(STANDARD.encode(text(input).as_bytes())))
    }),
    Declaration::new("base64_url_safe_decode", (0, 0), |input, _| {
        base64_decode(&URL_SAFE, input)
    }),
    Declaration::new("base64_url_safe_encode", (0, 0), |input, _| {
        Ok(Value::text(URL_SAFE.encode(text(input).as_bytes())))
    }),
    Declaration::new("url_decode", (0, 0), |input, _| {
        let text = text(input).replace('+', " ");
        Ok(Value::text(percent_decode_str(&text).decode_utf8_lossy()))
    }),
    Declaration::new("url_encode", (0, 0), |input, _| {
        let text = text(input);
        check_size(text.len().checked_mul(3))?;
        let encoded = utf8_percent_encode(&text, NOT_IN_QUERIES).to_string();
        Ok(Value::text(encoded.replace("%20", "+")))
    }),
];

/// Characters to escape: all but letters, digits and `_.-~`.
const NOT_IN_QUERIES: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'_')
    .remove(b'.')
    .remove(b'-')
    .remove(b'~');

fn base64_decode<'v>(engine: &impl Engine, input: &Value<'v>) -> Result<Value<'v>, FilterError> {
    let encoded: String = text(input).split_ascii_whitespace().collect();
    let bytes = engine
        .decode(encoded)
        .map_err(|_| FilterError::new("invalid Base64"))?;
    let text = String::from_utf8(bytes).map_err(|_| FilterError::new("invalid UTF-8"))?;
    Ok(Value::text(text))
}
