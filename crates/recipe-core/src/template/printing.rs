//! Values as text: printed, as JSON, and as filters that work on text take them.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::io;

use liquid_core::model::ValueView;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;
use serde_json::ser::Formatter;

use super::model::{Kind, entries};

/// A value as `{{ … }}` prints it: texts as they are, nothing for null, lists and objects as JSON.
pub(super) fn display(view: &dyn ValueView) -> impl fmt::Display + '_ {
    Display(view)
}

struct Display<'v>(&'v dyn ValueView);

impl fmt::Display for Display<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Kind::of(self.0) {
            Kind::Nothing | Kind::Empty | Kind::Blank => Ok(()),
            Kind::Bool(truth) => write!(f, "{truth}"),
            Kind::Integer(integer) => write!(f, "{integer}"),
            Kind::Large(integer) => write!(f, "{integer}"),
            Kind::Float(float) => write_float(f, float),
            Kind::Text(text) => f.write_str(&text),
            Kind::List(_) | Kind::Object(_) => f.write_str(&json(self.0, Style::COMPACT)),
        }
    }
}

/// A value as the filters that work on text take it, which is how Python's `str` writes it.
pub(super) fn text(view: &dyn ValueView) -> Cow<'_, str> {
    match Kind::of(view) {
        Kind::Text(text) => text,
        Kind::Nothing | Kind::Empty | Kind::Blank => Cow::Borrowed(""),
        _ => {
            let mut text = String::new();
            write_python(&mut text, view).expect("writing into a String does not fail");
            Cow::Owned(text)
        }
    }
}

fn write_python(out: &mut String, view: &dyn ValueView) -> fmt::Result {
    match Kind::of(view) {
        Kind::Nothing => out.write_str("None"),
        Kind::Empty | Kind::Blank => Ok(()),
        Kind::Bool(truth) => out.write_str(if truth { "True" } else { "False" }),
        Kind::Integer(integer) => write!(out, "{integer}"),
        Kind::Large(integer) => write!(out, "{integer}"),
        Kind::Float(float) => write_float(out, float),
        Kind::Text(text) => write_quoted(out, &text),
        Kind::List(list) => {
            out.push('[');
            for (index, item) in list.values().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_python(out, item)?;
            }
            out.write_char(']')
        }
        Kind::Object(object) => {
            out.push('{');
            for (index, (name, value)) in entries(object).into_iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_quoted(out, &name)?;
                out.push_str(": ");
                write_python(out, value)?;
            }
            out.write_char('}')
        }
    }
}

fn write_quoted(out: &mut String, text: &str) -> fmt::Result {
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
            c if c == quote => write!(out, "\\{c}")?,
            c if c.is_control() => write!(out, "\\x{:02x}", c as u32)?,
            c => out.push(c),
        }
    }
    out.write_char(quote)
}

/// A float the way Python writes it: the fewest digits, always a point or an exponent.
fn write_float(out: &mut impl fmt::Write, float: f64) -> fmt::Result {
    if float.is_nan() {
        return out.write_str("nan");
    }
    if float.is_infinite() {
        return out.write_str(if float > 0.0 { "inf" } else { "-inf" });
    }
    let scientific = format!("{float:e}");
    let exponent: i32 = scientific
        .split_once('e')
        .and_then(|(_, exponent)| exponent.parse().ok())
        .unwrap_or(0);
    if (-4..16).contains(&exponent) {
        return write!(out, "{float:?}");
    }
    let digits = scientific.split('e').next().unwrap_or("0");
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(out, "{digits}e{sign}{:02}", exponent.abs())
}

/// How JSON is written.
#[derive(Clone, Copy)]
pub(super) struct Style {
    comma: &'static str,
    colon: &'static str,
    /// Characters beyond ASCII stand as escapes.
    ascii: bool,
    /// Spaces for each level, each item on its own line.
    indent: Option<usize>,
}

impl Style {
    /// As `{{ … }}` prints lists and objects.
    pub(super) const COMPACT: Self = Self {
        comma: ",",
        colon: ":",
        ascii: false,
        indent: None,
    };

