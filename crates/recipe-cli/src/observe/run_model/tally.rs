//! Totals of a run.

use std::fmt;

use recipe_core::event::Usage;
use serde::Serialize;

use super::tool_call_counts::ToolCallCounts;
use super::{PlacedStep, State};

/// Totals of all steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Number of steps by state.
    pub(crate) counts: Counts,
    /// Their use of language models.
    pub(crate) usage: Usage,
    /// The tools that they have called.
    pub(crate) tool_calls: ToolCallCounts,
}

/// Number of steps by state. Every step counts, whatever is around or inside it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    pub(crate) steps: usize,
    /// Steps of a stored run that have not ended yet. Left out if zero, as in runs that have ended.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) running: usize,
    pub(crate) done: usize,
    /// Steps that ended before the run was resumed and did not run again. Left out if zero.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) reused: usize,
    /// Without those that recovered.
    pub(crate) failed: usize,
    /// Steps with more than one attempt, however they ended.
    pub(crate) retried: usize,
    pub(crate) recovered: usize,
    pub(crate) skipped: usize,
    pub(crate) cancelled: usize,
}

impl Tally {
    /// Adds up the steps of a stored run.
    pub(crate) fn from_stored(steps: &[PlacedStep]) -> Self {
        let mut tally = Self::default();
        for step in steps {
            tally.counts.steps += 1;
            tally.counts.count(step.step.state.into());
            tally.counts.retried += usize::from(step.last_attempt().is_some());
            tally.usage += step.step.usage;
            for call in &step.step.tool_calls {
                tally.tool_calls.count(call.is_failed);
            }
        }
        tally
    }

    /// Describes what the steps have used: language models, tools.
    pub(crate) fn used(self) -> impl Iterator<Item = String> {
        self.usage_words()
            .into_iter()
            .chain(self.tool_calls.words())
    }

    /// Describes the use of language models, if any.
    pub(crate) fn usage_words(self) -> Option<String> {
        (self.usage != Usage::default()).then(|| self.usage.to_string())
    }
}

impl Counts {
    /// Counts a step in a state.
    pub(super) fn count(&mut self, state: State) {
        *match state {
            State::Running => &mut self.running,
            State::Done => &mut self.done,
            State::Reused => &mut self.reused,
            State::Failed => &mut self.failed,
            State::Recovered => &mut self.recovered,
            State::Skipped => &mut self.skipped,
            State::Cancelled => &mut self.cancelled,
        } += 1;
    }
}

/// Whether a count is left out.
pub(crate) fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// `12 steps done, 1 failed, 2 retried, 3 requests, …`: zero counts are left out, except for done steps.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.counts.fmt(f)?;
        self.used().try_for_each(|used| write!(f, ", {used}"))
    }
}

/// `12 steps done, 1 failed, 2 retried`. Failed steps include the recovered ones.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.done == 1 { "step" } else { "steps" };
        write!(f, "{} {noun} done", self.done)?;
        if self.reused > 0 {
            write!(f, ", {} reused", self.reused)?;
        }
        let failed = self.failed + self.recovered;
        if failed > 0 {
            write!(f, ", {failed} failed")?;
        }
        if self.recovered > 0 {
            write!(f, " ({} recovered)", self.recovered)?;
        }
        let others = [
            (self.retried, "retried"),
            (self.skipped, "skipped"),
            (self.cancelled, "cancelled"),
        ];
        for (count, state) in others.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, ", {count} {state}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_counts_are_left_out() {
        assert_eq!(Tally::default().to_string(), "0 steps done");
        let mut tool_calls = ToolCallCounts::default();
        tool_calls.count(false);
        let all = Tally {
            counts: Counts {
                steps: 22,
                running: 0,
                done: 1,
                reused: 7,
                failed: 1,
                recovered: 2,
                retried: 4,
                skipped: 5,
                cancelled: 6,
            },
            usage: Usage::from_request(20, 7),
            tool_calls,
        };
        assert_eq!(
            all.to_string(),
            "1 step done, 7 reused, 3 failed (2 recovered), 4 retried, 5 skipped, 6 cancelled, 1 request, 20 tokens in, 7 out, 1 tool call"
        );
    }
}
