//! Lexer of templates: splits the source into text, outputs and tags.

use super::SyntaxError;
use super::markup::{Inside, Markup, find_opening};

/// Names of the tags that are not parsed, since the lexer replaces them.
pub(super) const LEXED_TAGS: [&str; 5] = ["comment", "doc", "liquid", "raw", "#"];

/// Text, output or tag.
#[derive(Debug)]
pub(super) enum Element<'t> {
    Text(&'t str),
    /// Content between `{{` and `}}`.
    Output {
        content: &'t str,
        offset: usize,
    },
    Tag(TagElement<'t>),
    /// Tags inside a `liquid` tag, one per line.
    Liquid(Vec<TagElement<'t>>),
}

/// A tag: the content between `{%` and `%}`, or a line of a `liquid` tag.
#[derive(Debug, Clone, Copy)]
pub(super) struct TagElement<'t> {
    pub(super) name: &'t str,
    /// Offset of the tag in the template.
    pub(super) start: usize,
    pub(super) content: &'t str,
    /// Offset of the content in the template.
    pub(super) offset: usize,
}

/// Splits a template. Drops comments, turns `raw` into text, and applies whitespace control (`-`).
pub(super) fn elements(source: &str) -> Result<Vec<Element<'_>>, SyntaxError> {
    let mut lexer = Lexer {
        source,
        elements: Vec::new(),
        trim_next: false,
    };
    lexer.run()?;
    Ok(lexer.elements)
}

struct Lexer<'t> {
    source: &'t str,
    elements: Vec<Element<'t>>,
    /// Whether the leading white space of the next text is trimmed.
    trim_next: bool,
}

impl<'t> Lexer<'t> {
    fn run(&mut self) -> Result<(), SyntaxError> {
        let mut at = 0;
        while let Some(start) = find_opening(self.source, at) {
            let markup = Markup::read(self.source, start)?;
            self.text(&self.source[at..start], markup.trim_before);
            self.trim_next = markup.trim_after;
            at = markup.end;
            if markup.is_output {
                self.elements.push(Element::Output {
                    content: markup.content,
                    offset: markup.content_offset,
                });
            } else {
                at = self.tag(&markup, start)?;
            }
        }
        self.text(&self.source[at..], false);
        Ok(())
    }

    fn text(&mut self, text: &'t str, trim_end: bool) {
        let text = if self.trim_next {
            text.trim_start()
        } else {
            text
        };
        // White space between two tags may be trimmed by either.
        self.trim_next &= text.is_empty();
        let text = if trim_end { text.trim_end() } else { text };
        if !text.is_empty() {
            self.elements.push(Element::Text(text));
        }
    }

    /// Adds the tag between `{%` and `%}`. Returns the offset of the next element.
    fn tag(&mut self, markup: &Markup<'t>, start: usize) -> Result<usize, SyntaxError> {
        let tag = split_name(markup.content, markup.content_offset, start);
        match tag.name {
            name @ ("raw" | "comment" | "doc") => {
                if name == "doc" && !tag.content.trim().is_empty() {
                    return Err(SyntaxError::new(
                        tag.offset,
                        "unexpected argument, expected end of tag",
                    ));
                }
                let inside = Inside::read(self.source, markup.end, name).ok_or_else(|| {
                    SyntaxError::new(start, format!("missing `{{% end{name} %}}`"))
                })?;
                if name == "raw" {
                    // Whitespace control does not apply inside `raw`.
                    self.trim_next = false;
                    self.text(inside.content, false);
                }
                self.trim_next = inside.closing.trim_after;
                return Ok(inside.closing.end);
            }
            "#" => check_comment(tag.content, tag.offset)?,
            "liquid" => {
                let tags = lines(tag.content, tag.offset)?;
                self.elements.push(Element::Liquid(tags));
            }
            "" => return Err(SyntaxError::new(start, "missing tag name")),
            _ => self.elements.push(Element::Tag(tag)),
        }
        Ok(markup.end)
    }
}

/// Splits the content of a `liquid` tag.
fn lines(content: &str, offset: usize) -> Result<Vec<TagElement<'_>>, SyntaxError> {
    let mut tags = Vec::new();
    let mut comments = 0;
    let mut line_offset = offset;
    for line in content.split('\n') {
        let mut tag = split_name(line.trim_end(), line_offset, line_offset);
        line_offset += line.len() + 1;
        // A nested `liquid` on the same line is ignored.
        while tag.name == "liquid" && !tag.content.trim().is_empty() {
            tag = split_name(tag.content, tag.offset, tag.offset);
        }
        match tag.name {
            "comment" | "doc" => comments += 1,
            "endcomment" | "enddoc" if comments > 0 => comments -= 1,
            _ if comments > 0 => {}
            "#" | "liquid" => {}
            "" if line.trim().is_empty() => {}
            "" => return Err(SyntaxError::new(tag.start, "missing tag name")),
            _ => tags.push(tag),
        }
    }
    match comments {
        0 => Ok(tags),
        _ => Err(SyntaxError::new(offset, "missing `endcomment`")),
    }
}

/// Splits a tag into name and arguments.
fn split_name(content: &str, offset: usize, start: usize) -> TagElement<'_> {
    let begun = content.trim_start();
    let name_offset = offset + content.len() - begun.len();
    let length = match begun.starts_with('#') {
        true => 1,
        false => begun
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(begun.len()),
    };
    TagElement {
        name: &begun[..length],
        // In a `liquid` tag, a tag starts at its name.
        start: if start == offset { name_offset } else { start },
        content: &begun[length..],
        offset: name_offset + length,
    }
}

/// Checks that each line of an inline comment starts with `#`.
fn check_comment(content: &str, offset: usize) -> Result<(), SyntaxError> {
    let mut at = offset;
    for (index, line) in content.split('\n').enumerate() {
        let begun = line.trim_start();
        if index > 0 && !begun.is_empty() && !begun.starts_with('#') {
            return Err(SyntaxError::new(
                at + line.len() - begun.len(),
                "expected `#` at the start of each line of the comment",
            ));
        }
        at += line.len() + 1;
    }
    Ok(())
}
