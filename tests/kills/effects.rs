//! Effects of a run's programs, and which of them were recorded when the process was killed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use recipe_journal::{StepState, StoredRun};

use crate::recipe::{EFFECTS, FAILING, HAS_FAILED, RETRIED};

/// Number of effects of each step, by address.
pub(crate) type Counts = BTreeMap<String, usize>;

/// Effects of a run so far.
#[derive(Default)]
pub(crate) struct Effects {
    /// Number of effects before the last process.
    seen: usize,
    /// Steps that were recorded before, which must not have an effect again.
    recorded: BTreeSet<String>,
}

impl Effects {
    /// Checks the effects of the last process. `usual` are those of an undisturbed run.
    ///
    /// # Panics
    /// If a recorded step ran again, a step ran too often, or a finished step is not recorded.
    pub(crate) fn check(&mut self, folder: &Path, run: &StoredRun, usual: &Counts) {
        let all = lines(folder);
        let new = counts(&all[self.seen..]);
        for (step, times) in &new {
            assert!(!self.recorded.contains(step), "{step} ran again");
            assert!(*times <= usual[step], "{step} ran {times} times");
        }
        let recorded = recorded(run);
        let unrecorded = new.keys().filter(|step| !recorded.contains(*step));
        let in_flight: Vec<_> = unrecorded
            .filter(|step| !FAILING.contains(&step.as_str()))
            .collect();
        for (index, one) in in_flight.iter().enumerate() {
            for other in &in_flight[..index] {
                assert!(
                    is_beside(one, other),
                    "{one} and {other} cannot both have been running, and neither is recorded"
                );
            }
        }
        let may_be_voided = !folder.join(HAS_FAILED).exists();
        for step in &self.recorded {
            assert!(recorded.contains(step), "{step} is not recorded any more");
        }
        self.seen = all.len();
        self.recorded = recorded;
        self.recorded
            .retain(|step| !(may_be_voided && step.starts_with(RETRIED)));
    }
}

/// Total number of effects of each step.
pub(crate) fn counted(folder: &Path) -> Counts {
    counts(&lines(folder))
}

fn counts(lines: &[String]) -> Counts {
    let mut counts = Counts::new();
    for line in lines {
        *counts.entry(line.clone()).or_default() += 1;
    }
    counts
}

fn lines(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join(EFFECTS)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Recorded `command` steps, including failed ones whose `on_error` steps follow.
fn recorded(run: &StoredRun) -> BTreeSet<String> {
    let steps = run.steps().unwrap().into_iter();
    let recorded = steps.filter(|step| match step.state {
        StepState::Done | StepState::Recovered => true,
        StepState::Cancelled => step.error.is_some(),
        _ => false,
    });
    let programs = recorded.filter(|step| step.step_type == "command");
    programs.map(|step| step.path).collect()
}

/// Whether two steps may run concurrently: their paths diverge at substeps of a `parallel` or at
/// iterations of a loop. The substeps of one iteration run in order.
fn is_beside(one: &str, other: &str) -> bool {
    let same = one.bytes().zip(other.bytes());
    let same = same.take_while(|(one, other)| one == other).count();
    let Some(end) = one[..same].rfind(['[', ':']) else {
        return false;
    };
    let list = &one[..=end];
    let is_iteration = |step: &str| {
        let field = step.rfind('[').map(|end| &step[..end]);
        step.ends_with(']') && field.is_some_and(|field| field.ends_with(".items"))
    };
    match list.strip_suffix(".substeps[") {
        Some(step) => !is_iteration(step),
        None => list.ends_with(".items["),
    }
}

#[test]
fn substeps_run_concurrently_and_steps_of_a_list_do_not() {
    for (one, other) in [
        ("3.substeps[1]/b.json:0", "3.substeps[10]/b.json:2"),
        ("5.items[1].substeps[0]", "5.items[2].substeps[3]"),
        ("3.substeps[0].substeps[0]", "3.substeps[0].substeps[1]"),
    ] {
        assert!(is_beside(one, other), "{one} {other}");
    }
    for (one, other) in [
        ("1", "13"),
        ("3.substeps[1]/b.json:0", "3.substeps[1]/b.json:2"),
        ("5.items[1].substeps[0]", "5.items[1].substeps[3]"),
        (
            r#"6.items["y z"].substeps[0]"#,
            r#"6.items["y z"].substeps[2]"#,
        ),
        ("8.if_true[0]", "8.if_true[2]"),
    ] {
        assert!(!is_beside(one, other), "{one} {other}");
    }
}
