//! Known artifacts at one point of a dry run.

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Arc;

use recipe_core::Context;
use recipe_core::template::Variables;
use serde_json::Value;

/// The known artifacts.
#[derive(Clone)]
pub(super) struct Knowledge {
    /// Artifacts with known values.
    artifacts: Context,
    /// Names of artifacts with unknown values. Shared by clones until one of them changes.
    unknown: Arc<HashSet<String>>,
    /// Whether any other name may be set too.
    is_open: bool,
    /// Names that were set since [`take_touched`](Self::take_touched).
    touched: HashSet<String>,
    /// Whether any file may have been written, recipes included.
    pub(super) has_written: bool,
}

impl Knowledge {
    /// Creates the knowledge of all artifacts.
    pub(super) fn new(artifacts: Context) -> Self {
        Self {
            artifacts,
            unknown: Arc::default(),
            is_open: false,
            touched: HashSet::new(),
            has_written: false,
        }
    }

    /// Copies the knowledge for steps that work on a copy of the artifacts.
    pub(super) fn copy(&self) -> Self {
        Self {
            touched: HashSet::new(),
            ..self.clone()
        }
    }

    /// Returns the artifacts with known values.
    pub(super) fn artifacts(&self) -> &Context {
        &self.artifacts
    }

    /// Whether the value of a name, or its absence, is known.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.artifacts.contains(name) || !(self.is_open || self.unknown.contains(name))
    }

    /// Renders something with the known artifacts; `None` if it reads others.
    pub(super) fn render<T>(&self, render: impl FnOnce(&dyn Variables) -> T) -> Option<T> {
        let asked = Asked {
            knowledge: self,
            for_unknown: Cell::new(false),
        };
        let rendered = render(&asked);
        (!asked.for_unknown.get()).then_some(rendered)
    }

    /// Changes an artifact to a known value.
    pub(super) fn change(&mut self, name: &str, change: impl FnOnce(&mut Context)) {
        change(&mut self.artifacts);
        if self.unknown.contains(name) {
            Arc::make_mut(&mut self.unknown).remove(name);
        }
        self.touched.insert(name.to_owned());
    }

    /// Records that a name is set to an unknown value.
    pub(super) fn forget(&mut self, name: &str) {
        self.artifacts.remove(name);
        Arc::make_mut(&mut self.unknown).insert(name.to_owned());
        self.touched.insert(name.to_owned());
    }

    /// Records that anything may be set or written.
    pub(super) fn forget_all(&mut self) {
        let names = self.artifacts.iter().map(|(name, _)| name.to_owned());
        self.touched.extend(names);
        self.artifacts = Context::new();
        self.is_open = true;
        self.has_written = true;
    }

    /// Returns the names that were set since the last call.
    pub(super) fn take_touched(&mut self) -> HashSet<String> {
        std::mem::take(&mut self.touched)
    }

    /// Adds names to those that were set.
    pub(super) fn touch(&mut self, names: HashSet<String>) {
        self.touched.extend(names);
    }

    /// Merges the knowledge of two possible paths of a run.
    pub(super) fn or(&mut self, other: Self) {
        let differ = other.artifacts.changes_since(&self.artifacts);
        let differ: Vec<String> = differ.map(|(name, _)| name.to_owned()).collect();
        for name in differ {
            self.forget(&name);
        }
        let unknown = other.unknown.difference(&self.unknown).cloned();
        let unknown: Vec<String> = unknown.collect();
        if !unknown.is_empty() {
            Arc::make_mut(&mut self.unknown).extend(unknown);
        }
        self.touched.extend(other.touched);
        self.is_open |= other.is_open;
        self.has_written |= other.has_written;
    }

    /// Merges the knowledge of a path that fails: `on_error` steps see its effects.
    pub(super) fn stopped(&mut self, other: Self) {
        self.touched.extend(other.touched);
        self.has_written |= other.has_written;
    }
}

/// Variables of a template, recording whether it reads an unknown one.
struct Asked<'k> {
    knowledge: &'k Knowledge,
    for_unknown: Cell<bool>,
}

impl Variables for Asked<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        if !self.knowledge.knows(name) {
            self.for_unknown.set(true);
        }
        self.knowledge.artifacts.get(name)
    }

    fn names<'a>(&'a self) -> Box<dyn Iterator<Item = &'a str> + 'a> {
        self.for_unknown.set(true);
        self.knowledge.artifacts.names()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use recipe_core::template::Template;

    fn rendered(known: &Knowledge, text: &str) -> Option<String> {
        let template = Template::parse(text).unwrap();
        known.render(|variables| template.render(variables).unwrap())
    }

    #[test]
    fn only_templates_of_known_artifacts_are_rendered() {
        let mut known = Knowledge::new(Context::new());
        known.change("a", |artifacts| artifacts.set("a", 1));
        known.forget("b");
        assert_eq!(rendered(&known, "{{ a }}{{ c }}").as_deref(), Some("1"));
        assert_eq!(rendered(&known, "{{ a }}{{ b }}"), None);
        // Names that are not read do not matter.
        let text = "{% if a == 1 %}one{% else %}{{ b }}{% endif %}";
        assert_eq!(rendered(&known, text).as_deref(), Some("one"));
        known.forget_all();
        assert_eq!(rendered(&known, "{{ c }}"), None);
    }

    #[test]
    fn after_two_paths_only_common_values_are_known() {
        let mut known = Knowledge::new(Context::new());
        known.change("same", |artifacts| artifacts.set("same", 1));
        let mut other = known.clone();
        known.change("a", |artifacts| artifacts.set("a", 1));
        other.change("a", |artifacts| artifacts.set("a", 2));
        other.forget("b");
        known.or(other);
        let known = ["same", "a", "b", "c"].map(|name| known.knows(name));
        assert_eq!(known, [true, false, false, true]);
    }
}
