//! Journal of a running run, as the executor uses it.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use recipe_core::error::RecipeError;
use recipe_core::event::StepInfo;
use recipe_core::journal::{
    Finished, Journal, JournalError, JournalFuture, LoadedRecipe, RecipeChange, StepEnd, StepKey,
};
use recipe_core::run::Environment;
use recipe_core::secrets::KnownSecrets;
use recipe_core::{Context, Event, Observer, StepError, StepPath, chain};

use crate::beginning::read_beginning;
use crate::change::StoredChange;
use crate::earlier::{Earlier, Known};
use crate::entry::{Entry, FailedAttempt};
use crate::error::StoreError;
use crate::lock::RunLock;
use crate::packing::{Text, TextHash};
use crate::reader::Reader;
use crate::run_id::RunId;
use crate::state::StepState;
use crate::writer::{Durability, RunSecrets, Writer};

/// Options of a journal.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct JournalOptions {
    /// Durability of records.
    pub durability: Durability,
}

/// Journal of one run in a store. It holds the lock of the run.
///
/// It accepts entries until it is [closed](Self::close) or dropped.
pub struct RunJournal {
    id: RunId,
    earlier: Mutex<Earlier>,
    reader: Mutex<Reader>,
    // Dropped before the lock.
    writer: Writer,
    lock: Mutex<Option<RunLock>>,
    /// Number of the step that starts next.
    number: AtomicI64,
    /// Hashes of the stored configurations.
    configs: Mutex<HashSet<TextHash>>,
    secrets: RunSecrets,
}

impl RunJournal {
    pub(crate) fn new(
        file: &Path,
        id: RunId,
        connection: rusqlite::Connection,
        lock: RunLock,
        options: JournalOptions,
    ) -> Result<Self, StoreError> {
        let reader = Reader::open(file)?;
        let earlier = Earlier::read(&reader)?;
        let secrets = RunSecrets::default();
        let durability = options.durability;
        let writer = Writer::start(connection, file.to_owned(), durability, secrets.clone())?;
        Ok(Self {
            id,
            number: AtomicI64::new(earlier.next_number()),
            earlier: Mutex::new(earlier),
            reader: Mutex::new(reader),
            writer,
            lock: Mutex::new(Some(lock)),
            configs: Mutex::default(),
            secrets,
        })
    }

    /// Id of the run.
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// Returns the context that the run started with, without the secrets in its configuration.
    ///
    /// `secrets` and `environment` are those of the [`Options`](recipe_core::Options) that the run
    /// is resumed with: secrets in artifacts are not stored, and are put back here.
    ///
    /// # Errors
    /// If a secret is missing or the journal cannot be read.
    pub fn context(
        &self,
        secrets: &KnownSecrets,
        environment: &Environment,
    ) -> Result<Context, StoreError> {
        let reader = self.reader();
        // Their values may be secrets, which reading anything else requires.
        let variables = reader.all("SELECT name FROM variable", (), |row| row.get(0))?;
        let mut copied = Context::new();
        environment.copy(&variables, &mut copied);
        secrets.learn(copied.config());
        read_beginning(&reader, secrets)
    }

    /// Writes all queued entries, stops accepting more, and releases the lock. Blocks the thread
    /// meanwhile.
    pub fn close(&self) {
        self.writer.close();
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        drop(lock.take());
    }

    pub(crate) fn earlier(&self) -> MutexGuard<'_, Earlier> {
        self.earlier.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reader(&self) -> MutexGuard<'_, Reader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn secrets(&self) -> KnownSecrets {
        self.secrets.get().cloned().unwrap_or_default()
    }

    /// Address as stored in the journal, with secrets sealed.
    fn key(&self, path: &StepPath) -> String {
        let path = path.to_string();
        self.secrets().seal_text(&path).into_owned()
    }

    fn mask(&self, error: &(dyn std::error::Error + 'static)) -> String {
        let text = chain(error).to_string();
        self.secrets().mask(&text).into_owned()
    }

    fn next_number(&self) -> i64 {
        self.number.fetch_add(1, Ordering::Relaxed)
    }

    /// Looks up the record of a step and resolves its change for the context that the step starts
    /// with.
    fn earlier_end(
        &self,
        place: StepKey<'_>,
        context: &Context,
    ) -> Result<Option<Finished>, StoreError> {
        // The fast path of new runs.
        if self.earlier().is_empty() {
            return Ok(None);
        }
        let key = self.key(place.path);
        let ending = match self.earlier().ending(&key, place.fingerprint) {
            Known::Nothing => return Ok(None),
            Known::Void => {
                self.writer.note([Entry::Void { path: key }]);
                return Ok(None);
            }
            Known::Ended(ending) => ending,
        };
        let steps_inside = self.earlier().steps_inside(&key, &ending);
        let (secrets, reader) = (&self.secrets(), self.reader());
        let change: StoredChange = reader.parse(&secrets.unseal_json(&reader.change(&key)?)?)?;
        let mut fetch = |reference| reader.text(reference, secrets);
        let change = change.resolve(context, &mut fetch)?;
        Ok(change.map(|change| Finished::new(ending, change).with_steps_inside(steps_inside)))
    }

    fn began(&self, step: StepInfo<'_>, state: StepState) {
        let config = serde_json::to_string(&**step.config).expect("configurations are JSON");
        let text = Text::new(&config, &self.secrets());
        let began = Entry::Began {
            path: self.key(step.path),
            number: self.next_number(),
            step_type: step.step_type.to_owned(),
            name: step.name.map(|name| self.secrets().mask(name).into_owned()),
            config: text.hash,
            at: SystemTime::now(),
            state,
        };
        let is_new = {
            let mut configs = self.configs.lock().unwrap_or_else(PoisonError::into_inner);
            configs.insert(text.hash)
        };
        let text = is_new.then_some(Entry::Text(text));
        self.writer.note(text.into_iter().chain([began]));
    }
}

