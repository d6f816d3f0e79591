//! What a step sees of the run it is part of.

use std::any::Any;
use std::borrow::Cow;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Span;

use super::executor::Run;
use super::group::Group;
use super::loader::{Loader, quick_size};
use super::stack::{Level, run_nested};
use super::tasks::join_error;
use crate::Context;
use crate::document::Problems;
use crate::error::{RecipeError, StepError};
use crate::event::{Event, OutputStream, Progress, Usage};
use crate::journal::ContentHash;
use crate::registry::{PreparedRecipe, Steps};
use crate::step_path::StepPath;

/// Where in a run a step stands: its address, its cancellation, and the means to run further steps and
/// recipes from there. Cheap to clone.
#[derive(Clone)]
pub struct Scope {
    run: Arc<Run>,
    path: StepPath,
    cancellation: CancellationToken,
    group: Group,
    calls: Arc<Calls>,
    level: Level,
    /// What this step is, for journals; known in durable runs.
    content: Option<ContentHash>,
    /// What stands around, for journals: the items of loops, the calls of recipes. With others of them the same steps do
    /// other things.
    around: Option<ContentHash>,
    /// When this step is stopped at the latest.
    deadline: Option<Instant>,
}

/// The recipes that called one another on the way here, the innermost first.
struct Calls {
    recipe: String,
    caller: Option<Arc<Calls>>,
    depth: usize,
}

impl Scope {
    /// The scope of a main recipe.
    pub(super) fn root(
        run: Arc<Run>,
        recipe: &str,
        cancellation: CancellationToken,
        group: Group,
    ) -> Self {
        Self {
            run,
            path: StepPath::root(),
            cancellation,
            group,
            calls: Arc::new(Calls {
                recipe: recipe.to_owned(),
                caller: None,
                depth: 0,
            }),
            level: Level::default(),
            content: None,
            around: None,
            deadline: None,
        }
    }

    /// The address of this step.
    pub fn path(&self) -> &StepPath {
        &self.path
    }

    /// Fires when this step is to stop. Awaiting work is dropped then, so only work that blocks or that
    /// another thread does needs to look.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    /// The moment at which a `timeout` stops this step, its own or that of a step around it, whichever comes first. A
    /// step that would have to wait beyond it can say so at once.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The same scope for work that is given this much time.
    #[must_use]
    pub fn within(&self, time: Duration) -> Self {
        let end = Instant::now().checked_add(time);
        Self {
            deadline: self.deadline.into_iter().chain(end).min(),
            ..self.clone()
        }
    }

    /// Tells the observers of something odd that does not stop the run.
    pub fn warn(&self, message: &str) {
        self.emit(&Event::Warning {
            path: &self.path,
            message,
            suggestion: None,
        });
    }

    /// Tells the observers how far this step is with what it does several times.
    pub fn progress(&self, progress: Progress) {
        self.emit(&Event::Progress {
            step: &self.path,
            progress,
        });
    }

    /// Tells the observers that one of the steps of this step's configuration will not run.
    pub fn skip_substep(&self, steps: &Steps, index: usize) {
        if self.is_observed() {
            let scope = self.at(self.path.nested(steps.field, index));
            scope.emit(&Event::StepSkipped {
                step: steps.list[index].info(&scope),
            });
        }
    }

    /// Tells the observers of a line that a program run by this step has printed, given without its end.
    pub fn output(&self, stream: OutputStream, line: &str) {
        self.emit(&Event::Output {
            path: &self.path,
            stream,
            line,
        });
    }

    /// Copies environment variables into a configuration under their lower-case names, as the `env_vars` of a recipe are.
    /// What is configured already stays. Values with the names of secrets are masked from now on.
    pub fn load_variables(&self, names: &[String], context: &mut Context) {
        self.run.load_variables(names, context);
    }

    /// Has values be secrets from now on if they have the names of secrets, as those of the configuration are: observers
    /// and printers mask them.
    pub fn learn_secrets(&self, named: &Map<String, Value>) {
        self.run.secrets().learn(named);
    }

    /// Tells the observers how much this step has used of a language model, or another service that is counted.
    pub fn used(&self, service: &str, usage: Usage) {
        self.emit(&Event::Used {
            path: &self.path,
            service,
            usage,
        });
    }

    /// Tells the observers of a call of a tool that has ended: what the tool was given, how long it took, and what it
    /// said, or what it said when it failed.
    pub fn tool_called(
        &self,
        tool: &str,
        arguments: &Value,
        duration: Duration,
        result: Result<&str, &str>,
    ) {
        self.emit(&Event::ToolCalled {
            path: &self.path,
            tool,
            arguments,
            duration,
            result,
        });
    }

