//! Scope of a step: its access to the run it is part of.

use std::any::Any;
use std::borrow::Cow;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Span;

use super::lifetime::Lifetime;
use super::panics::join_error;
use super::position::Position;
use super::run_state::RunState;
use crate::Context;
use crate::document::Problems;
use crate::error::StepError;
use crate::event::{Event, OutputStream, Progress, Usage};
use crate::journal::Fingerprint;
use crate::registry::Steps;
use crate::step_path::StepPath;

/// Access of a step to its run: the step's address and cancellation, reports to observers, and
/// means to run further steps and recipes. Cheap to clone.
#[derive(Clone)]
pub struct Scope {
    pub(super) run: Arc<RunState>,
    pub(super) position: Position,
    pub(super) lifetime: Lifetime,
}

impl Scope {
    /// Returns the scope of a main recipe.
    pub(super) fn main(run: Arc<RunState>, recipe: &str) -> Self {
        Self {
            position: Position::main(recipe),
            lifetime: Lifetime::run(run.end.clone(), run.group.clone()),
            run,
        }
    }

    /// Address of this step.
    pub fn path(&self) -> &StepPath {
        &self.position.path
    }

    /// Token that fires when this step is to stop. Awaiting work is dropped then, so only blocking
    /// work and work of other threads needs to look at it.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.lifetime.cancellation
    }

    /// Moment at which a `timeout` stops this step: its own or that of an enclosing step, whichever
    /// comes first. A step that would have to wait longer can fail at once.
    pub fn deadline(&self) -> Option<Instant> {
        self.lifetime.deadline
    }

    /// Returns the same scope with a timeout from now on.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self {
            lifetime: self.lifetime.clone().within(timeout),
            ..self.clone()
        }
    }

    /// Reports a warning, which does not stop the run.
    pub fn warn(&self, message: &str) {
        self.emit(&Event::Warning {
            path: &self.position.path,
            message,
            suggestion: None,
        });
    }

    /// Reports the progress of a step that does something several times.
    pub fn progress(&self, progress: Progress) {
        self.emit(&Event::Progress {
            step: &self.position.path,
            progress,
        });
    }

    /// Reports that a step of this step's configuration is skipped.
    pub fn skip_substep(&self, steps: &Steps, index: usize) {
        if self.is_observed() {
            let scope = self.nested(self.position.path.nested(steps.field, index));
            scope.emit(&Event::StepSkipped {
                step: steps.list[index].info(&scope),
            });
        }
    }

    /// Reports a line printed by a program of this step, without its line end.
    pub fn output(&self, stream: OutputStream, line: &str) {
        self.emit(&Event::Output {
            path: &self.position.path,
            stream,
            line,
        });
    }

    /// Copies environment variables into a configuration under their lower-case names, like the
    /// `env_vars` of a recipe. Keeps values that are already configured. Values with names of
    /// secrets are masked from now on.
    pub fn load_variables(&self, names: &[String], context: &mut Context) {
        self.run.load_variables(names, context);
    }

    /// Masks values with names of secrets from now on, like those of the configuration.
    pub fn learn_secrets(&self, named: &Map<String, Value>) {
        self.run.options.secrets.learn(named);
    }

    /// Reports usage of a language model or another metered service.
    pub fn used(&self, service: &str, usage: Usage) {
        self.emit(&Event::Used {
            path: &self.position.path,
            service,
            usage,
        });
    }

    /// Reports a finished tool call: its arguments, its duration, its result or error.
    pub fn tool_called(
        &self,
        tool: &str,
        arguments: &Value,
        duration: Duration,
        result: Result<&str, &str>,
    ) {
        self.emit(&Event::ToolCalled {
            path: &self.position.path,
            tool,
            arguments,
            duration,
            result,
        });
    }

    /// Returns a text with the secrets of the run masked. Observers mask what they show; mask a
    /// text before shortening it, since half a secret is not recognized.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.run.options.secrets.mask(text)
    }

    /// Does blocking work on a thread for such work. It cannot be interrupted; the run does
    /// not end before it has finished.
    ///
    /// # Errors
    /// If the work fails or panics.
    pub async fn blocking<T, E>(
        &self,
        work: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<T, StepError>
    where
        T: Send + 'static,
        E: Into<StepError> + Send + 'static,
    {
        let mark = self.lifetime.group.mark();
        let span = Span::current();
        let work = move || {
            let _mark = mark;
            span.in_scope(work)
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result.map_err(Into::into),
            Err(error) => Err(join_error(error)),
        }
    }

    /// Does work that must not be dropped early because it cleans up something that outlives a
    /// future, such as a process. It runs as its own task. Its token fires when this step is
    /// cancelled or dropped; from then on it should only clean up, and its result is discarded.
    ///
    /// The run waits for the work to finish, and so does an enclosing step that waits for its
    /// [`Tasks`](crate::Tasks).
    ///
    /// # Errors
    /// If the work fails or panics.
    pub async fn run_to_end<T, E, F>(
        &self,
        work: impl FnOnce(CancellationToken) -> F,
    ) -> Result<T, StepError>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Into<StepError> + Send + 'static,
    {
        let stop = self.lifetime.cancellation.child_token();
        let work = work(stop.clone());
        let work = self.lifetime.group.track(|| work);
        let _stop_when_dropped = stop.drop_guard();
        match tokio::spawn(work).await {
            Ok(result) => result.map_err(Into::into),
            Err(error) => Err(join_error(error)),
        }
    }

    /// Returns the value of a type that all steps of the run share; made on first use, dropped with
    /// the run. Cleanup at the end of the run belongs into [`Scope::run_until_end`].
    pub fn shared<T: Any + Send + Sync + Default>(&self) -> Arc<T> {
        self.run.shared()
    }

    /// Does work that may outlive this step, but not the run. It runs as its own task, whose
    /// token fires when the run ends or is cancelled. The run waits for it to finish.
    pub fn run_until_end<F>(&self, work: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let work = work(self.run.end.clone());
        tokio::spawn(self.run.group.track(|| work));
    }

    pub(super) fn warn_of(&self, problems: &Problems) {
        for problem in problems.iter() {
            self.emit(&Event::Warning {
                path: self.path(),
                message: &problem.to_string(),
                suggestion: problem.kind.suggestion(),
            });
        }
    }

    /// Returns the scope of a step inside this one.
    pub(super) fn nested(&self, path: StepPath) -> Self {
        Self {
            run: self.run.clone(),
            position: self.position.nested(path),
            lifetime: self.lifetime.clone(),
        }
    }

    /// Returns the scope of tasks that are cancelled and awaited together.
    pub(super) fn side_by_side(&self) -> Self {
        Self {
            run: self.run.clone(),
            position: self.position.clone(),
            lifetime: self.lifetime.group(),
        }
    }

    /// Returns the scope of one of those tasks.
    pub(super) fn task(&self, path: StepPath) -> Self {
        Self {
            run: self.run.clone(),
            position: self.position.task(path),
            lifetime: self.lifetime.task(),
        }
    }

    /// Returns the same scope, inside a loop item or a call with this fingerprint.
    pub(super) fn in_replay_scope(self, inner: Fingerprint) -> Self {
        Self {
            position: self.position.in_replay_scope(inner),
            ..self
        }
    }

    /// Returns the same scope, of a step with this fingerprint.
    pub(super) fn with_fingerprint(&self, fingerprint: Fingerprint) -> Self {
        Self {
            position: self.position.clone().with_fingerprint(fingerprint),
            ..self.clone()
        }
    }

    pub(crate) fn is_observed(&self) -> bool {
        self.run.is_observed()
    }

    pub(crate) fn emit(&self, event: &Event<'_>) {
        self.run.emit(event);
    }
}
