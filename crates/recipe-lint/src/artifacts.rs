//! Artifacts that are read although nothing can have set them, and unused inputs.
//!
//! Only a recipe with declared `inputs` can be checked: otherwise a caller may set anything. Called
//! recipes are checked with the artifacts that are set before the call.

use std::path::Path;

use recipe_core::document::Severity;
use recipe_core::registry::OutlineStep;
use recipe_core::{Recipe, Registry};

use crate::diagnostic::Code;
use crate::findings::Findings;
use crate::flow::{Flow, Unset};
use crate::literal::offset_in_literal;

/// Checks the artifacts that the steps of a recipe set and read.
pub(crate) fn check(
    registry: &Registry,
    recipe: &Recipe,
    steps: &[OutlineStep],
    findings: &mut Findings,
) {
    if recipe.inputs.is_empty() {
        return;
    }
    let flow = Flow::follow(registry, recipe, steps);
    let main = findings.file().to_owned();
    for unset in &flow.unset {
        match &unset.recipe {
            None => add_unset(unset, None, findings),
            Some(called) => {
                let findings = findings.called(&called.file, &called.text);
                add_unset(unset, Some(&main), findings);
            }
        }
    }
    // A recipe that is not followed may read any input.
    if flow.is_closed {
        let inputs = recipe.inputs.keys();
        for name in inputs.filter(|name| !flow.read.contains(*name)) {
            let span = recipe.input_span(name).unwrap_or(0..0);
            let message = format!("unused input: {name}");
            findings.add(span, Severity::Warning, Code::UnusedInput, message);
        }
    }
}

/// Adds a name in a template or a field; `main` is the recipe to run, if the name is in a called
/// one.
fn add_unset(unset: &Unset, main: Option<&Path>, findings: &mut Findings) {
    let Unset { text, name, .. } = unset;
    let Some(span) = &text.span else { return };
    let literal = &findings.text()[span.clone()];
    let inside = offset_in_literal(literal, &text.text, unset.offset);
    let length = match literal[inside..].starts_with(name.as_str()) {
        true => name.len(),
        false => 0,
    };
    let start = span.start + inside;
    let caller = main.map_or_else(String::new, |main| {
        format!(" when called by {}", main.display())
    });
    let message = format!(
        "{}: {}: `{name}` is not set by any input or earlier step{caller}",
        unset.place, text.field
    );
    let span = start..start + length;
    findings.add(span, Severity::Warning, Code::UnsetArtifact, message);
    findings.suggest(unset.nearest.clone());
}
