//! Steps that are running.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use recipe_core::StepPath;
use recipe_core::event::Progress;

use super::NewStep;
use super::tool_call_counts::ToolCallCounts;

/// The running steps. The cost of a change does not depend on their number.
#[derive(Debug, Default)]
pub(crate) struct RunningSteps {
    /// By number: in the order of their start, so that a step comes before those inside it.
    by_number: BTreeMap<u64, RunningStep>,
    numbers: HashMap<StepPath, u64>,
    next: u64,
}

/// A running step.
#[derive(Debug, Clone)]
pub(crate) struct RunningStep {
    /// Its position in the order in which steps have started.
    pub(crate) number: u64,
    /// The number of the enclosing step.
    pub(crate) around: Option<u64>,
    /// Number of running steps directly inside it.
    inside: usize,
    /// Its address.
    pub(crate) path: StepPath,
    /// Its type.
    pub(crate) step_type: String,
    /// Its name, if the recipe gives it one.
    pub(crate) name: Option<String>,
    /// When it started.
    pub(crate) since: Instant,
    /// Its progress through its items or substeps.
    pub(crate) progress: Option<Progress>,
    /// The tools that it has called.
    pub(crate) tool_calls: ToolCallCounts,
    /// Its current phase.
    pub(crate) phase: Phase,
    /// Its place among the kept steps, if it is kept.
    pub(super) kept: Option<Kept>,
}

/// The place of a step among the kept steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    pub(super) index: usize,
    /// Size of its whole address in bytes. The addresses of the steps inside it begin with that.
    pub(super) path_length: usize,
}

/// Phase of a running step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Its first attempt.
    Work,
    /// A later attempt, or the delay before it.
    Retry {
        /// The attempt, from 2.
        attempt: u32,
        /// Maximum number of attempts.
        attempts: u32,
        /// When the delay ends.
        at: Instant,
    },
    /// Its `on_error` steps.
    Recovery,
}

impl RunningSteps {
    /// Adds a step that starts.
    pub(super) fn start(&mut self, step: NewStep<'_>, kept: Option<Kept>, now: Instant) {
        let around = self.around(step.path).map(|step| step.number);
        if let Some(step) = around.and_then(|number| self.by_number.get_mut(&number)) {
            step.inside += 1;
        }
        let running = RunningStep {
            number: self.next,
            around,
            inside: 0,
            path: step.path.clone(),
            step_type: step.step_type.to_owned(),
            name: step.name.map(str::to_owned),
            since: now,
            progress: None,
            tool_calls: ToolCallCounts::default(),
            phase: Phase::Work,
            kept,
        };
        self.numbers.insert(step.path.clone(), self.next);
        self.by_number.insert(self.next, running);
        self.next += 1;
    }

    /// Removes a step that has ended.
    pub(super) fn end(&mut self, path: &StepPath) -> Option<RunningStep> {
        let step = self.by_number.remove(&self.numbers.remove(path)?)?;
        // The step around a cancelled one may have ended before it.
        let around = step
            .around
            .and_then(|around| self.by_number.get_mut(&around));
        if let Some(around) = around {
            around.inside -= 1;
        }
        Some(step)
    }

    /// Changes the phase of a step. Its progress begins again.
    pub(super) fn enter(&mut self, path: &StepPath, phase: Phase) {
        if let Some(step) = self.get_mut(path) {
            step.progress = None;
            step.phase = phase;
        }
    }

    pub(super) fn get_mut(&mut self, path: &StepPath) -> Option<&mut RunningStep> {
        self.by_number.get_mut(self.numbers.get(path)?)
    }

    /// The innermost running step around a path.
    pub(super) fn around(&self, path: &StepPath) -> Option<&RunningStep> {
        let number = path.ancestors().find_map(|path| self.numbers.get(path))?;
        self.by_number.get(number)
    }

    /// Number of running steps.
    pub(crate) fn count(&self) -> usize {
        self.by_number.len()
    }

    /// The `limit` steps that have been running longest. The steps around each are among them.
    pub(crate) fn longest(&self, limit: usize) -> Vec<RunningStep> {
        self.by_number.values().take(limit).cloned().collect()
    }

    /// The steps without running steps inside them. Longest first.
    pub(crate) fn innermost(&self) -> Vec<RunningStep> {
        let innermost = self.by_number.values().filter(|step| step.inside == 0);
        innermost.cloned().collect()
    }
}

