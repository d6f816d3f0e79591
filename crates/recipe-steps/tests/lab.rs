//! Where steps are tried: small steps that can be watched, and runs whose every trace is kept.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::time::Duration;

use recipe_core::{
    CancellationToken, ConfigError, Context, Event, Executor, Observer, Options, Recipe,
    RecipeSource, Registry, RunError, Scope, Step, StepBuilder, StepError, StepInfo, chain,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// A place of its own for one test: its runs, and what the steps in them did.
pub(crate) struct Lab {
    pub(crate) log: Arc<Log>,
    pub(crate) cancellation: CancellationToken,
    pub(crate) max_depth: usize,
    /// Whether events are kept; without, steps run as if nobody looked.
    pub(crate) observed: bool,
    id: u64,
    folder: TempDir,
}

/// The context after a run, and how the run ended.
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
            observed: true,
            id,
            folder: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("cargo made it"),
        }
    }

    /// A path in the folder of this lab.
    pub(crate) fn path(&self, name: &str) -> String {
        let path = self.folder.path().join(name);
        path.into_os_string()
            .into_string()
            .expect("no odd names on the way")
    }

    /// Writes a file into the folder of this lab; gives its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(Path::new(&path).parent().expect("the folder")).expect("can be made");
        fs::write(&path, content).expect("can be written");
        path
    }

    /// What a file in the folder of this lab says.
    pub(crate) fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    /// The names in the folder of this lab, hidden ones too.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("is there");
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

    /// A message with this lab's folder left out of the paths.
    pub(crate) fn short(&self, message: &str) -> String {
        message.replace(&self.path(""), "")
    }

    /// Runs steps on an empty context.
    pub(crate) async fn run(&self, steps: Value) -> Outcome {
        self.run_on(json!({}), steps).await
    }

    /// Runs steps on a context with these artifacts.
    pub(crate) async fn run_on(&self, artifacts: Value, steps: Value) -> Outcome {
        let recipe = Recipe::from_value(steps).expect("the test writes a recipe");
        self.run_source(artifacts, recipe.into()).await
    }

    /// Runs a recipe from wherever it is.
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
        options.cancellation = self.cancellation.clone();
        options.max_depth = self.max_depth;
        lock(&self.log.began).get_or_insert_with(Instant::now);
        let executor = Executor::with_options(registry(), options);
        let result = executor.run(source, &mut context).await;
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
    /// The artifacts of a run that must have succeeded.
    pub(crate) fn artifacts(self) -> Value {
        if let Err(error) = &self.result {
            panic!("{}", chain(error));
        }
        Value::Object(self.context.to_json())
    }

    /// The message of a run that must have failed.
    pub(crate) fn error(&self) -> String {
        match &self.result {
            Ok(()) => panic!("the run succeeded"),
            Err(error) => chain(error).to_string(),
        }
    }
}

/// The built-in steps and the ones of this module.
fn registry() -> Registry {
    let mut registry = recipe_steps::registry();
    registry
        .register::<Work>()
        .and_then(|registry| registry.register::<Block>())
        .expect("the names are free");
    registry
}

/// What happened in a lab.
#[derive(Default)]
pub(crate) struct Log {
    began: Mutex<Option<Instant>>,
    deeds: Mutex<Vec<Deed>>,
    events: Mutex<Vec<String>>,
    warnings: Mutex<Vec<String>>,
    running: Mutex<Running>,
}

#[derive(Default)]
struct Running {
    now: usize,
    most: usize,
}

/// Something a step did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Deed {
    pub(crate) at: Duration,
    pub(crate) name: String,
    pub(crate) what: &'static str,
}

impl Log {
    /// `name what` of all deeds, in order of time.
    pub(crate) fn deeds(&self) -> Vec<String> {
        let deeds = lock(&self.deeds);
        deeds
            .iter()
            .map(|deed| format!("{} {}", deed.name, deed.what))
            .collect()
    }

    /// When, in seconds since the beginning, something was done, by whomever.
    pub(crate) fn times(&self, what: &str) -> Vec<f64> {
        let deeds = lock(&self.deeds);
        let of = deeds.iter().filter(|deed| deed.what == what);
        of.map(|deed| deed.at.as_secs_f64()).collect()
    }

    /// The deeds of one kind, with their times.
    pub(crate) fn all(&self, what: &str) -> Vec<Deed> {
        let deeds = lock(&self.deeds);
        deeds
            .iter()
            .filter(|deed| deed.what == what)
            .cloned()
            .collect()
    }

    /// What the observers were told of steps: `started 0`, `cancelled 0.substeps[1]`.
    pub(crate) fn events(&self) -> Vec<String> {
        lock(&self.events).clone()
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        lock(&self.warnings).clone()
    }

    /// How many steps of this lab run now.
    pub(crate) fn running(&self) -> usize {
        lock(&self.running).now
    }

