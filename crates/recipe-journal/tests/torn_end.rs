//! A journal with a torn end: the last transaction is atomic, and all earlier ones are kept.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod begin;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use recipe_core::{
    ConfigError, Context, Executor, RecipeSource, Registry, Scope, Step, StepBuilder, StepError,
};
use recipe_journal::{JournalOptions, RunId, Store, StoreError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use begin::begin;

/// Write-ahead log of the database, to which transactions are appended.
const LOG: &str = "run.db-wal";

/// Size of the log's header.
const HEADER: usize = 32;
/// Size of a frame's header, before its page.
const FRAME_HEADER: usize = 24;

/// Step that copies the store the first time it runs.
#[derive(Deserialize, JsonSchema)]
struct CopyStore {
    from: PathBuf,
    to: PathBuf,
}

impl Step for CopyStore {
    const TYPE: &'static str = "copy_store";
    type Config = Self;

    fn new(config: Self, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(config)
    }

    async fn execute(&self, _: &Scope, _: &mut Context) -> Result<(), StepError> {
        if self.to.exists() {
            return Ok(());
        }
        for run in fs::read_dir(&self.from).unwrap() {
            let run = run.unwrap();
            copy(&run.path(), &self.to.join(run.file_name()));
        }
        Ok(())
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    // SQLite recreates the third file on opening.
    for name in ["run.db", LOG] {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

fn registry() -> Registry {
    let mut registry = recipe_steps::registry();
    registry.register::<CopyStore>().unwrap();
    registry
}

/// Copy of a store after three steps, as if the process had been killed there.
struct Stopped {
    folder: TempDir,
    id: RunId,
    recipe: Value,
    log: Vec<u8>,
}

impl Stopped {
    async fn run() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (original, copied) = (folder.path().join("original"), folder.path().join("copied"));
        let add = |text: &str| json!({"type": "set_context", "key": "a", "value": text, "if_exists": "merge"});
        let recipe = json!([
            add("one"), add(&"two ".repeat(200)), add("three"),
            {"type": "copy_store", "from": original, "to": copied},
            add("four"),
        ]);
        let store = Store::new(&original);
        let mut context = Context::new();
        let journal = begin(&store, &context);
        let id = journal.id().clone();
        let executor = Executor::new(registry());
        let ended = executor.run_durable(source(&recipe), &mut context, journal);
        ended.await.unwrap();
        let log = fs::read(copied.join(id.as_str()).join(LOG)).unwrap();
        Self {
            folder,
            id,
            recipe,
            log,
        }
    }

    /// Ends of the frames in the log, and those that end a transaction.
    fn ends(&self) -> (Vec<usize>, Vec<usize>) {
        let number = |at: usize| u32::from_be_bytes(self.log[at..at + 4].try_into().unwrap());
        let frame = FRAME_HEADER + usize::try_from(number(8)).unwrap();
        let starts = (HEADER..=self.log.len() - frame).step_by(frame);
        // The last frame of a transaction holds the new number of pages.
        let last = starts.clone().filter(|start| number(start + 4) != 0);
        let ends = |start| start + frame;
        (starts.map(ends).collect(), last.map(ends).collect())
    }

    /// Ends of the transactions in the log.
    fn transactions(&self) -> Vec<usize> {
        self.ends().1
    }

    /// Returns the store with another log.
    fn with_log(&self, log: &[u8]) -> Store {
        let store = Store::new(self.folder.path().join("cut"));
        let folder = store.directory().join(self.id.as_str());
        let _ = fs::remove_dir_all(&folder);
        copy(
            &self.folder.path().join("copied").join(self.id.as_str()),
            &folder,
        );
        fs::write(folder.join(LOG), log).unwrap();
        store
    }

    /// Lists the steps of the run with another log.
    fn steps(&self, log: &[u8]) -> String {
        let run = self.with_log(log).run(&self.id).unwrap();
        let steps = run.steps().unwrap();
        let texts = steps.iter().map(|step| {
            let changes = run.changes(step).unwrap();
            format!("{} {} {changes:?}\n", step.path, step.state)
        });
        texts.collect()
    }

    /// Resumes the run with another log and returns the artifact.
    async fn resume(&self, log: &[u8]) -> Value {
        let store = self.with_log(log);
        let journal = Arc::new(store.resume(&self.id, JournalOptions::default()).unwrap());
        let executor = Executor::new(registry());
        let options = executor.options();
        let context = journal.context(&options.secrets, &options.environment);
        let mut context = context.unwrap();
        let ended = executor.run_durable(source(&self.recipe), &mut context, journal);
        ended.await.unwrap();
        context.get("a").unwrap().clone()
    }
}

fn source(recipe: &Value) -> RecipeSource {
    RecipeSource::json("r", recipe.to_string())
}

#[tokio::test]
async fn everything_before_a_truncated_end_is_kept() {
    let stopped = Stopped::run().await;
    let (frames, transactions) = stopped.ends();
    let [.., before, last] = transactions[..] else {
        panic!("there are two transactions: {transactions:?}");
    };
    let (without, with) = (
        stopped.steps(&stopped.log[..before]),
        stopped.steps(&stopped.log[..last]),
    );
    assert!(
        with.starts_with(&without) && with.contains("three") && !without.contains("three"),
        "{with}"
    );
    // Truncates at every byte of the last frame and between the others of the last transaction.
    let last_frame = frames.iter().filter(|end| **end < last).max();
    let others = frames.iter().copied().filter(|end| *end >= before);
    for end in others
        .chain(*last_frame.unwrap()..last)
        .filter(|end| *end < last)
    {
        assert_eq!(
            stopped.steps(&stopped.log[..end]),
            without,
            "cut at {end} of {last}"
        );
    }
}

#[tokio::test]
async fn a_run_with_a_torn_end_can_be_resumed() {
    let stopped = Stopped::run().await;
    let ends = stopped.transactions();
    let last = ends[ends.len() - 1];
    let whole = stopped.resume(&stopped.log).await;
    for end in [last - 1, last - 700, ends[ends.len() - 2], ends[0]] {
        // Truncated, not written (zeros), or overwritten.
        let mut torn = stopped.log[..end].to_vec();
        for byte in [None, Some(0), Some(0xa5)] {
            if let Some(byte) = byte {
                torn.truncate(end);
                torn.resize(last, byte);
            }
            assert_eq!(
                stopped.resume(&torn).await,
                whole,
                "torn at {end}, with {byte:?}"
            );
        }
    }
}

#[tokio::test]
async fn an_empty_journal_is_an_error() {
    let stopped = Stopped::run().await;
    for end in [0, 1, HEADER, stopped.transactions()[0] - 1] {
        let store = stopped.with_log(&stopped.log[..end]);
        let run = store.run(&stopped.id);
        assert!(matches!(run, Err(StoreError::Empty { .. })), "{end}");
        let resumed = store.resume(&stopped.id, JournalOptions::default());
        assert!(matches!(resumed, Err(StoreError::Empty { .. })), "{end}");
    }
}