impl RunningStep {
    /// The estimated time until its progress is complete, at the speed so far.
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
    use super::super::texts::Texts;
    use super::super::{Counts, Detail, RunModel, State};
    use super::*;

    fn model() -> RunModel {
        RunModel::new("main.json".to_owned(), Detail::Running)
    }

    fn start(model: &mut RunModel, path: &StepPath, step_type: &str, now: Instant) {
        let step = NewStep {
            path,
            step_type,
            name: None,
            config: None,
        };
        model.start(step, now);
    }

    fn end(model: &mut RunModel, path: &StepPath, state: State) {
        model.end(path, state, Texts::default(), Instant::now());
    }

    fn root() -> StepPath {
        StepPath::root()
    }

    #[test]
    fn the_innermost_steps_have_no_running_steps_inside() {
        let mut model = model();
        let now = Instant::now();
        let outer = root().step(0);
        let item = outer.nested("items", 4);
        let (left, right) = (item.nested("substeps", 0), outer.nested("substeps", 1));
        for path in [&outer, &left, &right] {
            start(&mut model, path, "loop", now);
        }
        let innermost = |model: &RunModel| -> Vec<String> {
            let steps = model.running.innermost();
            steps.iter().map(|step| step.path.to_string()).collect()
        };
        assert_eq!(
            innermost(&model),
            ["0.items[4].substeps[0]", "0.substeps[1]"]
        );
        end(&mut model, &left, State::Done);
        end(&mut model, &right, State::Failed);
        assert_eq!(innermost(&model), ["0"]);
    }

    #[test]
    fn a_step_may_end_before_those_inside_it() {
        let mut model = model();
        let (outer, inner) = (root().step(0), root().step(0).nested("substeps", 0));
        start(&mut model, &outer, "parallel", Instant::now());
        start(&mut model, &inner, "loop", Instant::now());
        end(&mut model, &outer, State::Cancelled);
        assert_eq!(model.running.innermost().len(), 1);
        end(&mut model, &inner, State::Cancelled);
        let cancelled = model.tally.counts.cancelled;
        assert_eq!((model.running.count(), cancelled), (0, 2));
    }

    #[test]
    fn a_step_that_is_retried_several_times_counts_once() {
        let mut model = model();
        let path = root().step(0);
        let now = Instant::now();
        start(&mut model, &path, "read_file", now);
        model.retry(&path, (1, 3), Duration::ZERO, Texts::default(), now);
        model.retry(&path, (2, 3), Duration::ZERO, Texts::default(), now);
        model.recover(&path, Texts::default(), now);
        end(&mut model, &path, State::Recovered);
        let expected = Counts {
            steps: 1,
            recovered: 1,
            retried: 1,
            ..Counts::default()
        };
        assert_eq!(model.tally.counts, expected);
        let shown = "0 steps done, 1 failed (1 recovered), 1 retried";
        assert_eq!(model.tally.to_string(), shown);
    }

    #[test]
    fn a_display_of_many_steps_keeps_none_that_has_ended() {
        let mut model = model();
        let outer = root().step(0);
        start(&mut model, &outer, "parallel", Instant::now());
        for index in 0..50_000 {
            let path = outer.nested("substeps", index);
            start(&mut model, &path, "read_file", Instant::now());
            end(&mut model, &path, State::Done);
            let running = (model.running.count(), model.running.numbers.len());
            assert_eq!((running, model.steps.len()), ((1, 1), 0));
        }
        assert_eq!(model.tally.counts.done, 50_000);
    }

    #[test]
    fn the_time_left_is_estimated_once_something_has_ended() {
        let mut model = model();
        let path = root().step(0);
        let begun = Instant::now();
        start(&mut model, &path, "loop", begun);
        let now = begun + Duration::from_secs(10);
        let mut estimate = |done, failed, total| {
            let mut progress = Progress::new(total);
            (progress.done, progress.failed) = (done, failed);
            model.advance(&path, progress);
            model.running.longest(1)[0].time_left(now)
        };
        assert_eq!(estimate(0, 0, 10), None);
        assert_eq!(estimate(3, 1, 10), Some(Duration::from_secs(15)));
        assert_eq!(estimate(10, 0, 10), None);
        assert_eq!(estimate(1, 0, usize::MAX), None);
    }
}
