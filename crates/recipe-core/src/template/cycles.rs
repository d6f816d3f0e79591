//! Positions of `cycle` tags: the value that each group prints next.

use std::collections::HashMap;

/// Next position of each group.
#[derive(Default)]
pub(super) struct Cycles(HashMap<Group, usize>);

/// Group of `cycle` tags that share a position: those with the same name or the same values.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Group {
    Named(String),
    Values(Vec<String>),
}

impl Group {
    /// Memory used by the key, in bytes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Named(name) => name.len(),
            Self::Values(values) => values.iter().map(String::len).sum(),
        }
    }
}

impl Cycles {
    /// Returns the position of a group and advances it by one, modulo `length`.
    pub(super) fn next(&mut self, group: Group, length: usize) -> usize {
        let next = self.0.entry(group).or_default();
        let position = *next;
        *next = (position + 1) % length.max(1);
        position
    }
}
