//! The way of artifacts through a recipe and the recipes it calls: what each step can see of what was set before it.
//!
//! As long as every step is known, that is; a step of an unknown type, or a recipe whose path is known only when it runs,
//! may set anything.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use recipe_core::document::{Format, Required};
use recipe_core::internal::read_recipe_file;
use recipe_core::registry::{ArtifactUse, OutlineStep, OutlineText};
use recipe_core::template::Template;
use recipe_core::{Recipe, Step};
use recipe_steps::{ExecuteRecipe, Loop, Parallel, artifacts_set_for};

use crate::calls::known_path;
use crate::linter::Linter;

/// How deep recipes that call one another are followed.
const DEEPEST: usize = 20;

/// How many calls are followed in all; recipes that call one another several times multiply.
const MOST_CALLS: usize = 2_000;

/// What has been seen on the way.
pub(crate) struct Flow<'l> {
    linter: &'l Linter,
    /// Names that are read, optional ones too.
    pub(crate) read: HashSet<String>,
    /// Names that are read though nothing can have set them, each place once.
    pub(crate) unset: Vec<Unset>,
    /// Their places: the recipe, the text in it, the name in that.
    told: HashSet<(Option<PathBuf>, Option<usize>, usize)>,
    /// Nothing was met that may read and set anything.
    pub(crate) is_closed: bool,
    /// The recipes that were followed, by path; those that cannot be read are not there.
    called: HashMap<PathBuf, Option<Arc<Called>>>,
    /// The recipes on the way to where the flow is, the innermost last; empty in the main one.
    way: Vec<Arc<Called>>,
    calls: usize,
}

/// A name that is read though nothing can have set it.
pub(crate) struct Unset {
    /// The recipe it stands in; `None` for the main one.
    pub(crate) recipe: Option<Arc<Called>>,
    pub(crate) place: String,
    pub(crate) text: OutlineText,
    /// Where in the text the name stands.
    pub(crate) offset: usize,
    pub(crate) name: String,
    pub(crate) nearest: Option<String>,
}

/// A recipe that is called.
pub(crate) struct Called {
    pub(crate) file: PathBuf,
    pub(crate) text: Arc<str>,
    steps: Vec<OutlineStep>,
    /// Names that its servers of tools read.
    read_by_servers: Vec<String>,
    /// Inputs it can do without.
    optional: Vec<String>,
}

/// The artifacts that can have been set.
#[derive(Clone)]
struct Known {
    names: HashSet<String>,
    /// There may be any others.
    is_open: bool,
}

impl<'l> Flow<'l> {
    /// Goes through a main recipe.
    pub(crate) fn follow(linter: &'l Linter, recipe: &Recipe, steps: &[OutlineStep]) -> Self {
        let mut flow = Self {
            linter,
            read: HashSet::new(),
            unset: Vec::new(),
            told: HashSet::new(),
            is_closed: true,
            called: HashMap::new(),
            way: Vec::new(),
            calls: 0,
        };
        let mut known = Known {
            names: recipe.inputs.keys().cloned().collect(),
            is_open: false,
        };
        flow.read.extend(read_by_servers(linter, recipe));
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
        let overrides = step.step_type == ExecuteRecipe::TYPE;
        for template in &step.templates {
            self.template(step, template, known);
            // Each override sees the ones before.
            let set = template.field.strip_prefix("context_overrides.");
            if let Some(name) = set.filter(|_| overrides) {
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
        let has_copies = [Loop::TYPE, Parallel::TYPE].contains(&step.step_type.as_str());
        for list in &step.inside {
            if list.is_on_error {
                known.names.insert("error".to_owned());
            }
            if has_copies && !list.is_on_error {
                let mut inner = known.clone();
                let counters = ["__index", "__key"].map(str::to_owned);
                inner.names.extend(items.iter().cloned().chain(counters));
                self.steps(&list.steps, &mut inner);
                known.is_open |= inner.is_open;
            } else {
                self.steps(&list.steps, known);
            }
        }
        for (artifact, how) in &step.artifacts {
            if *how == ArtifactUse::Sets {
                set(&artifact.text, known);
            }
        }
        if overrides {
            self.call(step, known);
        }
    }

    /// Takes in what a called recipe sets and reads.
    fn call(&mut self, step: &OutlineStep, known: &mut Known) {
        self.calls += 1;
        let is_followed = self.way.len() < DEEPEST && self.calls <= MOST_CALLS;
        let path = known_path(step).filter(|_| is_followed);
        let called = path.and_then(|path| self.called(Path::new(&path.text)));
        let Some(called) = called else {
            known.is_open = true;
            return;
        };
        known.names.extend(called.optional.iter().cloned());
        self.read.extend(called.read_by_servers.iter().cloned());
        self.way.push(called.clone());
        self.steps(&called.steps, known);
        self.way.pop();
    }

    fn called(&mut self, path: &Path) -> Option<Arc<Called>> {
        if let Some(called) = self.called.get(path) {
            return called.clone();
        }
        let called = Called::read(self.linter, path).map(Arc::new);
        self.called.insert(path.to_owned(), called.clone());
        called
    }

    fn template(&mut self, step: &OutlineStep, text: &OutlineText, known: &Known) {
        let Ok(template) = Template::parse(&text.text) else {
            return;
        };
        // What a loop goes through is the path of an artifact once it is rendered.
        if step.step_type == Loop::TYPE && text.field == "items" && template.is_plain() {
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
        let recipe = self.way.last().cloned();
        let file = recipe.as_ref().map(|called| called.file.clone());
        let start = text.span.as_ref().map(|span| span.start);
        if !self.told.insert((file, start, offset)) {
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

/// The names that templates in the servers of tools of a recipe read.
fn read_by_servers(linter: &Linter, recipe: &Recipe) -> Vec<String> {
    let templates = linter.registry().mcp_server_templates(recipe).into_iter();
    let templates = templates.filter_map(|text| Template::parse(&text).ok());
    let names = templates.flat_map(|template| template.names());
    names.map(|name| name.name).collect()
}

impl Called {
    fn read(linter: &Linter, file: &Path) -> Option<Self> {
        let text: Arc<str> = read_recipe_file(file).ok()?.into();
        let recipe = Recipe::parse(text.clone(), Format::of(file)).ok()?;
        let inputs = recipe.inputs.iter();
        let optional = inputs.filter(|(_, input)| input.required == Some(Required::Input(false)));
        Some(Self {
            file: file.to_owned(),
            text,
            steps: linter.registry().outline(&recipe),
            read_by_servers: read_by_servers(linter, &recipe),
            optional: optional.map(|(name, _)| name.clone()).collect(),
        })
    }
}
