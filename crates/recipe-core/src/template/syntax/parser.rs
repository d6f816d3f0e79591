//! Blocks put together from the elements of a template.

use super::arguments::Arguments;
use super::elements::{Element, TagElement, elements};
use super::{MAX_DEPTH, Mistake};
use crate::nearest::nearest;
use crate::template::node::{Block, Node};
use crate::template::tags::{self, tag_names};

/// The nodes of a template.
pub(in crate::template) fn parse(source: &str) -> Result<Block, Mistake> {
    let elements = elements(source)?;
    let mut parser = Parser {
        elements: &elements,
        next: 0,
        depth: 0,
    };
    let (block, end) = parser.block(&[])?;
    match end {
        None => Ok(block),
        Some(tag) => Err(parser.misplaced(&tag, None)),
    }
}

/// The elements that are still to be put together.
pub(in crate::template) struct Parser<'e, 't> {
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

    pub(in crate::template) fn arguments(&self) -> Result<Arguments<'t>, Mistake> {
        Arguments::new(self.0.content, self.0.offset)
    }

    /// Checks that the tag has no arguments.
    pub(in crate::template) fn expect_no_arguments(&self) -> Result<(), Mistake> {
        self.arguments()?.expect_end()
    }
}

impl<'t> Parser<'_, 't> {
    /// Nodes up to a tag that ends or divides the block, which is returned, or up to the end.
    fn block(&mut self, ends: &[&str]) -> Result<(Block, Option<Tag<'t>>), Mistake> {
        let mut nodes = Vec::new();
        while let Some(element) = self.elements.get(self.next) {
            self.next += 1;
            match element {
                Element::Text(text) => nodes.push(Node::Text((*text).into())),
                Element::Output { content, offset } => {
                    let arguments = Arguments::new(content, *offset)?;
                    nodes.push(Node::Output(tags::output(arguments)?));
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

    fn tag(&mut self, tag: Tag<'t>, ends: &[&str]) -> Result<Node, Mistake> {
        match tags::parse(tag, self) {
            Some(node) => node,
            None => Err(self.misplaced(&tag, ends.last().copied())),
        }
    }

    /// The tags of a `liquid` tag, as a block of its own.
    fn liquid(&mut self, tags: &[TagElement<'t>]) -> Result<Node, Mistake> {
        let elements: Vec<Element<'t>> = tags.iter().copied().map(Element::Tag).collect();
        let mut parser = Parser {
            elements: &elements,
            next: 0,
            depth: self.depth,
        };
        let (block, _) = parser.block(&[])?;
        Ok(Node::Liquid(block))
    }

    /// The content of a block up to the first of its ends, the last of which closes it.
    ///
    /// # Errors
    /// When the block is not closed, or nested too deep.
    pub(in crate::template) fn content(
        &mut self,
        opening: Tag<'t>,
        ends: &[&str],
    ) -> Result<(Block, Tag<'t>), Mistake> {
        if self.depth == MAX_DEPTH {
            return Err(Mistake::new(
                opening.start(),
                format!("blocks over {MAX_DEPTH} deep"),
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
            None => Err(Mistake::new(
                opening.start(),
                format!(
                    "missing `{{% {closing} %}}` for `{{% {} %}}`",
                    opening.name()
                ),
            )),
        }
    }

    fn misplaced(&self, tag: &Tag<'_>, expected: Option<&str>) -> Mistake {
        let name = tag.name();
        let is_part = name.starts_with("end") || matches!(name, "elsif" | "else" | "when");
        if !is_part {
            return Mistake::new(tag.start(), format!("unknown tag: {name}"))
                .suggest(nearest(name, tag_names()).filter(|near| near != name));
        }
        let found = format!("unexpected `{{% {name} %}}`");
        let message = match expected {
            Some(expected) => format!("{found}, expected `{{% {expected} %}}`"),
            None => found,
        };
        Mistake::new(tag.start(), message)
    }
}
