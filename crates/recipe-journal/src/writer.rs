//! The thread that writes: whatever waits is written in one transaction, so that many steps that end at once cost one
//! sync.

use std::mem;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use recipe_core::journal::{Effect, JournalError, JournalFuture};
use recipe_core::secrets::KnownSecrets;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::entry::Entry;
use crate::error::StoreError;
use crate::sweeping;

/// When the records of steps are on the disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// A step is over when its record is written. That of a step with an effect outside the context is synced, too: it
    /// survives the loss of power. The others survive the end of the process, and are synced with the next that is.
    #[default]
    Step,
    /// Records are written and synced ten times a second, and no step waits for it. What has ended since is done again if
    /// the process is killed.
    Batch,
}

/// How long entries are gathered that no one waits for.
const GATHERING: Duration = Duration::from_millis(100);

/// With so many bytes of entries waiting, steps wait for them, too.
const FULL: usize = 16 << 20;

/// The secrets of the run, once the executor has handed them over.
pub(crate) type RunSecrets = Arc<OnceLock<KnownSecrets>>;

/// Hands entries to the thread that writes them.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    durability: Durability,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    queue: Mutex<Queue>,
    /// There is something to write, or a reason to write it now.
    to_write: Condvar,
}

#[derive(Default)]
struct Queue {
    group: Group,
    /// Whether what is in it is the last that is written.
    is_closed: bool,
    /// Why nothing can be written any more.
    failure: Option<Arc<StoreError>>,
}

