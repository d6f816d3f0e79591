//! The templates that stand in a recipe, with their places, for tools that look at recipes without running them.

use std::ops::Range;

use serde::Deserialize;

use super::Registry;
use crate::document::{Pointer, Recipe, StepDocument, Target};

/// A text in a recipe that is a template.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TemplateField {
    /// The template, as the document's language reads it: escapes are resolved.
    pub text: String,
    /// The type of the step it belongs to.
    pub step_type: &'static str,
    /// The field, as a path in the step's configuration such as `files[0].path`.
    pub field: String,
    /// The step, for people: `step 0 (parallel): substeps[1] (read_file)`.
    pub place: String,
    /// The types of the steps around the step, the outermost first.
    pub around: Vec<&'static str>,
    /// Where the text stands in the document, quotes included; `None` for a recipe that was not parsed from text.
    pub span: Option<Range<usize>>,
}

impl Registry {
    /// The templates in the steps of a recipe, in the order of the document. Steps of unknown types are left out.
    pub fn template_fields(&self, recipe: &Recipe) -> Vec<TemplateField> {
        let source = recipe.source.as_ref();
        let steps = source.map_or_else(|| Pointer::default().key("steps"), |source| source.steps());
        let mut collect = Collect {
            registry: self,
            recipe,
            found: Vec::new(),
        };
        for (index, document) in recipe.steps.iter().enumerate() {
            let place = format!("step {index}");
            collect.step(document, &steps.index(index), &place, &[]);
        }
        collect.found
    }
}

struct Collect<'r> {
    registry: &'r Registry,
    recipe: &'r Recipe,
    found: Vec<TemplateField>,
}

impl Collect<'_> {
    fn step(
        &mut self,
        document: &StepDocument,
        at: &Pointer,
        place: &str,
        around: &[&'static str],
    ) {
        let Some(step_type) = self.registry.get(&document.step_type) else {
            return;
        };
        let place = format!("{place} ({})", step_type.name());
        let config_at = if document.nested {
            at.key("config")
        } else {
            at.clone()
        };
        let inspection = step_type.inspect(&document.config);
        for (pointer, text) in inspection.templates {
            let source = self.recipe.source.as_ref();
            self.found.push(TemplateField {
                text: text.to_owned(),
                step_type: step_type.name(),
                field: pointer.to_string(),
                place: place.clone(),
                around: around.to_vec(),
                span: source.map(|source| source.span(&config_at.join(&pointer), Target::Value)),
            });
        }
        let around: Vec<_> = around.iter().copied().chain([step_type.name()]).collect();
        for (pointer, value) in inspection.steps {
            if let Ok(inner) = StepDocument::deserialize(value) {
                let place = format!("{place}: {pointer}");
                self.step(&inner, &config_at.join(&pointer), &place, &around);
            }
        }
    }
}
