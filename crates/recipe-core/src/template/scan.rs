//! From a template as written to one that the parser of the Liquid library reads.
//!
//! The parser is strict where templates are not: it reads ASCII names only, breaks on words that begin like a
//! literal, and says little about mistakes. So a template is first cut into texts and tags here. Mistakes are
//! reported with their place; comments and raw text are dealt with; space around tags is trimmed where `-` asks
//! for it; `{{ … }}` becomes an `echo` tag; and names the parser cannot read are [replaced](super::names).

use std::ops::Range;

use liquid_core::parser::Tag;

use super::filters::filter_names;
use super::names::{self, encode};
use super::parse::message;
use super::tags::{Prints, Shape, shape};
use crate::unknown_fields::nearest;

/// How deep blocks may stand in blocks, and brackets in brackets.
const DEEPEST: usize = 100;

/// A mistake, and where it stands in the template, in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) offset: usize,
    pub(super) message: String,
}

impl Mistake {
    fn new(offset: usize, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { offset, message }
    }
}

/// A template for the parser.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    pub(super) text: String,
    /// The tags in it.
    pub(super) tags: Vec<ScannedTag>,
}

/// A tag for the parser.
#[derive(Debug)]
pub(super) struct ScannedTag {
    /// Where it stands in the text for the parser.
    pub(super) range: Range<usize>,
    /// Where it begins in the template as written.
    pub(super) offset: usize,
}

/// One part of a template.
#[derive(Debug)]
enum Piece {
    Text(String),
    /// `{% … %}` as the parser reads it, and where it stands in the template.
    Tag {
        tag: String,
        offset: usize,
    },
}

/// A block that is not closed yet.
struct Open<'t> {
    name: &'t str,
    offset: usize,
    end: &'static str,
    parts: &'static [&'static str],
    prints: Prints,
    /// Its first piece.
    first: usize,
    /// Nothing in it prints anything but space.
    blank: bool,
    has_else: bool,
}

struct Scanner<'t> {
    source: &'t str,
    pieces: Vec<Piece>,
    open: Vec<Open<'t>>,
    /// A text is still to lose the space it begins with.
    trim_next: bool,
}

/// Cuts a template into texts and tags, and puts it together again for the parser.
pub(super) fn scan(source: &str) -> Result<Scanned, Mistake> {
    let mut scanner = Scanner {
        source,
        pieces: Vec::new(),
        open: Vec::new(),
        trim_next: false,
    };
    scanner.run()?;
    Ok(scanner.finish())
}

impl<'t> Scanner<'t> {
    fn run(&mut self) -> Result<(), Mistake> {
        let mut at = 0;
        while let Some(start) = find_opening(self.source, at) {
            let markup = Markup::read(self.source, start)?;
            self.text(&self.source[at..start], markup.trim_before);
            self.trim_next = markup.trim_after;
            at = markup.end;
            if markup.is_output {
                self.tag("echo", markup.content, markup.content_offset, start)?;
            } else {
                at = self.markup_tag(&markup, start)?;
            }
        }
        self.text(&self.source[at..], false);
        match self.open.last() {
            None => Ok(()),
            Some(open) => Err(Mistake::new(
                open.offset,
                format!(
                    "{{% {} %}} is never closed by {{% {} %}}",
                    open.name, open.end
                ),
            )),
        }
    }

    /// A tag between `{%` and `%}`. Returns where the scan goes on.
    fn markup_tag(&mut self, markup: &Markup<'t>, start: usize) -> Result<usize, Mistake> {
        let (name, rest, rest_offset) = split_name(markup.content, markup.content_offset);
        match name {
            "raw" | "comment" | "doc" => {
                let end = format!("end{name}");
                let inside =
                    Inside::read(self.source, markup.end, name, &end).ok_or_else(|| {
                        Mistake::new(start, format!("{{% {name} %}} is never closed"))
                    })?;
                if name == "raw" {
                    // Raw is raw: dashes trim what stands outside only.
                    self.trim_next = false;
                    self.text(inside.content, false);
                }
                self.trim_next = inside.closing.trim_after;
                Ok(inside.closing.end)
            }
            "liquid" => {
                self.liquid(rest, rest_offset)?;
                Ok(markup.end)
            }
            "" => match markup.content.trim_start().starts_with('#') {
                true => Ok(markup.end),
                false => Err(Mistake::new(start, "a tag has no name")),
            },
            name => {
                self.tag(name, rest, rest_offset, start)?;
                Ok(markup.end)
            }
        }
    }