impl Journal for RunJournal {
    fn run_started(&self, secrets: &KnownSecrets) -> Result<(), JournalError> {
        let taken = self.secrets.set(secrets.clone());
        taken.map_err(|_| JournalError::new(StoreError::Started(self.id.clone())))
    }

    fn finished(
        &self,
        place: StepKey<'_>,
        context: &Context,
    ) -> Result<Option<Finished>, JournalError> {
        self.earlier_end(place, context).map_err(JournalError::new)
    }

    fn record<'j>(&'j self, ended: StepEnd<'_>) -> JournalFuture<'j> {
        let secrets = &self.secrets();
        let mut texts = Vec::new();
        let change = StoredChange::new(&ended.finished.change, ended.before, secrets, &mut texts);
        let recorded = Entry::Recorded {
            path: self.key(ended.key.path),
            number: self.next_number(),
            fingerprint: ended.key.fingerprint,
            ending: ended.finished.outcome,
            change: change.to_json(secrets),
            duration: ended.duration,
        };
        let texts = texts.into_iter().map(Entry::Text);
        self.writer.record(texts.chain([recorded]), ended.effect)
    }

    fn forget_below(&self, path: &StepPath) {
        let path = self.key(path);
        self.earlier().forget_below(&path);
        self.writer.note([Entry::VoidBelow { path }]);
    }

    fn recipe_loaded(
        &self,
        recipe: LoadedRecipe<'_>,
    ) -> Result<Option<RecipeChange>, JournalError> {
        let path = self.key(recipe.path);
        if let Some(change) = self.earlier().change_of(&path, recipe) {
            return Ok(Some(change));
        }
        let steps = recipe.steps.iter();
        let steps: Vec<_> = steps
            .map(|step| (&step.step_type, step.fingerprint.to_string()))
            .collect();
        self.writer.note([Entry::Loaded {
            path,
            file: self.secrets().seal_text(recipe.file).into_owned(),
            hash: recipe.fingerprint,
            steps: serde_json::to_string(&steps).expect("texts are JSON"),
            variables: recipe.env_vars.to_vec(),
            at: SystemTime::now(),
        }]);
        Ok(None)
    }

    fn flush(&self) -> JournalFuture<'_> {
        self.writer.flush()
    }
}

/// Records the history, which resuming does not need.
impl Observer for RunJournal {
    fn observe(&self, event: &Event<'_>) {
        match *event {
            Event::RunStarted { .. } => self.writer.note([Entry::RunStarted {
                at: SystemTime::now(),
            }]),
            Event::StepStarted { step, .. } => self.began(step, StepState::Running),
            Event::StepSkipped { step, .. } => self.began(step, StepState::Skipped),
            // The step is recorded already, unless it set a secret.
            Event::StepFinished { step, duration, .. } => {
                self.ended(step, StepState::Done, duration, None);
            }
            Event::StepRecovered { step, duration, .. } => {
                self.ended(step, StepState::Recovered, duration, None);
            }
            Event::StepFailed {
                step,
                duration,
                error,
                ..
            } => self.ended(step, StepState::Failed, duration, Some(error)),
            Event::StepCancelled { step, duration, .. } => {
                self.ended(step, StepState::Cancelled, duration, None);
            }
            Event::StepRetried {
                step,
                attempt,
                attempts,
                delay,
                error,
                ..
            } => {
                let attempt = FailedAttempt {
                    attempt,
                    attempts,
                    delay,
                };
                self.writer.note([self.failed(step, Some(attempt), error)]);
            }
            Event::StepRecovering { step, error, .. } => {
                self.writer.note([self.failed(step, None, error)]);
            }
            Event::Used { path, usage, .. } => self.writer.note([Entry::Used {
                path: self.key(path),
                usage,
            }]),
            Event::ToolCalled {
                path,
                tool,
                arguments,
                duration,
                result,
                ..
            } => {
                let secrets = &self.secrets();
                let now = SystemTime::now();
                let (Ok(response) | Err(response)) = result;
                let [arguments, response] = [arguments, &serde_json::Value::from(response)]
                    .map(|value| Text::new(&value.to_string(), secrets));
                let called = Entry::ToolCalled {
                    path: self.key(path),
                    tool: secrets.seal_text(tool).into_owned(),
                    began: now.checked_sub(duration).unwrap_or(now),
                    duration,
                    arguments: arguments.hash,
                    result: response.hash,
                    is_failed: result.is_err(),
                };
                let texts = [arguments, response].map(Entry::Text);
                self.writer.note(texts.into_iter().chain([called]));
            }
            Event::RunFinished { error, .. } => {
                let outcome = match error.map(|error| &error.source) {
                    None => "done",
                    Some(RecipeError::Step(StepError::Cancelled)) => "interrupted",
                    Some(_) => "failed",
                };
                self.writer.note([Entry::RunEnded {
                    at: SystemTime::now(),
                    outcome,
                    error: error.map(|error| self.mask(error)),
                }]);
            }
            _ => {}
        }
    }
}

impl RunJournal {
    fn ended(
        &self,
        step: StepInfo<'_>,
        state: StepState,
        duration: Duration,
        error: Option<&StepError>,
    ) {
        self.writer.note([Entry::Ended {
            path: self.key(step.path),
            state,
            duration,
            error: error.map(|error| self.mask(error)),
        }]);
    }

    fn failed(
        &self,
        step: StepInfo<'_>,
        attempt: Option<FailedAttempt>,
        error: &StepError,
    ) -> Entry {
        Entry::Failed {
            path: self.key(step.path),
            at: SystemTime::now(),
            attempt,
            error: self.mask(error),
        }
    }
}
