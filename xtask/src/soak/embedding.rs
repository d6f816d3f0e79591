//! Embeds the crates: runs scenarios and counts runs and steps.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use recipe_core::{
    CancellationToken, Context, Event, Executor, Observer, Options, Registry, RunError, chain,
};
use recipe_journal::{JournalOptions, NewRun, Store};
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::mix::{self, Ending, Fate, Scenario};
use super::steps;

/// State shared by all runs of the process.
#[derive(Clone)]
pub(super) struct Embedding {
    folder: PathBuf,
    registry: Arc<Registry>,
    counts: Arc<Counts>,
}

/// Observer that counts runs and steps.
#[derive(Default)]
pub(super) struct Counts {
    runs: AtomicU64,
    steps: AtomicU64,
}

impl Embedding {
    /// Uses a directory and writes the called recipes there.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        for (name, recipe) in mix::called_recipes() {
            fs::write(folder.join(name), recipe.to_string())?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            registry: Arc::new(steps::registry().map_err(io::Error::other)?),
            counts: Arc::default(),
        })
    }

    /// Runs a scenario. Fails if it ends unexpectedly.
    pub(super) async fn run(&self, scenario: Scenario) -> Result<(), String> {
        let folder = self.folder.join(scenario.name);
        let run = async {
            fs::create_dir_all(&folder)?;
            let mut context = Context::new();
            context.set("recipes", self.folder.to_string_lossy());
            context.set("folder", folder.to_string_lossy());
            let ended = self.meet_fate(&scenario, &mut context).await?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(ended)
        };
        let said = match run.await {
            Ok(Some(Err(error))) => chain(&error).to_string(),
            Ok(Some(Ok(()))) => String::new(),
            Ok(None) => return Ok(()),
            Err(error) => format!("not run: {error}"),
        };
        match scenario.ending {
            Ending::Done if said.is_empty() => Ok(()),
            Ending::Failed(part) if said.contains(part) => Ok(()),
            ending => Err(format!("{}: {ending:?} expected: {said}", scenario.name)),
        }
    }

    /// Working directory.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Number of started runs.
    pub(super) fn runs(&self) -> u64 {
        self.counts.runs.load(Ordering::Relaxed)
    }

    /// Number of started steps.
    pub(super) fn steps(&self) -> u64 {
        self.counts.steps.load(Ordering::Relaxed)
    }

    /// Runs a scenario with its fate. Returns the result, unless the run was dropped.
    async fn meet_fate(
        &self,
        scenario: &Scenario,
        context: &mut Context,
    ) -> io::Result<Option<Result<(), RunError>>> {
        let token = CancellationToken::new();
        let executor = self.executor(token.clone());
        let source = scenario.source();
        Ok(match scenario.fate {
            Fate::ToItsEnd => Some(executor.run(source, context).await),
            Fate::Cancelled(after) => {
                let cancel = tokio::spawn(async move {
                    sleep(after).await;
                    token.cancel();
                });
                let ended = executor.run(source, context).await;
                cancel.await?;
                Some(ended)
            }
            Fate::Dropped(after) => timeout(after, executor.run(source, context)).await.ok(),
            Fate::Resumed => Some(self.run_durable(&executor, scenario, context).await?),
        })
    }

    /// Runs a scenario that fails, is resumed, and is removed from the store.
    async fn run_durable(
        &self,
        executor: &Executor,
        scenario: &Scenario,
        context: &mut Context,
    ) -> io::Result<Result<(), RunError>> {
        let store = Store::new(self.folder.join("store"));
        let folder = self.folder.join(scenario.name);
        let new = NewRun {
            recipe: scenario.name,
            context,
            directory: &folder,
            settings: Value::Null,
        };
        let begun = store.begin(&new, JournalOptions::default());
        let journal = Arc::new(begun.map_err(io::Error::other)?);
        let id = journal.id().clone();
        let first = executor.run_durable(scenario.source(), context, journal.clone());
        if first.await.is_ok() {
            return Err(io::Error::other("the first attempt did not fail"));
        }
        journal.close();
        fs::write(folder.join("ready"), "")?;
        let resumed = store.resume(&id, JournalOptions::default());
        let journal = Arc::new(resumed.map_err(io::Error::other)?);
        let options = executor.options();
        let context = journal.context(&options.secrets, &options.environment);
        let mut context = context.map_err(io::Error::other)?;
        let second = executor.run_durable(scenario.source(), &mut context, journal.clone());
        let ended = second.await;
        journal.close();
        fs::remove_file(folder.join("ready"))?;
        store.remove(&id).map_err(io::Error::other)?;
        Ok(ended)
    }

    fn executor(&self, cancellation: CancellationToken) -> Executor {
        let mut options = Options::default();
        options.cancellation = cancellation;
        // A misspelt field would change the scenario.
        options.strict = true;
        options.observers.push(self.counts.clone());
        Executor::with_options(self.registry.clone(), options)
    }
}

impl Observer for Counts {
    fn observe(&self, event: &Event<'_>) {
        match event {
            Event::RunStarted { .. } => self.runs.fetch_add(1, Ordering::Relaxed),
            Event::StepStarted { .. } => self.steps.fetch_add(1, Ordering::Relaxed),
            _ => 0,
        };
    }
}
