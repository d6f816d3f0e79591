//! Converts a recipe, and those it calls, to the parts of a drawing.
//!
//! The id of a part is its path: `main_0_substeps_1` is substep 1 of step 0, `r2_0` the first step
//! of the second called recipe. Each recipe is drawn once, beside its callers, so that recursive
//! calls end and deep ones do not nest.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};

use recipe_core::registry::{ArtifactUse, OutlineList, OutlineStep};
use recipe_core::template::Template;
use recipe_core::{Recipe, Registry};
use serde_json::Value;

use super::label;
use super::model::{Edge, EdgeKind, Graph, Group, Node, NodeKind, Part};

/// Maximum nesting depth of frames. Deeper steps are counted, not drawn.
const MAX_DEPTH: usize = 16;

/// Draws the recipe in `file`. `read` reads the recipes it calls, and reports invalid ones.
pub(super) fn graph(
    registry: &Registry,
    file: &Path,
    recipe: &Recipe,
    read: impl FnMut(&Path) -> Option<Recipe>,
) -> Graph {
    let mut collector = Collector {
        read,
        edges: Vec::new(),
        ids: HashSet::new(),
        known: HashMap::new(),
        waiting: VecDeque::new(),
        called: 0,
    };
    if let Ok(file) = file.canonicalize() {
        collector.known.insert(file, Some("main".to_owned()));
    }
    let mut parts = collector.recipe("main", &registry.outline(recipe));
    while let Some(called) = collector.waiting.pop_front() {
        let steps = registry.outline(&called.recipe);
        parts.push(Part::Group(Group {
            parts: collector.recipe(&called.prefix, &steps),
            title: called.title,
            id: called.prefix,
        }));
    }
    Graph {
        parts,
        edges: collector.edges,
    }
}

struct Collector<R> {
    read: R,
    edges: Vec<Edge>,
    /// Ids in use.
    ids: HashSet<String>,
    /// Prefix of the ids in each recipe, by resolved path; `None` if the recipe is invalid.
    known: HashMap<PathBuf, Option<String>>,
    waiting: VecDeque<Called>,
    called: usize,
}

/// A recipe to draw.
struct Called {
    prefix: String,
    title: String,
    recipe: Recipe,
}

/// A node from which the next step is reached.
struct Exit {
    from: String,
    label: Option<String>,
}

impl Exit {
    fn new(from: &str) -> Self {
        Self {
            from: from.to_owned(),
            label: None,
        }
    }
}

impl<R: FnMut(&Path) -> Option<Recipe>> Collector<R> {
    /// Draws one recipe. [`Self::called`] relies on the id of its first node.
    fn recipe(&mut self, prefix: &str, steps: &[OutlineStep]) -> Vec<Part> {
        self.ids.insert(prefix.to_owned());
        let mut parts = Vec::new();
        if steps.is_empty() {
            let id = self.id(format!("{prefix}_0"));
            parts.push(rest(id, "no steps".to_owned()));
        }
        self.list(prefix, steps, Vec::new(), 0, &mut parts);
        parts
    }

    /// Draws steps in order, the first after `exits`; returns the exits after the last.
    fn list(
        &mut self,
        prefix: &str,
        steps: &[OutlineStep],
        exits: Vec<Exit>,
        depth: usize,
        parts: &mut Vec<Part>,
    ) -> Vec<Exit> {
        let mut exits = exits;
        for (index, step) in steps.iter().enumerate() {
            exits = self.step(format!("{prefix}_{index}"), step, exits, depth, parts);
        }
        exits
    }

    /// Draws a step and its substeps; returns the exits after it.
    fn step(
        &mut self,
        id: String,
        step: &OutlineStep,
        entries: Vec<Exit>,
        depth: usize,
        parts: &mut Vec<Part>,
    ) -> Vec<Exit> {
        let id = self.id(id);
        for Exit { from, label } in entries {
            self.edge(&from, &id, label, EdgeKind::Next);
        }
        let own: Vec<_> = step.own_lists().collect();
        let traits = step.traits;
        let (kind, lines) = if let Some(call) = traits.calls_recipe {
            self.call(&id, step, call.path)
        } else if let Some(decision) = traits.decides {
            let lines = label::step_with(step, decision.condition);
            (NodeKind::Decision, lines)
        } else if own.is_empty() {
            (NodeKind::Plain, vec![label::step(step)])
        } else {
            (NodeKind::Container, vec![label::step(step)])
        };
        let node = Node {
            id: id.clone(),
            lines,
            kind,
        };
        parts.push(Part::Node(node));

        let mut exits = Vec::new();
        for list in &own {
            let (group, behind) = self.inside(&id, step, list, depth + 1);
            parts.push(Part::Group(group));
            exits.extend(behind);
        }
        if let Some(decision) = traits.decides.filter(|_| !own.is_empty()) {
            let drawn = |branch: &&str| own.iter().any(|list| list.field == *branch);
            let branches = [decision.if_true, decision.if_false].into_iter();
            exits.extend(branches.filter(|branch| !drawn(branch)).map(|branch| Exit {
                from: id.clone(),
                label: Some(branch.to_owned()),
            }));
        }
        if exits.is_empty() {
            exits.push(Exit::new(&id));
        }
        // The path taken if the step fails.
        if let Some(list) = step.on_error() {
            let (group, behind) = self.inside(&id, step, list, depth + 1);
            parts.push(Part::Group(group));
            exits.extend(behind);
        }
        exits
    }

