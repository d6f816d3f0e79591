//! How much is printed of a run.

use recipe_core::event::StepInfo;

use crate::terminal::printer::Screen;

/// How much is shown of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Errors only.
    Quiet,
    /// Warnings and the summary, too.
    Warnings,
    /// How the steps of the main recipe end, too: beside a display, which shows what is running.
    Ends,
    /// The steps of the main recipe and the steps directly inside them, too.
    Steps,
    /// All steps.
    AllSteps,
    /// All steps, why each failed, and what the run begins with.
    Details,
}

impl Verbosity {
    /// What the options `-q` and `-v` ask for. Without either, steps are shown to people only.
    pub(crate) fn of(quiet: bool, verbose: u8, screen: Screen) -> Self {
        match (quiet, verbose, screen) {
            (true, _, _) => Self::Quiet,
            (false, 0, Screen::None) => Self::Warnings,
            (false, 0, Screen::Drawable) => Self::Ends,
            (false, 0, Screen::Lines) => Self::Steps,
            (false, 1, _) => Self::AllSteps,
            (false, _, _) => Self::Details,
        }
    }

    /// Whether lines of this step are printed.
    pub(super) fn shows(self, step: StepInfo<'_>) -> bool {
        match self {
            Self::Quiet | Self::Warnings => false,
            Self::Ends => step.path.depth() <= 1,
            Self::Steps => step.path.depth() <= 2,
            Self::AllSteps | Self::Details => true,
        }
    }

    /// Whether lines are printed of what begins, and not only of what ends.
    pub(super) fn shows_beginnings(self) -> bool {
        self >= Self::Steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_shown_to_people_and_to_whoever_asks() {
        let of = Verbosity::of;
        assert_eq!(of(false, 0, Screen::Drawable), Verbosity::Ends);
        assert_eq!(of(false, 0, Screen::Lines), Verbosity::Steps);
        assert_eq!(of(false, 0, Screen::None), Verbosity::Warnings);
        assert_eq!(of(false, 1, Screen::None), Verbosity::AllSteps);
        assert_eq!(of(false, 9, Screen::Drawable), Verbosity::Details);
        assert_eq!(of(true, 0, Screen::Drawable), Verbosity::Quiet);
    }
}
