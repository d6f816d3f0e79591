//! What happens in a run, as log records.

use std::time::Duration;

use recipe_core::{Event, Observer, RecipeError, StepError, StepInfo, chain};
use tracing::{debug, error, info, warn};

use crate::one_line::one_line;
use crate::progress::place;

/// Turns events into log records.
pub(crate) struct LogObserver {
    /// The main recipe, as it was named.
    recipe: String,
}

impl LogObserver {
    /// Logs a run of `recipe`.
    pub(crate) fn new(recipe: String) -> Self {
        Self { recipe }
    }
}

impl Observer for LogObserver {
    fn observe(&self, event: &Event<'_>) {
        match *event {
            Event::RunStarted { recipe } => info!("run started: {}", one_line(recipe)),
            Event::RunFinished {
                recipe,
                duration,
                error: None,
            } => info!("run done: {}, {}", one_line(recipe), Seconds(duration)),
            Event::RunFinished {
                duration,
                error: Some(error),
                ..
            } => error!("run failed: {}, {}", told(error), Seconds(duration)),
            Event::StepStarted { step } => debug!("step started: {}", Shown(step)),
            Event::StepFinished { step, duration, .. } => {
                info!("step done: {}, {}", Shown(step), Seconds(duration));
            }
            Event::StepFailed {
                step,
                duration,
                error,
                ..
            } => {
                // The steps around it fail for the same reason and would only repeat it.
                if arose_here(error) {
                    error!(
                        "step failed: {}: {}, {}",
                        Shown(step),
                        told(error),
                        Seconds(duration)
                    );
                } else {
                    debug!(
                        "step failed: {}: {}, {}",
                        Shown(step),
                        told(error),
                        Seconds(duration)
                    );
                }
            }
            Event::StepRetried {
                step,
                attempt,
                attempts,
                delay,
                error,
            } => warn!(
                "step retried: {}: attempt {attempt} of {attempts} failed, the next in {}: {}",
                Shown(step),
                Seconds(delay),
                told(error)
            ),
            Event::StepRecovering { step, error } => {
                warn!("step recovering: {}: {}", Shown(step), told(error));
            }
            Event::StepRecovered { step, duration, .. } => {
                info!("step recovered: {}, {}", Shown(step), Seconds(duration));
            }
            Event::StepCancelled { step, duration } => {
                info!("step stopped: {}, {}", Shown(step), Seconds(duration));
            }
            Event::StepSkipped { step } => info!("step skipped: {}", Shown(step)),
            Event::Warning {
                path,
                message,
                suggestion,
            } => {
                let advice = suggestion.map(|name| format!(", did you mean `{name}`?"));
                let text = format!(
                    "{}: {message}{}",
                    place(path, &self.recipe),
                    advice.unwrap_or_default()
                );
                warn!("{}", one_line(&text));
            }
            Event::Output { path, stream, line } => {
                let text = format!("step output: {path} {stream}: {line}");
                debug!("{}", one_line(&text));
            }
            _ => {}
        }
    }
}

/// Whether it was the step itself that failed, and not a step inside it.
fn arose_here(error: &StepError) -> bool {
    match error {
        StepError::Step { .. }
        | StepError::Substep { .. }
        | StepError::Item { .. }
        | StepError::Failures(_) => false,
        StepError::Recipe { source, .. } => !matches!(**source, RecipeError::Step(_)),
        _ => true,
    }
}

fn told(error: &(dyn std::error::Error + 'static)) -> String {
    one_line(&chain(error).to_string()).into_owned()
}

/// `1.substeps[0] execute_recipe "draft"`
struct Shown<'s>(StepInfo<'s>);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.0.path.to_string();
        write!(f, "{} {}", one_line(&path), self.0.step_type)?;
        match self.0.name {
            Some(name) => write!(f, " {name:?}"),
            None => Ok(()),
        }
    }
}

/// `1.204 s`
struct Seconds(Duration);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3} s", self.0.as_secs_f64())
    }
}
