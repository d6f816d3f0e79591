//! Running a recipe from its beginning to its end.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::durable::Durable;
use super::group::Group;
use super::loader::Loader;
use super::recipe_folders::RecipeFolders;
use super::scope::Scope;
use crate::document::{Format, Recipe};
use crate::error::{RecipeError, RunError, StepError};
use crate::event::{Event, Observer};
use crate::journal::{ContentHash, Journal};
use crate::secrets::KnownSecrets;
use crate::{Context, Registry};

/// Runs recipes with the step types of a registry. Holds no state between runs.
///
/// Needs a tokio runtime with time enabled.
#[derive(Clone)]
pub struct Executor {
    registry: Arc<Registry>,
    options: Options,
}

/// How recipes are run.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// How deep recipes may call one another: 100.
    pub max_depth: usize,
    /// How many substeps and loop items may run at once in one run: 50,000.
    pub max_tasks: usize,
    /// Whether unknown fields are errors: no, they are warnings.
    pub strict: bool,
    /// The folders that recipe files have to lie in, the main recipe's and those that steps call: anywhere.
    pub recipe_folders: RecipeFolders,
    /// Where `env_vars` are looked up: the environment of the process.
    pub environment: Environment,
    /// Who is told what happens: no one.
    pub observers: Vec<Arc<dyn Observer>>,
    /// Cancels all runs with these options when fired.
    pub cancellation: CancellationToken,
    /// Where runs note the secrets of their configurations, for observers and others who show text to mask.
    pub secrets: KnownSecrets,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_depth: 100,
            max_tasks: 50_000,
            strict: false,
            recipe_folders: RecipeFolders::default(),
            environment: Environment::Process,
            observers: Vec::new(),
            cancellation: CancellationToken::new(),
            secrets: KnownSecrets::new(),
        }
    }
}

/// Where the environment variables that recipes name come from.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Environment {
    /// The environment of this process.
    #[default]
    Process,
    /// The environment of this process, and behind it these: a `.env` file, say.
    ProcessOr(Arc<HashMap<String, String>>),
    /// These variables and no others.
    Fixed(Arc<HashMap<String, String>>),
}

impl Environment {
    /// The value of a variable, if it is set and is text.
    pub fn get(&self, name: &str) -> Option<String> {
        match self {
            Self::Process => std::env::var(name).ok(),
            Self::ProcessOr(others) => std::env::var(name)
                .ok()
                .or_else(|| others.get(name).cloned()),
            Self::Fixed(variables) => variables.get(name).cloned(),
        }
    }

    /// Copies variables into the configuration under their lower-case names. What is configured already stays.
    pub fn copy(&self, names: &[String], context: &mut Context) {
        for name in names {
            let lower = name.to_lowercase();
            if context.config().contains_key(&lower) {
                continue;
            }
            if let Some(value) = self.get(name) {
                context.set_config(lower, value);
            }
        }
    }
}

/// What to run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RecipeSource {
    /// A file; its extension tells the format.
    File(PathBuf),
    /// A text, and what to call it in messages.
    Text {
        /// What to call it in messages.
        name: String,
        /// The recipe.
        text: String,
        /// How it is written.
        format: Format,
    },
    /// A document that is parsed already.
    Document(Box<Recipe>),
}

impl RecipeSource {
    fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Text { name, .. } => name.clone(),
            Self::Document(recipe) => recipe.name.clone().unwrap_or_else(|| "recipe".to_owned()),
        }
    }
}

impl From<&Path> for RecipeSource {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<&str> for RecipeSource {
    fn from(path: &str) -> Self {
        Self::File(path.into())
    }
}

impl From<Recipe> for RecipeSource {
    fn from(recipe: Recipe) -> Self {
        Self::Document(Box::new(recipe))
    }
}

/// One run: what all its scopes share.
pub(super) struct Run {
    loader: Loader,
    options: Options,
    tasks: Arc<Semaphore>,
    durable: Option<Durable>,
    /// Fires when the run ends.
    end: CancellationToken,
    /// All that has to be finished for the run to end.
    group: Group,
    /// The things that steps share in this run, by their types.
    shared: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Run {
    pub(super) fn shared<T: Any + Send + Sync + Default>(&self) -> Arc<T> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let thing = shared.entry(TypeId::of::<T>());
        let thing = thing.or_insert_with(|| Arc::new(T::default())).clone();
        thing.downcast().expect("it is there by its type")
    }

    pub(super) fn end(&self) -> &CancellationToken {
        &self.end
    }

    pub(super) fn group(&self) -> &Group {
        &self.group
    }

    pub(super) fn loader(&self) -> &Loader {
        &self.loader
    }

