//! Progress: what is shown of a run while it runs, and what it has come to.
//!
//! [`Progress`] observes the run and prints lines, as many as the [`Verbosity`] says. On a terminal
//! a thread ([`live`]) regularly makes a [`picture`] of the run's model, which the printer keeps at
//! the bottom of the screen.

mod duration;
mod live;
mod picture;
mod verbosity;

use std::sync::Arc;
use std::time::{Duration, Instant};

use recipe_core::event::StepInfo;
use recipe_core::{Context, Event, Observer, StepError, StepPath, chain};

pub(crate) use self::duration::Exact;
pub(crate) use self::live::Live;
pub(crate) use self::picture::Room;
pub(crate) use self::verbosity::Verbosity;

use self::picture::Picture;
use super::run_model::{LiveModel, Outcome, RunningStep};
use crate::terminal::printer::{Look, Printer};

/// More running steps than these are counted, not shown, where a run was interrupted.
const MOST_INTERRUPTED: usize = 10;

/// Prints what happens and knows where the run stands.
pub(crate) struct Progress {
    printer: Arc<Printer>,
    verbosity: Verbosity,
    /// The main recipe, as it was named.
    recipe: String,
    model: Arc<LiveModel>,
}

impl Progress {
    /// Shows a run of `recipe`, whose model must observe it too.
    pub(crate) fn new(
        printer: Arc<Printer>,
        verbosity: Verbosity,
        recipe: String,
        model: Arc<LiveModel>,
    ) -> Self {
        Self {
            printer,
            verbosity,
            recipe,
            model,
        }
    }

    /// Tells what the run begins with, where such details are wanted.
    pub(crate) fn given(&self, context: &Context) {
        if self.verbosity < Verbosity::Details {
            return;
        }
        for (name, _) in context.iter() {
            self.labelled("given", Look::Faint, &format!("artifact {name}"));
        }
        for name in context.config().keys() {
            self.labelled("given", Look::Faint, &format!("configuration {name}"));
        }
    }

    /// The running steps that no other step is running inside: where the run stands.
    pub(crate) fn innermost(&self) -> Vec<Stand> {
        let now = Instant::now();
        let steps = self.model.lock().running.innermost();
        let stands = steps.into_iter().map(|step| Stand { step, now });
        stands.collect()
    }

    /// Prints where the run stood when it was interrupted.
    pub(crate) fn print_stands(&self, stands: &[Stand]) {
        for Stand { step, now } in stands.iter().take(MOST_INTERRUPTED) {
            let duration = now.saturating_duration_since(step.since);
            let text = text(
                &step.path,
                &step.step_type,
                step.name.as_deref(),
                Some(duration),
            );
            self.labelled("stood at", Look::Notable, &text);
        }
        let more = stands.len().saturating_sub(MOST_INTERRUPTED);
        if more > 0 {
            self.labelled("stood at", Look::Notable, &format!("{more} more steps"));
        }
    }

    /// Prints what the run has come to: how many steps have ended how, and the time it took. A recipe that was refused
    /// before its first step has come to nothing.
    pub(crate) fn print_summary(&self) {
        let (outcome, tally, duration) = {
            let model = self.model.lock();
            (model.outcome, model.tally, model.duration)
        };
        if outcome == Outcome::Done || tally != Default::default() {
            self.printer
                .plain_line(&format!("{tally} in {}", Exact(duration)));
        }
    }

    /// What a terminal with this much room shows of a run that began then.
    fn lines(&self, since: Instant, room: Room, safe: &dyn Fn(&str) -> String) -> Vec<String> {
        let picture = {
            let model = self.model.lock();
            Picture {
                recipe: &self.recipe,
                since,
                tally: model.tally,
                running: model.running.count(),
                longest: model.running.longest(room.height),
            }
        };
        picture.lines(room, Instant::now(), safe)
    }

    fn labelled(&self, label: &str, look: Look, text: &str) {
        self.printer.line(&format!("{label:<10}"), look, text);
    }

    fn step(&self, label: &str, look: Look, step: StepInfo<'_>, duration: Option<Duration>) {
        if self.verbosity.shows(step) {
            self.labelled(label, look, &step_text(step, duration));
        }
    }

    /// A line of a step that has failed, with the reason where that is wanted.
    fn setback(&self, label: &str, look: Look, step: StepInfo<'_>, text: &str, error: &StepError) {
        if self.verbosity >= Verbosity::Details {
            self.labelled(label, look, &format!("{text}: {}", chain(error)));
        } else if self.verbosity.shows(step) {
            self.labelled(label, look, text);
        }
    }
}

