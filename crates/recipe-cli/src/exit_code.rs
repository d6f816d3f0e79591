//! How the program ends, as other programs see it (docs/design.md §9).

use std::process;

/// How the program ends. A later one is worse than an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum ExitCode {
    /// Everything asked for is done.
    Done = 0,
    /// The run failed, or a checked document has errors.
    Failed = 1,
    /// The arguments are wrong, or what they name cannot be read or is no valid recipe.
    Usage = 2,
    /// Stopped by Ctrl-C or SIGTERM: 128 and the number of SIGINT, as shells count.
    Interrupted = 130,
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}
