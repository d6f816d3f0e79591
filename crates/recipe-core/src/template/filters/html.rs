//! Filters that escape HTML and remove tags.

use super::filter::{Declaration, FilterError, check_size};
use crate::template::printing::text;
use crate::template::strip_html::strip_html;
use crate::template::value::Value;

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("escape", (0, 0), |input, _| escape(&text(input))),
    Declaration::new("escape_once", (0, 0), |input, _| {
        escape(&htmlize::unescape(text(input)))
    }),
    Declaration::new("escapejs", (0, 0), |input, _| escape_script(&text(input))),
    Declaration::new("safe", (0, 0), |input, _| Ok(input.clone())),
    Declaration::new("script_tag", (0, 0), |input, _| {
        around(
            "<script src=\"",
            &escape(&text(input))?,
            "\" type=\"text/javascript\"></script>",
        )
    }),
    Declaration::new("strip_html", (0, 0), |input, _| {
        Ok(Value::text(strip_html(&text(input))))
    }),
    Declaration::new("stylesheet_tag", (0, 0), |input, _| {
        around(
            "<link href=\"",
            &escape(&text(input))?,
            "\" rel=\"stylesheet\" type=\"text/css\" media=\"all\" />",
        )
    }),
];

fn around<'v>(before: &str, value: &Value<'v>, after: &str) -> Result<Value<'v>, FilterError> {
    Ok(Value::text(format!("{before}{value}{after}")))
}

/// Escapes a string for a JavaScript literal.
fn escape_script<'v>(text: &str) -> Result<Value<'v>, FilterError> {
    check_size(text.len().checked_mul(6))?;
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\0'..='\x1f'
            | '\\'
            | '\''
            | '"'
            | '>'
            | '<'
            | '&'
            | '='
            | '-'
            | ';'
            | '`'
            | '\u{2028}'
            | '\u{2029}' => escaped.push_str(&format!("\\u{:04X}", c as u32)),
            c => escaped.push(c),
        }
    }
    Ok(Value::text(escaped))
}

fn escape<'v>(text: &str) -> Result<Value<'v>, FilterError> {
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
