//! The threads that a run runs on.

use std::io;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

/// The stack of each thread, in bytes: four times what threads have by default. Steps nested deep are given
/// further stacks by the executor; their paths, thousands of parts long, are printed on one. Only what is used of
/// it takes memory.
const STACK: usize = 8 << 20;

/// Steps wait far more than they compute, so that more threads than these only cost time at the start.
const MOST_THREADS: usize = 8;

/// How long a process that is to end at once waits for its threads, which kill the programs that steps run.
pub(crate) const AT_ONCE: Duration = Duration::from_millis(200);

/// A runtime for one run. There are at least two threads, so that a step that blocks one does not stop all.
pub(crate) fn build() -> io::Result<Runtime> {
    let threads = available_parallelism().map_or(2, NonZeroUsize::get);
    Builder::new_multi_thread()
        .worker_threads(threads.clamp(2, MOST_THREADS))
        .thread_stack_size(STACK)
        .thread_name("recipe")
        .enable_all()
        .build()
}
