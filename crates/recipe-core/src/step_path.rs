//! The address of a step in a run, e.g. `3.substeps[2]/recipes/b.json:0` (DESIGN.md §3).
//!
//! Paths are built from the outside in and share their beginnings, so that the path of a substep costs one
//! small allocation however deep it lies.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// How a step is addressed in errors, events, journals and graphs.
///
/// ```
/// use recipe_core::StepPath;
///
/// let path = StepPath::root().step(3).nested("substeps", 2);
/// assert_eq!(path.to_string(), "3.substeps[2]");
/// assert_eq!(path.recipe("recipes/b.json").step(0).to_string(), "3.substeps[2]/recipes/b.json:0");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct StepPath {
    last: Option<Arc<Node>>,
}

#[derive(PartialEq, Eq, Hash)]
struct Node {
    parent: StepPath,
    segment: Segment,
}

#[derive(PartialEq, Eq, Hash)]
enum Segment {
    /// A step of a recipe, by its index.
    Step(usize),
    /// A step in a list of steps inside another step's configuration.
    Nested { field: &'static str, index: usize },
    /// One round of a loop over an object.
    Key { field: &'static str, key: Arc<str> },
    /// A recipe called by the step before.
    Recipe(Arc<str>),
}

impl StepPath {
    /// The main recipe itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// Step `index` of the recipe this path ends at.
    pub fn step(&self, index: usize) -> Self {
        self.push(Segment::Step(index))
    }

    /// Entry `index` of a list in the step this path ends at: a nested step, or an item of a loop.
    pub fn nested(&self, field: &'static str, index: usize) -> Self {
        self.push(Segment::Nested { field, index })
    }

    /// Entry `key` of an object in the step this path ends at: an item of a loop over an object.
    pub fn keyed(&self, field: &'static str, key: &str) -> Self {
        self.push(Segment::Key {
            field,
            key: key.into(),
        })
    }

    /// The recipe called by the step this path ends at.
    pub fn recipe(&self, path: &str) -> Self {
        self.push(Segment::Recipe(path.into()))
    }

    /// How many parts the path has; a step of the main recipe has one.
    pub fn depth(&self) -> usize {
        let mut depth = 0;
        let mut path = self;
        while let Some(node) = &path.last {
            depth += 1;
            path = &node.parent;
        }
        depth
    }

    fn push(&self, segment: Segment) -> Self {
        Self {
            last: Some(Arc::new(Node {
                parent: self.clone(),
                segment,
            })),
        }
    }
}

impl fmt::Display for StepPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(node) = &self.last else {
            return Ok(());
        };
        node.parent.fmt(f)?;
        match &node.segment {
            Segment::Step(index) if node.parent.last.is_some() => write!(f, ":{index}"),
            Segment::Step(index) => write!(f, "{index}"),
            Segment::Nested { field, index } => write!(f, ".{field}[{index}]"),
            Segment::Key { field, key } => write!(f, ".{field}[{key:?}]"),
            Segment::Recipe(path) => write!(f, "/{path}"),
        }
    }
}

impl fmt::Debug for StepPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StepPath({self})")
    }
}

impl Serialize for StepPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_spelled_from_the_outside_in() {
        let path = StepPath::root()
            .step(1)
            .keyed("items", "a b")
            .nested("substeps", 0);
        assert_eq!(path.to_string(), r#"1.items["a b"].substeps[0]"#);
        assert_eq!(path.depth(), 3);
        assert_eq!(StepPath::root().to_string(), "");
    }
}
