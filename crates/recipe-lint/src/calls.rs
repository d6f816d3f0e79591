//! Recipes that recipes call by a path that is known beforehand: whether they exist, and whether they call one another
//! in a circle.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use recipe_core::document::Severity;
use recipe_core::registry::{OutlineStep, OutlineText};
use recipe_core::template::Template;
use recipe_core::{Recipe, Step};
use recipe_steps::{Conditional, ExecuteRecipe, Loop, writes_files};

use crate::diagnostic::Code;
use crate::linter::{Findings, Linter};

/// Looks at the calls in a recipe.
pub(crate) fn check(linter: &Linter, steps: &[OutlineStep], findings: &mut Findings) {
    // A recipe may write the recipes it calls.
    let may_be_written = any(steps, &|step| writes_files(&step.step_type));
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
        } else if let Some(circle) = circle(linter, findings.file(), &call) {
            let message = format!("{place}: recipes call one another without end: {circle}");
            findings.add(span, Severity::Error, Code::CallCycle, message);
        }
    }
}

/// The path that a step calls a recipe by, where it is known beforehand.
pub(crate) fn known_path(step: &OutlineStep) -> Option<&OutlineText> {
    let path = step
        .templates
        .iter()
        .find(|template| template.field == "recipe_path");
    let is_plain = |path: &&OutlineText| Template::parse(&path.text).is_ok_and(|t| t.is_plain());
    path.filter(|_| step.step_type == ExecuteRecipe::TYPE)
        .filter(is_plain)
}

/// One call of a recipe by a path that is known beforehand.
struct Call<'s> {
    step: &'s OutlineStep,
    path: &'s OutlineText,
    /// Nothing around it decides whether it happens.
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
            let decides = [Conditional::TYPE, Loop::TYPE].contains(&step.step_type.as_str());
            for list in &step.inside {
                let decides = decides || list.is_on_error;
                collect(&list.steps, is_certain && !decides, found);
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

/// The way from a recipe through a call back to itself, where every call on it is certain.
fn circle(linter: &Linter, from: &Path, call: &Call<'_>) -> Option<String> {
    let home = from.canonicalize().ok()?;
    let mut seen = HashSet::new();
    let mut open = Vec::new();
    if call.is_certain {
        open.push((
            PathBuf::from(&call.path.text),
            vec![from.display().to_string()],
        ));
    }
    while let Some((path, mut way)) = open.pop() {
        let Ok(real) = path.canonicalize() else {
            continue;
        };
        way.push(path.display().to_string());
        if real == home {
            return Some(way.join(" > "));
        }
        if !seen.insert(real) {
            continue;
        }
        let Ok(recipe) = Recipe::read(&path) else {
            continue;
        };
        for inner in calls(&linter.registry().outline(&recipe)) {
            if inner.is_certain {
                open.push((PathBuf::from(&inner.path.text), way.clone()));
            }
        }
    }
    None
}