    /// Draws the steps in one field of a step; returns the exits after them.
    fn inside(
        &mut self,
        outer: &str,
        step: &OutlineStep,
        list: &OutlineList,
        depth: usize,
    ) -> (Group, Vec<Exit>) {
        let field: String = list.field.chars().map(fit_for_id).collect();
        let id = self.id(format!("{outer}_{field}"));
        let traits = step.traits;
        let (title, edge_label) = if list.is_on_error || traits.decides.is_some() {
            (String::new(), Some(list.field.clone()))
        } else if let Some(items) = traits.repeats_over {
            (loop_title(step, items), None)
        } else if traits.runs_side_by_side {
            ("side by side".to_owned(), None)
        } else {
            (label::line(&list.field), None)
        };
        let entry = || Exit {
            from: outer.to_owned(),
            label: edge_label.clone(),
        };
        let mut parts = Vec::new();
        let exits = if depth > MAX_DEPTH {
            let only = self.id(format!("{id}_0"));
            self.edge(outer, &only, edge_label, EdgeKind::Next);
            parts.push(rest(only.clone(), steps_in_words(count(&list.steps))));
            vec![Exit::new(&only)]
        } else if traits.runs_side_by_side && !list.is_on_error {
            let mut exits = Vec::new();
            for (index, substep) in list.steps.iter().enumerate() {
                let path = format!("{id}_{index}");
                exits.extend(self.step(path, substep, vec![entry()], depth, &mut parts));
            }
            exits
        } else {
            self.list(&id, &list.steps, vec![entry()], depth, &mut parts)
        };
        (Group { id, title, parts }, exits)
    }

    /// Returns shape and label of a step that calls a recipe. If the recipe is not drawn, the label
    /// has its path even if the step has a name.
    fn call(&mut self, id: &str, step: &OutlineStep, field: &str) -> (NodeKind, Vec<String>) {
        let path = step.config.get(field).and_then(Value::as_str);
        match path.and_then(|path| self.called(path)) {
            Some(prefix) => {
                self.edge(id, &format!("{prefix}_0"), None, EdgeKind::Calls);
                (NodeKind::Call, vec![label::step(step)])
            }
            None => (NodeKind::OpenCall, label::step_with(step, field)),
        }
    }

    /// Returns the prefix of the ids in the recipe at a path, which is read at its first call.
    fn called(&mut self, path: &str) -> Option<String> {
        if Template::has_tags(path) {
            return None;
        }
        let file = Path::new(path);
        // Anything but a regular file, such as a pipe, might block forever.
        if !file.is_file() {
            return None;
        }
        let resolved = file.canonicalize().ok()?;
        if let Some(known) = self.known.get(&resolved) {
            return known.clone();
        }
        let prefix = (self.read)(file).map(|recipe| {
            self.called += 1;
            let prefix = format!("r{}", self.called);
            self.waiting.push_back(Called {
                prefix: prefix.clone(),
                title: label::line(path),
                recipe,
            });
            prefix
        });
        self.known.insert(resolved, prefix.clone());
        prefix
    }

    /// Makes an id unique: fields that differ only in punctuation have equal ids.
    fn id(&mut self, path: String) -> String {
        let mut id = path;
        while !self.ids.insert(id.clone()) {
            id.push('_');
        }
        id
    }

    fn edge(&mut self, from: &str, to: &str, label: Option<String>, kind: EdgeKind) {
        self.edges.push(Edge {
            from: from.to_owned(),
            to: to.to_owned(),
            label,
            kind,
        });
    }
}

fn fit_for_id(character: char) -> char {
    if character.is_ascii_alphanumeric() {
        character
    } else {
        '_'
    }
}

fn rest(id: String, text: String) -> Part {
    Part::Node(Node {
        id,
        lines: vec![text],
        kind: NodeKind::Rest,
    })
}

/// Title of steps that are repeated.
fn loop_title(step: &OutlineStep, field: &str) -> String {
    let items = match step.config.get(field) {
        Some(Value::Array(list)) => Some(format!("{} items", list.len())),
        Some(Value::Object(map)) => Some(format!("{} items", map.len())),
        _ => label::value(step, field),
    };
    let mut artifacts = step.artifacts.iter();
    let item = artifacts.find(|(_, how)| *how == ArtifactUse::Item);
    let item = item.and_then(|(item, _)| label::value(step, &item.field));
    let item = item.as_deref().unwrap_or("item");
    match items {
        Some(items) => label::line(&format!("each {item} in {items}")),
        None => label::line(&format!("each {item}")),
    }
}

fn count(steps: &[OutlineStep]) -> usize {
    let inside = |step: &OutlineStep| -> usize {
        let lists = step.inside.iter();
        lists.map(|list| count(&list.steps)).sum()
    };
    steps.iter().map(|step| 1 + inside(step)).sum()
}

fn steps_in_words(count: usize) -> String {
    match count {
        1 => "1 more step".to_owned(),
        _ => format!("{count} more steps"),
    }
}
