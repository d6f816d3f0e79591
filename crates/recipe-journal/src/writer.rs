//! Writer thread. It writes all queued entries in one transaction, so that many steps that end
//! together cost one sync.

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

/// Durability of the records of steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// A step completes once its record is written. The record of a step with an effect outside the
    /// context is also synced and survives a power failure. Other records survive the end of the
    /// process and are synced with the next synced one.
    #[default]
    Step,
    /// Records are written and synced ten times a second, and steps do not wait. If the process is
    /// killed, steps that ended since the last write run again.
    Batch,
}

/// Delay for gathering entries that no step waits for.
const GATHER_DELAY: Duration = Duration::from_millis(100);

/// Maximum size of queued entries in bytes before steps wait for them.
const MAX_QUEUED_BYTES: usize = 16 << 20;

/// Secrets of the run, once the executor has passed them.
pub(crate) type RunSecrets = Arc<OnceLock<KnownSecrets>>;

/// Queue to the writer thread.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    durability: Durability,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    queue: Mutex<Queue>,
    /// Signals new entries, or a reason to write at once.
    to_write: Condvar,
}

#[derive(Default)]
struct Queue {
    group: Group,
    /// Whether no further entries are accepted.
    is_closed: bool,
    /// Error after which nothing can be written.
    failure: Option<Arc<StoreError>>,
}

/// Entries of one transaction.
#[derive(Default)]
struct Group {
    entries: Vec<Entry>,
    /// Size of the entries in bytes.
    size: usize,
    /// Whether it must survive a power failure.
    is_synced: bool,
    /// Senders to notify once it is written.
    waiting: Vec<oneshot::Sender<Result<(), Arc<StoreError>>>>,
}

impl Writer {
    /// Starts the writer thread.
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

    /// Queues entries without waiting.
    pub(crate) fn note(&self, entries: impl IntoIterator<Item = Entry>) {
        let mut queue = self.shared.lock();
        if queue.is_closed || queue.failure.is_some() {
            return;
        }
        let was_empty = queue.group.entries.is_empty();
        queue.group.add(entries);
        if was_empty || queue.group.size >= MAX_QUEUED_BYTES {
            self.shared.to_write.notify_one();
        }
    }

    /// Queues the record of a step. The future resolves once the durability is reached.
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
            Durability::Batch => queue.group.size >= MAX_QUEUED_BYTES,
        };
        queue.group.is_synced |= effect == Effect::Outside || self.durability == Durability::Batch;
        if waits {
            return self.wait(queue);
        }
        self.shared.to_write.notify_one();
        Box::pin(async { Ok(()) })
    }

    /// Syncs all entries so far.
    pub(crate) fn flush(&self) -> JournalFuture<'static> {
        let mut queue = self.shared.lock();
        queue.group.is_synced = true;
        self.wait(queue)
    }

    /// Writes all queued entries and ends the thread.
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
            // A panic of the thread would leave nothing to clean up.
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
            let written = receiver.await.expect("the thread notifies all that wait");
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
    /// Error if nothing can be written.
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

    /// Whether gathering may continue.
    fn can_grow(&self) -> bool {
        self.waiting.is_empty() && self.size < MAX_QUEUED_BYTES
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for entries, gathers more, and takes them. `None` once the queue is closed and empty.
    fn take(&self) -> Option<Group> {
        let queue = self.lock();
        let idle = |queue: &mut Queue| queue.group.is_empty() && !queue.is_closed;
        let queue = self.to_write.wait_while(queue, idle);
        let queue = queue.unwrap_or_else(PoisonError::into_inner);
        let gathers = |queue: &mut Queue| queue.group.can_grow() && !queue.is_closed;
        let gathered = self
            .to_write
            .wait_timeout_while(queue, GATHER_DELAY, gathers);
        let (mut queue, _) = gathered.unwrap_or_else(PoisonError::into_inner);
        let group = mem::take(&mut queue.group);
        (!group.is_empty() || !queue.is_closed).then_some(group)
    }
}

/// State of the writer thread.
struct Work {
    connection: Connection,
    file: PathBuf,
    secrets: RunSecrets,
    /// Number of known secrets at the last sweep.
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
                // A cancelled step has dropped its receiver.
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
            // A flush of entries that are written already.
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