    /// A `liquid` tag: one tag a line.
    fn liquid(&mut self, content: &'t str, content_offset: usize) -> Result<(), Mistake> {
        let mut comments = 0;
        let mut offset = content_offset;
        for line in content.split('\n') {
            let (name, rest, rest_offset) = split_name(line, offset);
            let start = rest_offset - name.len();
            offset += line.len() + 1;
            match name {
                "comment" | "doc" => comments += 1,
                "endcomment" | "enddoc" if comments > 0 => comments -= 1,
                _ if comments > 0 => {}
                "" => match line.trim_start().chars().next() {
                    None | Some('#') => {}
                    Some(_) => return Err(Mistake::new(start, "a tag has no name")),
                },
                name => self.tag(name, rest, rest_offset, start)?,
            }
        }
        Ok(())
    }

    /// One tag, checked and made readable for the parser.
    fn tag(
        &mut self,
        name: &'t str,
        rest: &'t str,
        rest_offset: usize,
        offset: usize,
    ) -> Result<(), Mistake> {
        let tag = format!("{{% {name} {}%}}", rewrite(rest, rest_offset)?);
        check(&tag, offset)?;
        let piece = Piece::Tag { tag, offset };
        match shape(name) {
            Some(Shape::Silent) => self.pieces.push(piece),
            Some(Shape::Printing) => {
                self.prints();
                self.pieces.push(piece);
            }
            Some(Shape::Block { end, parts, prints }) => {
                if self.open.len() == DEEPEST {
                    return Err(Mistake::new(offset, format!("blocks over {DEEPEST} deep")));
                }
                self.pieces.push(piece);
                self.open.push(Open {
                    name,
                    offset,
                    end,
                    parts,
                    prints,
                    first: self.pieces.len(),
                    blank: true,
                    has_else: false,
                });
            }
            None => self.close_or_divide(name, offset, piece)?,
        }
        Ok(())
    }

    fn close_or_divide(&mut self, name: &str, offset: usize, piece: Piece) -> Result<(), Mistake> {
        if let Some(open) = self.open.last_mut()
            && open.parts.contains(&name)
        {
            if open.has_else {
                return Err(Mistake::new(
                    offset,
                    format!("{{% {name} %}} behind {{% else %}}"),
                ));
            }
            open.has_else = name == "else";
            self.pieces.push(piece);
            return Ok(());
        }
        match self.open.pop_if(|open| open.end == name) {
            Some(open) => {
                self.close(&open);
                self.pieces.push(piece);
                Ok(())
            }
            None => Err(Mistake::new(offset, self.misplaced(name))),
        }
    }

    fn close(&mut self, open: &Open<'_>) {
        match open.prints {
            Prints::Content if open.blank => {
                for piece in &mut self.pieces[open.first..] {
                    if let Piece::Text(text) = piece {
                        text.clear();
                    }
                }
            }
            Prints::Content | Prints::More => self.prints(),
            Prints::Nothing => {}
        }
    }

    fn misplaced(&self, name: &str) -> String {
        let known = super::tags::tag_names();
        let ends = ["elsif", "else", "when"];
        if name.starts_with("end") || ends.contains(&name) {
            return match self.open.last() {
                Some(open) => format!(
                    "{{% {name} %}} stands where {{% {} %}} was expected",
                    open.end
                ),
                None => format!("{{% {name} %}} without a block that it belongs to"),
            };
        }
        match nearest(name, known) {
            Some(nearest) => format!("unknown tag: {name}, did you mean {nearest}?"),
            None => format!("unknown tag: {name}"),
        }
    }

    fn text(&mut self, text: &str, trim_end: bool) {
        let text = if self.trim_next {
            text.trim_start()
        } else {
            text
        };
        // Where nothing but space stands between two tags, both may trim it.
        self.trim_next &= text.is_empty();
        let text = if trim_end { text.trim_end() } else { text };
        self.pieces_printed(text);
        if !text.is_empty() {
            self.pieces.push(Piece::Text(text.to_owned()));
        }
    }

    fn pieces_printed(&mut self, text: &str) {
        if !text.chars().all(char::is_whitespace) {
            self.prints();
        }
    }

    /// The innermost block prints something.
    fn prints(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.blank = false;
        }
    }

    fn finish(self) -> Scanned {
        let mut scanned = Scanned::default();
        for piece in self.pieces {
            match piece {
                Piece::Text(text) => push_text(&mut scanned.text, &text),
                Piece::Tag { tag, offset } => {
                    let start = scanned.text.len();
                    scanned.text.push_str(&tag);
                    let range = start..scanned.text.len();
                    scanned.tags.push(ScannedTag { range, offset });
                }
            }
        }
        scanned
    }
}

