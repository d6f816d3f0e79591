//! Where a run stands: the steps that are running, and how many have ended.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use recipe_core::StepPath;
use recipe_core::event::{Progress, Usage};

use super::tally::Tally;
use crate::observe::tool_calls::ToolCallCounts;

/// Where a run stands. Each change costs the same however many steps are running.
#[derive(Debug, Default)]
pub(crate) struct Board {
    tally: Tally,
    /// By number: in the order of their start, so that a step comes before those inside it.
    running: BTreeMap<u64, Running>,
    numbers: HashMap<StepPath, u64>,
    next: u64,
}

/// A step that is running.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    /// Its place in the order in which steps have started.
    pub(crate) number: u64,
    /// The number of the step that it is inside.
    pub(crate) around: Option<u64>,
    /// How many steps directly inside it are running.
    inside: usize,
    /// Its address.
    pub(crate) path: StepPath,
    /// Its type.
    pub(crate) step_type: String,
    /// Its name, where the recipe gives one.
    pub(crate) name: Option<String>,
    /// When it started.
    pub(crate) since: Instant,
    /// How far it is with what it does several times.
    pub(crate) progress: Option<Progress>,
    /// The tools that it has called.
    pub(crate) tool_calls: ToolCallCounts,
    /// What it is at.
    pub(crate) phase: Phase,
}

/// What a running step is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Its work, for the first time.
    Work,
    /// An attempt after the first, or the delay before it.
    Retry {
        /// Which one, from 2.
        attempt: u32,
        /// How many there are at most.
        attempts: u32,
        /// When the delay ends.
        at: Instant,
    },
    /// Its `on_error` steps.
    Recovery,
}

/// How a step has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Done,
    Failed,
    Recovered,
    Cancelled,
}

impl Board {
    /// A step has started.
    pub(crate) fn start(
        &mut self,
        path: &StepPath,
        step_type: &str,
        name: Option<&str>,
        now: Instant,
    ) {
        let around = self.around(path);
        if let Some(step) = around.and_then(|number| self.running.get_mut(&number)) {
            step.inside += 1;
        }
        let step = Running {
            number: self.next,
            around,
            inside: 0,
            path: path.clone(),
            step_type: step_type.to_owned(),
            name: name.map(str::to_owned),
            since: now,
            progress: None,
            tool_calls: ToolCallCounts::default(),
            phase: Phase::Work,
        };
        self.numbers.insert(path.clone(), self.next);
        self.running.insert(self.next, step);
        self.next += 1;
    }

    /// A running step has ended.
    pub(crate) fn end(&mut self, path: &StepPath, end: End) {
        match end {
            End::Done => self.tally.done += 1,
            End::Failed => self.tally.failed += 1,
            End::Recovered => {
                self.tally.failed += 1;
                self.tally.recovered += 1;
            }
            End::Cancelled => self.tally.cancelled += 1,
        }
        let number = self.numbers.remove(path);
        let step = number.and_then(|number| self.running.remove(&number));
        let around = step.and_then(|step| step.around);
        // The step around one that is cancelled may be gone before it.
        if let Some(step) = around.and_then(|number| self.running.get_mut(&number)) {
            step.inside -= 1;
        }
    }

    /// A step will not run.
    pub(crate) fn skip(&mut self) {
        self.tally.skipped += 1;
    }

    /// So many steps were done before the run was resumed.
    pub(crate) fn reuse(&mut self, steps: usize) {
        self.tally.reused += steps;
    }

    /// An attempt at a step, `attempt` of `attempts`, has failed, and the next one begins after a delay.
    pub(crate) fn retry(&mut self, path: &StepPath, attempt: u32, attempts: u32, at: Instant) {
        if attempt == 1 {
            self.tally.retried += 1;
        }
        self.change(path, |step| {
            step.progress = None;
            step.phase = Phase::Retry {
                attempt: attempt + 1,
                attempts,
                at,
            };
        });
    }

    /// A step has failed and begins with its `on_error` steps.
    pub(crate) fn recover(&mut self, path: &StepPath) {
        self.change(path, |step| {
            step.progress = None;
            step.phase = Phase::Recovery;
        });
    }

    /// A step is so far with what it does several times.
    pub(crate) fn advance(&mut self, path: &StepPath, progress: Progress) {
        self.change(path, |step| step.progress = Some(progress));
    }

    /// A step has used so much of a language model.
    pub(crate) fn used(&mut self, usage: Usage) {
        self.tally.usage += usage;
    }

