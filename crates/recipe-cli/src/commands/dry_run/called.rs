//! The recipes of a run, read and checked as in the run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use recipe_core::document::{Format, Severity};
use recipe_core::error::RecipeError;
use recipe_core::internal::read_recipe_file;
use recipe_core::registry::OutlineStep;
use recipe_core::run::Environment;
use recipe_core::secrets::KnownSecrets;
use recipe_core::{Context, Options, Recipe, Registry};
use serde_json::{Map, Value};

use crate::terminal::printer::Printer;

/// Reads recipes, each once.
pub(super) struct Recipes<'p> {
    pub(super) registry: Registry,
    fatal: Severity,
    environment: Environment,
    secrets: KnownSecrets,
    /// Only its configuration is used: configured values take precedence over the environment.
    configuration: Context,
    /// Receives warnings, unless they are off.
    warnings: Option<&'p Printer>,
    read: HashMap<PathBuf, Rc<Called>>,
    /// Whether requests to models are shown.
    #[cfg(feature = "llm")]
    pub(super) shows_requests: bool,
}

/// A valid recipe.
pub(super) struct Called {
    pub(super) recipe: Recipe,
    pub(super) steps: Vec<OutlineStep>,
}

impl<'p> Recipes<'p> {
    pub(super) fn new(
        registry: Registry,
        options: &Options,
        warnings: Option<&'p Printer>,
        config: &Map<String, Value>,
    ) -> Self {
        let mut configuration = Context::new();
        for (name, value) in config {
            configuration.set_config(name.as_str(), value.clone());
        }
        Self {
            registry,
            fatal: match options.strict {
                true => Severity::Warning,
                false => Severity::Error,
            },
            environment: options.environment.clone(),
            secrets: options.secrets.clone(),
            configuration,
            warnings,
            read: HashMap::new(),
            #[cfg(feature = "llm")]
            shows_requests: false,
        }
    }

    /// Sets whether requests to models are shown.
    #[cfg(feature = "llm")]
    pub(super) fn with_requests(self, shows_requests: bool) -> Self {
        Self {
            shows_requests,
            ..self
        }
    }

    /// Returns the configuration, with these environment variables in it.
    #[cfg(feature = "llm")]
    pub(super) fn configured(&mut self, variables: &[String]) -> &Map<String, Value> {
        self.environment.copy(variables, &mut self.configuration);
        self.secrets.learn(self.configuration.config());
        self.configuration.config()
    }

    /// Reads the recipe in a file; warnings name the `place`.
    ///
    /// # Errors
    ///
    /// As in a run: if the file cannot be read or the recipe is invalid.
    pub(super) fn read(&mut self, file: &Path, place: &str) -> Result<Rc<Called>, RecipeError> {
        if let Some(known) = self.read.get(file) {
            return Ok(known.clone());
        }
        let recipe = Recipe::parse(read_recipe_file(file)?, Format::from_path(file))?;
        let problems = self.registry.check(&recipe);
        if problems.any_at_least(self.fatal) {
            return Err(RecipeError::Invalid(problems));
        }
        for problem in problems.iter() {
            if let Some(printer) = self.warnings {
                let message = format!("{place}: {problem}");
                printer.warning(&message, problem.kind.suggestion());
            }
        }
        // The configuration is not shown, but its secrets may be in artifacts too.
        self.environment
            .copy(&recipe.env_vars, &mut self.configuration);
        self.secrets.learn(self.configuration.config());
        let steps = self.registry.outline(&recipe);
        let called = Rc::new(Called { recipe, steps });
        self.read.insert(file.to_owned(), called.clone());
        Ok(called)
    }
}
