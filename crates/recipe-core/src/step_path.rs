//! Addresses of steps in a run, such as `3.substeps[2]/recipes/b.json:0` (docs/design.md §3).
//!
//! Paths are built from the outside in and share prefixes, so the path of a substep takes one small
//! allocation at any depth. Each part stores its depth and the hash of the path up to it, which
//! makes lookups as cheap.

use std::borrow::Cow;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::iter;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};

/// Address of a step in errors, events, journals and graphs.
///
/// It prints as text that parses back to the same path. A recipe path that could be misread, such
/// as one with a `:` before a digit, is quoted.
///
/// ```
/// use recipe_core::StepPath;
///
/// let path = StepPath::root().step(3).nested("substeps", 2);
/// assert_eq!(path.to_string(), "3.substeps[2]");
/// let path = path.recipe("recipes/b.json").step(0);
/// assert_eq!(path.to_string(), "3.substeps[2]/recipes/b.json:0");
/// assert_eq!("3.substeps[2]/recipes/b.json:0".parse(), Ok(path));
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

#[derive(Debug, PartialEq, Eq, Hash)]
enum Segment {
    /// A step of a recipe, by its index.
    Step(usize),
    /// A step of a list in another step's configuration, or an item of a loop over a list.
    Nested {
        field: Cow<'static, str>,
        index: usize,
    },
    /// An item of a loop over an object.
    Key {
        field: Cow<'static, str>,
        key: Arc<str>,
    },
    /// A recipe called by the step before it.
    Recipe(Arc<str>),
}

impl StepPath {
    /// Returns the path of the main recipe.
    pub fn root() -> Self {
        Self::default()
    }

    /// Appends step `index` of the recipe this path ends at.
    pub fn step(&self, index: usize) -> Self {
        self.push(Segment::Step(index))
    }

    /// Appends entry `index` of a list in the step this path ends at: a nested step or loop item.
    ///
    /// `field` is the name of a field, without `[`.
    pub fn nested(&self, field: impl Into<Cow<'static, str>>, index: usize) -> Self {
        let field = field.into();
        self.push(Segment::Nested { field, index })
    }

    /// Appends entry `key` of an object in the step this path ends at: an item of its loop.
    ///
    /// `field` is the name of a field, without `[`.
    pub fn keyed(&self, field: impl Into<Cow<'static, str>>, key: &str) -> Self {
        self.push(Segment::Key {
            field: field.into(),
            key: key.into(),
        })
    }

    /// Appends the recipe called by the step this path ends at.
    pub fn recipe(&self, path: &str) -> Self {
        self.push(Segment::Recipe(path.into()))
    }

    /// Number of parts; a step of the main recipe has one.
    pub fn depth(&self) -> usize {
        self.last.as_ref().map_or(0, |node| node.depth)
    }

    /// Path without its last part. `None` for the main recipe.
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

    /// Enclosing paths from the inside out; that of the main recipe is the last.
    pub fn ancestors(&self) -> impl Iterator<Item = &Self> {
        iter::successors(self.parent(), |path| path.parent())
    }

