//! A template cut into texts, outputs and tags.

use super::Mistake;
use super::markup::{Inside, Markup, find_opening};

/// A part of a template.
#[derive(Debug)]
pub(super) enum Element<'t> {
    Text(&'t str),
    /// Content between `{{` and `}}`.
    Output {
        content: &'t str,
        offset: usize,
    },
    Tag(TagElement<'t>),
    /// The tags of a `liquid` tag, one a line.
    Liquid(Vec<TagElement<'t>>),
}

/// A tag: the content between `{%` and `%}`, or a line of a `liquid` tag.
#[derive(Debug, Clone, Copy)]
pub(super) struct TagElement<'t> {
    pub(super) name: &'t str,
    /// Offset of the tag in the template.
    pub(super) start: usize,
    pub(super) content: &'t str,
    /// Offset of the content.
    pub(super) offset: usize,
}

/// Cuts a template. Comments are left out, `raw` is text, and white space is trimmed where `-` asks for it.
pub(super) fn elements(source: &str) -> Result<Vec<Element<'_>>, Mistake> {
    let mut cutter = Cutter {
        source,
        elements: Vec::new(),
        trim_next: false,
    };
    cutter.run()?;
    Ok(cutter.elements)
}

struct Cutter<'t> {
    source: &'t str,
    elements: Vec<Element<'t>>,
    /// A text is still to lose the space it begins with.
    trim_next: bool,
}

impl<'t> Cutter<'t> {
    fn run(&mut self) -> Result<(), Mistake> {
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
        // Where nothing but space stands between two tags, both may trim it.
        self.trim_next &= text.is_empty();
        let text = if trim_end { text.trim_end() } else { text };
        if !text.is_empty() {
            self.elements.push(Element::Text(text));
        }
    }

    /// A tag between `{%` and `%}`. Returns where the next part begins.
    fn tag(&mut self, markup: &Markup<'t>, start: usize) -> Result<usize, Mistake> {
        let tag = split_name(markup.content, markup.content_offset, start);
        match tag.name {
            name @ ("raw" | "comment" | "doc") => {
                if name == "doc" && !tag.content.trim().is_empty() {
                    return Err(Mistake::new(tag.offset, "expected the end of the tag"));
                }
                let inside = Inside::read(self.source, markup.end, name)
                    .ok_or_else(|| Mistake::new(start, format!("missing `{{% end{name} %}}`")))?;
                if name == "raw" {
                    // Raw is raw: dashes trim only what stands outside.
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
            "" => return Err(Mistake::new(start, "missing tag name")),
            _ => self.elements.push(Element::Tag(tag)),
        }
        Ok(markup.end)
    }
}

/// The tags of a `liquid` tag.
fn lines(content: &str, offset: usize) -> Result<Vec<TagElement<'_>>, Mistake> {
    let mut tags = Vec::new();
    let mut comments = 0;
    let mut line_offset = offset;
    for line in content.split('\n') {
        let mut tag = split_name(line.trim_end(), line_offset, line_offset);
        line_offset += line.len() + 1;
        // On one line, another `liquid` adds nothing.
        while tag.name == "liquid" && !tag.content.trim().is_empty() {
            tag = split_name(tag.content, tag.offset, tag.offset);
        }
        match tag.name {
            "comment" | "doc" => comments += 1,
            "endcomment" | "enddoc" if comments > 0 => comments -= 1,
            _ if comments > 0 => {}
            "#" | "liquid" => {}
            "" if line.trim().is_empty() => {}
            "" => return Err(Mistake::new(tag.start, "missing tag name")),
            _ => tags.push(tag),
        }
    }
    match comments {
        0 => Ok(tags),
        _ => Err(Mistake::new(offset, "missing `endcomment`")),
    }
}

/// The name of a tag and what stands behind it.
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
        // A line of a `liquid` tag begins where its name does.
        start: if start == offset { name_offset } else { start },
        content: &begun[length..],
        offset: name_offset + length,
    }
}

/// Checks that each line of an inline comment is one.
fn check_comment(content: &str, offset: usize) -> Result<(), Mistake> {
    let mut at = offset;
    for (index, line) in content.split('\n').enumerate() {
        let begun = line.trim_start();
        if index > 0 && !begun.is_empty() && !begun.starts_with('#') {
            let place = at + line.len() - begun.len();
            return Err(Mistake::new(
                place,
                "expected `#` at the start of each line of the comment",
            ));
        }
        at += line.len() + 1;
    }
    Ok(())
}
