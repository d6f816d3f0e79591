//! Syntax tree of a template: nodes in blocks.

use super::rendering::{Output, Rendering, Stop};
use super::tags::{
    Assign, Capture, Case, Counter, Cycle, For, If, IfChanged, Jump, Print, TableRow,
};

/// Node of the syntax tree.
#[derive(Debug)]
pub(super) enum Node {
    Text(Box<str>),
    /// `{{ … }}`, and the tag `echo`.
    Output(Print),
    Assign(Assign),
    Capture(Capture),
    Case(Case),
    Counter(Counter),
    Cycle(Cycle),
    For(For),
    If(If),
    IfChanged(IfChanged),
    /// `break` and `continue`.
    Jump(Jump),
    /// Tags inside a `liquid` tag.
    Liquid(Block),
    TableRow(TableRow),
}

/// Sequence of nodes.
#[derive(Debug, Default)]
pub(super) struct Block {
    nodes: Vec<Node>,
    /// Whether the block can only print white space.
    is_blank: bool,
}

impl Node {
    /// Whether the node can only print white space, whatever its values are.
    fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) => text.chars().all(char::is_whitespace),
            Self::Assign(_) | Self::Capture(_) | Self::Jump(_) => true,
            Self::Output(_) | Self::Counter(_) | Self::Cycle(_) | Self::TableRow(_) => false,
            Self::Case(case) => case.is_blank(),
            Self::For(each) => each.is_blank(),
            Self::If(choice) => choice.is_blank(),
            Self::IfChanged(changed) => changed.is_blank(),
            Self::Liquid(block) => block.is_blank,
        }
    }

    fn render<'v>(
        &'v self,
        rendering: &mut Rendering<'v>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        match self {
            Self::Text(text) => rendering.print(output, text),
            Self::Output(print) => print.render(rendering, output),
            Self::Assign(assign) => assign.render(rendering),
            Self::Capture(capture) => capture.render(rendering),
            Self::Case(case) => case.render(rendering, output),
            Self::Counter(counter) => counter.render(rendering, output),
            Self::Cycle(cycle) => cycle.render(rendering, output),
            Self::For(each) => each.render(rendering, output),
            Self::If(choice) => choice.render(rendering, output),
            Self::IfChanged(changed) => changed.render(rendering, output),
            Self::Jump(jump) => Err(Stop::Jump(*jump)),
            Self::Liquid(block) => block.render(rendering, output),
            Self::TableRow(table) => table.render(rendering, output),
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
}
