//! Free variables of a template: names that it reads and does not set itself.

use std::collections::HashSet;

use super::expression::{Expression, Path};
use super::filtered::Filtered;
use super::node::{Block, Node};
use super::tags::{Items, Offset};

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

/// Returns the names that a template reads and does not set itself, each once.
pub(super) fn names(template: &Block) -> Vec<TemplateName> {
    let mut names = Names::default();
    names.block(template);
    names.into_read()
}

#[derive(Default)]
struct Names<'t> {
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
    fn block(&mut self, block: &'t Block) {
        for node in block.nodes() {
            self.node(node);
        }
    }

    fn node(&mut self, node: &'t Node) {
        match node {
            Node::Text(_) | Node::Jump(_) => {}
            Node::Output(print) => self.filtered(print.filtered()),
            Node::Assign(assign) => {
                self.set.insert(&assign.name);
                self.filtered(&assign.value);
            }
            Node::Capture(capture) => {
                self.set.insert(&capture.name);
                self.block(&capture.body);
            }
            Node::Counter(counter) => {
                self.set.insert(&counter.name);
            }
            Node::Cycle(cycle) => {
                for value in cycle.group.iter().chain(&cycle.values) {
                    self.expression(value);
                }
            }
            Node::Case(case) => {
                self.tested(|visit| case.subject.visit_paths(visit));
                for branch in &case.branches {
                    for value in branch.values.iter().flatten() {
                        self.tested(|visit| value.visit_paths(visit));
                    }
                    self.block(&branch.body);
                }
            }
            Node::If(choice) => {
                for branch in &choice.branches {
                    self.tested(|visit| branch.condition.visit_paths(visit));
                    self.block(&branch.body);
                }
                if let Some(body) = &choice.else_body {
                    self.block(body);
                }
            }
            Node::IfChanged(changed) => self.block(&changed.body),
            Node::Liquid(block) => self.block(block),
            Node::For(each) => {
                self.items(&each.items);
                self.block(&each.body);
                if let Some(body) = &each.else_body {
                    self.block(body);
                }
            }
            Node::TableRow(table) => {
                self.items(&table.items);
                self.block(&table.body);
            }
        }
    }

    fn items(&mut self, items: &'t Items) {
        self.set.insert(&items.name);
        self.expression(&items.source);
        let offset = match &items.offset {
            Some(Offset::Count(offset)) => Some(offset),
            _ => None,
        };
        for option in items.limit.iter().chain(offset).chain(&items.columns) {
            self.expression(option);
        }
    }

    fn filtered(&mut self, filtered: &'t Filtered) {
        let has_default = filtered.has_default();
        filtered.visit_value(&mut |path| self.path(path, has_default));
        filtered.visit_arguments(&mut |path| self.path(path, false));
    }

    fn expression(&mut self, expression: &'t Expression) {
        expression.visit_paths(&mut |path| self.path(path, false));
    }

    /// Visits names that a condition tests.
    fn tested(&mut self, visit: impl FnOnce(&mut dyn FnMut(&'t Path))) {
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

    fn into_read(self) -> Vec<TemplateName> {
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
