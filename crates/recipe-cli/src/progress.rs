//! Progress as plain lines: which steps start, how they end, and how long they took.

use std::sync::Arc;
use std::time::Duration;

use recipe_core::{Event, Observer, StepError, StepInfo, StepPath, chain};

use crate::printer::{Look, Printer};

/// How much is shown of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Errors only.
    Quiet,
    /// Warnings, too.
    Warnings,
    /// The steps of the main recipe and the steps directly inside them, too.
    Steps,
    /// All steps.
    AllSteps,
    /// All steps, why each failed, and what the run begins with.
    Details,
}

impl Verbosity {
    /// What the options `-q` and `-v` ask for. Without either, steps are shown to people only.
    pub(crate) fn of(quiet: bool, verbose: u8, terminal: bool) -> Self {
        match (quiet, verbose) {
            (true, _) => Self::Quiet,
            (false, 0) if terminal => Self::Steps,
            (false, 0) => Self::Warnings,
            (false, 1) => Self::AllSteps,
            (false, _) => Self::Details,
        }
    }

    fn shows(self, step: StepInfo<'_>) -> bool {
        match self {
            Self::Quiet | Self::Warnings => false,
            Self::Steps => step.path.depth() <= 2,
            Self::AllSteps | Self::Details => true,
        }
    }
}

/// Prints what happens.
pub(crate) struct Progress {
    printer: Arc<Printer>,
    verbosity: Verbosity,
    /// The main recipe, as it was named.
    recipe: String,
}

impl Progress {
    /// Shows a run of `recipe`.
    pub(crate) fn new(printer: Arc<Printer>, verbosity: Verbosity, recipe: String) -> Self {
        Self {
            printer,
            verbosity,
            recipe,
        }
    }

    fn step(&self, label: &str, look: Look, step: StepInfo<'_>, duration: Option<Duration>) {
        if self.verbosity.shows(step) {
            self.printer.line(label, look, &step_text(step, duration));
        }
    }

    fn failed(&self, step: StepInfo<'_>, duration: Duration, error: &StepError) {
        if self.verbosity < Verbosity::Details {
            return self.step("failed  ", Look::Bad, step, Some(duration));
        }
        let text = format!("{}: {}", step_text(step, Some(duration)), chain(error));
        self.printer.line("failed  ", Look::Bad, &text);
    }

    fn run(&self, label: &str, look: Look, duration: Option<Duration>) {
        if self.verbosity >= Verbosity::Steps {
            let time = duration
                .map(|d| format!(" ({})", Shown(d)))
                .unwrap_or_default();
            self.printer
                .line(label, look, &format!("{}{time}", self.recipe));
        }
    }
}

impl Observer for Progress {
    fn observe(&self, event: &Event<'_>) {
        match *event {
            Event::RunStarted { .. } => self.run("running ", Look::Plain, None),
            Event::RunFinished {
                duration,
                error: None,
                ..
            } => self.run("done    ", Look::Good, Some(duration)),
            Event::RunFinished { duration, .. } => self.run("failed  ", Look::Bad, Some(duration)),
            Event::StepStarted { step } => self.step("started ", Look::Faint, step, None),
            Event::StepFinished { step, duration, .. } => {
                self.step("done    ", Look::Good, step, Some(duration));
            }
            Event::StepFailed {
                step,
                duration,
                error,
                ..
            } => self.failed(step, duration, error),
            Event::StepRetried { step, .. } => self.step("retrying", Look::Notable, step, None),
            Event::StepRecovering { step, .. } => self.step("failing ", Look::Notable, step, None),
            Event::StepRecovered { step, duration, .. } => {
                self.step("recovered", Look::Notable, step, Some(duration));
            }
            Event::StepCancelled { step, duration } => {
                self.step("stopped ", Look::Notable, step, Some(duration));
            }
            Event::StepSkipped { step } => self.step("skipped ", Look::Notable, step, None),
            Event::Warning {
                path,
                message,
                suggestion,
            } => {
                let place = place(path, &self.recipe);
                self.printer
                    .warning(&format!("{place}: {message}"), suggestion);
            }
            _ => {}
        }
    }
}

/// What a path is called in messages: the path of the main recipe is empty, and it has a name.
pub(crate) fn place(path: &StepPath, recipe: &str) -> String {
    if path.depth() == 0 {
        recipe.to_owned()
    } else {
        path.to_string()
    }
}

/// `1.substeps[0] execute_recipe "draft" (1.20 s)`
fn step_text(step: StepInfo<'_>, duration: Option<Duration>) -> String {
    let mut text = format!("{} {}", step.path, step.step_type);
    if let Some(name) = step.name {
        text.push_str(&format!(" {name:?}"));
    }
    if let Some(duration) = duration {
        text.push_str(&format!(" ({})", Shown(duration)));
    }
    text
}

/// A duration in the unit that suits it.
struct Shown(Duration);

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            0 => write!(f, "{} ms", self.0.as_millis()),
            1..60 => write!(f, "{:.2} s", self.0.as_secs_f64()),
            60..3600 => write!(f, "{} min {} s", seconds / 60, seconds % 60),
            _ => write!(f, "{} h {} min", seconds / 3600, seconds / 60 % 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_shown_in_a_unit_that_suits_them() {
        let shown = [7, 1_204, 59_999, 125_000, 7_500_000]
            .map(|milliseconds| Shown(Duration::from_millis(milliseconds)).to_string());
        assert_eq!(
            shown,
            ["7 ms", "1.20 s", "60.00 s", "2 min 5 s", "2 h 5 min"]
        );
    }

    #[test]
    fn steps_are_shown_to_people_and_to_whoever_asks() {
        assert_eq!(Verbosity::of(false, 0, true), Verbosity::Steps);
        assert_eq!(Verbosity::of(false, 0, false), Verbosity::Warnings);
        assert_eq!(Verbosity::of(false, 1, false), Verbosity::AllSteps);
        assert_eq!(Verbosity::of(false, 9, true), Verbosity::Details);
        assert_eq!(Verbosity::of(true, 0, true), Verbosity::Quiet);
    }
}
