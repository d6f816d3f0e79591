//! Data flow of artifacts through a recipe and the recipes it calls: the artifacts that can be set
//! before each step.
//!
//! A step of an unknown type, or a recipe whose path is known only at run time, may set any
//! artifact.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use recipe_core::document::{Format, Required};
use recipe_core::internal::read_recipe_file;
use recipe_core::registry::{ArtifactUse, OutlineStep, OutlineText};
use recipe_core::template::Template;
use recipe_core::{Recipe, Registry};
use recipe_steps::artifacts_set_for;

use crate::calls::known_path;

/// Maximum nesting depth of calls that are followed.
const MAX_DEPTH: usize = 20;

/// Maximum number of calls that are followed: recipes that call each other several times multiply.
const MAX_CALLS: usize = 2_000;

/// Result of following a recipe.
pub(crate) struct Flow<'r> {
    registry: &'r Registry,
    /// Names that are read, optional ones too.
    pub(crate) read: HashSet<String>,
    /// Names that are read although nothing can have set them, each occurrence once.
    pub(crate) unset: Vec<Unset>,
    /// Their occurrences: recipe, start of the text in it, offset in the text.
    reported: HashSet<(Option<PathBuf>, Option<usize>, usize)>,
    /// Whether all that reads and sets artifacts is known.
    pub(crate) is_closed: bool,
    /// The called recipes by path; `None` for those that cannot be read.
    called: HashMap<PathBuf, Option<Arc<Called>>>,
    /// The enclosing called recipes, the innermost last; empty in the main recipe.
    stack: Vec<Arc<Called>>,
    calls: usize,
}

/// A name that is read although nothing can have set it.
pub(crate) struct Unset {
    /// The recipe that reads it; `None` for the main one.
    pub(crate) recipe: Option<Arc<Called>>,
    pub(crate) place: String,
    pub(crate) text: OutlineText,
    /// Byte offset of the name in the text.
    pub(crate) offset: usize,
    pub(crate) name: String,
    pub(crate) nearest: Option<String>,
}

/// A called recipe.
pub(crate) struct Called {
    pub(crate) file: PathBuf,
    pub(crate) text: Arc<str>,
    steps: Vec<OutlineStep>,
    /// Names that the templates in its `mcp_servers` read.
    read_by_servers: Vec<String>,
    /// Names of its inputs that are not required.
    optional: Vec<String>,
}

/// The artifacts that can have been set.
#[derive(Clone)]
struct Known {
    names: HashSet<String>,
    /// Whether any others can have been set too.
    is_open: bool,
}

impl<'r> Flow<'r> {
    /// Follows a main recipe.
    pub(crate) fn follow(registry: &'r Registry, recipe: &Recipe, steps: &[OutlineStep]) -> Self {
        let mut flow = Self {
            registry,
            read: HashSet::new(),
            unset: Vec::new(),
            reported: HashSet::new(),
            is_closed: true,
            called: HashMap::new(),
            stack: Vec::new(),
            calls: 0,
        };
        let mut known = Known {
            names: recipe.inputs.keys().cloned().collect(),
            is_open: false,
        };
        flow.read.extend(read_by_servers(registry, recipe));
        flow.steps(steps, &mut known);
        flow.read.extend(recipe.outputs.iter().cloned());
        flow.is_closed = !known.is_open;
        flow
    }

    fn steps(&mut self, steps: &[OutlineStep], known: &mut Known) {
        for step in steps {
            self.step(step, known);
        }
    }

    fn step(&mut self, step: &OutlineStep, known: &mut Known) {
        if !step.is_known {
            known.is_open = true;
            return;
        }
        let call = step.traits.calls_recipe;
        for template in &step.templates {
            self.template(step, template, known);
            // Each override may use those before it.
            let overrides = call.and_then(|call| call.overrides);
            let overridden = overrides.and_then(|field| template.field.strip_prefix(field));
            if let Some(name) = overridden.and_then(|name| name.strip_prefix('.')) {
                let name = name.split(['.', '[']).next().unwrap_or(name);
                known.names.insert(name.to_owned());
            }
        }
        let mut items = Vec::new();
        for (artifact, how) in &step.artifacts {
            match how {
                ArtifactUse::Reads => self.name(step, artifact, 0, &artifact.text, known),
                ArtifactUse::Item => items.push(artifact.text.clone()),
                _ => {}
            }
        }
        if step.traits.repeats_over.is_some() {
            items.extend(["__index", "__key"].map(str::to_owned));
        }
        for list in &step.inside {
            if list.is_on_error {
                known.names.insert("error".to_owned());
                self.steps(&list.steps, known);
            } else if step.traits.isolates_substeps {
                let mut inner = known.clone();
                inner.names.extend(items.iter().cloned());
                self.steps(&list.steps, &mut inner);
                known.is_open |= inner.is_open;
            } else {
                known.names.extend(items.iter().cloned());
                self.steps(&list.steps, known);
            }
        }
        for (artifact, how) in &step.artifacts {
            if *how == ArtifactUse::Sets {
                set(&artifact.text, known);
            }
        }
        if call.is_some() {
            self.call(step, known);
        }
    }

