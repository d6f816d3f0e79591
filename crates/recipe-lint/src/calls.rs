//! Recipes that recipes call by a path that is known beforehand: whether they exist, and whether they call one another
//! in a circle.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use recipe_core::template::Template;
use recipe_core::{Recipe, Severity, Step, TemplateField};
use recipe_steps::{Conditional, ExecuteRecipe, Loop, WriteFile, WriteFiles};

use crate::diagnostic::Code;
use crate::linter::{Findings, Linter};

/// Looks at the calls among the templates of a recipe.
pub(crate) fn check(linter: &Linter, fields: &[TemplateField], findings: &mut Findings) {
    let writes = [WriteFile::TYPE, WriteFiles::TYPE];
    for call in calls(fields) {
        let Some(span) = call.field.span.clone() else {
            continue;
        };
        // A recipe may write the recipes it calls, and whatever it calls may.
        let may_be_written = fields.iter().any(|field| writes.contains(&field.step_type));
        if !call.path.exists() {
            if !may_be_written {
                let message = format!(
                    "{}: recipe file not found: {}",
                    call.field.place,
                    call.path.display()
                );
                findings.add(span, Severity::Error, Code::MissingRecipe, message);
            }
            continue;
        }
        if let Some(circle) = circle(linter, findings.file(), &call) {
            let message = format!(
                "{}: recipes call one another without end: {circle}",
                call.field.place
            );
            findings.add(span, Severity::Error, Code::CallCycle, message);
        }
    }
}

/// One call of a recipe by a path that is known beforehand.
struct Call<'f> {
    field: &'f TemplateField,
    path: PathBuf,
    /// Nothing around it decides whether it happens.
    certain: bool,
}

fn calls(fields: &[TemplateField]) -> impl Iterator<Item = Call<'_>> {
    fields.iter().filter_map(|field| {
        let is_call = field.step_type == ExecuteRecipe::TYPE && field.field == "recipe_path";
        let plain = Template::parse(&field.text).is_ok_and(|template| template.is_plain());
        let decides = [Conditional::TYPE, Loop::TYPE];
        (is_call && plain).then(|| Call {
            field,
            path: PathBuf::from(&field.text),
            certain: !field.around.iter().any(|around| decides.contains(around)),
        })
    })
}

/// The way from a recipe through a call back to itself, where every call on it is certain.
fn circle(linter: &Linter, from: &Path, call: &Call<'_>) -> Option<String> {
    let home = from.canonicalize().ok()?;
    let mut seen = HashSet::new();
    let mut open = vec![(
        call.path.clone(),
        vec![from.display().to_string()],
        call.certain,
    )];
    while let Some((path, mut way, certain)) = open.pop() {
        let real = path.canonicalize().ok()?;
        if !certain {
            continue;
        }
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
        for inner in calls(&linter.registry().template_fields(&recipe)) {
            if inner.path.exists() {
                open.push((inner.path.clone(), way.clone(), inner.certain));
            }
        }
    }
    None
}
