//! Runs recipes.

use std::sync::Arc;
use std::time::Instant;

use super::durable::Durable;
use super::options::Options;
use super::run_state::RunState;
use super::scope::Scope;
use super::source::RecipeSource;
use crate::error::{RecipeError, RunError, StepError};
use crate::event::Event;
use crate::journal::{Fingerprint, Journal};
use crate::{Context, Registry};

/// Runs recipes with the step types of a registry. Holds no state between runs.
///
/// Needs a tokio runtime with time enabled.
#[derive(Clone)]
pub struct Executor {
    registry: Arc<Registry>,
    options: Options,
}

impl Executor {
    /// Creates an executor with default [`Options`].
    pub fn new(registry: Registry) -> Self {
        Self::with_options(registry, Options::default())
    }

    /// Creates an executor with options. Executors may share a registry.
    pub fn with_options(registry: impl Into<Arc<Registry>>, options: Options) -> Self {
        Self {
            registry: registry.into(),
            options,
        }
    }

    /// Returns the options of its runs.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Runs a recipe on a context, which holds the results afterwards, even those of a failed run.
    ///
    /// The whole main recipe is checked before its first step runs. No task of the run is left
    /// running when this returns.
    ///
    /// # Errors
    /// Fails if the recipe cannot be read or is invalid, an input is missing, a step fails, or the
    /// run is cancelled.
    pub async fn run(
        &self,
        recipe: impl Into<RecipeSource>,
        context: &mut Context,
    ) -> Result<(), RunError> {
        self.run_with(recipe.into(), context, None).await
    }

    /// Like [`Executor::run`], but records the run in a journal, or resumes the run of the journal.
    /// The context must be the one that the run started with.
    ///
    /// # Errors
    /// Like [`Executor::run`]; also if the journal cannot be read or written or a recipe changed.
    pub async fn run_durable(
        &self,
        recipe: impl Into<RecipeSource>,
        context: &mut Context,
        journal: Arc<dyn Journal>,
    ) -> Result<(), RunError> {
        let durable = Durable::new(journal);
        self.run_with(recipe.into(), context, Some(durable)).await
    }

    async fn run_with(
        &self,
        source: RecipeSource,
        context: &mut Context,
        durable: Option<Durable>,
    ) -> Result<(), RunError> {
        let name = source.name();
        let run = RunState::new(self.registry.clone(), self.options.clone(), durable);
        let scope = Scope::main(run.clone(), &name);

        self.options.secrets.learn(context.config());
        if let Some(durable) = &run.durable {
            let started = durable.journal().run_started(&self.options.secrets);
            started.map_err(|error| RunError::new(name.clone(), error.into()))?;
        }
        let started = Instant::now();
        scope.emit(&Event::RunStarted { recipe: &name });
        let result = tokio::select! {
            biased;
            () = run.end.cancelled() => Err(StepError::Cancelled.into()),
            result = run_main(&scope, source, context) => result,
        };
        run.end.cancel();
        run.group.finished().await;

        let flushed = match &run.durable {
            Some(durable) => durable.journal().flush().await,
            None => Ok(()),
        };
        let result = result.and_then(|()| Ok(flushed?));
        let result = result.map_err(|source| RunError::new(name.clone(), source));
        scope.emit(&Event::RunFinished {
            recipe: &name,
            duration: started.elapsed(),
            error: result.as_ref().err(),
        });
        result
    }
}

async fn run_main(
    scope: &Scope,
    source: RecipeSource,
    context: &mut Context,
) -> Result<(), RecipeError> {
    let loader = &scope.run.loader;
    let hash = |text: &str| scope.is_durable().then(|| Fingerprint::from_text(text));
    let (fingerprint, (recipe, warnings)) = match source {
        RecipeSource::File(path) => {
            let text = scope.recipe_text(&path).await?;
            (hash(&text), loader.prepare_file(path, text)?)
        }
        RecipeSource::Text { text, format, .. } => {
            (hash(&text), loader.prepare_text(text, format)?)
        }
        RecipeSource::Document(recipe) => (None, loader.prepare(&recipe)?),
    };
    scope.warn_of(&warnings);
    if scope.is_durable() {
        let fingerprint = fingerprint.unwrap_or_else(|| recipe.steps.fingerprint());
        scope.record_recipe(&recipe, fingerprint)?;
    }
    recipe.document.apply_inputs(context)?;
    Ok(scope.run_prepared(&recipe, context).await?)
}
