//! The recipes of a run, read and checked as the run would.

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
    /// Only its configuration matters: what is configured is not taken from the environment.
    configuration: Context,
    /// Where warnings go to, if anyone wants them.
    warnings: Option<&'p Printer>,
    read: HashMap<PathBuf, Rc<Called>>,
    /// Whether the requests to models are shown.
    #[cfg(feature = "llm")]
    pub(super) shows_requests: bool,
}

/// A recipe that is sound.
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

    /// The same, with the requests to models shown or not.
    #[cfg(feature = "llm")]
    pub(super) fn with_requests(self, shows_requests: bool) -> Self {
        Self {
            shows_requests,
            ..self
        }
    }

    /// The configuration with these variables of the environment in it.
    #[cfg(feature = "llm")]
    pub(super) fn configured(&mut self, variables: &[String]) -> &Map<String, Value> {
        self.environment.copy(variables, &mut self.configuration);
        self.secrets.learn(self.configuration.config());
        self.configuration.config()
    }

    /// The recipe in a file; `place` is where a warning comes from.
    ///
    /// # Errors
    /// Those of a run: when the file cannot be read or is no sound recipe.
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
        // Nothing shows the configuration, but what is secret in it may stand in an artifact as well.
        self.environment
            .copy(&recipe.env_vars, &mut self.configuration);
        self.secrets.learn(self.configuration.config());
        let steps = self.registry.outline(&recipe);
        let called = Rc::new(Called { recipe, steps });
        self.read.insert(file.to_owned(), called.clone());
        Ok(called)
    }
}
