//! `--events`: every event of a run as one JSON object a line, in a file or on standard output.
//!
//! Whoever tells of an event only adds a line to a text in memory. A thread writes it out, a fifth of a second after
//! its first line at the latest, so that who follows the file sees what happens and a run of many steps does not wait
//! for the disk. When the run has ended everything is written before anyone hears of it.

use std::io::{ErrorKind, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use recipe_core::event::EventRecord;
use recipe_core::secrets::KnownSecrets;
use recipe_core::{Event, Observer};
use tokio::task::block_in_place;

use crate::arguments::destination::Destination;
use crate::failure::Failure;
use crate::terminal::printer::Printer;

/// How long lines are gathered before they are written.
const GATHERING: Duration = Duration::from_millis(200);

/// So many bytes are written at once, however young they are.
const FULL: usize = 1 << 20;

/// With so many bytes waiting for a reader that is slow, the run waits, too.
const TOO_FULL: usize = 64 << 20;

/// How long who is in a hurry waits for what is left to be written.
const HURRY: Duration = Duration::from_millis(200);

/// The events of one process.
pub(crate) struct EventsFile {
    shared: Arc<Shared>,
    secrets: KnownSecrets,
}

/// What those who tell of events have in common with the thread that writes.
struct Shared {
    state: Mutex<State>,
    /// There is something to write, or a reason to write it now.
    to_write: Condvar,
    /// Something has been written.
    written: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<u8>,
    /// Whether the thread has taken lines that it has not written yet.
    writing: bool,
    /// Whether someone waits for the lines.
    wanted: bool,
    /// What has become of the file.
    outcome: Outcome,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Outcome {
    /// Every line so far has been written or waits to be.
    #[default]
    Whole,
    /// The reader has gone, who wanted no more than there is.
    Unread,
    /// A line could not be written, and those behind it are left out.
    Incomplete,
}

impl EventsFile {
    /// Opens the file, which is made new, and starts to write. That it cannot be written later is warned of once, and
    /// [`EventsFile::is_incomplete`] tells.
    ///
    /// # Errors
    /// When the file cannot be made, or there is no thread for it.
    pub(crate) fn open(
        destination: &Destination,
        secrets: KnownSecrets,
        printer: Arc<Printer>,
    ) -> Result<Self, Failure> {
        let out = destination.create().map_err(Failure::NoDestination)?;
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            to_write: Condvar::new(),
            written: Condvar::new(),
        });
        let writer = Writer {
            shared: shared.clone(),
            out,
            name: destination.to_string(),
            printer,
        };
        // Idle after the run, the thread ends with the process.
        thread::Builder::new()
            .name("events".to_owned())
            .spawn(move || writer.run())
            .map_err(Failure::Start)?;
        Ok(Self { shared, secrets })
    }

    /// Whether there are events that could not be written.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.shared.lock().outcome == Outcome::Incomplete
    }

    /// Gets written what is left, if that takes no time worth mentioning: the process is about to end.
    pub(crate) fn hurry(&self) {
        let mut state = self.shared.lock();
        self.shared.want(&mut state);
        let written = &self.shared.written;
        drop(written.wait_timeout_while(state, HURRY, |state| state.is_behind()));
    }
}

impl Observer for EventsFile {
    fn observe(&self, event: &Event<'_>) {
        let mut state = self.shared.lock();
        if state.lines.len() >= TOO_FULL {
            state = self.shared.wait_while(state, |s| s.lines.len() >= TOO_FULL);
        }
        if state.outcome != Outcome::Whole {
            return;
        }
        let was_empty = state.lines.is_empty();
        // With the time taken here, no line is older than the one before it.
        let record = EventRecord::new(event, SystemTime::now(), &self.secrets);
        serde_json::to_writer(&mut state.lines, &record)
            .expect("a record is JSON, and memory takes it");
        state.lines.push(b'\n');
        if was_empty || state.lines.len() >= FULL {
            self.shared.to_write.notify_one();
        }
        if let Event::RunFinished { .. } = event {
            self.shared.want(&mut state);
            drop(self.shared.wait_while(state, State::is_behind));
        }
    }
}

impl State {
    /// Whether there are lines that have not been written.
    fn is_behind(&self) -> bool {
        self.writing || !self.lines.is_empty()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wants the lines written without further gathering.
    fn want(&self, state: &mut State) {
        state.wanted = true;
        self.to_write.notify_one();
    }

    /// Waits for lines to be written. The reader may let that take any time, in which the other threads of the run, and
    /// whoever listens for signals, must not go without this one's share of the work.
    fn wait_while<'s>(
        &'s self,
        state: MutexGuard<'s, State>,
        condition: impl Fn(&State) -> bool,
    ) -> MutexGuard<'s, State> {
        let waited = block_in_place(|| self.written.wait_while(state, |state| condition(state)));
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for lines, gathers some, and takes them.
    fn take(&self) -> Vec<u8> {
        let state = self.lock();
        let state = self
            .to_write
            .wait_while(state, |state| state.lines.is_empty());
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let gathers = |state: &mut State| !state.wanted && state.lines.len() < FULL;
        let gathered = self.to_write.wait_timeout_while(state, GATHERING, gathers);
        let (mut state, _) = gathered.unwrap_or_else(PoisonError::into_inner);
        state.writing = true;
        state.wanted = false;
        mem::take(&mut state.lines)
    }

    /// Notes what has become of the lines that were taken.
    fn put(&self, outcome: Outcome) {
        let mut state = self.lock();
        state.writing = false;
        state.outcome = outcome;
        if outcome != Outcome::Whole {
            state.lines = Vec::new();
        }
        self.written.notify_all();
    }
}

/// The thread that writes.
struct Writer {
    shared: Arc<Shared>,
    out: Box<dyn Write + Send>,
    /// What the file is called in messages.
    name: String,
    printer: Arc<Printer>,
}

impl Writer {
    /// Writes until the lines end with the process, or nothing can be written any more.
    fn run(mut self) {
        loop {
            let lines = self.shared.take();
            let outcome = match self.out.write_all(&lines).and_then(|()| self.out.flush()) {
                Ok(()) => Outcome::Whole,
                Err(error) if error.kind() == ErrorKind::BrokenPipe => Outcome::Unread,
                Err(error) => {
                    let warning = format!("{} is incomplete: {error}", self.name);
                    self.printer.warning(&warning, None);
                    Outcome::Incomplete
                }
            };
            self.shared.put(outcome);
            if outcome != Outcome::Whole {
                return;
            }
        }
    }
}
