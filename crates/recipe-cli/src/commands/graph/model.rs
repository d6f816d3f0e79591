//! Parts of a drawing, in any format.

/// A recipe to draw, with the recipes it calls.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// The steps of the recipe, and a group for each called recipe.
    pub(super) parts: Vec<Part>,
    /// The edges, ordered by the step they start from.
    pub(super) edges: Vec<Edge>,
}

/// A node or a group.
#[derive(Debug)]
pub(super) enum Part {
    /// A step.
    Node(Node),
    /// Steps in a frame.
    Group(Group),
}

/// A step.
#[derive(Debug)]
pub(super) struct Node {
    /// Unique; ASCII letters, digits and underscores.
    pub(super) id: String,
    /// Lines of its label, not escaped.
    pub(super) lines: Vec<String>,
    /// Shape.
    pub(super) kind: NodeKind,
}

/// Shape of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NodeKind {
    /// An ordinary step.
    Plain,
    /// A step that decides between branches.
    Decision,
    /// A step that runs the steps in its groups.
    Container,
    /// A step that calls a recipe that is drawn too.
    Call,
    /// A step that calls a recipe that is not drawn.
    OpenCall,
    /// A placeholder for steps that are not drawn.
    Rest,
}

/// Steps in a frame.
#[derive(Debug)]
pub(super) struct Group {
    /// Unique, like that of a node.
    pub(super) id: String,
    /// Title, not escaped; may be empty.
    pub(super) title: String,
    /// Nodes and groups inside.
    pub(super) parts: Vec<Part>,
}

/// An edge.
#[derive(Debug)]
pub(super) struct Edge {
    /// The node it starts from.
    pub(super) from: String,
    /// The node it leads to.
    pub(super) to: String,
    /// Label, not escaped.
    pub(super) label: Option<String>,
    /// Meaning.
    pub(super) kind: EdgeKind,
}

/// Meaning of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EdgeKind {
    /// Steps in order.
    Next,
    /// A step calls the recipe that starts there.
    Calls,
}
