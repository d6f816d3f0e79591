//! When substeps and loop rounds are launched, and when there is an end to it: the one scheduler of `parallel` and
//! `loop`.

use std::future::ready;
use std::ops::ControlFlow;

use recipe_core::error::{Failure, Failures};
use recipe_core::event::Progress;
use recipe_core::policy::{Delay, MaxConcurrency, MaxFailures, Timeout};
use recipe_core::{Context, Scope, StepError, Tasks};
use tokio::time::{Instant, sleep_until};

/// How many launches may follow one another before the runtime gets a turn to run what was launched.
const LAUNCHES_IN_A_ROW: usize = 64;

/// How several things are run side by side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule {
    /// The most that may run at the same time.
    pub(crate) max_concurrency: MaxConcurrency,
    /// The time between one launch and the next.
    pub(crate) delay: Delay,
    /// The time for all of them.
    pub(crate) timeout: Option<Timeout>,
    /// What of failures.
    pub(crate) tolerance: Tolerance,
}

/// How many failures are too many, and what happens then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tolerance {
    pub(crate) max_failures: MaxFailures,
    pub(crate) when_exceeded: WhenExceeded,
}

/// What happens when there are too many failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenExceeded {
    /// Nothing more starts, and what runs is cancelled.
    StopAtOnce,
    /// All are tried.
    GoOn,
}

impl WhenExceeded {
    /// What the field `fail_fast` says.
    pub(crate) fn of_fail_fast(fail_fast: bool) -> Self {
        match fail_fast {
            true => Self::StopAtOnce,
            false => Self::GoOn,
        }
    }
}

/// How it ended.
pub(crate) struct Outcome {
    /// How many were launched.
    pub(crate) launched: usize,
    /// What failed, in order of time.
    pub(crate) failures: Vec<Failure>,
    total: usize,
    tolerance: Tolerance,
    /// What put an end to it before it was over, other than failures.
    interruption: Option<StepError>,
}

/// What is run side by side, by index.
pub(crate) struct Launches<L, F> {
    /// How many there are.
    pub(crate) count: usize,
    /// Starts one.
    pub(crate) launch: L,
    /// Whether an earlier process of a durable run has finished one: it is over at once, so that no delay follows it.
    pub(crate) is_finished: F,
}

/// Launches all as the schedule says, and hands each context that a task is done with to `done`, in order of time.
///
/// When this returns nothing of the tasks is left running: all have ended, there were too many failures, or the time was
/// over; also during a delay, also while waiting for a place.
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
            .unwrap_or(ControlFlow::Break(Some(StepError::TimedOut { after }))),
        None => launching.await,
    };
    outcome.interruption = interruption.break_value().flatten();
    tasks.stop().await;
    outcome
}

/// Breaks when there are too many failures, or with an error after which the whole run is over.
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
    let takes_no_delay = |index| schedule.delay.is_zero() || (launches.is_finished)(index);
    let mut is_next_free = count > 0 && takes_no_delay(0);
    while outcome.launched < count || tasks.running() > 0 {
        let may_launch =
            outcome.launched < count && schedule.max_concurrency.admits(tasks.running());
        let launch_time = async {
            match not_before {
                Some(time) if !is_next_free => sleep_until(time).await,
                _ => ready(()).await,
            }
        };
        tokio::select! {
            // Ends come first: after a failure nothing more is launched.
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
                        && schedule.tolerance.when_exceeded == WhenExceeded::StopAtOnce
                    {
                        return ControlFlow::Break(None);
                    }
                }
            },
            () = launch_time, if may_launch => {
                (launches.launch)(tasks, outcome.launched);
                outcome.launched += 1;
                if !is_next_free {
                    not_before = Some(Instant::now() + schedule.delay.as_duration());
                }
                is_next_free = outcome.launched < count && takes_no_delay(outcome.launched);
                if outcome.launched.is_multiple_of(LAUNCHES_IN_A_ROW) {
                    tokio::task::yield_now().await;
                }
            }
        }
    }
    ControlFlow::Continue(())
}

impl Outcome {
    fn is_exceeded(&self) -> bool {
        let most = self.tolerance.max_failures;
        !most.admits(self.failures.len(), self.total)
    }

    /// What becomes of the step. A single failure that ended it at once is its error, as it is; several are listed.
    pub(crate) fn into_result(mut self) -> Result<(), StepError> {
        if let Some(interruption) = self.interruption {
            return Err(interruption);
        }
        if !self.is_exceeded() {
            return Ok(());
        }
        let is_at_once = self.tolerance.when_exceeded == WhenExceeded::StopAtOnce;
        match self.failures.pop() {
            Some(failure) if is_at_once && self.failures.is_empty() => Err(failure.error),
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