impl Observer for Progress {
    fn observe(&self, event: &Event<'_>) {
        match *event {
            Event::RunStarted { .. } if self.verbosity.shows_beginnings() => {
                self.labelled("running", Look::Plain, &self.recipe);
            }
            Event::StepStarted { step, .. } if self.verbosity.shows_beginnings() => {
                self.step("started", Look::Faint, step, None);
            }
            Event::StepFinished { step, duration, .. } => {
                self.step("done", Look::Good, step, Some(duration));
            }
            Event::StepFailed {
                step,
                duration,
                error,
                ..
            } => {
                let text = step_text(step, Some(duration));
                self.setback("failed", Look::Bad, step, &text, error);
            }
            Event::StepRetried {
                step,
                attempt,
                attempts,
                delay,
                error,
                ..
            } => {
                let step_text = step_text(step, None);
                let next = Exact(delay);
                let text = format!(
                    "{step_text}: attempt {attempt} of {attempts} failed, the next in {next}"
                );
                self.setback("retrying", Look::Notable, step, &text, error);
            }
            Event::StepRecovering { step, error, .. } => {
                let text = step_text(step, None);
                self.setback("recovering", Look::Notable, step, &text, error);
            }
            Event::StepRecovered { step, duration, .. } => {
                self.step("recovered", Look::Notable, step, Some(duration));
            }
            Event::StepCancelled { step, duration, .. } => {
                self.step("cancelled", Look::Notable, step, Some(duration));
            }
            Event::StepSkipped { step, .. } => self.step("skipped", Look::Notable, step, None),
            Event::StepReused { step, .. } => self.step("reused", Look::Faint, step, None),
            Event::StepsReused { path, steps, .. } if self.verbosity >= Verbosity::AllSteps => {
                let noun = if steps == 1 { "step" } else { "steps" };
                let text = format!("{path}: {steps} {noun} inside");
                self.labelled("reused", Look::Faint, &text);
            }
            Event::ToolCalled {
                path,
                tool,
                duration,
                result,
                ..
            } if self.verbosity >= Verbosity::AllSteps => {
                let text = format!("{path} {tool} ({})", Exact(duration));
                match result {
                    Ok(_) => self.labelled("called", Look::Faint, &text),
                    Err(said) if self.verbosity >= Verbosity::Details => {
                        self.labelled("called", Look::Notable, &format!("{text}: failed: {said}"));
                    }
                    Err(_) => self.labelled("called", Look::Notable, &format!("{text}: failed")),
                }
            }
            Event::Warning {
                path,
                message,
                suggestion,
                ..
            } => {
                let place = place(path, &self.recipe);
                self.printer
                    .warning(&format!("{place}: {message}"), suggestion);
            }
            _ => {}
        }
    }
}

/// A step that was running at some time.
pub(crate) struct Stand {
    step: RunningStep,
    now: Instant,
}

/// What a path is called in messages: the path of the main recipe is empty, and it has a name.
pub(crate) fn place(path: &StepPath, recipe: &str) -> String {
    if path.depth() == 0 {
        recipe.to_owned()
    } else {
        path.to_string()
    }
}

fn step_text(step: StepInfo<'_>, duration: Option<Duration>) -> String {
    text(step.path, step.step_type, step.name, duration)
}

/// `1.substeps[0] execute_recipe "draft" (1.20 s)`
fn text(
    path: &StepPath,
    step_type: &str,
    name: Option<&str>,
    duration: Option<Duration>,
) -> String {
    let mut text = format!("{path} {step_type}");
    if let Some(name) = name {
        text.push_str(&format!(" {name:?}"));
    }
    if let Some(duration) = duration {
        text.push_str(&format!(" ({})", Exact(duration)));
    }
    text
}

#[cfg(test)]
mod tests {
    use recipe_core::secrets::KnownSecrets;

    use super::*;
    use crate::observe::calling_run;
    use crate::observe::resumed_run;
    use crate::observe::run_model::Detail;

    fn observed(run: impl FnOnce(Arc<LiveModel>)) -> Arc<LiveModel> {
        let model = LiveModel::new("main.json".to_owned(), KnownSecrets::new(), Detail::Running);
        let model = Arc::new(model);
        run(model.clone());
        model
    }

    #[test]
    fn tool_calls_are_counted_and_a_failed_one_is_not_a_failed_step() {
        let model = observed(|model| calling_run::observe(&calling_run::calls(), model));
        assert_eq!(
            model.lock().tally.to_string(),
            "1 step done, 2 tool calls (1 failed)"
        );
    }

    #[test]
    fn reused_steps_are_counted_apart() {
        let model = observed(|model| resumed_run::observe(model));
        let model = model.lock();
        assert_eq!(model.tally.to_string(), "2 steps done, 2 reused");
        assert_eq!((model.running.count(), model.steps.len()), (0, 0));
    }
}
