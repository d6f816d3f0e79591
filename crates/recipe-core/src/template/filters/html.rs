//! Filters for HTML: escaping, and taking the tags out.

use super::{Declaration, Refusal, check_size};
use crate::template::printing::text;
use crate::template::strip_html::strip_html;
use crate::template::value::Value;

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("escape", (0, 0), |input, _| escape(&text(input))),
    Declaration::new("escape_once", (0, 0), |input, _| {
        escape(&htmlize::unescape(text(input)))
    }),
    Declaration::new("safe", (0, 0), |input, _| Ok(input.clone())),
    Declaration::new("strip_html", (0, 0), |input, _| {
        Ok(Value::text(strip_html(&text(input))))
    }),
];

fn escape<'v>(text: &str) -> Result<Value<'v>, Refusal> {
    check_size(text.len().checked_mul(6))?;
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#x27;"),
            c => escaped.push(c),
        }
    }
    Ok(Value::text(escaped))
}