    /// Parts from the inside out.
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
        // A shared prefix is equal.
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
        let mut segments: Vec<&Segment> =
            self.innermost_first().map(|node| &node.segment).collect();
        segments.reverse();
        for (position, segment) in segments.iter().enumerate() {
            match segment {
                Segment::Step(index) if position > 0 => write!(f, ":{index}")?,
                Segment::Step(index) => write!(f, "{index}")?,
                Segment::Nested { field, index } => write!(f, ".{field}[{index}]")?,
                Segment::Key { field, key } => write!(f, ".{field}[{key:?}]")?,
                Segment::Recipe(path) => match segments.get(position + 1) {
                    None | Some(Segment::Step(_)) if is_plain(path) => write!(f, "/{path}")?,
                    _ => write!(f, "/{path:?}")?,
                },
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

impl<'de> Deserialize<'de> for StepPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// Whether a recipe path is printed without quotes: it cannot be misread.
fn is_plain(path: &str) -> bool {
    !path.is_empty() && !path.starts_with('"') && step_index(path).is_none()
}

/// Returns the offset of the first `:` before a digit.
fn step_index(text: &str) -> Option<usize> {
    let mut colons = text.match_indices(':').map(|(offset, _)| offset);
    colons.find(|offset| text[offset + 1..].starts_with(|c: char| c.is_ascii_digit()))
}

/// Invalid text of a [`StepPath`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid step path at byte {offset}: {text:?}")]
#[non_exhaustive]
pub struct InvalidStepPath {
    /// The text.
    pub text: String,
    /// Offset of the invalid part, in bytes.
    pub offset: usize,
}

impl FromStr for StepPath {
    type Err = InvalidStepPath;

    fn from_str(text: &str) -> Result<Self, InvalidStepPath> {
        let (mut path, mut rest) = (Self::root(), text);
        while !rest.is_empty() {
            (path, rest) = path.parse_part(rest).ok_or_else(|| InvalidStepPath {
                text: text.to_owned(),
                offset: text.len() - rest.len(),
            })?;
        }
        Ok(path)
    }
}

impl StepPath {
    /// Parses the first part of a text. Returns the path with it, and the rest.
    fn parse_part<'t>(&self, text: &'t str) -> Option<(Self, &'t str)> {
        if self.depth() == 0 && text.starts_with(|c: char| c.is_ascii_digit()) {
            let (index, rest) = number(text)?;
            return Some((self.step(index), rest));
        }
        if let Some(text) = text.strip_prefix(':') {
            let (index, rest) = number(text)?;
            return Some((self.step(index), rest));
        }
        if let Some(text) = text.strip_prefix('/') {
            if text.starts_with('"') {
                let (path, rest) = quoted(text)?;
                return Some((self.recipe(&path), rest));
            }
            let (path, rest) = text.split_at(step_index(text).unwrap_or(text.len()));
            return (!path.is_empty()).then(|| (self.recipe(path), rest));
        }
        let (field, text) = text.strip_prefix('.')?.split_once('[')?;
        let field = field.to_owned();
        let (path, rest) = if text.starts_with('"') {
            let (key, rest) = quoted(text)?;
            (self.keyed(field, &key), rest)
        } else {
            let (index, rest) = number(text)?;
            (self.nested(field, index), rest)
        };
        Some((path, rest.strip_prefix(']')?))
    }
}

/// Parses a number as it is printed.
fn number(text: &str) -> Option<(usize, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit());
    let (digits, rest) = text.split_at(end.unwrap_or(text.len()));
    let is_printed_so = digits == "0" || !digits.starts_with('0');
    Some((digits.parse().ok().filter(|_| is_printed_so)?, rest))
}

/// Parses a quoted string as `{:?}` prints it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut string = String::new();
    let mut chars = text.strip_prefix('"')?.chars();
    loop {
        match chars.next()? {
            '"' => return Some((string, chars.as_str())),
            '\\' => string.push(match chars.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '0' => '\0',
                'u' => {
                    let (digits, rest) = chars.as_str().strip_prefix('{')?.split_once('}')?;
                    chars = rest.chars();
                    char::from_u32(u32::from_str_radix(digits, 16).ok()?)?
                }
                other => other,
            }),
            other => string.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Parts of paths, with strings that could be misread.
    fn parts() -> impl Strategy<Value = Vec<Segment>> {
        let string = prop_oneof![
            any::<String>(),
            "[a-c:/.\\[\\]\"0-2\\\\ ]{0,6}",
            "[a-z/.]{1,6}"
        ];
        let part = prop_oneof![
            (0_usize..100).prop_map(Segment::Step),
            (0_usize..100).prop_map(|index| Segment::Nested {
                field: "substeps".into(),
                index
            }),
            string.clone().prop_map(|key| Segment::Key {
                field: "items".into(),
                key: key.into()
            }),
            string.prop_map(|path| Segment::Recipe(path.into())),
        ];
        prop::collection::vec(part, 0..6)
    }

    proptest! {
        #[test]
        fn a_path_parses_back_to_itself(parts in parts()) {
            let path = parts.into_iter().fold(StepPath::root(), |path, part| path.push(part));
            let text = path.to_string();
            prop_assert_eq!(text.parse::<StepPath>(), Ok(path.clone()), "{}", text);
            let json = serde_json::to_string(&path).unwrap();
            prop_assert_eq!(serde_json::from_str::<StepPath>(&json).unwrap(), path);
        }

        #[test]
        fn any_text_is_a_path_or_an_error(text in "[0-9a-c:/.\\[\\]\"\\\\]{0,12}") {
            if let Ok(path) = text.parse::<StepPath>() {
                prop_assert_eq!(path.to_string().parse::<StepPath>(), Ok(path));
            }
        }
    }

    #[test]
    fn an_invalid_path_is_an_error_at_its_part() {
        for (text, offset) in [
            ("x", 0),
            ("1x", 1),
            ("01", 0),
            ("1.a", 1),
            ("1.a[2", 1),
            ("1.a[\"b]", 1),
            ("1/", 1),
            ("1/b:99999999999999999999", 3),
        ] {
            let error = text.parse::<StepPath>().unwrap_err();
            assert_eq!((error.offset, &*error.text), (offset, text));
        }
    }

    #[test]
    fn a_path_prints_from_the_outside_in() {
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
    fn equal_paths_have_equal_hashes() {
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
