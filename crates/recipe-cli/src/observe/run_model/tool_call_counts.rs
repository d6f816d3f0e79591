//! How many calls of tools have ended, and how: what is said of them where there is room for a few words.

use std::fmt;

/// Counts of calls of tools.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ToolCallCounts {
    all: usize,
    failed: usize,
}

impl ToolCallCounts {
    /// One more has ended.
    pub(crate) fn count(&mut self, is_failed: bool) {
        self.all += 1;
        self.failed += usize::from(is_failed);
    }

    /// What is to be said of them, if there are any.
    pub(crate) fn words(self) -> Option<String> {
        (self.all > 0).then(|| self.to_string())
    }
}

/// `3 tool calls (1 failed)`
impl fmt::Display for ToolCallCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.all == 1 { "call" } else { "calls" };
        write!(f, "{} tool {noun}", self.all)?;
        match self.failed {
            0 => Ok(()),
            failed => write!(f, " ({failed} failed)"),
        }
    }
}
