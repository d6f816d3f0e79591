//! Artifacts that are read though nothing can have set them, and inputs that nothing reads.
//!
//! That can be known only of a recipe that says what it is given: one that declares `inputs`. And only as long as every
//! step is known; a step of an unknown type, or a recipe whose path is known only when it runs, may set anything.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use recipe_core::template::Template;
use recipe_core::{ArtifactUse, OutlineStep, OutlineText, Recipe, Severity, Step};
use recipe_steps::{ExecuteRecipe, Loop, Parallel};

use crate::calls::known_path;
use crate::diagnostic::Code;
use crate::linter::{Findings, Linter};
use crate::literal::offset_in_literal;

/// How deep recipes that call one another are followed.
const DEEPEST: usize = 20;

/// Looks at what the steps of a recipe set and read.
pub(crate) fn check(
    linter: &Linter,
    recipe: &Recipe,
    steps: &[OutlineStep],
    findings: &mut Findings,
) {
    if recipe.inputs.is_empty() {
        return;
    }
    let mut flow = Flow {
        linter,
        read: HashSet::new(),
        unset: Vec::new(),
        sub_recipes: HashMap::new(),
    };
    let mut known = Known {
        names: recipe.inputs.keys().cloned().collect(),
        is_open: false,
    };
    flow.steps(steps, &mut known, Report::Here, 0);
    for unset in flow.unset {
        findings.unset(
            &unset.place,
            &unset.text,
            unset.offset,
            &unset.name,
            unset.nearest,
        );
    }
    // A recipe that is not followed may read any input.
    if !known.is_open {
        for name in recipe
            .inputs
            .keys()
            .filter(|name| !flow.read.contains(*name))
        {
            findings.unused_input(recipe, name);
        }
    }
}

/// The artifacts that can have been set.
#[derive(Clone)]
struct Known {
    names: HashSet<String>,
    /// There may be any others.
    is_open: bool,
}

/// A name that is read though nothing can have set it.
struct Unset {
    place: String,
    text: OutlineText,
    /// Where in the text the name stands.
    offset: usize,
    name: String,
    nearest: Option<String>,
}

struct Flow<'l> {
    linter: &'l Linter,
    read: HashSet<String>,
    unset: Vec<Unset>,
    /// The outlines of the recipes that were followed, by path.
    sub_recipes: HashMap<PathBuf, Option<Vec<OutlineStep>>>,
}

/// Whether unset names are reported: those of recipes that are called are where those are linted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Report {
    Here,
    Elsewhere,
}

impl Flow<'_> {
    fn steps(&mut self, steps: &[OutlineStep], known: &mut Known, report: Report, depth: usize) {
        for step in steps {
            self.step(step, known, report, depth);
        }
    }

    fn step(&mut self, step: &OutlineStep, known: &mut Known, report: Report, depth: usize) {
        if !step.is_known {
            known.is_open = true;
            return;
        }
        let overrides = step.step_type == ExecuteRecipe::TYPE;
        for template in &step.templates {
            self.template(step, template, known, report);
            // Each override sees the ones before.
            let set = template.field.strip_prefix("context_overrides.");
            if let Some(name) = set.filter(|_| overrides) {
                known
                    .names
                    .insert(name.split(['.', '[']).next().unwrap_or(name).to_owned());
            }
        }
        let mut items = Vec::new();
        for (artifact, how) in &step.artifacts {
            match how {
                ArtifactUse::Reads => self.name(step, artifact, 0, &artifact.text, known, report),
                ArtifactUse::Item => items.push(artifact.text.clone()),
                _ => {}
            }
        }
        let is_copy = [Loop::TYPE, Parallel::TYPE].contains(&step.step_type.as_str());
        for list in &step.inside {
            if is_copy {
                let mut inner = known.clone();
                let counters = ["__index", "__key"].map(str::to_owned);
                inner.names.extend(items.iter().cloned().chain(counters));
                self.steps(&list.steps, &mut inner, report, depth);
                known.is_open |= inner.is_open;
            } else {
                self.steps(&list.steps, known, report, depth);
            }
        }
        for (artifact, how) in &step.artifacts {
            if *how == ArtifactUse::Sets {
                self.set(&artifact.text, known);
            }
        }
        if overrides {
            self.call(step, known, depth);
        }
    }

    /// Takes in what a called recipe sets and reads.
    fn call(&mut self, step: &OutlineStep, known: &mut Known, depth: usize) {
        let path = known_path(step).map(|path| PathBuf::from(&path.text));
        let Some(path) = path.filter(|_| depth < DEEPEST) else {
            known.is_open = true;
            return;
        };
        if !self.sub_recipes.contains_key(&path) {
            let recipe = Recipe::read(&path).ok();
            let outline = recipe.map(|recipe| self.linter.registry().outline(&recipe));
            self.sub_recipes.insert(path.clone(), outline);
        }
        match self.sub_recipes.get(&path).cloned().flatten() {
            Some(steps) => self.steps(&steps, known, Report::Elsewhere, depth + 1),
            None => known.is_open = true,
        }
    }

    fn set(&mut self, name: &str, known: &mut Known) {
        if !Template::parse(name).is_ok_and(|template| template.is_plain()) {
            known.is_open = true;
        }
        for suffix in ["", "__errors", "__history"] {
            known.names.insert(format!("{name}{suffix}"));
        }
    }

    fn template(&mut self, step: &OutlineStep, text: &OutlineText, known: &Known, report: Report) {
        let Ok(template) = Template::parse(&text.text) else {
            return;
        };
        // What a loop goes through is the path of an artifact once it is rendered.
        if step.step_type == Loop::TYPE && text.field == "items" && template.is_plain() {
            let name = text.text.trim().split('.').next().unwrap_or_default();
            return self.name(step, text, 0, name, known, report);
        }
        for name in template.names() {
            if name.is_optional {
                self.read.insert(name.name);
            } else {
                self.name(step, text, name.offset, &name.name, known, report);
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
        report: Report,
    ) {
        self.read.insert(name.to_owned());
        if report == Report::Elsewhere || known.is_open || known.names.contains(name) {
            return;
        }
        self.unset.push(Unset {
            place: step.place.clone(),
            text: text.clone(),
            offset,
            name: name.to_owned(),
            nearest: recipe_core::nearest(name, known.names.iter().map(String::as_str)),
        });
    }
}

impl Findings {
    fn unset(
        &mut self,
        place: &str,
        text: &OutlineText,
        offset: usize,
        name: &str,
        nearest: Option<String>,
    ) {
        let Some(span) = &text.span else { return };
        let literal = &self.text()[span.clone()];
        let inside = offset_in_literal(literal, &text.text, offset);
        let length = if literal[inside..].starts_with(name) {
            name.len()
        } else {
            0
        };
        let start = span.start + inside;
        let message = format!(
            "{place}: {}: no input and no step before sets {name}",
            text.field
        );
        self.add(
            start..start + length,
            Severity::Warning,
            Code::UnsetArtifact,
            message,
        );
        self.suggest(nearest);
    }

    fn unused_input(&mut self, recipe: &Recipe, name: &str) {
        let span = recipe.input_span(name).unwrap_or(0..0);
        let message = format!("nothing reads the input {name}");
        self.add(span, Severity::Warning, Code::UnusedInput, message);
    }
}
