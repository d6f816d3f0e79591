//! Filters for strings. Other values are converted as by Python's `str`, null to the empty string.

use super::filter::{Arguments, Declaration, FilterError, check_size, not_an_integer};
use crate::template::number::Number;
use crate::template::printing::text;
use crate::template::value::Value;

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("append", (1, 1), |input, arguments| {
        let (head, tail) = (text(input), arguments.text(0));
        check_size(Some(head.len() + tail.len()))?;
        Ok(Value::text(head.into_owned() + &tail))
    }),
    Declaration::new("capitalize", (0, 0), |input, _| {
        Ok(Value::text(capitalize(&text(input))))
    }),
    Declaration::new("downcase", (0, 0), |input, _| {
        Ok(Value::text(text(input).to_lowercase()))
    }),
    Declaration::new("lstrip", (0, 0), |input, _| {
        Ok(scalar(text(input).trim_start()))
    }),
    Declaration::new("newline_to_br", (0, 0), |input, _| {
        let lines = text(input).replace("\r\n", "\n");
        check_size(lines.len().checked_mul(7))?;
        Ok(Value::text(lines.replace('\n', "<br />\n")))
    }),
    Declaration::new("prepend", (1, 1), |input, arguments| {
        let (head, tail) = (arguments.text(0), text(input));
        check_size(Some(head.len() + tail.len()))?;
        Ok(Value::text(head + &tail))
    }),
    Declaration::new("remove", (1, 1), |input, arguments| {
        let removed = arguments.text(0);
        if removed.is_empty() {
            return Ok(scalar(&text(input)));
        }
        Ok(Value::text(text(input).replace(&removed, "")))
    }),
    Declaration::new("remove_first", (1, 1), |input, arguments| {
        Ok(Value::text(text(input).replacen(&arguments.text(0), "", 1)))
    }),
    Declaration::new("remove_last", (1, 1), |input, arguments| {
        Ok(Value::text(replace_last(
            &text(input),
            &arguments.text(0),
            "",
        )))
    }),
    Declaration::new("replace", (1, 2), replace),
    Declaration::new("replace_first", (1, 2), |input, arguments| {
        Ok(Value::text(text(input).replacen(
            &arguments.text(0),
            &arguments.text(1),
            1,
        )))
    }),
    Declaration::new("replace_last", (2, 2), |input, arguments| {
        Ok(Value::text(replace_last(
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
        Ok(Value::text(snakecase(&text(input))))
    }),
    Declaration::new("split", (1, 1), split),
    Declaration::new("squish", (0, 0), |input, _| {
        Ok(Value::text(
            text(input).split_whitespace().collect::<Vec<_>>().join(" "),
        ))
    }),
    Declaration::new("strip", (0, 0), |input, _| Ok(scalar(text(input).trim()))),
    Declaration::new("strip_newlines", (0, 0), |input, _| {
        Ok(Value::text(
            text(input).replace("\r\n", "").replace('\n', ""),
        ))
    }),
    Declaration::new("truncate", (0, 2), truncate),
    Declaration::new("truncatewords", (0, 2), truncatewords),
    Declaration::new("upcase", (0, 0), |input, _| {
        Ok(Value::text(text(input).to_uppercase()))
    }),
];

fn scalar<'v>(text: &str) -> Value<'v> {
    Value::text(text)
}

fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    // The final sigma of a word has its own form, so the rest is converted as a whole.
    first.chain(chars.as_str().to_lowercase().chars()).collect()
}

fn replace<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Value<'v>, FilterError> {
    let (text, wanted, new) = (text(input), arguments.text(0), arguments.text(1));
    let grows = text.matches(&wanted).count().checked_mul(new.len());
    check_size(grows.and_then(|grows| grows.checked_add(text.len())))?;
    Ok(Value::text(text.replace(&wanted, &new)))
}

