//! Options of an executor.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::environment::Environment;
use super::recipe_folders::RecipeFolders;
use crate::event::Observer;
use crate::secrets::KnownSecrets;

/// Options for running recipes.
///
/// ```
/// use recipe_core::Options;
///
/// let options = Options::new().strict(true).max_depth(10);
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// Maximum nesting depth of recipe calls. Default: 100.
    pub max_depth: usize,
    /// Maximum number of substeps and loop items of one run at a time. Default: 50,000.
    pub max_tasks: usize,
    /// Whether unknown fields are errors. Default: no, they are warnings.
    pub strict: bool,
    /// Directories that recipe files must be in, called recipes included. Default: anywhere.
    pub recipe_folders: RecipeFolders,
    /// Source of `env_vars`. Default: the environment of this process.
    pub environment: Environment,
    /// Receivers of run events. Default: none.
    pub observers: Vec<Arc<dyn Observer>>,
    /// Cancels all runs with these options.
    pub cancellation: CancellationToken,
    /// Secrets of the runs' configurations, for everyone who masks text.
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

impl Options {
    /// Returns the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the maximum nesting depth of recipe calls.
    #[must_use]
    pub fn max_depth(mut self, max_depth: usize) -> Self {
        self.max_depth = max_depth;
        self
    }

    /// Sets the maximum number of substeps and loop items of one run at a time.
    #[must_use]
    pub fn max_tasks(mut self, max_tasks: usize) -> Self {
        self.max_tasks = max_tasks;
        self
    }

    /// Sets whether unknown fields are errors.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Sets the directories that recipe files must be in.
    #[must_use]
    pub fn recipe_folders(mut self, folders: RecipeFolders) -> Self {
        self.recipe_folders = folders;
        self
    }

    /// Sets the source of `env_vars`.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Adds a receiver of run events.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observers.push(observer);
        self
    }

    /// Sets the token that cancels all runs with these options.
    #[must_use]
    pub fn cancellation(mut self, cancellation: CancellationToken) -> Self {
        self.cancellation = cancellation;
        self
    }

    /// Sets the store of known secrets.
    #[must_use]
    pub fn secrets(mut self, secrets: KnownSecrets) -> Self {
        self.secrets = secrets;
        self
    }
}
