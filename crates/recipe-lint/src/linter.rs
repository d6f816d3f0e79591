//! Linting files: each is read, parsed and checked, together with the recipes it calls.

use std::path::Path;
use std::sync::Arc;

use recipe_core::document::{Format, Problems, Severity};
use recipe_core::internal::read_recipe_file;
use recipe_core::{Recipe, Registry, chain};

use crate::diagnostic::Code;
use crate::findings::{Findings, Linted};
use crate::{artifacts, calls, conditions, problems, property_order, scalars, templates};

/// Finds mistakes in recipes that use the step types of a registry.
pub struct Linter {
    registry: Arc<Registry>,
}

impl Linter {
    /// Creates a linter for these step types.
    pub fn new(registry: impl Into<Arc<Registry>>) -> Self {
        Self {
            registry: registry.into(),
        }
    }

    /// Checks one file, and the recipes it calls for what they need of it. Paths of called recipes
    /// are relative to the working directory.
    pub fn lint(&self, file: &Path) -> Linted {
        match read_recipe_file(file) {
            Ok(text) => self.lint_text(file, text.into()),
            Err(error) => {
                let mut findings = Findings::new(file, "".into());
                let message = chain(&error).to_string();
                findings.add(0..0, Severity::Error, Code::Unreadable, message);
                findings.end()
            }
        }
    }

    /// Checks a text as the content of a file, such as the unsaved text of an editor.
    pub fn lint_text(&self, file: &Path, text: Arc<str>) -> Linted {
        let mut findings = Findings::new(file, text.clone());
        match Recipe::parse_leniently(text, Format::from_path(file)) {
            Ok((recipe, problems)) => self.check(&recipe, &problems, &mut findings),
            Err(error) => problems::unparsed(error, &mut findings),
        }
        findings.end()
    }

    fn check(&self, recipe: &Recipe, parsing: &Problems, findings: &mut Findings) {
        let registry = &*self.registry;
        let steps = registry.outline(recipe);
        // Before the problems: the position inside a template is more precise than that of its
        // field.
        templates::check(&steps, findings);
        for problem in parsing.iter().chain(registry.check(recipe).iter()) {
            problems::add(registry, problem, findings);
        }
        scalars::check(recipe, findings);
        calls::check(registry, &steps, findings);
        conditions::check(&steps, findings);
        property_order::check(&steps, findings);
        artifacts::check(registry, recipe, &steps, findings);
    }
}
