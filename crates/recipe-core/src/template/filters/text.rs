//! Filters for text. Other values are taken as the text that Python's `str` makes of them, nothing as none.

use liquid_core::error::Result;
use liquid_core::model::{Value, ValueView};

use super::{Arguments, Declaration, check_size, integer, refused};
use crate::template::model::Kind;
use crate::template::printing::text;

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("append", (1, 1), |input, arguments| {
        let (head, tail) = (text(input), arguments.text(0));
        check_size("append", Some(head.len() + tail.len()))?;
        Ok(Value::scalar(head.into_owned() + &tail))
    }),
    Declaration::new("capitalize", (0, 0), |input, _| {
        Ok(Value::scalar(capitalize(&text(input))))
    }),
    Declaration::new("downcase", (0, 0), |input, _| {
        Ok(Value::scalar(text(input).to_lowercase()))
    }),
    Declaration::new("lstrip", (0, 0), |input, _| {
        Ok(scalar(text(input).trim_start()))
    }),
    Declaration::new("newline_to_br", (0, 0), |input, _| {
        let lines = text(input).replace("\r\n", "\n");
        check_size("newline_to_br", lines.len().checked_mul(7))?;
        Ok(Value::scalar(lines.replace('\n', "<br />\n")))
    }),
    Declaration::new("prepend", (1, 1), |input, arguments| {
        let (head, tail) = (arguments.text(0), text(input));
        check_size("prepend", Some(head.len() + tail.len()))?;
        Ok(Value::scalar(head + &tail))
    }),
    Declaration::new("remove", (1, 1), |input, arguments| {
        let removed = arguments.text(0);
        if removed.is_empty() {
            return Ok(scalar(&text(input)));
        }
        Ok(Value::scalar(text(input).replace(&removed, "")))
    }),
    Declaration::new("remove_first", (1, 1), |input, arguments| {
        Ok(Value::scalar(text(input).replacen(
            &arguments.text(0),
            "",
            1,
        )))
    }),
    Declaration::new("remove_last", (1, 1), |input, arguments| {
        Ok(Value::scalar(replace_last(
            &text(input),
            &arguments.text(0),
            "",
        )))
    }),
    Declaration::new("replace", (1, 2), replace),
    Declaration::new("replace_first", (1, 2), |input, arguments| {
        Ok(Value::scalar(text(input).replacen(
            &arguments.text(0),
            &arguments.text(1),
            1,
        )))
    }),
    Declaration::new("replace_last", (2, 2), |input, arguments| {
        Ok(Value::scalar(replace_last(
            &text(input),
            &arguments.text(0),
            &arguments.text(1),
        )))
    }),
    Declaration::new("rstrip", (0, 0), |input, _| {
        Ok(scalar(text(input).trim_end()))
    }),
    Declaration::new("slice", (1, 2), slice),
    Declaration::new("snakecase", (0, 0), |input, _| {
        Ok(Value::scalar(snakecase(&text(input))))
    }),
    Declaration::new("split", (1, 1), split),
    Declaration::new("squish", (0, 0), |input, _| {
        Ok(Value::scalar(
            text(input).split_whitespace().collect::<Vec<_>>().join(" "),
        ))
    }),
    Declaration::new("strip", (0, 0), |input, _| Ok(scalar(text(input).trim()))),
    Declaration::new("strip_newlines", (0, 0), |input, _| {
        Ok(Value::scalar(
            text(input).replace("\r\n", "").replace('\n', ""),
        ))
    }),
    Declaration::new("truncate", (0, 2), truncate),
    Declaration::new("truncatewords", (0, 2), truncatewords),
    Declaration::new("upcase", (0, 0), |input, _| {
        Ok(Value::scalar(text(input).to_uppercase()))
    }),
];

fn scalar(text: &str) -> Value {
    Value::scalar(text.to_owned())
}

fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars.flat_map(char::to_lowercase)).collect()
}

fn replace(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let (text, wanted, new) = (text(input), arguments.text(0), arguments.text(1));
    let grows = text.matches(&wanted).count().checked_mul(new.len());
    check_size(
        "replace",
        grows.and_then(|grows| grows.checked_add(text.len())),
    )?;
    Ok(Value::scalar(text.replace(&wanted, &new)))
}

