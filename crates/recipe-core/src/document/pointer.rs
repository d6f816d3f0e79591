//! Pointers to values in a parsed document.

use std::fmt;

/// A place in a parsed document: the keys and indexes that lead to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Pointer(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Segment {
    Key(String),
    Index(usize),
}

impl Pointer {
    /// Returns the place of a member of the object at this place.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.with(Segment::Key(key.to_owned()))
    }

    /// Returns the place of an item of the list at this place.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Segment::Index(index))
    }

    /// Follows a path such as `files[0].path`.
    pub(crate) fn path(&self, path: &str) -> Self {
        let parts = path.split(['.', '[']).filter(|part| !part.is_empty());
        parts.fold(self.clone(), |at, part| match part.strip_suffix(']') {
            Some(index) => index.parse().map_or(at.key(part), |index| at.index(index)),
            None => at.key(part),
        })
    }

    /// Whether this is the place at `outer` or below it.
    pub(super) fn is_within(&self, outer: &Self) -> bool {
        self.0.starts_with(&outer.0)
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Returns the key that it ends with, if any.
    pub(crate) fn last_key(&self) -> Option<&str> {
        match self.0.last() {
            Some(Segment::Key(key)) => Some(key),
            _ => None,
        }
    }

    /// Whether it is a single key.
    pub(crate) fn is_one_key(&self) -> bool {
        matches!(&self.0[..], [Segment::Key(_)])
    }

    /// Appends another pointer.
    #[must_use]
    pub fn join(&self, then: &Self) -> Self {
        Self(self.0.iter().chain(&then.0).cloned().collect())
    }

    /// Formats the place as a JSON Pointer (RFC 6901): `/files/0/path`.
    pub fn to_json_pointer(&self) -> String {
        let segments = self.0.iter().map(|segment| match segment {
            Segment::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Index(index) => format!("/{index}"),
        });
        segments.collect()
    }

    fn with(&self, segment: Segment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }
}

/// `files[0].path`
impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if position == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
