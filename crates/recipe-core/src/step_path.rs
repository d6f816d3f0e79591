//! The address of a step in a run, e.g. `3.substeps[2]/recipes/b.json:0` (docs/design.md §3).
//!
//! Paths are built from the outside in and share their beginnings, so that the path of a substep costs one
//! small allocation however deep it lies. Each part knows how deep it lies and the hash of the path up to it, so that
//! looking a path up costs as little.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::iter;
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
#[derive(Clone, Default)]
pub struct StepPath {
    last: Option<Arc<Node>>,
}

struct Node {
    parent: StepPath,
    segment: Segment,
    depth: usize,
    hash: u64,
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
        self.last.as_ref().map_or(0, |node| node.depth)
    }

    /// The path without its last part; the main recipe itself has none.
    ///
    /// ```
    /// use recipe_core::StepPath;
    ///
    /// let path = StepPath::root().step(3).nested("substeps", 2);
    /// assert_eq!(path.parent(), Some(&StepPath::root().step(3)));
    /// assert_eq!(StepPath::root().parent(), None);
    /// ```
    pub fn parent(&self) -> Option<&Self> {
        self.last.as_deref().map(|node| &node.parent)
    }

    /// The paths that this one lies in, from the inside out; the main recipe's is the last.
    pub fn ancestors(&self) -> impl Iterator<Item = &Self> {
        iter::successors(self.parent(), |path| path.parent())
    }

    /// The parts, from the inside out.
    fn innermost_first(&self) -> impl Iterator<Item = &Arc<Node>> {
        iter::successors(self.last.as_ref(), |node| node.parent.last.as_ref())
    }

    fn push(&self, segment: Segment) -> Self {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        segment.hash(&mut hasher);
        Self {
            last: Some(Arc::new(Node {
                parent: self.clone(),
                segment,
                depth: self.depth() + 1,
                hash: hasher.finish(),
            })),
        }
    }
}

// Paths can be thousands of parts long, so nothing here recurses along them.

impl PartialEq for StepPath {
    fn eq(&self, other: &Self) -> bool {
        if self.depth() != other.depth() {
            return false;
        }
        let mut pairs = self.innermost_first().zip(other.innermost_first());
        // Where both share their beginning, the rest is the same.
        match pairs.find(|(own, other)| Arc::ptr_eq(own, other) || own.segment != other.segment) {
            Some((own, other)) => Arc::ptr_eq(own, other),
            None => true,
        }
    }
}

impl Eq for StepPath {}

impl Hash for StepPath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.last.as_ref().map(|node| node.hash).hash(state);
    }
}

impl Drop for StepPath {
    fn drop(&mut self) {
        let mut last = self.last.take();
        while let Some(mut node) = last.and_then(Arc::into_inner) {
            last = node.parent.last.take();
        }
    }
}

impl fmt::Display for StepPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let segments: Vec<&Segment> = self.innermost_first().map(|node| &node.segment).collect();
        for (position, segment) in segments.into_iter().rev().enumerate() {
            match segment {
                Segment::Step(index) if position > 0 => write!(f, ":{index}")?,
                Segment::Step(index) => write!(f, "{index}")?,
                Segment::Nested { field, index } => write!(f, ".{field}[{index}]")?,
                Segment::Key { field, key } => write!(f, ".{field}[{key:?}]")?,
                Segment::Recipe(path) => write!(f, "/{path}")?,
            }
        }
        Ok(())
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
        assert_eq!(path.parent().unwrap().to_string(), r#"1.items["a b"]"#);
        assert_eq!(StepPath::root().to_string(), "");
        assert_eq!(StepPath::root().parent(), None);
    }

    #[test]
    fn a_path_of_any_length_is_printed_compared_and_dropped() {
        let long =
            || (0..100_000).fold(StepPath::root(), |path, index| path.nested("steps", index));
        let path = long();
        assert!(path.to_string().ends_with(".steps[99999]"));
        assert!(path == long() && path != path.step(0));
    }

    #[test]
    fn equal_paths_have_equal_hashes_however_they_were_made() {
        let hash = |path: &StepPath| {
            let mut hasher = DefaultHasher::new();
            path.hash(&mut hasher);
            hasher.finish()
        };
        let make = || StepPath::root().step(1).nested("substeps", 2).recipe("b");
        let (one, other) = (make(), make());
        assert_eq!((&one, hash(&one)), (&other, hash(&other)));
        let beside = StepPath::root().step(1).nested("substeps", 3).recipe("b");
        assert!(one != beside && hash(&one) != hash(&beside));
        assert_eq!(
            one.parent().map(StepPath::to_string).as_deref(),
            Some("1.substeps[2]")
        );
    }
}
