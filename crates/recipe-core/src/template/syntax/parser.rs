//! Parser that builds blocks from the elements of a template.

use super::arguments::Arguments;
use super::elements::{Element, LEXED_TAGS, TagElement, elements};
use super::{MAX_DEPTH, SyntaxError};
use crate::nearest::nearest;
use crate::template::filtered::Filtered;
use crate::template::node::{Block, Node};

/// Name of a tag, and the parser of the tag with its block.
pub(in crate::template) type TagKind = (&'static str, ParseTag);

type ParseTag = for<'t> fn(Tag<'t>, &mut Parser<'_, 't>) -> Result<Node, SyntaxError>;

/// Parses a template.
pub(in crate::template) fn parse(source: &str, tags: &[TagKind]) -> Result<Block, SyntaxError> {
    let elements = elements(source)?;
    let mut parser = Parser {
        tags,
        elements: &elements,
        next: 0,
        depth: 0,
    };
    let (block, end) = parser.block(&[])?;
    match end {
        None => Ok(block),
        Some(tag) => Err(parser.unexpected(&tag, None)),
    }
}

/// Returns the names of all tags, without those that end or divide a block.
pub(in crate::template) fn tag_names(tags: &[TagKind]) -> impl Iterator<Item = &'static str> {
    tags.iter().map(|(name, _)| *name).chain(LEXED_TAGS)
}

/// Cursor over the elements of a template.
pub(in crate::template) struct Parser<'e, 't> {
    tags: &'e [TagKind],
    elements: &'e [Element<'t>],
    next: usize,
    depth: usize,
}

/// A tag that is being parsed.
#[derive(Debug, Clone, Copy)]
pub(in crate::template) struct Tag<'t>(TagElement<'t>);

impl<'t> Tag<'t> {
    pub(in crate::template) fn name(&self) -> &'t str {
        self.0.name
    }

    /// Offset of the tag in the template.
    pub(in crate::template) fn start(&self) -> usize {
        self.0.start
    }

    pub(in crate::template) fn arguments(&self) -> Result<Arguments<'t>, SyntaxError> {
        Arguments::new(self.0.content, self.0.offset)
    }

    /// Checks that the tag has no arguments.
    pub(in crate::template) fn expect_no_arguments(&self) -> Result<(), SyntaxError> {
        self.arguments()?.expect_end()
    }
}

impl<'t> Parser<'_, 't> {
    /// Parses nodes up to one of the tags `ends`, which is returned, or up to the end.
    fn block(&mut self, ends: &[&str]) -> Result<(Block, Option<Tag<'t>>), SyntaxError> {
        let mut nodes = Vec::new();
        while let Some(element) = self.elements.get(self.next) {
            self.next += 1;
            match element {
                Element::Text(text) => nodes.push(Node::Text((*text).into())),
                Element::Output { content, offset } => {
                    let mut arguments = Arguments::new(content, *offset)?;
                    nodes.push(Node::Output(Filtered::parse(&mut arguments)?));
                }
                Element::Tag(tag) => {
                    let tag = Tag(*tag);
                    if ends.contains(&tag.name()) {
                        return Ok((Block::new(nodes), Some(tag)));
                    }
                    nodes.push(self.tag(tag, ends)?);
                }
                Element::Liquid(tags) => nodes.push(self.liquid(tags)?),
            }
        }
        Ok((Block::new(nodes), None))
    }

    fn tag(&mut self, tag: Tag<'t>, ends: &[&str]) -> Result<Node, SyntaxError> {
        match self.tags.iter().find(|(name, _)| *name == tag.name()) {
            Some((_, parse)) => parse(tag, self),
            None => Err(self.unexpected(&tag, ends.last().copied())),
        }
    }

    /// Parses the content of a `liquid` tag as a block of its own.
    fn liquid(&mut self, tags: &[TagElement<'t>]) -> Result<Node, SyntaxError> {
        let elements: Vec<Element<'t>> = tags.iter().copied().map(Element::Tag).collect();
        let mut parser = Parser {
            tags: self.tags,
            elements: &elements,
            next: 0,
            depth: self.depth,
        };
        let (block, _) = parser.block(&[])?;
        Ok(Node::Liquid(block))
    }

    /// Parses the content of a block up to one of the tags `ends`, the last of which closes it.
    ///
    /// # Errors
    /// If the content is invalid, the block is not closed, or it is nested too deeply.
    pub(in crate::template) fn content(
        &mut self,
        opening: Tag<'t>,
        ends: &[&str],
    ) -> Result<(Block, Tag<'t>), SyntaxError> {
        if self.depth == MAX_DEPTH {
            return Err(SyntaxError::new(
                opening.start(),
                format!("blocks nested too deeply: over {MAX_DEPTH} levels"),
            ));
        }
        self.depth += 1;
        let (block, end) = self.block(ends)?;
        self.depth -= 1;
        let closing = ends.last().copied().unwrap_or_default();
        match end {
            Some(end) => {
                if end.name() == closing {
                    end.expect_no_arguments()?;
                }
                Ok((block, end))
            }
            None => Err(SyntaxError::new(
                opening.start(),
                format!(
                    "missing `{{% {closing} %}}` for `{{% {} %}}`",
                    opening.name()
                ),
            )),
        }
    }

    fn unexpected(&self, tag: &Tag<'_>, expected: Option<&str>) -> SyntaxError {
        let name = tag.name();
        let is_part = name.starts_with("end") || matches!(name, "elsif" | "else" | "when");
        if !is_part {
            return SyntaxError::new(tag.start(), format!("unknown tag: {name}"))
                .suggest(nearest(name, tag_names(self.tags)).filter(|near| near != name));
        }
        let found = format!("unexpected `{{% {name} %}}`");
        let message = match expected {
            Some(expected) => format!("{found}, expected `{{% {expected} %}}`"),
            None => found,
        };
        SyntaxError::new(tag.start(), message)
    }
}
