//! What happens in a run, as log records.

use std::time::Duration;

use recipe_core::error::RecipeError;
use recipe_core::event::StepInfo;
use recipe_core::secrets::KnownSecrets;
use recipe_core::{Event, Observer, StepError, chain};
use tracing::{debug, error, info, warn};

use crate::observe::progress::place;
use crate::observe::run_model::{Cut, MAX_VALUE};

/// Turns events into log records.
pub(crate) struct LogObserver {
    /// The main recipe, as it was named.
    recipe: String,
    /// Masked in what is cut; in all else they are masked when a record is written.
    secrets: KnownSecrets,
}

impl LogObserver {
    /// Logs a run of `recipe`.
    pub(crate) fn new(recipe: String, secrets: KnownSecrets) -> Self {
        Self { recipe, secrets }
    }

    /// As much of a text as is logged.
    fn cut(&self, text: &str) -> String {
        let cut = Cut::of_text(text, MAX_VALUE, &self.secrets);
        match cut.size_if_cut() {
            Some(size) => format!("{}… ({size} bytes)", cut.text),
            None => cut.text,
        }
    }
}

/// A record about a step.
macro_rules! of_step {
    ($level:ident, $step:expr, $($text:tt)+) => {
        $level!(step.path = %$step.path, step.type = $step.step_type, $($text)+)
    };
}

impl Observer for LogObserver {
    fn observe(&self, event: &Event<'_>) {
        match *event {
            Event::RunStarted { recipe, .. } => info!("run started: {recipe}"),
            Event::RunFinished {
                recipe,
                duration,
                error: None,
                ..
            } => info!("run done: {recipe}, {}", Seconds(duration)),
            Event::RunFinished {
                duration,
                error: Some(error),
                ..
            } => error!("run failed: {}, {}", chain(error), Seconds(duration)),
            Event::StepStarted { step, .. } => {
                of_step!(debug, step, "step started: {}", Shown(step))
            }
            Event::StepFinished { step, duration, .. } => {
                of_step!(
                    info,
                    step,
                    "step done: {}, {}",
                    Shown(step),
                    Seconds(duration)
                );
            }
            Event::StepFailed {
                step,
                duration,
                error,
                ..
            } => {
                let (shown, told, time) = (Shown(step), chain(error), Seconds(duration));
                // The steps around it fail for the same reason and would only repeat it.
                if arose_here(error) {
                    of_step!(error, step, "step failed: {shown}: {told}, {time}");
                } else {
                    of_step!(debug, step, "step failed: {shown}: {told}, {time}");
                }
            }
            Event::StepRetried {
                step,
                attempt,
                attempts,
                delay,
                error,
                ..
            } => of_step!(
                warn,
                step,
                "step retried: {}: attempt {attempt} of {attempts} failed, the next in {}: {}",
                Shown(step),
                Seconds(delay),
                chain(error)
            ),
            Event::StepRecovering { step, error, .. } => {
                of_step!(
                    warn,
                    step,
                    "step recovering: {}: {}",
                    Shown(step),
                    chain(error)
                );
            }
            Event::StepRecovered { step, duration, .. } => {
                of_step!(
                    info,
                    step,
                    "step recovered: {}, {}",
                    Shown(step),
                    Seconds(duration)
                );
            }
            Event::StepCancelled { step, duration, .. } => {
                of_step!(
                    info,
                    step,
                    "step cancelled: {}, {}",
                    Shown(step),
                    Seconds(duration)
                );
            }
            Event::StepSkipped { step, .. } => {
                of_step!(info, step, "step skipped: {}", Shown(step))
            }
            Event::StepReused { step, .. } => {
                of_step!(info, step, "step reused: {}", Shown(step));
            }
            Event::StepsReused { path, steps, .. } => {
                info!(step.path = %path, "steps reused inside {path}: {steps}");
            }
            Event::Warning {
                path,
                message,
                suggestion,
                ..
            } => {
                let place = place(path, &self.recipe);
                let advice = suggestion.map(|name| format!(", did you mean `{name}`?"));
                let advice = advice.unwrap_or_default();
                let path = (path.depth() > 0).then(|| tracing::field::display(path));
                warn!(step.path = path, "{place}: {message}{advice}");
            }
            Event::Used {
                path,
                service,
                usage,
                ..
            } => info!(step.path = %path, "step used: {path} {service}: {usage}"),
            Event::ToolCalled {
                path,
                tool,
                arguments,
                duration,
                result,
                ..
            } => {
                let arguments = self.cut(&self.secrets.masked(arguments).to_string());
                debug!(step.path = %path, "tool given: {path} {tool}: {arguments}");
                let time = Seconds(duration);
                match result {
                    Ok(said) => {
                        debug!(step.path = %path, "tool said: {path} {tool}: {}", self.cut(said));
                        info!(step.path = %path, "tool called: {path} {tool}, {time}");
                    }
                    Err(said) => {
                        let said = self.cut(said);
                        warn!(step.path = %path, "tool failed: {path} {tool}: {said}, {time}");
                    }
                }
            }
            Event::Output {
                path, stream, line, ..
            } => {
                debug!(step.path = %path, "step output: {path} {stream}: {line}");
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

/// `1.substeps[0] execute_recipe "draft"`
struct Shown<'s>(StepInfo<'s>);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.0.path, self.0.step_type)?;
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use recipe_core::secrets::KnownSecrets;
    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::arguments::LogFormat;
    use crate::observe::calling_run;
    use crate::observe::log::file::LogFile;
    use crate::observe::log::layer::LogLayer;
    use crate::observe::resumed_run;

    /// The lines of the log of a run that have this in them, without their times.
    fn logged(secrets: KnownSecrets, part: &str, run: impl FnOnce(Arc<LogObserver>)) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("debug.log");
        let file = LogFile::open(path.clone(), LevelFilter::DEBUG).unwrap();
        let layer = LogLayer::new(vec![Arc::new(file)], LogFormat::Text, secrets.clone());
        let subscriber = tracing_subscriber::registry().with(layer);
        let observer = Arc::new(LogObserver::new("main.json".to_owned(), secrets));
        tracing::subscriber::with_default(subscriber, || run(observer));
        let log = fs::read_to_string(path).unwrap();
        let lines = log.lines().filter(|line| line.contains(part));
        let texts: Vec<_> = lines.map(|l| l.split_once('Z').unwrap().1).collect();
        texts.join("\n")
    }

    #[test]
    fn calls_of_tools_are_logged_without_secrets_and_not_at_any_length() {
        let mut calls = calling_run::calls();
        calls[1]["says"] = (calling_run::SECRET.to_owned() + &"x".repeat(5_000)).into();
        let log = logged(calling_run::secrets(), "tool", |observer| {
            calling_run::observe(&calls, observer);
        });
        let log = log.replace(&"x".repeat(MAX_VALUE - "***".len()), "[xxx]");
        insta::assert_snapshot!(log, @r#"
        DEBUG tool given: 0 search: {"for":"fish","body":"{\"key\":\"***\"}"}
        DEBUG tool said: 0 search: {"key":"***"}
         INFO tool called: 0 search, 0.000 s
        DEBUG tool given: 0 ***: ["***"]
         WARN tool failed: 0 ***: ***[xxx]… (5003 bytes), 0.000 s
        "#);
    }

    #[test]
    fn steps_that_are_not_run_again_are_logged() {
        let reused = logged(KnownSecrets::new(), "reused", |observer| {
            resumed_run::observe(observer);
        });
        insta::assert_snapshot!(reused, @r#"
        INFO step reused: 0 set_context "first"
        INFO step reused: 1.substeps[0] set_context
        "#);
    }
}
