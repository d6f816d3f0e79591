//! Syntax tree of a template: nodes in blocks.

use std::fmt;

use super::filtered::Filtered;
use super::names::Names;
use super::rendering::{Jump, Output, Rendering, Stop};

/// Node of the syntax tree.
#[derive(Debug)]
pub(super) enum Node {
    Text(Box<str>),
    /// `{{ … }}`, and the tag `echo`.
    Output(Filtered),
    /// `break` and `continue`.
    Jump(Jump),
    /// Tags inside a `liquid` tag.
    Liquid(Block),
    Tag(Box<dyn Render>),
}

/// A tag with its block.
pub(super) trait Render: fmt::Debug + Send + Sync {
    /// Whether the tag can only print white space, whatever its values are; `false` if unsure.
    fn is_blank(&self) -> bool {
        false
    }

    fn render<'v>(&'v self, rendering: &mut Rendering<'v>, output: &mut Output)
    -> Result<(), Stop>;

    /// Collects the names that the tag reads and sets.
    fn visit_names<'t>(&'t self, names: &mut Names<'t>);
}

/// Sequence of nodes.
#[derive(Debug, Default)]
pub(super) struct Block {
    nodes: Vec<Node>,
    /// Whether the block can only print white space.
    is_blank: bool,
}

impl Node {
    pub(super) fn from_tag(tag: impl Render + 'static) -> Self {
        Self::Tag(Box::new(tag))
    }

    /// Whether the node can only print white space, whatever its values are.
    fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) => text.chars().all(char::is_whitespace),
            Self::Output(_) => false,
            Self::Jump(_) => true,
            Self::Liquid(block) => block.is_blank,
            Self::Tag(tag) => tag.is_blank(),
        }
    }

    fn render<'v>(
        &'v self,
        rendering: &mut Rendering<'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        match self {
            Self::Text(text) => rendering.print(output, text),
            Self::Output(filtered) => {
                let value = filtered.evaluate(rendering)?;
                rendering.print_value(output, &value)
            }
            Self::Jump(jump) => Err(Stop::Jump(*jump)),
            Self::Liquid(block) => block.render(rendering, output),
            Self::Tag(tag) => tag.render(rendering, output),
        }
    }
}

impl Block {
    pub(super) fn new(nodes: Vec<Node>) -> Self {
        let is_blank = nodes.iter().all(Node::is_blank);
        Self { nodes, is_blank }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.is_blank
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Overrides [`is_blank`](Self::is_blank), for tags whose branches are blank together.
    pub(super) fn set_blank(&mut self, is_blank: bool) {
        self.is_blank = is_blank;
    }

    /// Renders the nodes. A blank block prints nothing; its captures and assignments still count.
    pub(super) fn render<'v>(
        &'v self,
        rendering: &mut Rendering<'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        match self.is_blank {
            true => self.render_all(rendering, &mut Output::discarded()),
            false => self.render_all(rendering, output),
        }
    }

    /// Renders the nodes, white space included.
    pub(super) fn render_all<'v>(
        &'v self,
        rendering: &mut Rendering<'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        for node in &self.nodes {
            node.render(rendering, output)?;
        }
        Ok(())
    }

    pub(super) fn visit_names<'t>(&'t self, names: &mut Names<'t>) {
        for node in &self.nodes {
            match node {
                Node::Text(_) | Node::Jump(_) => {}
                Node::Output(filtered) => names.filtered(filtered),
                Node::Liquid(block) => block.visit_names(names),
                Node::Tag(tag) => tag.visit_names(names),
            }
        }
    }
}
