//! Recipes that recipes call by a path known beforehand: whether they exist, and whether their
//! calls form a cycle.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use recipe_core::document::Severity;
use recipe_core::registry::{OutlineStep, OutlineText};
use recipe_core::template::Template;
use recipe_core::{Recipe, Registry};

use crate::diagnostic::Code;
use crate::findings::Findings;

/// Checks the calls in a recipe.
pub(crate) fn check(registry: &Registry, steps: &[OutlineStep], findings: &mut Findings) {
    // A recipe may write the recipes it calls.
    let may_be_written = any(steps, &|step| step.traits.may_write_files());
    for call in calls(steps) {
        let Some(span) = call.path.span.clone() else {
            continue;
        };
        let file = Path::new(&call.path.text);
        let place = &call.step.place;
        if !file.exists() {
            if !may_be_written {
                let message = format!("{place}: recipe file not found: {}", file.display());
                findings.add(span, Severity::Error, Code::MissingRecipe, message);
            }
        } else if let Some(cycle) = cycle(registry, findings.file(), &call) {
            let message = format!("{place}: endless recipe calls: {cycle}");
            findings.add(span, Severity::Error, Code::CallCycle, message);
        }
    }
}

/// Returns the path by which a step calls a recipe, if it is known beforehand.
pub(crate) fn known_path(step: &OutlineStep) -> Option<&OutlineText> {
    let field = step.traits.calls_recipe?.path;
    let path = step.templates.iter().find(|text| text.field == field)?;
    let is_plain = Template::parse(&path.text).is_ok_and(|template| template.is_plain());
    is_plain.then_some(path)
}

/// A call of a recipe by a path that is known beforehand.
struct Call<'s> {
    step: &'s OutlineStep,
    path: &'s OutlineText,
    /// Whether it happens in every run that gets this far.
    is_certain: bool,
}

fn calls(steps: &[OutlineStep]) -> Vec<Call<'_>> {
    fn collect<'s>(steps: &'s [OutlineStep], is_certain: bool, found: &mut Vec<Call<'s>>) {
        for step in steps {
            if let Some(path) = known_path(step) {
                found.push(Call {
                    step,
                    path,
                    is_certain,
                });
            }
            for list in &step.inside {
                let may_skip = list.is_on_error || step.traits.may_skip_substeps();
                collect(&list.steps, is_certain && !may_skip, found);
            }
        }
    }
    let mut found = Vec::new();
    collect(steps, true, &mut found);
    found
}

fn any(steps: &[OutlineStep], holds: &impl Fn(&OutlineStep) -> bool) -> bool {
    let inside = |step: &OutlineStep| step.inside.iter().any(|list| any(&list.steps, holds));
    steps.iter().any(|step| holds(step) || inside(step))
}

/// Returns the path from a recipe through a call back to itself, if all calls on it are certain.
fn cycle(registry: &Registry, from: &Path, call: &Call<'_>) -> Option<String> {
    let start = from.canonicalize().ok()?;
    let mut seen = HashSet::new();
    let mut open = Vec::new();
    if call.is_certain {
        open.push((
            PathBuf::from(&call.path.text),
            vec![from.display().to_string()],
        ));
    }
    while let Some((path, mut trail)) = open.pop() {
        let Ok(real) = path.canonicalize() else {
            continue;
        };
        trail.push(path.display().to_string());
        if real == start {
            return Some(trail.join(" > "));
        }
        if !seen.insert(real) {
            continue;
        }
        let Ok(recipe) = Recipe::read(&path) else {
            continue;
        };
        for inner in calls(&registry.outline(&recipe)) {
            if inner.is_certain {
                open.push((PathBuf::from(&inner.path.text), trail.clone()));
            }
        }
    }
    None
}
