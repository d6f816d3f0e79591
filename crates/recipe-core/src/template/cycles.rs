//! The places of `cycle` tags: which of its values each group prints next.

use std::collections::HashMap;

/// The next place of each group.
#[derive(Default)]
pub(super) struct Cycles(HashMap<Group, usize>);

/// Tags that go through their values together: those of one name, or those with the same values.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Group {
    Named(String),
    Of(Vec<String>),
}

impl Group {
    /// The memory that its name takes, in bytes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Named(name) => name.len(),
            Self::Of(values) => values.iter().map(String::len).sum(),
        }
    }
}

impl Cycles {
    /// The place of a group, which moves on by one of so many.
    pub(super) fn next(&mut self, group: Group, length: usize) -> usize {
        let next = self.0.entry(group).or_default();
        let place = *next;
        *next = (place + 1) % length.max(1);
        place
    }
}
