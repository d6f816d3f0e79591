//! What a drawing consists of, whatever it is written in.

/// A recipe to draw, with the recipes it calls.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// The steps of the recipe, and a group for each recipe called.
    pub(super) parts: Vec<Part>,
    /// The arrows, in the order of the steps they begin at.
    pub(super) edges: Vec<Edge>,
}

/// Something with a place of its own.
#[derive(Debug)]
pub(super) enum Part {
    /// One step.
    Node(Node),
    /// Steps in a frame.
    Group(Group),
}

/// One step.
#[derive(Debug)]
pub(super) struct Node {
    /// Of ASCII letters, digits and underscores; no other part has it.
    pub(super) id: String,
    /// What is written on it, as it is: to be escaped.
    pub(super) lines: Vec<String>,
    /// What it looks like.
    pub(super) kind: NodeKind,
}

/// What a node looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NodeKind {
    /// A step like any other.
    Plain,
    /// It decides between branches.
    Decision,
    /// It runs the steps in its groups.
    Container,
    /// It calls a recipe that is drawn, too.
    Call,
    /// It calls a recipe that is not drawn.
    OpenCall,
    /// It stands for what is not drawn.
    Rest,
}

/// Steps in a frame.
#[derive(Debug)]
pub(super) struct Group {
    /// As of a node.
    pub(super) id: String,
    /// What stands above it, to be escaped; may be empty.
    pub(super) title: String,
    /// What is inside.
    pub(super) parts: Vec<Part>,
}

/// An arrow.
#[derive(Debug)]
pub(super) struct Edge {
    /// The node where it begins.
    pub(super) from: String,
    /// The node where it ends.
    pub(super) to: String,
    /// What is written on it, to be escaped.
    pub(super) label: Option<String>,
    /// What it means.
    pub(super) kind: EdgeKind,
}

/// What an arrow means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EdgeKind {
    /// One step comes after the other.
    Next,
    /// A step calls the recipe that begins there.
    Calls,
}
