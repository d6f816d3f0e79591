//! Test lab: observable steps, and runs whose events and effects are recorded.

mod journal;
mod log;
mod steps;

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::time::Duration;

use recipe_core::run::Environment;
use recipe_core::{
    CancellationToken, Context, Executor, Observer, Options, Recipe, RecipeSource, Registry,
    RunError, chain,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

pub(crate) use journal::{Disk, Fault};
pub(crate) use log::{Action, Log};
use steps::{Block, Configure, Work};

/// Environment of a test: its directory, its runs, and the actions of their steps.
pub(crate) struct Lab {
    pub(crate) log: Arc<Log>,
    pub(crate) cancellation: CancellationToken,
    pub(crate) max_depth: usize,
    pub(crate) max_tasks: usize,
    /// Whether events are recorded; if not, the run has no observer.
    pub(crate) observed: bool,
    /// Additional observers.
    pub(crate) observers: Vec<Arc<dyn Observer>>,
    /// Environment variables of the run.
    pub(crate) environment: HashMap<String, String>,
    /// Journal of durable runs. Each run on the same disk resumes the previous one.
    pub(crate) disk: Option<Disk>,
    id: u64,
    dir: TempDir,
}

/// Context and result of a run.
pub(crate) struct Outcome {
    pub(crate) context: Context,
    pub(crate) result: Result<(), RunError>,
}

static LABS: LazyLock<Mutex<HashMap<u64, Arc<Log>>>> = LazyLock::new(Mutex::default);

impl Lab {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let log = Arc::new(Log::default());
        lock(&LABS).insert(id, log.clone());
        Self {
            log,
            cancellation: CancellationToken::new(),
            max_depth: 100,
            max_tasks: 50_000,
            observed: true,
            observers: Vec::new(),
            environment: HashMap::new(),
            disk: None,
            id,
            dir: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("cargo creates it"),
        }
    }

    /// Creates a lab whose runs are durable.
    pub(crate) fn durable() -> Self {
        let mut lab = Self::new();
        lab.disk = Some(Disk::default());
        lab
    }

    /// Returns the disk of a durable lab.
    pub(crate) fn disk(&mut self) -> &mut Disk {
        self.disk.as_mut().expect("the lab is durable")
    }

    /// Returns a path in the lab's directory.
    pub(crate) fn path(&self, name: &str) -> String {
        let path = self.dir.path().join(name);
        path.into_os_string().into_string().expect("a UTF-8 path")
    }

    /// Writes a file in the lab's directory. Returns its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(Path::new(&path).parent().expect("a directory"))
            .expect("can be created");
        fs::write(&path, content).expect("can be written");
        path
    }

    /// Reads a file in the lab's directory; `None` if it does not exist.
    pub(crate) fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    /// Returns the names in the lab's directory, including hidden ones.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path()).expect("exists");
        let mut names: Vec<_> = entries
            .map(|entry| {
                entry
                    .expect("can be read")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }

    /// Removes the lab's directory from the paths in a message.
    pub(crate) fn short(&self, message: &str) -> String {
        message.replace(&self.path(""), "")
    }

    /// Runs steps on an empty context.
    pub(crate) async fn run(&self, steps: Value) -> Outcome {
        self.run_on(json!({}), steps).await
    }

    /// Runs steps on a context with these artifacts.
    pub(crate) async fn run_on(&self, artifacts: Value, steps: Value) -> Outcome {
        let recipe = Recipe::from_value(steps).expect("a valid recipe");
        self.run_source(artifacts, recipe.into()).await
    }

    /// Runs steps and cancels the run after some seconds.
    pub(crate) async fn run_for(&mut self, seconds: f64, steps: Value) -> Outcome {
        let token = CancellationToken::new();
        self.cancellation = token.clone();
        let outcome = {
            let mut run = std::pin::pin!(self.run(steps));
            tokio::select! {
                biased;
                outcome = &mut run => outcome,
                () = sleep(Duration::from_secs_f64(seconds)) => {
                    token.cancel();
                    run.await
                }
            }
        };
        self.cancellation = CancellationToken::new();
        outcome
    }

    /// Runs a recipe from any source.
    pub(crate) async fn run_source(&self, artifacts: Value, source: RecipeSource) -> Outcome {
        let Value::Object(artifacts) = artifacts else {
            panic!("artifacts are an object");
        };
        let mut context = Context::from_artifacts(artifacts);
        context.set_config("lab", self.id);
        let mut options = Options::default();
        if self.observed {
            options.observers.push(self.log.clone());
        }
        options.observers.extend(self.observers.iter().cloned());
        options.environment = Environment::Fixed(Arc::new(self.environment.clone()));
        options.cancellation = self.cancellation.clone();
        options.max_depth = self.max_depth;
        options.max_tasks = self.max_tasks;
        lock(&self.log.began).get_or_insert_with(Instant::now);
        let executor = Executor::with_options(registry(), options);
        let result = match &self.disk {
            Some(disk) => {
                executor
                    .run_durable(source, &mut context, disk.open())
                    .await
            }
            None => executor.run(source, &mut context).await,
        };
        assert_eq!(self.log.running(), 0, "something is left running");
        Outcome { context, result }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        lock(&LABS).remove(&self.id);
    }
}

impl Outcome {
    /// Returns the artifacts of a run that must have succeeded.
    pub(crate) fn artifacts(self) -> Value {
        if let Err(error) = &self.result {
            panic!("{}", chain(error));
        }
        Value::Object(self.context.to_json())
    }

    /// Returns the artifacts as JSON in their order.
    pub(crate) fn text(&self) -> String {
        Value::Object(self.context.to_json()).to_string()
    }

    /// Returns the error message of a run that must have failed.
    pub(crate) fn error(&self) -> String {
        match &self.result {
            Ok(()) => panic!("the run succeeded"),
            Err(error) => chain(error).to_string(),
        }
    }
}

/// Returns a registry of the built-in steps and those of this module.
fn registry() -> Registry {
    let mut registry = recipe_steps::registry();
    registry
        .register::<Work>()
        .and_then(|registry| registry.register::<Block>())
        .and_then(|registry| registry.register::<Configure>())
        .expect("unique names");
    registry
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