    /// A call of a tool by a step has ended.
    pub(crate) fn tool_called(&mut self, path: &StepPath, is_failed: bool) {
        self.tally.tool_calls.count(is_failed);
        self.change(path, |step| step.tool_calls.count(is_failed));
    }

    /// How many steps have ended, and how.
    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    /// How many steps are running.
    pub(crate) fn count(&self) -> usize {
        self.running.len()
    }

    /// The running steps that have been running longest, at most so many. The steps around each are among them.
    pub(crate) fn longest(&self, most: usize) -> Vec<Running> {
        self.running.values().take(most).cloned().collect()
    }

    /// The running steps that are at work themselves: no other step is running inside them. Longest first.
    pub(crate) fn innermost(&self) -> Vec<Running> {
        let innermost = self.running.values().filter(|step| step.inside == 0);
        innermost.cloned().collect()
    }

    fn change(&mut self, path: &StepPath, change: impl FnOnce(&mut Running)) {
        let number = self.numbers.get(path);
        if let Some(step) = number.and_then(|number| self.running.get_mut(number)) {
            change(step);
        }
    }

    /// The number of the running step that a path leads through last.
    fn around(&self, path: &StepPath) -> Option<u64> {
        let mut outwards = path.ancestors();
        outwards.find_map(|path| self.numbers.get(path).copied())
    }
}

impl Running {
    /// How long what it does several times will take on, if it goes on as until now.
    pub(crate) fn time_left(&self, now: Instant) -> Option<Duration> {
        let Progress {
            done,
            failed,
            total,
            ..
        } = self.progress?;
        let ended = done + failed;
        let left = total.checked_sub(ended).filter(|left| *left > 0)?;
        if ended == 0 {
            return None;
        }
        let taken = now.saturating_duration_since(self.since).as_secs_f64();
        Duration::try_from_secs_f64(taken / ended as f64 * left as f64).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> StepPath {
        StepPath::root()
    }

    #[test]
    fn the_innermost_steps_are_those_that_no_other_runs_inside() {
        let mut board = Board::default();
        let now = Instant::now();
        let outer = root().step(0);
        let item = outer.nested("items", 4);
        let (left, right) = (item.nested("substeps", 0), outer.nested("substeps", 1));
        for path in [&outer, &left, &right] {
            board.start(path, "loop", None, now);
        }
        let innermost = |board: &Board| -> Vec<String> {
            let steps = board.innermost();
            steps.iter().map(|step| step.path.to_string()).collect()
        };
        assert_eq!(
            innermost(&board),
            ["0.items[4].substeps[0]", "0.substeps[1]"]
        );
        board.end(&left, End::Done);
        board.end(&right, End::Failed);
        assert_eq!(innermost(&board), ["0"]);
    }

    #[test]
    fn a_step_may_end_before_those_inside_it() {
        let mut board = Board::default();
        let (outer, inner) = (root().step(0), root().step(0).nested("substeps", 0));
        board.start(&outer, "parallel", None, Instant::now());
        board.start(&inner, "loop", None, Instant::now());
        board.end(&outer, End::Cancelled);
        assert_eq!(board.innermost().len(), 1);
        board.end(&inner, End::Cancelled);
        assert_eq!((board.count(), board.tally().cancelled), (0, 2));
    }

    #[test]
    fn a_step_that_is_retried_several_times_counts_once() {
        let mut board = Board::default();
        let path = root().step(0);
        let now = Instant::now();
        board.start(&path, "read_file", None, now);
        board.retry(&path, 1, 3, now);
        board.retry(&path, 2, 3, now);
        board.recover(&path);
        board.end(&path, End::Recovered);
        let expected = Tally {
            failed: 1,
            recovered: 1,
            retried: 1,
            ..Tally::default()
        };
        assert_eq!(board.tally(), expected);
    }

    #[test]
    fn the_time_left_is_estimated_once_something_has_ended() {
        let mut board = Board::default();
        let path = root().step(0);
        let start = Instant::now();
        board.start(&path, "loop", None, start);
        let now = start + Duration::from_secs(10);
        let mut estimate = |done, failed, total| {
            let mut progress = Progress::new(total);
            (progress.done, progress.failed) = (done, failed);
            board.advance(&path, progress);
            board.longest(1)[0].time_left(now)
        };
        assert_eq!(estimate(0, 0, 10), None);
        assert_eq!(estimate(3, 1, 10), Some(Duration::from_secs(15)));
        assert_eq!(estimate(10, 0, 10), None);
        assert_eq!(estimate(1, 0, usize::MAX), None);
    }
}