/// Replaces the last occurrence, unless it is at the start.
fn replace_last(text: &str, wanted: &str, new: &str) -> String {
    if wanted.is_empty() {
        return text.to_owned() + new;
    }
    match text.rsplit_once(wanted) {
        Some((before, after)) if !before.is_empty() => format!("{before}{new}{after}"),
        _ => text.to_owned(),
    }
}

/// Returns some characters or items, one by default; a negative index counts from the end.
fn slice<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Value<'v>, FilterError> {
    let number = |index: usize, default: Option<i64>| match (arguments.get(index), default) {
        (Some(value @ Value::Number(Number::Float(_))), _) => Err(not_an_integer(value)),
        (None | Some(Value::Undefined), Some(default)) => Ok(default),
        _ => arguments.integer(index, 0),
    };
    let (start, length) = (number(0, None)?, number(1, Some(1))?);
    let window = |size: usize| {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        let end = start.saturating_add(length);
        let end = if start < 0 && end >= 0 { size } else { end };
        let clamp = |index: i64| {
            let from_start = if index < 0 {
                index.saturating_add(size)
            } else {
                index
            };
            usize::try_from(from_start.clamp(0, size)).unwrap_or(0)
        };
        let (start, end) = (clamp(start), clamp(end));
        (start, end.saturating_sub(start))
    };
    Ok(match input {
        Value::List(list) => {
            let (start, length) = window(list.len());
            Value::list(list.iter().skip(start).take(length).collect())
        }
        Value::Range(range) => {
            let (start, length) = window(range.len());
            check_size(length.checked_mul(size_of::<Value<'_>>()))?;
            Value::list(
                (start..start + length)
                    .map(|index| range.get(index))
                    .collect(),
            )
        }
        _ => {
            let text = text(input);
            let (start, length) = window(text.chars().count());
            Value::text(text.chars().skip(start).take(length).collect::<String>())
        }
    })
}

/// Converts `My Outline-File` and `myOutlineFile` to `my_outline_file`.
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

/// Splits at white space for `' '`, into characters for an empty separator.
fn split<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Value<'v>, FilterError> {
    let (text, separator) = (text(input), arguments.text(0));
    Ok(match separator.as_str() {
        "" => Value::list(text.chars().map(|c| Value::text(c.to_string())).collect()),
        _ if text.is_empty() || *text == separator => Value::list(Vec::new()),
        " " => Value::list(text.split_whitespace().map(scalar).collect()),
        separator => Value::list(text.split(separator).map(scalar).collect()),
    })
}

fn truncate<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Value<'v>, FilterError> {
    let text = text(input);
    let length = arguments.integer(0, 50)?;
    let end = end(arguments);
    let count = text.chars().count() as i64;
    if count < length {
        return Ok(scalar(&text));
    }
    // Python's slice to `length - len(end)`, which counts from the end when negative.
    let kept = length.saturating_sub(end.chars().count() as i64);
    let kept = if kept < 0 {
        count.saturating_add(kept).max(0)
    } else {
        kept
    };
    let kept: String = text.chars().take(kept as usize).collect();
    Ok(Value::text(kept + &end))
}

fn truncatewords<'v>(
    input: &Value<'v>,
    arguments: &Arguments<'v>,
) -> Result<Value<'v>, FilterError> {
    /// Longer limits disable truncation, as in python-liquid.
    const MAX_WORDS: i64 = i32::MAX as i64;
    let text = text(input);
    let max = arguments.integer(0, 15)?.max(1);
    let end = end(arguments);
    if max >= MAX_WORDS {
        return Ok(scalar(&text));
    }
    let max = max as usize;
    let words: Vec<&str> = text.split_whitespace().take(max).collect();
    let is_integer = words.len() < max;
    let words = words.join(" ");
    Ok(Value::text(if is_integer { words } else { words + &end }))
}

/// Returns the string appended after truncation.
fn end(arguments: &Arguments<'_>) -> String {
    match arguments.get(1) {
        Some(_) => arguments.text(1),
        None => "...".to_owned(),
    }
}
