//! Free variables of a template: names that it reads and does not set itself.

use std::collections::HashSet;

use super::expression::{Expression, Path};
use super::filtered::Filtered;

/// A name that a template reads and does not set itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TemplateName {
    /// The name.
    pub name: String,
    /// Byte offset in the template.
    pub offset: usize,
    /// Whether the template handles a missing value: it has a default or is tested in a condition.
    pub is_optional: bool,
}

/// Names that loops set.
const LOOPS: [&str; 2] = ["forloop", "tablerowloop"];

/// Collector of the names that a template reads and sets.
#[derive(Default)]
pub(super) struct Names<'t> {
    read: Vec<Read<'t>>,
    set: HashSet<&'t str>,
    tested: HashSet<&'t str>,
}

/// A read of a name.
struct Read<'t> {
    name: &'t str,
    offset: usize,
    has_default: bool,
}

impl<'t> Names<'t> {
    pub(super) fn set(&mut self, name: &'t str) {
        self.set.insert(name);
    }

    pub(super) fn filtered(&mut self, filtered: &'t Filtered) {
        let has_default = filtered.has_default();
        filtered.visit_value(&mut |path| self.path(path, has_default));
        filtered.visit_arguments(&mut |path| self.path(path, false));
    }

    pub(super) fn expression(&mut self, expression: &'t Expression) {
        expression.visit_paths(&mut |path| self.path(path, false));
    }

    /// Visits names that a condition tests.
    pub(super) fn tested(&mut self, visit: impl FnOnce(&mut dyn FnMut(&'t Path))) {
        visit(&mut |path| {
            self.tested.extend(path.name());
            self.path(path, false);
        });
    }

    fn path(&mut self, path: &'t Path, has_default: bool) {
        if let Some(name) = path.name() {
            self.read.push(Read {
                name,
                offset: path.offset,
                has_default,
            });
        }
    }

    /// Returns the names that the template reads and does not set itself, each once.
    pub(super) fn into_read(self) -> Vec<TemplateName> {
        let mut names: Vec<TemplateName> = Vec::new();
        for read in self.read {
            if self.set.contains(read.name) || LOOPS.contains(&read.name) {
                continue;
            }
            let is_optional = read.has_default || self.tested.contains(read.name);
            match names.iter_mut().find(|known| known.name == read.name) {
                Some(known) if known.is_optional && !is_optional => {
                    known.is_optional = false;
                    known.offset = read.offset;
                }
                Some(_) => {}
                None => names.push(TemplateName {
                    name: read.name.to_owned(),
                    offset: read.offset,
                    is_optional,
                }),
            }
        }
        names
    }
}