/// Text that the parser must not take for the beginning of a tag.
fn push_text(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        // Alone between other characters a brace is text to the parser too.
        match rest.chars().next() {
            Some(next) if next != '{' && next != '%' => out.push('{'),
            _ => out.push_str("{% echo '{' %}"),
        }
    }
    out.push_str(rest);
}

/// Makes sure that the parser reads a tag whole. It may panic on a text in which it does not.
fn check(tag: &str, offset: usize) -> Result<(), Mistake> {
    match Tag::new(tag) {
        Ok(read) if read.as_str().len() == tag.len() => Ok(()),
        Ok(_) => Err(Mistake::new(offset, "the tag does not end where it should")),
        Err(error) => Err(Mistake::new(offset, message(&error))),
    }
}

/// The next `{{` or `{%`.
fn find_opening(source: &str, from: usize) -> Option<usize> {
    let bytes = source.as_bytes();
    (from..bytes.len().saturating_sub(1))
        .find(|at| bytes[*at] == b'{' && matches!(bytes[at + 1], b'{' | b'%'))
}

/// What stands between `{{` and `}}` or between `{%` and `%}`.
struct Markup<'t> {
    is_output: bool,
    content: &'t str,
    content_offset: usize,
    trim_before: bool,
    trim_after: bool,
    /// Behind the closing braces.
    end: usize,
}

impl<'t> Markup<'t> {
    fn read(source: &'t str, start: usize) -> Result<Self, Mistake> {
        let is_output = source[start..].starts_with("{{");
        let closing = if is_output { "}}" } else { "%}" };
        let trim_before = source[start + 2..].starts_with('-');
        let content_offset = start + 2 + usize::from(trim_before);
        let Some(length) = find_closing(&source[content_offset..], closing) else {
            let opening = &source[start..start + 2];
            return Err(Mistake::new(
                start,
                format!("`{opening}` is never closed by `{closing}`"),
            ));
        };
        let content = &source[content_offset..content_offset + length];
        let trimmed = content.strip_suffix('-');
        Ok(Self {
            is_output,
            content: trimmed.unwrap_or(content),
            content_offset,
            trim_before,
            trim_after: trimmed.is_some(),
            end: content_offset + length + closing.len(),
        })
    }
}

/// Where the closing braces stand, those in quotes left out unless there are no others.
fn find_closing(content: &str, closing: &str) -> Option<usize> {
    let bytes = content.as_bytes();
    let mut quote = None;
    for (at, byte) in bytes.iter().enumerate() {
        match quote {
            Some(open) if *byte == open => quote = None,
            Some(_) => {}
            None if bytes[at..].starts_with(closing.as_bytes()) => return Some(at),
            None if matches!(byte, b'"' | b'\'') => quote = Some(*byte),
            None => {}
        }
    }
    content.find(closing)
}

/// What stands between `raw`, `comment` or `doc` and its end.
struct Inside<'t> {
    content: &'t str,
    closing: Markup<'t>,
}

impl<'t> Inside<'t> {
    fn read(source: &'t str, start: usize, name: &str, end: &str) -> Option<Self> {
        let mut depth = 1;
        let mut at = start;
        loop {
            at += source[at..].find("{%")?;
            let length = source[at..].find("%}")?;
            let inner = &source[at + 2..at + length];
            let inner = inner.strip_prefix('-').unwrap_or(inner);
            let inner = inner.strip_suffix('-').unwrap_or(inner).trim();
            // Comments nest, raw text does not.
            if inner == name && name == "comment" {
                depth += 1;
            } else if inner == end {
                depth -= 1;
            }
            if depth == 0 {
                let closing = Markup::read(source, at).ok()?;
                let content = &source[start..at];
                return Some(Self { content, closing });
            }
            at += 2;
        }
    }
}

/// The name of a tag, what stands behind it, and where that begins.
fn split_name(content: &str, offset: usize) -> (&str, &str, usize) {
    let begun = content.trim_start();
    let start = offset + content.len() - begun.len();
    let length = begun
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(begun.len());
    let (name, rest) = begun.split_at(length);
    (name, rest, start + length)
}

/// The arguments of a tag, token by token: names the parser cannot read are replaced, space is made plain, and
/// what it would not survive is refused.
fn rewrite(content: &str, offset: usize) -> Result<String, Mistake> {
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
    Ok(out)
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
                return Err(Mistake::new(
                    at,
                    match nearest(name, filter_names()) {
                        Some(nearest) => format!("unknown filter: {name}, did you mean {nearest}?"),
                        None => format!("unknown filter: {name}"),
                    },
                ));
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
