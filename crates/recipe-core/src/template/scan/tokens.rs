//! The arguments of a tag, token by token.
//!
//! Names the parser cannot read are replaced, space is made plain, and what the parser would not survive is
//! refused.

use super::{DEEPEST, Mistake};
use crate::nearest::nearest;
use crate::template::filters::filter_names;
use crate::template::names::{self, encode};

/// A name that begins a path: a variable, or a word that belongs to the tag.
pub(super) struct Root<'t> {
    pub(super) name: &'t str,
    /// Where it stands in the template.
    pub(super) offset: usize,
    /// A `default` filter stands behind it.
    pub(super) has_default: bool,
    /// It is the name of an argument.
    pub(super) is_argument: bool,
}

impl<'t> Root<'t> {
    fn new(name: &'t str, offset: usize, behind: &str) -> Self {
        // The rest of the path is of no interest.
        let behind = behind.trim_start_matches(|c: char| !c.is_whitespace() && !"|:,)".contains(c));
        let behind = behind.trim_start();
        let filter = behind.strip_prefix('|').map(str::trim_start);
        Self {
            name,
            offset,
            has_default: filter.is_some_and(|filter| filter.starts_with("default")),
            is_argument: behind.starts_with(':'),
        }
    }
}

/// The arguments as the parser reads them, and the names in them; `offset` is where they stand in the template.
pub(super) fn rewrite(content: &str, offset: usize) -> Result<(String, Vec<Root<'_>>), Mistake> {
    let mut roots = Vec::new();
    let mut out = String::with_capacity(content.len() + 8);
    let mut brackets = 0_usize;
    let mut before = Before::Nothing;
    let mut rest = content;
    while let Some(first) = rest.chars().next() {
        let at = offset + content.len() - rest.len();
        let (length, now) = match first {
            c if c.is_whitespace() => {
                out.push(' ');
                let length = rest
                    .find(|c: char| !c.is_whitespace())
                    .unwrap_or(rest.len());
                rest = &rest[length..];
                if before == Before::Value {
                    before = Before::Nothing;
                }
                continue;
            }
            '"' | '\'' => {
                let length = rest[1..]
                    .find(first)
                    .ok_or_else(|| Mistake::new(at, "a text in quotes never ends"))?;
                out.push_str(&rest[..length + 2]);
                (length + 2, Before::Value)
            }
            '[' => {
                brackets += 1;
                if brackets > DEEPEST {
                    return Err(Mistake::new(at, format!("brackets over {DEEPEST} deep")));
                }
                match root_in_brackets(rest).filter(|_| before != Before::Value) {
                    Some((name, length)) => {
                        brackets -= 1;
                        roots.push(Root::new(name, at, &rest[length..]));
                        out.push_str(&encode_root(name));
                        (length, Before::Value)
                    }
                    None => {
                        out.push('[');
                        (1, Before::Nothing)
                    }
                }
            }
            ']' => {
                brackets = brackets.saturating_sub(1);
                out.push(']');
                (1, Before::Value)
            }
            '.' if rest.starts_with("..") => {
                out.push_str("..");
                (2, Before::Nothing)
            }
            '.' => {
                out.push('.');
                (1, Before::Dot)
            }
            c if is_number(rest) && !is_name(c, rest) => {
                let length = number_length(rest);
                let number = &rest[..length];
                if !number.contains('.') && number.parse::<i64>().is_err() {
                    return Err(Mistake::new(at, format!("number out of range: {number}")));
                }
                out.push_str(number);
                if number.ends_with('.') {
                    out.push('0');
                }
                (length, Before::Value)
            }
            c if c.is_alphanumeric() || c == '_' => {
                let length = rest
                    .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
                    .unwrap_or(rest.len());
                let name = &rest[..length];
                push_name(&mut out, name, &before, at)?;
                let is_root = matches!(before, Before::Nothing | Before::Value);
                if is_root && !names::is_literal(name) {
                    roots.push(Root::new(name, at, &rest[length..]));
                }
                (length, Before::Value)
            }
            '|' => {
                out.push('|');
                (1, Before::Pipe)
            }
            '=' | '!' | '<' | '>' | ',' | ':' | '(' | ')' => {
                out.push(first);
                (1, Before::Nothing)
            }
            c => return Err(Mistake::new(at, format!("unexpected `{c}`"))),
        };
        before = now;
        rest = &rest[length..];
    }
    if !out.ends_with(' ') {
        out.push(' ');
    }
    Ok((out, roots))
}

/// What stands before a token.
#[derive(PartialEq, Eq)]
enum Before {
    Nothing,
    Value,
    Dot,
    Pipe,
}

fn push_name(out: &mut String, name: &str, before: &Before, at: usize) -> Result<(), Mistake> {
    match before {
        Before::Pipe => {
            if !filter_names().any(|filter| filter == name) {
                return Err(Mistake::new(at, format!("unknown filter: {name}"))
                    .suggest(nearest(name, filter_names())));
            }
            out.push_str(name);
        }
        // Behind a point the parser takes any ASCII name; others go in brackets.
        Before::Dot if encode(name) == name || names::is_literal(name) => out.push_str(name),
        Before::Dot => {
            out.pop();
            out.push_str(&format!("['{name}']"));
        }
        Before::Nothing | Before::Value => out.push_str(&encode_root(name)),
    }
    Ok(())
}

fn encode_root(name: &str) -> String {
    if names::is_literal(name) {
        name.to_owned()
    } else {
        encode(name).into_owned()
    }
}

/// `['odd key']` at the beginning of a path: its name and its length.
fn root_in_brackets(text: &str) -> Option<(&str, usize)> {
    let inner = text[1..].trim_start();
    let quote = inner.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (name, behind) = inner[1..].split_once(quote)?;
    let behind = behind.trim_start().strip_prefix(']')?;
    Some((name, text.len() - behind.len()))
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
}

/// Digits that letters follow are a name: `2nd`.
fn is_name(first: char, text: &str) -> bool {
    first.is_ascii_digit()
        && text
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// `12`, `-12`, `1.5`, `1.`; but only `1` of `1..5`.
fn number_length(text: &str) -> usize {
    let digits = |text: &str| {
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len())
    };
    let sign = usize::from(text.starts_with(['-', '+']));
    let whole = sign + digits(&text[sign..]);
    match text[whole..].strip_prefix('.') {
        Some(fraction) if !fraction.starts_with('.') => whole + 1 + digits(fraction),
        _ => whole,
    }
}