    /// As Python's `json.dumps` writes it.
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

/// A value as JSON.
pub(super) fn json(view: &dyn ValueView, style: Style) -> String {
    write_json(&Serializable(view), style)
}

/// A value as JSON on one line, the way Python's `json.dumps` writes it: a space behind `,` and `:`, characters
/// beyond ASCII escaped.
pub fn spaced_json(value: &Value) -> String {
    write_json(value, Style::SPACED)
}

fn write_json(value: &impl Serialize, style: Style) -> String {
    let mut out = Vec::new();
    let formatter = PythonFormatter {
        style,
        depth: 0,
        is_empty: false,
    };
    value
        .serialize(&mut serde_json::Serializer::with_formatter(
            &mut out, formatter,
        ))
        .expect("values with text keys, written into memory");
    String::from_utf8(out).expect("JSON is UTF-8")
}

struct Serializable<'v>(&'v dyn ValueView);

impl Serialize for Serializable<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match Kind::of(self.0) {
            Kind::Nothing => serializer.serialize_unit(),
            Kind::Empty | Kind::Blank => serializer.serialize_str(""),
            Kind::Bool(truth) => serializer.serialize_bool(truth),
            Kind::Integer(integer) => serializer.serialize_i64(integer),
            Kind::Large(integer) => serializer.serialize_u64(integer),
            Kind::Float(float) => serializer.serialize_f64(float),
            Kind::Text(text) => serializer.serialize_str(&text),
            Kind::List(list) => {
                let mut sequence = serializer.serialize_seq(usize::try_from(list.size()).ok())?;
                for item in list.values() {
                    sequence.serialize_element(&Serializable(item))?;
                }
                sequence.end()
            }
            Kind::Object(object) => {
                let entries = entries(object);
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (name, value) in entries {
                    map.serialize_entry(name.as_str(), &Serializable(value))?;
                }
                map.end()
            }
        }
    }
}

/// Separators, floats and escapes as Python has them.
struct PythonFormatter {
    style: Style,
    depth: usize,
    /// Nothing stands yet in the list or object at hand.
    is_empty: bool,
}

impl PythonFormatter {
    fn open<W: ?Sized + io::Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.is_empty = true;
        writer.write_all(bracket)
    }

    fn close<W: ?Sized + io::Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if !self.is_empty {
            self.new_line(writer)?;
        }
        self.is_empty = false;
        writer.write_all(bracket)
    }

    fn item<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.is_empty = false;
        if !first {
            writer.write_all(self.style.comma.as_bytes())?;
        }
        self.new_line(writer)
    }

    fn new_line<W: ?Sized + io::Write>(&self, writer: &mut W) -> io::Result<()> {
        match self.style.indent {
            Some(spaces) => write!(writer, "\n{:1$}", "", spaces * self.depth),
            None => Ok(()),
        }
    }
}

impl Formatter for PythonFormatter {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.item(writer, first)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.item(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(self.style.colon.as_bytes())
    }

    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        let mut text = String::new();
        write_float(&mut text, value).map_err(io::Error::other)?;
        writer.write_all(text.as_bytes())
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if !self.style.ascii {
            return writer.write_all(fragment.as_bytes());
        }
        for c in fragment.chars() {
            if matches!(c, ' '..='~') {
                write!(writer, "{c}")?;
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn floats_print_as_in_python() {
        let shown = |float| {
            let mut text = String::new();
            write_float(&mut text, float).unwrap();
            text
        };
        let floats = [
            1.0,
            0.1,
            1e16,
            1e15,
            1e-5,
            1e-4,
            1.5e300,
            -2.5,
            123456789012.5,
            -0.0,
        ];
        assert_eq!(
            floats.map(shown).join(" "),
            "1.0 0.1 1e+16 1000000000000000.0 1e-05 0.0001 1.5e+300 -2.5 123456789012.5 -0.0"
        );
    }

    #[test]
    fn json_is_spaced_and_escaped_as_in_python() {
        assert_eq!(
            spaced_json(&json!({"a": [1, 2.0, {}], "é\u{7f}": "☃\n😀", "e": []})),
            r#"{"a": [1, 2.0, {}], "\u00e9\u007f": "\u2603\n\ud83d\ude00", "e": []}"#
        );
    }
}