    /// Where recipe files have to lie.
    pub(super) fn recipe_folders(&self) -> &RecipeFolders {
        &self.options.recipe_folders
    }

    pub(super) fn max_depth(&self) -> usize {
        self.options.max_depth
    }

    /// A place among the tasks that may run at once.
    pub(super) fn claim_task(&self) -> Result<OwnedSemaphorePermit, StepError> {
        // There is no waiting for a place: the tasks that have one may be waiting for this one.
        let claim = self.tasks.clone().try_acquire_owned();
        claim.map_err(|_| StepError::TooManyTasks {
            limit: self.options.max_tasks,
        })
    }

    /// Copies environment variables into the configuration.
    pub(super) fn load_variables(&self, names: &[String], context: &mut Context) {
        if !names.is_empty() {
            if let Some(durable) = &self.durable {
                durable.variables_named(names, &self.options.environment);
            }
            self.options.environment.copy(names, context);
            self.options.secrets.learn(context.config());
        }
    }

    pub(super) fn secrets(&self) -> &KnownSecrets {
        &self.options.secrets
    }

    pub(super) fn are_artifacts_watched(&self) -> bool {
        let mut observers = self.options.observers.iter();
        observers.any(|observer| observer.watches_artifacts())
    }

    /// What makes the run durable, if it is.
    pub(super) fn durable(&self) -> Option<&Durable> {
        self.durable.as_ref()
    }

    /// Whether anyone is told of anything.
    pub(super) fn is_observed(&self) -> bool {
        self.durable.is_some() || !self.options.observers.is_empty()
    }

    /// Tells everyone, the journal last.
    pub(super) fn emit(&self, event: &Event<'_>) {
        for observer in &self.options.observers {
            observer.observe(event);
        }
        if let Some(durable) = &self.durable {
            durable.journal().observe(event);
        }
    }
}

impl Executor {
    /// An executor with default [`Options`].
    pub fn new(registry: Registry) -> Self {
        Self::with_options(registry, Options::default())
    }

    /// An executor with its own options. Executors may share a registry.
    pub fn with_options(registry: impl Into<Arc<Registry>>, options: Options) -> Self {
        Self {
            registry: registry.into(),
            options,
        }
    }

    /// Returns the options that recipes are run with.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Runs a recipe on a context, which holds the results afterwards, those of a failed run too.
    ///
    /// The whole main recipe is checked before its first step runs. When this returns, nothing of the run is
    /// left running.
    ///
    /// # Errors
    /// When the recipe cannot be read or is not valid, an input is missing, a step fails, or the run is
    /// cancelled.
    pub async fn run(
        &self,
        recipe: impl Into<RecipeSource>,
        context: &mut Context,
    ) -> Result<(), RunError> {
        self.run_with(recipe.into(), context, None).await
    }

    /// Runs a recipe as [`Executor::run`] does, and has a journal note what is done, or takes a run up again where its
    /// journal says that it stopped. The context is to be the one that the run began with.
    ///
    /// # Errors
    /// As [`Executor::run`], and when the journal cannot be read or written or a recipe has changed since.
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
        let group = Group::root();
        let token = self.options.cancellation.child_token();
        let run = Arc::new(Run {
            loader: Loader::new(self.registry.clone(), self.options.strict),
            options: self.options.clone(),
            tasks: Arc::new(Semaphore::new(
                self.options.max_tasks.min(Semaphore::MAX_PERMITS),
            )),
            durable,
            end: token.clone(),
            group: group.clone(),
            shared: Mutex::default(),
        });
        let scope = Scope::root(run.clone(), &name, token.clone(), group.clone());

        self.options.secrets.learn(context.config());
        if let Some(durable) = run.durable() {
            let started = durable.journal().run_started(&self.options.secrets);
            started.map_err(|error| RunError::new(name.clone(), error.into()))?;
        }
        let started = Instant::now();
        scope.emit(&Event::RunStarted { recipe: &name });
        let result = tokio::select! {
            biased;
            () = token.cancelled() => Err(StepError::Cancelled.into()),
            result = run_main(&scope, source, context) => result,
        };
        token.cancel();
        group.finished().await;

        let flushed = match run.durable() {
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
    let loader = scope.loader();
    let hash = |text: &str| scope.is_durable().then(|| ContentHash::of(text));
    let (content, (recipe, warnings)) = match source {
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
        let content = content.unwrap_or_else(|| recipe.steps.content());
        scope.note_recipe(&recipe, content)?;
    }
    recipe.document.apply_inputs(context)?;
    Ok(scope.run_prepared(&recipe, context).await?)
}
