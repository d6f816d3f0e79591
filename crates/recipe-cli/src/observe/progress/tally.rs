//! How many steps have ended, and how.

use std::fmt;

use recipe_core::event::Usage;

use crate::observe::tool_calls::ToolCallCounts;

/// Counts of steps. Every step counts, also one that other steps stand around or inside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Those that have done their work.
    pub(crate) done: usize,
    /// Those that had ended before the run was resumed and were not run again.
    pub(crate) reused: usize,
    /// Those that have failed, the recovered ones included.
    pub(crate) failed: usize,
    /// Those that have failed and whose `on_error` steps have done their work.
    pub(crate) recovered: usize,
    /// Those that were tried more than once, however they ended.
    pub(crate) retried: usize,
    /// Those that will not run, since one beside them failed.
    pub(crate) skipped: usize,
    /// Those that were cancelled while they ran.
    pub(crate) cancelled: usize,
    /// What they have used of language models.
    pub(crate) usage: Usage,
    /// The tools that they have called.
    pub(crate) tool_calls: ToolCallCounts,
}

impl Tally {
    /// The counts of steps alone.
    pub(crate) fn steps(self) -> Self {
        Self {
            usage: Usage::default(),
            tool_calls: ToolCallCounts::default(),
            ..self
        }
    }

    /// What the steps have used, in words: language models, tools.
    pub(crate) fn used(self) -> impl Iterator<Item = String> {
        let usage = (self.usage != Usage::default()).then(|| self.usage.to_string());
        usage.into_iter().chain(self.tool_calls.words())
    }
}

/// `12 steps done, 1 failed, 2 retried`: what there is none of is left out, but for what is done.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.done == 1 { "step" } else { "steps" };
        write!(f, "{} {noun} done", self.done)?;
        if self.reused > 0 {
            write!(f, ", {} reused", self.reused)?;
        }
        if self.failed > 0 {
            write!(f, ", {} failed", self.failed)?;
        }
        if self.recovered > 0 {
            write!(f, " ({} recovered)", self.recovered)?;
        }
        let others = [
            (self.retried, "retried"),
            (self.skipped, "skipped"),
            (self.cancelled, "cancelled"),
        ];
        for (count, how) in others.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, ", {count} {how}")?;
        }
        for used in self.used() {
            write!(f, ", {used}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_none_of_is_left_out() {
        assert_eq!(Tally::default().to_string(), "0 steps done");
        let mut tool_calls = ToolCallCounts::default();
        tool_calls.count(false);
        let all = Tally {
            done: 1,
            reused: 7,
            failed: 3,
            recovered: 2,
            retried: 4,
            skipped: 5,
            cancelled: 6,
            usage: Usage::from_request(20, 7),
            tool_calls,
        };
        assert_eq!(
            all.to_string(),
            "1 step done, 7 reused, 3 failed (2 recovered), 4 retried, 5 skipped, 6 cancelled, 1 request, 20 tokens in, 7 out, 1 tool call"
        );
    }
}
