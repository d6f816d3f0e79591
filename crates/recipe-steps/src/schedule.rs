//! When substeps and loop rounds are launched: the one scheduler of `parallel` and `loop`.

use std::future::ready;
use std::ops::ControlFlow;

use recipe_core::policy::{Delay, MaxConcurrency};
use recipe_core::{TaskEnd, Tasks};
use tokio::time::{Instant, sleep_until};

/// How many launches may follow one another before the runtime gets a turn to run what was launched.
const LAUNCHES_IN_A_ROW: usize = 64;

/// How fast tasks may be launched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// The most that may run at the same time.
    pub(crate) max_concurrency: MaxConcurrency,
    /// The time between one launch and the next.
    pub(crate) delay: Delay,
}

/// Launches tasks 0 to `count` - 1 at the given pace and hands every end, in order of time, to `ended`.
///
/// Ends when all tasks have, or as soon as `ended` breaks: also during a delay, also while waiting for a
/// place. What is running then is left to the caller to stop.
pub(crate) async fn run<B>(
    tasks: &mut Tasks,
    pace: Pace,
    count: usize,
    mut launch: impl FnMut(&mut Tasks, usize),
    mut ended: impl FnMut(TaskEnd) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let mut next = 0;
    let mut not_before: Option<Instant> = None;
    while next < count || tasks.running() > 0 {
        let may_launch = next < count && pace.max_concurrency.admits(tasks.running());
        let launch_time = async {
            match not_before {
                Some(time) => sleep_until(time).await,
                None => ready(()).await,
            }
        };
        tokio::select! {
            // Ends come first: after a failure nothing more is launched.
            biased;
            Some(end) = tasks.join_next(), if tasks.running() > 0 => {
                ended(end)?;
            }
            () = launch_time, if may_launch => {
                launch(tasks, next);
                next += 1;
                if !pace.delay.is_zero() {
                    not_before = Some(Instant::now() + pace.delay.as_duration());
                } else if next % LAUNCHES_IN_A_ROW == 0 {
                    tokio::task::yield_now().await;
                }
            }
        }
    }
    ControlFlow::Continue(())
}
