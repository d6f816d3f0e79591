//! Scheduler of `parallel` and `loop`: when to launch substeps, and when to stop.

use std::future::ready;
use std::ops::ControlFlow;

use recipe_core::error::{Failure, Failures};
use recipe_core::event::Progress;
use recipe_core::policy::{Delay, MaxConcurrency, MaxFailures, Timeout};
use recipe_core::{Context, Scope, StepError, Tasks};
use tokio::time::{Instant, sleep_until};

/// Number of launches after which the scheduler yields to the runtime.
const MAX_LAUNCHES_PER_TURN: usize = 64;

/// Concurrency, delay, timeout and failure tolerance of tasks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule {
    /// Maximum number of tasks that run at the same time.
    pub(crate) max_concurrency: MaxConcurrency,
    /// Time between launches.
    pub(crate) delay: Delay,
    /// Timeout for all tasks.
    pub(crate) timeout: Option<Timeout>,
    /// Failure tolerance.
    pub(crate) tolerance: Tolerance,
}

/// Failure tolerance: the number of tolerated failures, and the reaction to more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tolerance {
    pub(crate) max_failures: MaxFailures,
    pub(crate) when_exceeded: WhenExceeded,
}

/// Reaction to more failures than tolerated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenExceeded {
    /// Launches no more tasks and cancels running ones.
    Stop,
    /// Runs all tasks.
    Continue,
}

impl WhenExceeded {
    /// Converts the field `fail_fast`.
    pub(crate) fn from_fail_fast(fail_fast: bool) -> Self {
        match fail_fast {
            true => Self::Stop,
            false => Self::Continue,
        }
    }
}

/// Result of a schedule.
pub(crate) struct Outcome {
    /// Number of launched tasks.
    pub(crate) launched: usize,
    /// Failures in order of time.
    pub(crate) failures: Vec<Failure>,
    total: usize,
    tolerance: Tolerance,
    /// Error that ended the schedule early, other than failures.
    interruption: Option<StepError>,
}

/// Tasks to launch, by index.
pub(crate) struct Launches<L, F> {
    /// Number of tasks.
    pub(crate) count: usize,
    /// Launches a task.
    pub(crate) launch: L,
    /// Whether an earlier process of a durable run has finished a task; no delay follows it.
    pub(crate) is_finished: F,
}

/// Launches the tasks and passes the context of each successful one to `done`, in order of time.
///
/// Returns when all tasks have ended, too many have failed, or the timeout has passed, also during
/// a delay or while waiting for a free slot. No task is running after that.
pub(crate) async fn run(
    scope: &Scope,
    schedule: Schedule,
    launches: Launches<impl FnMut(&mut Tasks, usize), impl Fn(usize) -> bool>,
    done: impl FnMut(usize, Context),
) -> Outcome {
    let limited = schedule
        .timeout
        .map(|after| scope.within(after.as_duration()));
    let scope = limited.as_ref().unwrap_or(scope);
    let mut tasks = Tasks::new(scope);
    let mut outcome = Outcome {
        launched: 0,
        failures: Vec::new(),
        total: launches.count,
        tolerance: schedule.tolerance,
        interruption: None,
    };
    let launching = launch_all(scope, &mut tasks, schedule, &mut outcome, launches, done);
    let interruption = match schedule.timeout {
        Some(after) => tokio::time::timeout(after.as_duration(), launching)
            .await
            .unwrap_or(ControlFlow::Break(Some(StepError::timed_out(after)))),
        None => launching.await,
    };
    outcome.interruption = interruption.break_value().flatten();
    tasks.stop().await;
    outcome
}

/// Breaks if too many tasks have failed, or with an error that ends the whole run.
async fn launch_all(
    scope: &Scope,
    tasks: &mut Tasks,
    schedule: Schedule,
    outcome: &mut Outcome,
    mut launches: Launches<impl FnMut(&mut Tasks, usize), impl Fn(usize) -> bool>,
    mut done: impl FnMut(usize, Context),
) -> ControlFlow<Option<StepError>> {
    let count = launches.count;
    let mut progress = Progress::new(count);
    scope.progress(progress);
    let mut not_before: Option<Instant> = None;
    let has_no_delay = |index| schedule.delay.is_zero() || (launches.is_finished)(index);
    let mut skips_delay = count > 0 && has_no_delay(0);
    while outcome.launched < count || tasks.running() > 0 {
        let may_launch =
            outcome.launched < count && schedule.max_concurrency.admits(tasks.running());
        let launch_time = async {
            match not_before {
                Some(time) if !skips_delay => sleep_until(time).await,
                _ => ready(()).await,
            }
        };
        tokio::select! {
            // Ends come first, so that nothing is launched after a failure.
            biased;
            Some(end) = tasks.join_next(), if tasks.running() > 0 => match end.result {
                Ok(context) => {
                    progress.done += 1;
                    scope.progress(progress);
                    done(end.index, context);
                }
                Err(error) if error.is_final() => return ControlFlow::Break(Some(error)),
                Err(error) => {
                    progress.failed += 1;
                    scope.progress(progress);
                    outcome.failures.push(Failure::new(end.index, end.path, error));
                    if outcome.is_exceeded()
                        && schedule.tolerance.when_exceeded == WhenExceeded::Stop
                    {
                        return ControlFlow::Break(None);
                    }
                }
            },
            () = launch_time, if may_launch => {
                (launches.launch)(tasks, outcome.launched);
                outcome.launched += 1;
                if !skips_delay {
                    not_before = Some(Instant::now() + schedule.delay.as_duration());
                }
                skips_delay = outcome.launched < count && has_no_delay(outcome.launched);
                if outcome.launched.is_multiple_of(MAX_LAUNCHES_PER_TURN) {
                    tokio::task::yield_now().await;
                }
            }
        }
    }
    ControlFlow::Continue(())
}

impl Outcome {
    fn is_exceeded(&self) -> bool {
        let max = self.tolerance.max_failures;
        !max.admits(self.failures.len(), self.total)
    }

    /// Converts to the result of the step. A single failure that stopped it is its error; several
    /// are listed.
    pub(crate) fn into_result(mut self) -> Result<(), StepError> {
        if let Some(interruption) = self.interruption {
            return Err(interruption);
        }
        if !self.is_exceeded() {
            return Ok(());
        }
        let stopped = self.tolerance.when_exceeded == WhenExceeded::Stop;
        match self.failures.pop() {
            Some(failure) if stopped && self.failures.is_empty() => Err(failure.error),
            last => {
                self.failures.extend(last);
                Err(StepError::Failures(Failures::new(
                    self.failures,
                    self.total,
                )))
            }
        }
    }
}
