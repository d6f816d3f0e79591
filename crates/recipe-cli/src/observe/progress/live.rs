//! The thread that keeps what a terminal shows of a run fresh.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use super::Progress;
use crate::terminal::printer::Printer;

/// The time from one picture to the next, and until the first: what is over sooner is never drawn.
const INTERVAL: Duration = Duration::from_millis(80);

/// Shows where a run stands until it is dropped.
pub(crate) struct Live {
    printer: Arc<Printer>,
    /// Gone when the thread is to end.
    run: Option<Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Live {
    /// Shows a run from now on.
    pub(crate) fn start(printer: &Arc<Printer>, progress: &Arc<Progress>) -> Self {
        let (run, ended) = channel();
        let (painter, shown) = (printer.clone(), progress.clone());
        let started = Instant::now();
        let paint = move || {
            while ended.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                painter.redraw(|room, safe| shown.lines(started, room, safe));
            }
        };
        // Without a thread nothing is shown, which is no reason not to run.
        let thread = Builder::new().name("progress".to_owned()).spawn(paint).ok();
        if thread.is_some() {
            printer.begin_display();
        }
        Self {
            printer: printer.clone(),
            run: Some(run),
            thread,
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.run = None;
        if let Some(thread) = self.thread.take() {
            // It only draws; had it panicked, there would be nothing to do but to go on.
            let _ = thread.join();
        }
        self.printer.end_display();
    }
}