/// What is written in one transaction.
#[derive(Default)]
struct Group {
    entries: Vec<Entry>,
    /// How many bytes they take.
    size: usize,
    /// Whether it has to survive the loss of power.
    is_synced: bool,
    /// Whom to tell that it is written.
    waiting: Vec<oneshot::Sender<Result<(), Arc<StoreError>>>>,
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(
        connection: Connection,
        file: PathBuf,
        durability: Durability,
        secrets: RunSecrets,
    ) -> Result<Self, StoreError> {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            to_write: Condvar::new(),
        });
        let mut work = Work {
            connection,
            file,
            secrets,
            known: 0,
            is_synced: true,
        };
        let theirs = shared.clone();
        let thread = thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || work.run(&theirs))
            .map_err(StoreError::Thread)?;
        Ok(Self {
            shared,
            durability,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Has entries written that no one waits for.
    pub(crate) fn note(&self, entries: impl IntoIterator<Item = Entry>) {
        let mut queue = self.shared.lock();
        if queue.is_closed || queue.failure.is_some() {
            return;
        }
        let was_empty = queue.group.entries.is_empty();
        queue.group.add(entries);
        if was_empty || queue.group.size >= FULL {
            self.shared.to_write.notify_one();
        }
    }

    /// Has entries written; the step whose end they are waits for it as the durability says.
    pub(crate) fn record(
        &self,
        entries: impl IntoIterator<Item = Entry>,
        effect: Effect,
    ) -> JournalFuture<'static> {
        let mut queue = self.shared.lock();
        if let Some(failure) = queue.failure() {
            return Box::pin(async { Err(failure) });
        }
        queue.group.add(entries);
        let waits = match self.durability {
            Durability::Step => true,
            Durability::Batch => queue.group.size >= FULL,
        };
        queue.group.is_synced |= effect == Effect::Outside || self.durability == Durability::Batch;
        if waits {
            return self.wait(queue);
        }
        self.shared.to_write.notify_one();
        Box::pin(async { Ok(()) })
    }

    /// Has everything so far brought to the disk.
    pub(crate) fn flush(&self) -> JournalFuture<'static> {
        let mut queue = self.shared.lock();
        queue.group.is_synced = true;
        self.wait(queue)
    }

    /// Writes what is left and ends the thread.
    pub(crate) fn close(&self) {
        let mut queue = self.shared.lock();
        queue.is_closed = true;
        queue.group.is_synced = true;
        drop(queue);
        self.shared.to_write.notify_one();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // It does not panic; and if it did, everything that could be done has been.
            let _ = thread.join();
        }
    }

    fn wait(&self, mut queue: MutexGuard<'_, Queue>) -> JournalFuture<'static> {
        if let Some(failure) = queue.failure() {
            return Box::pin(async { Err(failure) });
        }
        let (sender, receiver) = oneshot::channel();
        queue.group.waiting.push(sender);
        self.shared.to_write.notify_one();
        Box::pin(async {
            let written = receiver.await.expect("the thread answers whoever waits");
            written.map_err(JournalError::new)
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

impl Queue {
    /// Why nothing can be written, if that is so.
    fn failure(&self) -> Option<JournalError> {
        match &self.failure {
            Some(failure) => Some(JournalError::new(failure.clone())),
            None if self.is_closed => Some(JournalError::new(StoreError::Closed)),
            None => None,
        }
    }
}

impl Group {
    fn add(&mut self, entries: impl IntoIterator<Item = Entry>) {
        for entry in entries {
            self.size += entry.size();
            self.entries.push(entry);
        }
    }

    fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.waiting.is_empty()
    }

    /// Whether it can stay in memory for a moment.
    fn can_grow(&self) -> bool {
        self.waiting.is_empty() && self.size < FULL
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for something to write, gathers some, and takes it. `None` when there will be nothing any more.
    fn take(&self) -> Option<Group> {
        let queue = self.lock();
        let idle = |queue: &mut Queue| queue.group.is_empty() && !queue.is_closed;
        let queue = self.to_write.wait_while(queue, idle);
        let queue = queue.unwrap_or_else(PoisonError::into_inner);
        let gathers = |queue: &mut Queue| queue.group.can_grow() && !queue.is_closed;
        let gathered = self.to_write.wait_timeout_while(queue, GATHERING, gathers);
        let (mut queue, _) = gathered.unwrap_or_else(PoisonError::into_inner);
        let group = mem::take(&mut queue.group);
        (!group.is_empty() || !queue.is_closed).then_some(group)
    }
}

/// What the thread works with.
struct Work {
    connection: Connection,
    file: PathBuf,
    secrets: RunSecrets,
    /// How many secrets were known when what is written was last searched for them.
    known: usize,
    /// Whether commits are synced.
    is_synced: bool,
}

impl Work {
    fn run(&mut self, shared: &Shared) {
        while let Some(mut group) = shared.take() {
            let waiting = mem::take(&mut group.waiting);
            let written = self.write(&group);
            if let Err(failure) = &written {
                let mut queue = shared.lock();
                queue.failure = Some(failure.clone());
                for sender in queue.group.waiting.drain(..) {
                    let _ = sender.send(Err(failure.clone()));
                }
            }
            for sender in waiting {
                // A step that was cancelled waits no longer.
                let _ = sender.send(written.clone());
            }
            if written.is_err() {
                return;
            }
        }
    }

    fn write(&mut self, group: &Group) -> Result<(), Arc<StoreError>> {
        self.commit(group).map_err(|source| {
            Arc::new(StoreError::Write {
                file: self.file.clone(),
                source: source.into(),
            })
        })
    }

    fn commit(&mut self, group: &Group) -> rusqlite::Result<()> {
        if self.is_synced != group.is_synced {
            let synchronous = if group.is_synced { "FULL" } else { "NORMAL" };
            self.connection
                .pragma_update(None, "synchronous", synchronous)?;
            self.is_synced = group.is_synced;
        }
        if group.entries.is_empty() {
            // Someone wants on the disk what is written already.
            return self
                .connection
                .query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(()));
        }
        let transaction = self.connection.unchecked_transaction()?;
        for entry in &group.entries {
            entry.write(&transaction)?;
        }
        let mut is_swept = false;
        if let Some(secrets) = self.secrets.get() {
            let known = secrets.count();
            is_swept = known > self.known && sweeping::sweep(&transaction, secrets)?;
            self.known = known;
        }
        transaction.commit()?;
        if is_swept {
            sweeping::empty_log(&self.connection)?;
        }
        Ok(())
    }
}
