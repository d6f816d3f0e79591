//! Steps and recipes that a step runs: the edge from a step back to the first stage.

use std::path::{Path, PathBuf};

use tokio::task::JoinSet;

use super::loader::quick_size;
use super::observe::run_step;
use super::panics::join_error;
use super::scope::Scope;
use crate::Context;
use crate::error::{RecipeError, StepError};
use crate::journal::Fingerprint;
use crate::registry::{PreparedRecipe, Steps};
use crate::step_path::StepPath;

impl Scope {
    /// Runs steps of this step's configuration in sequence on a context. Call it once for
    /// each list, see [`run_recipe`](Self::run_recipe).
    ///
    /// # Errors
    /// If a step fails; earlier steps have had their effect.
    pub async fn run_steps(&self, steps: &Steps, context: &mut Context) -> Result<(), StepError> {
        self.run_each(steps, context, |index| {
            self.path().nested(steps.field, index)
        })
        .await
    }

    /// Runs the recipe in a file on a context; `path` is relative to the working directory.
    ///
    /// Call it once for each step: a second call runs steps with the same addresses, which a
    /// resumed run could not tell apart.
    ///
    /// # Errors
    /// If the file is not a recipe, one of its steps fails, or recipe calls are nested too deeply.
    pub async fn run_recipe(&self, path: &str, context: &mut Context) -> Result<(), StepError> {
        let inner = Self {
            run: self.run.clone(),
            position: self.position.call(path, self.run.options.max_depth)?,
            lifetime: self.lifetime.clone(),
        };
        match inner.run_file(context).await {
            Ok(()) => Ok(()),
            // The limit and the cycle on one line say more than the whole chain of calls.
            Err(RecipeError::Step(error)) if error.is_limit_of_the_run() => Err(innermost(error)),
            Err(source) => Err(StepError::Recipe {
                path: path.to_owned(),
                source: Box::new(source),
            }),
        }
    }

    /// Runs the steps of a prepared recipe.
    pub(super) async fn run_prepared(
        &self,
        recipe: &PreparedRecipe,
        context: &mut Context,
    ) -> Result<(), StepError> {
        self.run.load_variables(&recipe.document.env_vars, context);
        self.run_each(&recipe.steps, context, |index| self.path().step(index))
            .await
    }

    async fn run_each(
        &self,
        steps: &Steps,
        context: &mut Context,
        path: impl Fn(usize) -> StepPath,
    ) -> Result<(), StepError> {
        for (index, step) in steps.list.iter().enumerate() {
            run_nested(steps, index, self.nested(path(index)), context)
                .await
                .map_err(|source| StepError::Step {
                    noun: steps.noun,
                    index,
                    step_type: step.step_type.into(),
                    name: step.name.clone(),
                    source: Box::new(source),
                })?;
        }
        Ok(())
    }

    async fn run_file(&self, context: &mut Context) -> Result<(), RecipeError> {
        let file = PathBuf::from(self.position.recipe());
        let text = self.recipe_text(&file).await?;
        let fingerprint = self.is_durable().then(|| Fingerprint::from_text(&text));
        let (recipe, warnings) = self.run.loader.prepare_file(file, text)?;
        self.warn_of(&warnings);
        if let Some(fingerprint) = fingerprint {
            self.record_recipe(&recipe, fingerprint)?;
        }
        Ok(self.run_prepared(&recipe, context).await?)
    }

    /// Reads a recipe file, if recipes may be there.
    pub(super) async fn recipe_text(&self, file: &Path) -> Result<String, RecipeError> {
        let folders = &self.run.options.recipe_folders;
        if self.run.loader.has_read(file)
            && let Some(size) = quick_size(file)
        {
            return folders.read(file, Some(size));
        }
        let (mark, folders, file) = (self.lifetime.group.mark(), folders.clone(), file.to_owned());
        let read = move || {
            let _mark = mark;
            folders.read(&file, None)
        };
        match tokio::task::spawn_blocking(read).await {
            Ok(result) => result,
            Err(error) => Err(RecipeError::Step(join_error(error))),
        }
    }
}

/// Runs a step, in a new task if the stack is full: a step polls its nested steps on its own stack,
/// and recipe calls nest up to a hundred deep, each with dozens of nested steps.
async fn run_nested(
    steps: &Steps,
    index: usize,
    scope: Scope,
    context: &mut Context,
) -> Result<(), StepError> {
    if !scope.position.is_stack_full() {
        return run_step(&steps.list[index], &scope, context).await;
    }
    // A copy keeps the context consistent if this is dropped early.
    let mut copy = context.clone();
    let list = steps.list.clone();
    let group = scope.lifetime.group.clone();
    // A set aborts its task when dropped.
    let mut task = JoinSet::new();
    task.spawn(group.track(async move || {
        let result = run_step(&list[index], &scope, &mut copy).await;
        (copy, result)
    }));
    match task.join_next().await {
        Some(Ok((changed, result))) => {
            *context = changed;
            result
        }
        Some(Err(error)) => Err(join_error(error)),
        None => unreachable!("a task was spawned above"),
    }
}

/// Returns the limit of the run inside an error that holds one.
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
