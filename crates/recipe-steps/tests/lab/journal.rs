//! In-memory journal. Runs that open it find the entries of earlier ones, as processes do on disk.

use std::collections::HashMap;
use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indexmap::IndexMap;
use recipe_core::journal::{
    Fingerprint, Finished, Journal, JournalError, JournalFuture, LoadedRecipe, RecipeChange,
    RecipeStep, StepEnd, StepKey, StepOutcome,
};
use recipe_core::secrets::KnownSecrets;
use recipe_core::{CancellationToken, Context, Event, Observer, StepPath};
use tokio::time::sleep;

use super::lock;

/// Simulated disk and its behavior for the next process.
#[derive(Clone, Default)]
pub(crate) struct Disk {
    entries: Arc<Mutex<Entries>>,
    /// Number of times the end of each step was voided.
    voided: Arc<Mutex<HashMap<StepPath, usize>>>,
    /// Steps that started although they, or a step around them, had ended.
    repeated: Arc<Mutex<Vec<String>>>,
    /// Whether recipes may have changed.
    pub(crate) accepts_changes: bool,
    /// Simulated failure.
    pub(crate) fault: Option<Fault>,
    /// Time to write an entry.
    pub(crate) write_takes: Duration,
    /// Token to cancel after a number of entries.
    pub(crate) interruption: Option<(usize, CancellationToken)>,
}

/// Journal operation that fails, and the path at which it does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fault {
    Record(String),
    Finished(String),
    RecipeLoaded(String),
    Flush,
}

#[derive(Clone, Default)]
struct Entries {
    /// In order of time.
    finished: IndexMap<StepPath, (Fingerprint, Finished)>,
    recipes: HashMap<StepPath, (Fingerprint, Vec<RecipeStep>)>,
}

impl Disk {
    /// Opens the disk as another process.
    pub(super) fn open(&self) -> Arc<dyn Journal> {
        let earlier = lock(&self.entries).clone();
        Arc::new(Process {
            disk: self.clone(),
            earlier: Mutex::new(earlier),
            recorded: AtomicUsize::new(0),
        })
    }

    /// Returns recorded ends in order of time: `done 1.substeps[0]`.
    pub(crate) fn ends(&self) -> Vec<String> {
        let entries = lock(&self.entries);
        let ends = entries.finished.iter().map(|(path, (_, finished))| {
            let outcome = match &finished.outcome {
                StepOutcome::Done => "done",
                StepOutcome::Recovered => "recovered",
                StepOutcome::Failed { .. } => "failed",
                other => panic!("unknown outcome: {other:?}"),
            };
            format!("{outcome} {path}")
        });
        ends.collect()
    }

    /// Whether any entry contains a string.
    pub(crate) fn contains(&self, text: &str) -> bool {
        let entries = lock(&self.entries);
        let mut finished = entries.finished.values();
        finished.any(|(_, finished)| format!("{finished:?}").contains(text))
    }

    /// Returns how often the end of a step was voided.
    pub(crate) fn voided(&self, path: &str) -> usize {
        let voided = lock(&self.voided);
        let matching = voided
            .iter()
            .filter(|(voided, _)| voided.to_string() == path);
        matching.map(|(_, count)| count).sum()
    }

    /// Returns the steps that started although they had ended.
    pub(crate) fn repeated(&self) -> Vec<String> {
        lock(&self.repeated).clone()
    }

    fn fails(&self, fault: impl Fn(String) -> Fault, path: &StepPath) -> bool {
        let own = self.fault.as_ref();
        own.is_some_and(|own| *own == fault(path.to_string()))
    }
}

fn broken() -> JournalError {
    JournalError::new("the disk is full")
}

impl Entries {
    fn has_ended(&self, path: &StepPath) -> bool {
        let finished = self.finished.get(path);
        finished
            .is_some_and(|(_, finished)| !matches!(finished.outcome, StepOutcome::Failed { .. }))
    }

    fn forget_below(&mut self, path: &StepPath) -> Vec<StepPath> {
        let is_below = |inner: &StepPath| inner.ancestors().any(|outer| outer == path);
        let ended = self.finished.keys().filter(|path| self.has_ended(path));
        let voided = ended.filter(|path| is_below(path)).cloned().collect();
        self.finished.retain(|path, _| !is_below(path));
        self.recipes.retain(|path, _| !is_below(path));
        voided
    }
}

/// Journal opened by a process.
struct Process {
    disk: Disk,
    /// Entries that existed when it was opened.
    earlier: Mutex<Entries>,
    recorded: AtomicUsize,
}

impl Journal for Process {
    fn run_started(&self, _: &KnownSecrets) -> Result<(), JournalError> {
        Ok(())
    }

    fn finished(&self, place: StepKey<'_>, _: &Context) -> Result<Option<Finished>, JournalError> {
        if self.disk.fails(Fault::Finished, place.path) {
            return Err(broken());
        }
        let earlier = lock(&self.earlier);
        let same = earlier.finished.get(place.path);
        let same = same.filter(|(content, _)| *content == place.fingerprint);
        Ok(same.map(|(_, finished)| finished.clone()))
    }

    fn record<'j>(&'j self, ended: StepEnd<'_>) -> JournalFuture<'j> {
        let path = ended.key.path;
        if self.disk.fails(Fault::Record, path) {
            return Box::pin(ready(Err(broken())));
        }
        let entry = (ended.key.fingerprint, ended.finished);
        let mut entries = lock(&self.disk.entries);
        entries.finished.shift_remove(path);
        entries.finished.insert(path.clone(), entry);
        drop(entries);
        let recorded = self.recorded.fetch_add(1, Ordering::Relaxed) + 1;
        match &self.disk.interruption {
            Some((after, token)) if *after == recorded => token.cancel(),
            _ => {}
        }
        let takes = self.disk.write_takes;
        Box::pin(async move {
            if !takes.is_zero() {
                sleep(takes).await;
            }
            Ok(())
        })
    }

    fn forget_below(&self, path: &StepPath) {
        lock(&self.earlier).forget_below(path);
        let mut voided = lock(&self.disk.voided);
        for path in lock(&self.disk.entries).forget_below(path) {
            *voided.entry(path).or_default() += 1;
        }
    }

    fn recipe_loaded(
        &self,
        recipe: LoadedRecipe<'_>,
    ) -> Result<Option<RecipeChange>, JournalError> {
        if self.disk.fails(Fault::RecipeLoaded, recipe.path) {
            return Err(broken());
        }
        let earlier = lock(&self.earlier);
        let before = earlier.recipes.get(recipe.path);
        if let Some((_, steps)) = before.filter(|(content, _)| *content != recipe.fingerprint)
            && !self.disk.accepts_changes
        {
            return Ok(Some(RecipeChange::between(steps, recipe.steps)));
        }
        let entry = (recipe.fingerprint, recipe.steps.to_vec());
        lock(&self.disk.entries)
            .recipes
            .insert(recipe.path.clone(), entry);
        Ok(None)
    }

    fn flush(&self) -> JournalFuture<'_> {
        Box::pin(ready(match self.disk.fault {
            Some(Fault::Flush) => Err(broken()),
            _ => Ok(()),
        }))
    }
}

impl Observer for Process {
    fn observe(&self, event: &Event<'_>) {
        if let Event::StepStarted { step, .. } = event {
            let entries = lock(&self.disk.entries);
            let mut around = step.path.ancestors();
            if entries.has_ended(step.path) || around.any(|path| entries.has_ended(path)) {
                lock(&self.disk.repeated).push(step.path.to_string());
            }
        }
    }
}
