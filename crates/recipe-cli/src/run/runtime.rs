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

/// A step that blocks one thread does not stop all.
const FEWEST_THREADS: usize = 2;

/// Steps wait far more than they compute, so that more threads than these only cost time at the start.
const MOST_THREADS: usize = 8;

/// How long a process that is to end at once waits for its threads, which kill the programs that steps run.
pub(crate) const AT_ONCE: Duration = Duration::from_millis(200);

/// A runtime for one run.
pub(crate) fn build() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(processors().clamp(FEWEST_THREADS, MOST_THREADS))
        .thread_stack_size(STACK)
        .thread_name("recipe")
        .enable_all()
        .build()
}

/// How many processors there are for this process.
#[cfg(target_os = "linux")]
fn processors() -> usize {
    // Where there are no more than threads in any case, how much of them the process may use does not matter. To find that
    // out takes eighteen system calls, which a small run would feel.
    match rustix::thread::sched_getaffinity(None).map(|processors| processors.count() as usize) {
        Ok(processors) if processors <= FEWEST_THREADS => processors,
        _ => parallelism(),
    }
}

/// How many processors there are for this process.
#[cfg(not(target_os = "linux"))]
fn processors() -> usize {
    parallelism()
}

fn parallelism() -> usize {
    available_parallelism().map_or(FEWEST_THREADS, NonZeroUsize::get)
}