/// With nothing before the last occurrence, the text stays as it is.
fn replace_last(text: &str, wanted: &str, new: &str) -> String {
    if wanted.is_empty() {
        return text.to_owned() + new;
    }
    match text.rsplit_once(wanted) {
        Some((before, after)) if !before.is_empty() => format!("{before}{new}{after}"),
        _ => text.to_owned(),
    }
}

/// Some characters or items from a place on, one by default; from the end for a negative place.
fn slice(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let number = |index| match arguments.some(index) {
        Some(value) if matches!(Kind::of(value), Kind::Float(_)) => None,
        Some(value) => integer(value),
        None if index == 1 => Some(1),
        None => None,
    };
    let (Some(start), Some(length)) = (number(0), number(1)) else {
        return Err(refused("slice", "a place and a length are whole numbers"));
    };
    let window = |size: usize| {
        let size = size as i64;
        let end = start.saturating_add(length);
        let end = if start < 0 && end >= 0 { size } else { end };
        let place = |index: i64| {
            let from_start = if index < 0 {
                index.saturating_add(size)
            } else {
                index
            };
            usize::try_from(from_start.clamp(0, size)).unwrap_or(0)
        };
        (place(start), place(end))
    };
    Ok(match Kind::of(input) {
        Kind::List(list) => {
            let (start, end) = window(list.size() as usize);
            let items = list.values().skip(start).take(end.saturating_sub(start));
            Value::array(items.map(ValueView::to_value))
        }
        _ => {
            let text = text(input);
            let (start, end) = window(text.chars().count());
            let part = text.chars().skip(start).take(end.saturating_sub(start));
            Value::scalar(part.collect::<String>())
        }
    })
}

/// `My Outline-File` and `myOutlineFile` become `my_outline_file`.
fn snakecase(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        if c.is_whitespace() || c == '-' {
            words.push('_');
        } else {
            if c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
                words.push('_');
            }
            words.extend(c.to_lowercase());
        }
        before = c;
    }
    let words: String = words
        .chars()
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_')
        .collect();
    let words = words.split('_').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

/// At a space for `' '`, into characters for an empty separator.
fn split(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let (text, separator) = (text(input), arguments.text(0));
    Ok(match separator.as_str() {
        "" => Value::array(text.chars().map(|c| Value::scalar(c.to_string()))),
        _ if text.is_empty() || *text == separator => Value::Array(Vec::new()),
        " " => Value::array(text.split_whitespace().map(scalar)),
        separator => Value::array(text.split(separator).map(scalar)),
    })
}

fn truncate(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let text = text(input);
    let length = length("truncate", arguments, 50)?;
    let end = match arguments.some(1) {
        Some(_) => arguments.text(1),
        None => "...".to_owned(),
    };
    let count = text.chars().count() as i64;
    if count < length {
        return Ok(scalar(&text));
    }
    // What Python's slice to `length - len(end)` keeps: counted from the end when that is negative.
    let kept = length.saturating_sub(end.chars().count() as i64);
    let kept = if kept < 0 {
        count.saturating_add(kept).max(0)
    } else {
        kept
    };
    let kept: String = text.chars().take(kept as usize).collect();
    Ok(Value::scalar(kept + &end))
}

fn truncatewords(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let text = text(input);
    let most = usize::try_from(length("truncatewords", arguments, 15)?.max(1)).unwrap_or(1);
    let end = match arguments.some(1) {
        Some(_) => arguments.text(1),
        None => "...".to_owned(),
    };
    let words: Vec<&str> = text.split_whitespace().take(most).collect();
    let whole = words.len() < most;
    let words = words.join(" ");
    Ok(Value::scalar(if whole { words } else { words + &end }))
}

fn length(name: &str, arguments: &Arguments<'_>, default: i64) -> Result<i64> {
    match arguments.get(0) {
        None => Ok(default),
        Some(value) => {
            integer(value).ok_or_else(|| refused(name, "the length is not a whole number"))
        }
    }
}
