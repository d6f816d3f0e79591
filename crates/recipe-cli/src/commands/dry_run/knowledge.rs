//! What is known of the artifacts at one point of a run that does not happen.

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Arc;

use recipe_core::Context;
use recipe_core::template::Variables;
use serde_json::Value;

/// The artifacts as far as they are known.
#[derive(Clone)]
pub(super) struct Knowledge {
    /// Those whose values are known.
    artifacts: Context,
    /// Names that may be set, no one knows to what. Shared with copies until one writes.
    unknown: Arc<HashSet<String>>,
    /// Any name may be set that is not among the artifacts.
    is_open: bool,
    /// Names that were set since someone last asked.
    touched: HashSet<String>,
    /// Any file may have been written, recipes among them.
    pub(super) has_written: bool,
}

impl Knowledge {
    /// All is known.
    pub(super) fn new(artifacts: Context) -> Self {
        Self {
            artifacts,
            unknown: Arc::default(),
            is_open: false,
            touched: HashSet::new(),
            has_written: false,
        }
    }

    /// What is known at the start of something that works on a copy of the artifacts.
    pub(super) fn copy(&self) -> Self {
        Self {
            touched: HashSet::new(),
            ..self.clone()
        }
    }

    /// The artifacts whose values are known.
    pub(super) fn artifacts(&self) -> &Context {
        &self.artifacts
    }

    /// Whether the value of a name is known, or else that it has none.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.artifacts.contains(name) || !(self.is_open || self.unknown.contains(name))
    }

    /// What comes of the known artifacts; `None` where it takes others, too.
    pub(super) fn render<T>(&self, render: impl FnOnce(&dyn Variables) -> T) -> Option<T> {
        let asked = Asked {
            knowledge: self,
            for_unknown: Cell::new(false),
        };
        let rendered = render(&asked);
        (!asked.for_unknown.get()).then_some(rendered)
    }

    /// Changes one artifact, whose value is known then.
    pub(super) fn change(&mut self, name: &str, change: impl FnOnce(&mut Context)) {
        change(&mut self.artifacts);
        if self.unknown.contains(name) {
            Arc::make_mut(&mut self.unknown).remove(name);
        }
        self.touched.insert(name.to_owned());
    }

    /// Takes note that a name is set to something.
    pub(super) fn forget(&mut self, name: &str) {
        self.artifacts.remove(name);
        Arc::make_mut(&mut self.unknown).insert(name.to_owned());
        self.touched.insert(name.to_owned());
    }

    /// Takes note that anything may have been done.
    pub(super) fn forget_all(&mut self) {
        let names = self.artifacts.iter().map(|(name, _)| name.to_owned());
        self.touched.extend(names);
        self.artifacts = Context::new();
        self.is_open = true;
        self.has_written = true;
    }

    /// The names that were set since this was last asked.
    pub(super) fn take_touched(&mut self) -> HashSet<String> {
        std::mem::take(&mut self.touched)
    }

    /// Adds to the names that were set.
    pub(super) fn touch(&mut self, names: HashSet<String>) {
        self.touched.extend(names);
    }

    /// What is known if it has come either to this or to the other.
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

    /// What is known if it has come to this, as the other ends in a failure; whoever takes over from that failure has to
    /// reckon with what was done until then.
    pub(super) fn stopped(&mut self, other: Self) {
        self.touched.extend(other.touched);
        self.has_written |= other.has_written;
    }
}

/// The artifacts as a template sees them, and whether it asked for one that is not known.
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
    fn a_template_is_rendered_from_what_is_known_alone() {
        let mut known = Knowledge::new(Context::new());
        known.change("a", |artifacts| artifacts.set("a", 1));
        known.forget("b");
        assert_eq!(rendered(&known, "{{ a }}{{ c }}").as_deref(), Some("1"));
        assert_eq!(rendered(&known, "{{ a }}{{ b }}"), None);
        // What is not asked for does not matter.
        let text = "{% if a == 1 %}one{% else %}{{ b }}{% endif %}";
        assert_eq!(rendered(&known, text).as_deref(), Some("one"));
        known.forget_all();
        assert_eq!(rendered(&known, "{{ c }}"), None);
    }

    #[test]
    fn of_two_ways_only_what_they_agree_on_is_known() {
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