    /// Follows the called recipe.
    fn call(&mut self, step: &OutlineStep, known: &mut Known) {
        self.calls += 1;
        let is_followed = self.stack.len() < MAX_DEPTH && self.calls <= MAX_CALLS;
        let path = known_path(step).filter(|_| is_followed);
        let called = path.and_then(|path| self.called(Path::new(&path.text)));
        let Some(called) = called else {
            known.is_open = true;
            return;
        };
        known.names.extend(called.optional.iter().cloned());
        self.read.extend(called.read_by_servers.iter().cloned());
        self.stack.push(called.clone());
        self.steps(&called.steps, known);
        self.stack.pop();
    }

    fn called(&mut self, path: &Path) -> Option<Arc<Called>> {
        if let Some(called) = self.called.get(path) {
            return called.clone();
        }
        let called = Called::read(self.registry, path).map(Arc::new);
        self.called.insert(path.to_owned(), called.clone());
        called
    }

    fn template(&mut self, step: &OutlineStep, text: &OutlineText, known: &Known) {
        let Ok(template) = Template::parse(&text.text) else {
            return;
        };
        // Text in the field with the items is the path of an artifact.
        if step.traits.repeats_over == Some(text.field.as_str()) && template.is_plain() {
            let name = text.text.trim().split('.').next().unwrap_or_default();
            return self.name(step, text, 0, name, known);
        }
        for name in template.names() {
            if name.is_optional {
                self.read.insert(name.name);
            } else {
                self.name(step, text, name.offset, &name.name, known);
            }
        }
    }

    fn name(
        &mut self,
        step: &OutlineStep,
        text: &OutlineText,
        offset: usize,
        name: &str,
        known: &Known,
    ) {
        self.read.insert(name.to_owned());
        if known.is_open || known.names.contains(name) {
            return;
        }
        let recipe = self.stack.last().cloned();
        let file = recipe.as_ref().map(|called| called.file.clone());
        let start = text.span.as_ref().map(|span| span.start);
        if !self.reported.insert((file, start, offset)) {
            return;
        }
        self.unset.push(Unset {
            recipe,
            place: step.place.clone(),
            text: text.clone(),
            offset,
            name: name.to_owned(),
            nearest: recipe_core::internal::nearest(name, known.names.iter().map(String::as_str)),
        });
    }
}

fn set(name: &str, known: &mut Known) {
    if !Template::parse(name).is_ok_and(|template| template.is_plain()) {
        known.is_open = true;
    }
    known.names.extend(artifacts_set_for(name));
}

/// Names that the templates in the `mcp_servers` of a recipe read.
fn read_by_servers(registry: &Registry, recipe: &Recipe) -> Vec<String> {
    let templates = registry.mcp_server_templates(recipe).into_iter();
    let templates = templates.filter_map(|text| Template::parse(&text).ok());
    let names = templates.flat_map(|template| template.names());
    names.map(|name| name.name).collect()
}

impl Called {
    fn read(registry: &Registry, file: &Path) -> Option<Self> {
        let text: Arc<str> = read_recipe_file(file).ok()?.into();
        let recipe = Recipe::parse(text.clone(), Format::from_path(file)).ok()?;
        let inputs = recipe.inputs.iter();
        let optional = inputs.filter(|(_, input)| input.required == Some(Required::Input(false)));
        Some(Self {
            file: file.to_owned(),
            text,
            steps: registry.outline(&recipe),
            read_by_servers: read_by_servers(registry, &recipe),
            optional: optional.map(|(name, _)| name.clone()).collect(),
        })
    }
}