    /// How many ran at the same time at most.
    pub(crate) fn most_running(&self) -> usize {
        lock(&self.running).most
    }

    fn of(context: &Context) -> Arc<Self> {
        let id = context.config()["lab"].as_u64().expect("a number");
        lock(&LABS)[&id].clone()
    }

    fn note(&self, name: &str, what: &'static str) {
        let began = lock(&self.began).expect("set before the run");
        let deed = Deed {
            at: began.elapsed(),
            name: name.to_owned(),
            what,
        };
        lock(&self.deeds).push(deed);
    }

    fn has(&self, name: &str, what: &str) -> bool {
        let deeds = lock(&self.deeds);
        deeds
            .iter()
            .any(|deed| deed.name == name && deed.what == what)
    }
}

impl Observer for Log {
    fn observe(&self, event: &Event<'_>) {
        let (what, step): (_, &StepInfo<'_>) = match event {
            Event::StepStarted { step } => ("started", step),
            Event::StepFinished { step, .. } => ("finished", step),
            Event::StepFailed { step, .. } => ("failed", step),
            Event::StepCancelled { step, .. } => ("cancelled", step),
            Event::StepSkipped { step } => ("skipped", step),
            Event::Warning { message, .. } => {
                lock(&self.warnings).push((*message).to_owned());
                return;
            }
            _ => return,
        };
        lock(&self.events).push(format!("{what} {}", step.path));
    }
}

/// Counts a step as running until it is dropped, and notes when that happens before its end.
struct Presence {
    log: Arc<Log>,
    name: String,
    ended: bool,
}

impl Presence {
    fn new(log: Arc<Log>, name: &str) -> Self {
        log.note(name, "started");
        let mut running = lock(&log.running);
        running.now += 1;
        running.most = running.most.max(running.now);
        drop(running);
        Self {
            log,
            name: name.to_owned(),
            ended: false,
        }
    }

    fn end(&mut self, what: &'static str) {
        self.ended = true;
        self.log.note(&self.name, what);
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if !self.ended {
            self.log.note(&self.name, "dropped");
        }
        lock(&self.log.running).now -= 1;
    }
}

/// Takes its time, then does one of several things.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct WorkConfig {
    /// How it is called in the log, and the artifact it sets; its path where it is empty.
    name: String,
    /// How long it takes.
    seconds: f64,
    /// Waits until the step of this name has started as well.
    after_start_of: Option<String>,
    /// Fails with this message.
    fail: Option<String>,
    /// Fails if this artifact has this value.
    fail_if: Option<(String, Value)>,
    /// Panics with this message.
    panic: Option<String>,
    /// Copies this artifact to the artifact named like this step.
    copy: Option<String>,
    /// Takes as many seconds as this artifact says.
    seconds_from: Option<String>,
}

struct Work(WorkConfig);

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct WorkError(String);

impl Step for Work {
    const TYPE: &'static str = "work";
    type Config = WorkConfig;

    fn new(config: WorkConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(Self(config))
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        let config = &self.0;
        let name = match config.name.as_str() {
            "" => scope.path().to_string(),
            name => name.to_owned(),
        };
        let log = Log::of(context);
        let mut presence = Presence::new(log.clone(), &name);
        while config
            .after_start_of
            .as_ref()
            .is_some_and(|name| !log.has(name, "started"))
        {
            tokio::task::yield_now().await;
        }
        let seconds = match &config.seconds_from {
            Some(artifact) => context
                .get(artifact)
                .and_then(Value::as_f64)
                .expect("a number"),
            None => config.seconds,
        };
        if seconds > 0.0 {
            sleep(Duration::from_secs_f64(seconds)).await;
        }
        if let Some(message) = &config.panic {
            panic!("{message}");
        }
        let fails = config
            .fail_if
            .as_ref()
            .is_some_and(|(name, value)| context.get(name) == Some(value));
        if let Some(message) = config.fail.clone().or(fails.then(|| "as asked".to_owned())) {
            presence.end("failed");
            return Err(StepError::failed(WorkError(message)));
        }
        let value = match &config.copy {
            Some(artifact) => context.get(artifact).cloned().unwrap_or(Value::Null),
            None => json!("done"),
        };
        context.set(name, value);
        presence.end("done");
        Ok(())
    }
}

/// Holds a thread until it is told to stop, and a moment longer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct BlockConfig {
    name: String,
}

struct Block(BlockConfig);

impl Step for Block {
    const TYPE: &'static str = "block";
    type Config = BlockConfig;

    fn new(config: BlockConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(Self(config))
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        let (log, name) = (Log::of(context), self.0.name.clone());
        let token = scope.cancellation().clone();
        scope
            .blocking(move || {
                let mut presence = Presence::new(log, &name);
                while !token.is_cancelled() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                std::thread::sleep(Duration::from_millis(20));
                presence.end("done");
                Ok::<_, StepError>(())
            })
            .await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
