//! Artifacts that are read though nothing can have set them, and inputs that nothing reads.
//!
//! That can be known only of a recipe that says what it is given: one that declares `inputs`. The recipes it calls are
//! looked at with what it has set until then.

use std::path::Path;

use recipe_core::Recipe;
use recipe_core::document::Severity;
use recipe_core::registry::OutlineStep;

use crate::diagnostic::Code;
use crate::flow::{Flow, Unset};
use crate::linter::{Findings, Linter};
use crate::literal::offset_in_literal;

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
    let flow = Flow::follow(linter, recipe, steps);
    let main = findings.file().to_owned();
    for unset in &flow.unset {
        match &unset.recipe {
            None => findings.unset(unset, None),
            Some(called) => findings
                .called(&called.file, &called.text)
                .unset(unset, Some(&main)),
        }
    }
    // A recipe that is not followed may read any input.
    if flow.is_closed {
        let inputs = recipe.inputs.keys();
        for name in inputs.filter(|name| !flow.read.contains(*name)) {
            findings.unused_input(recipe, name);
        }
    }
}

impl Findings {
    /// A name in a template or a field; `main` is the recipe that is to be run, where the name stands in one it calls.
    fn unset(&mut self, unset: &Unset, main: Option<&Path>) {
        let Unset { text, name, .. } = unset;
        let Some(span) = &text.span else { return };
        let literal = &self.text()[span.clone()];
        let inside = offset_in_literal(literal, &text.text, unset.offset);
        let length = match literal[inside..].starts_with(name.as_str()) {
            true => name.len(),
            false => 0,
        };
        let start = span.start + inside;
        let when = main.map_or_else(String::new, |main| {
            format!("when {} runs it, ", main.display())
        });
        let message = format!(
            "{}: {}: {when}no input and no step before sets {name}",
            unset.place, text.field
        );
        self.add(
            start..start + length,
            Severity::Warning,
            Code::UnsetArtifact,
            message,
        );
        self.suggest(unset.nearest.clone());
    }

    fn unused_input(&mut self, recipe: &Recipe, name: &str) {
        let span = recipe.input_span(name).unwrap_or(0..0);
        let message = format!("nothing reads the input {name}");
        self.add(span, Severity::Warning, Code::UnusedInput, message);
    }
}
