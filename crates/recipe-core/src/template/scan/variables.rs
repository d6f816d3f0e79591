//! Which names a template reads and which it sets.

use std::collections::HashSet;

use super::tokens::Root;

/// A name that a template reads and does not set itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TemplateName {
    /// The name.
    pub name: String,
    /// Where it stands in the template, in bytes.
    pub offset: usize,
    /// The template is prepared for it to be missing: it has a default, or is asked for in a condition.
    pub is_optional: bool,
}

/// The names that loops set.
const LOOPS: [&str; 2] = ["forloop", "tablerowloop"];

/// The names seen so far.
#[derive(Default)]
pub(super) struct Variables<'t> {
    read: Vec<Root<'t>>,
    set: HashSet<&'t str>,
    asked_for: HashSet<&'t str>,
}

impl<'t> Variables<'t> {
    /// Takes in the names of one tag.
    pub(super) fn tag(&mut self, tag: &str, roots: Vec<Root<'t>>) {
        let words: &[&str] = match tag {
            "if" | "unless" | "elsif" | "case" | "when" => &["and", "or", "contains"],
            "for" | "tablerow" => &["in", "limit", "offset", "reversed", "cols", "continue"],
            _ => &[],
        };
        let mut roots = roots
            .into_iter()
            .filter(|root| !root.is_argument && !words.contains(&root.name));
        match tag {
            "assign" | "capture" | "increment" | "decrement" | "for" | "tablerow" => {
                self.set.extend(roots.next().map(|root| root.name));
            }
            "if" | "unless" | "elsif" | "case" | "when" => {
                let roots: Vec<_> = roots.collect();
                self.asked_for.extend(roots.iter().map(|root| root.name));
                self.read.extend(roots);
                return;
            }
            _ => {}
        }
        self.read.extend(roots);
    }

    /// What is read and not set, each name once.
    pub(super) fn read(self) -> Vec<TemplateName> {
        let mut names: Vec<TemplateName> = Vec::new();
        for root in self.read {
            if self.set.contains(root.name) || LOOPS.contains(&root.name) {
                continue;
            }
            let is_optional = root.has_default || self.asked_for.contains(root.name);
            match names.iter_mut().find(|known| known.name == root.name) {
                Some(known) if known.is_optional && !is_optional => {
                    known.is_optional = false;
                    known.offset = root.offset;
                }
                Some(_) => {}
                None => names.push(TemplateName {
                    name: root.name.to_owned(),
                    offset: root.offset,
                    is_optional,
                }),
            }
        }
        names
    }
}
