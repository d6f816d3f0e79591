//! From a template as written to one that the parser of the Liquid library reads.
//!
//! The parser is strict where templates are not: it reads ASCII names only, breaks on words that begin like a
//! literal, and says little about mistakes. So a template is first cut into texts and tags here. Mistakes are
//! reported with their place; comments and raw text are dealt with; space around tags is trimmed where `-` asks
//! for it; `{{ … }}` becomes an `echo` tag; and names the parser cannot read are [replaced](super::names).

mod markup;
mod tokens;
mod variables;

use std::ops::Range;

use liquid_core::parser::Tag;

use markup::{Inside, Markup, find_opening};
use tokens::rewrite;
pub use variables::TemplateName;
use variables::Variables;

use super::parse::message;
use super::tags::{Prints, Shape, shape};
use crate::nearest::nearest;

/// How deep blocks may stand in blocks, and brackets in brackets.
const DEEPEST: usize = 100;

/// A mistake, and where it stands in the template, in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) offset: usize,
    pub(super) message: String,
    /// The name that was probably meant.
    pub(super) suggestion: Option<String>,
}

impl Mistake {
    pub(super) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self {
            offset,
            message: message.into(),
            suggestion: None,
        }
    }

    fn suggest(self, suggestion: Option<String>) -> Self {
        Self { suggestion, ..self }
    }
}

/// A template for the parser.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    pub(super) text: String,
    /// The tags in it.
    pub(super) tags: Vec<ScannedTag>,
    /// The names it reads and does not set itself.
    pub(super) names: Vec<TemplateName>,
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
    variables: Variables<'t>,
}

/// Cuts a template into texts and tags, and puts it together again for the parser.
pub(super) fn scan(source: &str) -> Result<Scanned, Mistake> {
    let mut scanner = Scanner {
        source,
        pieces: Vec::new(),
        open: Vec::new(),
        trim_next: false,
        variables: Variables::default(),
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
        let (arguments, roots) = rewrite(rest, rest_offset)?;
        self.variables.tag(name, roots);
        let tag = format!("{{% {name} {arguments}%}}");
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
            None => Err(self.misplaced(name, offset)),
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

    fn misplaced(&self, name: &str, offset: usize) -> Mistake {
        let parts = ["elsif", "else", "when"];
        if !name.starts_with("end") && !parts.contains(&name) {
            return Mistake::new(offset, format!("unknown tag: {name}"))
                .suggest(nearest(name, super::tags::tag_names()));
        }
        let message = match self.open.last() {
            Some(open) => format!(
                "{{% {name} %}} stands where {{% {} %}} was expected",
                open.end
            ),
            None => format!("{{% {name} %}} without a block that it belongs to"),
        };
        Mistake::new(offset, message)
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
        let mut scanned = Scanned {
            names: self.variables.read(),
            ..Scanned::default()
        };
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
