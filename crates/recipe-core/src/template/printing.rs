//! Conversion of values to strings: as printed, as JSON, and as input of string filters.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use serde_json::Value as Json;

use super::value::Value;

/// Formats a value as `{{ … }}` prints it: null as nothing, lists and objects as JSON.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undefined | Self::Nil | Self::Empty | Self::Blank => Ok(()),
            Self::Bool(truth) => write!(f, "{truth}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text.as_str()),
            Self::Range(range) => write!(f, "{}..{}", range.first(), range.last()),
            Self::List(_) | Self::Object(_) => f.write_str(&json(self, Style::COMPACT)),
        }
    }
}

/// Converts a value for string filters, as Python's `str` does; null becomes the empty string.
pub(super) fn text<'t>(value: &'t Value<'_>) -> Cow<'t, str> {
    match value {
        Value::Text(text) => Cow::Borrowed(text.as_str()),
        Value::Undefined | Value::Nil | Value::Empty | Value::Blank => Cow::Borrowed(""),
        _ => {
            let mut text = String::new();
            write_python(&mut text, value);
            Cow::Owned(text)
        }
    }
}

fn write_python(out: &mut String, value: &Value<'_>) {
    match value {
        Value::Undefined | Value::Nil => out.push_str("None"),
        Value::Empty | Value::Blank => {}
        Value::Bool(truth) => out.push_str(if *truth { "True" } else { "False" }),
        Value::Number(number) => push(out, format_args!("{number}")),
        Value::Range(range) => {
            let stop = i128::from(range.last()) + 1;
            push(out, format_args!("range({}, {stop})", range.first()));
        }
        Value::Text(text) => write_quoted(out, text.as_str()),
        Value::List(list) => {
            out.push('[');
            for (index, item) in list.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_python(out, &item);
            }
            out.push(']');
        }
        Value::Object(object) => {
            out.push('{');
            for (index, (name, value)) in object.entries().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_quoted(out, name.as_str());
                out.push_str(": ");
                write_python(out, &value);
            }
            out.push('}');
        }
    }
}

fn push(out: &mut String, arguments: fmt::Arguments<'_>) {
    out.write_fmt(arguments)
        .expect("writing into a String does not fail");
}

/// Writes a quoted string as Python's `repr` does.
fn write_quoted(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => push(out, format_args!("\\{c}")),
            c if c.is_control() => push(out, format_args!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push(quote);
}

/// Formatting of JSON.
#[derive(Clone, Copy)]
pub(super) struct Style {
    comma: &'static str,
    colon: &'static str,
    /// Whether to escape characters beyond ASCII.
    ascii: bool,
    /// Spaces per level; each item is then on its own line.
    indent: Option<usize>,
}

impl Style {
    /// The format of lists and objects in `{{ … }}`.
    pub(super) const COMPACT: Self = Self {
        comma: ",",
        colon: ":",
        ascii: false,
        indent: None,
    };

    /// The format of Python's `json.dumps`.
    pub(super) const SPACED: Self = Self {
        comma: ", ",
        colon: ": ",
        ascii: true,
        indent: None,
    };

    pub(super) fn indented(spaces: usize) -> Self {
        Self {
            comma: ",",
            indent: Some(spaces),
            ..Self::SPACED
        }
    }
}

/// Formats a value as JSON.
pub(super) fn json(value: &Value<'_>, style: Style) -> String {
    let mut writer = JsonWriter {
        out: String::new(),
        style,
        depth: 0,
    };
    writer.value(value);
    writer.out
}

/// Formats a value as JSON on one line like Python's `json.dumps`: a space after `,` and `:`,
/// characters beyond ASCII escaped.
pub fn spaced_json(value: &Json) -> String {
    json(&Value::from_json(value), Style::SPACED)
}

struct JsonWriter {
    out: String,
    style: Style,
    depth: usize,
}

impl JsonWriter {
    fn value(&mut self, value: &Value<'_>) {
        match value {
            Value::Undefined | Value::Nil => self.out.push_str("null"),
            Value::Empty | Value::Blank => self.out.push_str("\"\""),
            Value::Bool(truth) => self.out.push_str(if *truth { "true" } else { "false" }),
            Value::Number(number) => push(&mut self.out, format_args!("{number}")),
            Value::Text(text) => self.text(text.as_str()),
            Value::List(list) => {
                self.items('[', list.iter(), ']', |writer, item| writer.value(&item))
            }
            Value::Range(range) => {
                let numbers = (0..range.len()).map(|index| range.get(index));
                self.items('[', numbers, ']', |writer, item| writer.value(&item));
            }
            Value::Object(object) => {
                self.items('{', object.entries(), '}', |writer, (name, value)| {
                    writer.text(name.as_str());
                    writer.out.push_str(writer.style.colon);
                    writer.value(&value);
                });
            }
        }
    }

    fn items<T>(
        &mut self,
        open: char,
        items: impl Iterator<Item = T>,
        close: char,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.out.push(open);
        self.depth += 1;
        let mut is_empty = true;
        for item in items {
            if !is_empty {
                self.out.push_str(self.style.comma);
            }
            is_empty = false;
            self.new_line();
            write(self, item);
        }
        self.depth -= 1;
        if !is_empty {
            self.new_line();
        }
        self.out.push(close);
    }

    fn new_line(&mut self) {
        if let Some(spaces) = self.style.indent {
            push(
                &mut self.out,
                format_args!("\n{:1$}", "", spaces * self.depth),
            );
        }
    }

    fn text(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                ' '..='~' => self.out.push(c),
                c if self.style.ascii || c < ' ' => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        push(&mut self.out, format_args!("\\u{unit:04x}"));
                    }
                }
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_is_spaced_and_escaped_as_in_python() {
        assert_eq!(
            spaced_json(&json!({"a": [1, 2.0, {}], "é\u{7f}": "☃\n😀", "e": []})),
            r#"{"a": [1, 2.0, {}], "\u00e9\u007f": "\u2603\n\ud83d\ude00", "e": []}"#
        );
    }

    #[test]
    fn compact_json_is_what_serde_json_writes() {
        let value = json!({"a": [1, 2.5, {}, null, true, "\u{1}\u{8}\u{c}\u{7f}\"\\é"], "e": []});
        assert_eq!(Value::from_json(&value).to_string(), value.to_string());
    }
}