    /// The text with the secrets of the run masked. Observers and printers do so with all they show; a text that is
    /// shortened has to be masked before, since half a secret is not known for one.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.run.secrets().mask(text)
    }

    /// Runs steps of this step's configuration one after the other on a context. Once for each step, as
    /// [`run_recipe`](Self::run_recipe).
    ///
    /// # Errors
    /// With the first step that fails; the ones before have had their effect.
    pub async fn run_steps(&self, steps: &Steps, context: &mut Context) -> Result<(), StepError> {
        self.run_each(steps, context, |index| self.path.nested(steps.field, index))
            .await
    }

    /// Runs the recipe in a file on a context; `path` is relative to the working directory.
    ///
    /// Once for each step: what a step runs a second time has the same addresses as the first time, and a durable run that
    /// is taken up again could not tell them apart.
    ///
    /// # Errors
    /// When the file is no recipe, when one of its steps fails, and when recipes call one another too deep.
    pub async fn run_recipe(&self, path: &str, context: &mut Context) -> Result<(), StepError> {
        let inner = self.enter(path)?;
        let result = inner.run_file(context).await;
        match result {
            Ok(()) => Ok(()),
            // One line that shows the limit, and the cycle, says more than the whole way down to it.
            Err(RecipeError::Step(error)) if error.is_limit_of_the_run() => Err(innermost(error)),
            Err(source) => Err(StepError::Recipe {
                path: path.to_owned(),
                source: Box::new(source),
            }),
        }
    }

    /// Does work that blocks its thread, on a thread made for that. The work cannot be stopped half-way, but
    /// the run does not end before it has.
    ///
    /// # Errors
    /// With the work's own error, and when it panics.
    pub async fn blocking<T, E>(
        &self,
        work: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<T, StepError>
    where
        T: Send + 'static,
        E: Into<StepError> + Send + 'static,
    {
        let mark = self.group.mark();
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

    /// Does work that must not be dropped half-way, since it has to put something in order that outlives a future:
    /// a process, say. It is a task of its own, and is told to stop instead: the token it is made with fires when
    /// this step is cancelled or dropped. From then on it should only tidy up; nobody sees its result any more.
    ///
    /// The run does not end before the work has, and neither does a step around that waits for its
    /// [`Tasks`](crate::Tasks).
    ///
    /// # Errors
    /// With the work's own error, and when it panics.
    pub async fn run_to_end<T, E, F>(
        &self,
        work: impl FnOnce(CancellationToken) -> F,
    ) -> Result<T, StepError>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Into<StepError> + Send + 'static,
    {
        let stop = self.cancellation.child_token();
        let work = work(stop.clone());
        let work = self.group.track(|| work);
        let _stop_when_dropped = stop.drop_guard();
        match tokio::spawn(work).await {
            Ok(result) => result.map_err(Into::into),
            Err(error) => Err(join_error(error)),
        }
    }

    /// A thing that all steps of the run share, by its type; the first step that asks for it makes it. It is gone when the
    /// run is, so what has to be put in order at the end of the run belongs into [`Scope::run_until_end`].
    pub fn shared<T: Any + Send + Sync + Default>(&self) -> Arc<T> {
        self.run.shared()
    }

    /// Does work that may go on when this step has ended, as long as the run goes on. It is a task of its own, made with a
    /// token that fires when the run ends or is cancelled. The run does not end before the work has.
    pub fn run_until_end<F>(&self, work: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let work = work(self.run.end().clone());
        tokio::spawn(self.run.group().track(|| work));
    }

    /// Runs the steps of a recipe that is at hand.
    pub(super) async fn run_prepared(
        &self,
        recipe: &PreparedRecipe,
        context: &mut Context,
    ) -> Result<(), StepError> {
        self.run.load_variables(&recipe.document.env_vars, context);
        self.run_each(&recipe.steps, context, |index| self.path.step(index))
            .await
    }

    async fn run_each(
        &self,
        steps: &Steps,
        context: &mut Context,
        path: impl Fn(usize) -> StepPath,
    ) -> Result<(), StepError> {
        for (index, step) in steps.list.iter().enumerate() {
            run_nested(steps, index, self.at(path(index)), context)
                .await
                .map_err(|source| StepError::Step {
                    noun: steps.noun,
                    index,
                    step_type: step.step_type,
                    name: step.name.clone(),
                    source: Box::new(source),
                })?;
        }
        Ok(())
    }

    /// The scope of a recipe called from here.
    fn enter(&self, path: &str) -> Result<Self, StepError> {
        let limit = self.run.max_depth();
        let calls = Arc::new(Calls {
            recipe: path.to_owned(),
            depth: self.calls.depth + 1,
            caller: Some(self.calls.clone()),
        });
        if calls.depth > limit {
            return Err(StepError::TooDeep {
                limit,
                recipes: calls.outermost_first(),
            });
        }
        let inner = Self {
            path: self.path.recipe(path),
            calls,
            ..self.clone()
        };
        Ok(match self.content {
            Some(call) => inner.inside(call),
            None => inner,
        })
    }

    async fn run_file(&self, context: &mut Context) -> Result<(), RecipeError> {
        let file = PathBuf::from(&self.calls.recipe);
        let text = self.recipe_text(&file).await?;
        let content = self.is_durable().then(|| ContentHash::of(&text));
        let (recipe, warnings) = self.loader().prepare_file(file, text)?;
        self.warn_of(&warnings);
        if let Some(content) = content {
            self.note_recipe(&recipe, content)?;
        }
        Ok(self.run_prepared(&recipe, context).await?)
    }

    /// The text of a recipe file, if recipes may lie there.
    pub(super) async fn recipe_text(&self, file: &Path) -> Result<String, RecipeError> {
        let folders = self.run.recipe_folders();
        if self.loader().has_read(file)
            && let Some(size) = quick_size(file)
        {
            return folders.read(file, Some(size));
        }
        let (mark, folders, file) = (self.group.mark(), folders.clone(), file.to_owned());
        let read = move || {
            let _mark = mark;
            folders.read(&file, None)
        };
        match tokio::task::spawn_blocking(read).await {
            Ok(result) => result,
            Err(error) => Err(RecipeError::Step(join_error(error))),
        }
    }

    pub(super) fn warn_of(&self, problems: &Problems) {
        for problem in problems.iter() {
            self.emit(&Event::Warning {
                path: &self.path,
                message: &problem.to_string(),
                suggestion: problem.kind.suggestion(),
            });
        }
    }

    /// The scope of a step inside this one.
    fn at(&self, path: StepPath) -> Self {
        Self {
            path,
            level: self.level.deeper(),
            ..self.clone()
        }
    }

    /// The scope of things that run side by side from here.
    pub(super) fn side_by_side(&self) -> Self {
        Self {
            cancellation: self.cancellation.child_token(),
            group: self.group.child(),
            ..self.clone()
        }
    }

    /// The scope of one of those things: what it cancels of itself stays with it.
    pub(super) fn task_at(&self, path: StepPath) -> Self {
        Self {
            path,
            cancellation: self.cancellation.child_token(),
            level: Level::default(),
            ..self.clone()
        }
    }

    pub(super) fn loader(&self) -> &Loader {
        self.run.loader()
    }

    pub(super) fn level(&self) -> Level {
        self.level
    }

    pub(super) fn claim_task(&self) -> Result<OwnedSemaphorePermit, StepError> {
        self.run.claim_task()
    }

    pub(super) fn group(&self) -> &Group {
        &self.group
    }

    pub(super) fn are_artifacts_watched(&self) -> bool {
        self.run.are_artifacts_watched()
    }

    pub(super) fn run(&self) -> &Run {
        &self.run
    }

    /// The name of the innermost recipe that this is a part of.
    pub(super) fn recipe(&self) -> &str {
        &self.calls.recipe
    }

    /// The hash of the items of loops and the calls of recipes around.
    pub(super) fn around(&self) -> Option<ContentHash> {
        self.around
    }

    /// The same scope inside of an item of a loop, or a call of a recipe.
    pub(super) fn inside(self, outer: ContentHash) -> Self {
        let around = ContentHash::of_all(self.around.into_iter().chain([outer]));
        Self {
            around: Some(around),
            ..self
        }
    }

    /// The same scope, of a step that is known to be this.
    pub(super) fn of_step(&self, content: ContentHash) -> Self {
        Self {
            content: Some(content),
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

impl Calls {
    fn outermost_first(&self) -> Vec<String> {
        let mut recipes = vec![self.recipe.clone()];
        let mut caller = &self.caller;
        while let Some(call) = caller {
            recipes.push(call.recipe.clone());
            caller = &call.caller;
        }
        recipes.reverse();
        recipes
    }
}

/// The limit of the run inside an error that holds one.
fn innermost(error: StepError) -> StepError {
    match error {
        StepError::Step { source, .. }
        | StepError::Substep { source, .. }
        | StepError::Item { source, .. } => innermost(*source),
        StepError::Recipe { source, path } => match *source {
            RecipeError::Step(step) => innermost(step),
            source => StepError::Recipe {
                path,
                source: Box::new(source),
            },
        },
        StepError::Failures(failures) => {
            let mut errors = failures.into_iter().map(|failure| failure.error);
            let limit = errors.find(StepError::is_limit_of_the_run);
            innermost(limit.expect("asked for only where there is one"))
        }
        other => other,
    }
}
