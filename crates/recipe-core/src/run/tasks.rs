//! Substeps and loop rounds that run side by side, each a task with its own context.

use std::future::Future;

use serde_json::Value;
use tokio::task::JoinSet;

use super::observe::run_step;
use super::panics::join_error;
use super::scope::Scope;
use crate::Context;
use crate::error::StepError;
use crate::journal::Fingerprint;
use crate::registry::Steps;
use crate::step_path::StepPath;

/// Tasks of one step. What is left of them is cancelled when this is dropped; [`Tasks::stop`] also waits until
/// nothing of them runs any more, their own tasks and blocking work included.
pub struct Tasks {
    scope: Scope,
    set: JoinSet<TaskEnd>,
}

/// How one task ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct TaskEnd {
    /// Which one, as numbered by whoever spawned it.
    pub index: usize,
    /// Its address in the run.
    pub path: StepPath,
    /// The context it worked on, or why it failed.
    pub result: Result<Context, StepError>,
}

impl Tasks {
    /// No tasks yet, for the step at `scope`.
    pub fn new(scope: &Scope) -> Self {
        Self {
            scope: scope.side_by_side(),
            set: JoinSet::new(),
        }
    }

    /// Starts one of the prepared steps on a context of its own.
    pub fn spawn_substep(&mut self, steps: &Steps, index: usize, mut context: Context) {
        let path = self.scope.path().nested(steps.field, index);
        let scope = self.scope.task(path.clone());
        let list = steps.list.clone();
        self.spawn(index, path, async move || {
            let step = &list[index];
            run_step(step, &scope, &mut context)
                .await
                .map(|()| context)
                .map_err(|source| StepError::Substep {
                    index,
                    step_type: step.step_type.into(),
                    name: step.name.clone(),
                    source: Box::new(source),
                })
        });
    }

    /// Starts one round of a loop: all prepared steps, one after the other, on a context of their own.
    ///
    /// `key` is the key of the item, for a loop over an object, and `item` the item itself, by which a durable run that
    /// is taken up again knows the round.
    pub fn spawn_round(
        &mut self,
        steps: &Steps,
        index: usize,
        key: Option<&str>,
        item: &Value,
        mut context: Context,
    ) {
        let path = round_path(&self.scope, index, key);
        let mut scope = self.scope.task(path.clone());
        if scope.is_durable() {
            scope = scope.in_replay_scope(Fingerprint::from_value(item));
        }
        let key = key.map_or_else(|| index.to_string(), |key| format!("{key:?}"));
        let steps = steps.clone();
        self.spawn(index, path, async move || {
            scope
                .run_round(&steps, &mut context)
                .await
                .map(|()| context)
                .map_err(|source| StepError::Item {
                    key,
                    source: Box::new(source),
                })
        });
    }

    /// How many have been started and not been joined.
    pub fn running(&self) -> usize {
        self.set.len()
    }

    /// Waits for the next task to end, in order of time. `None` when none is left. Dropping the future loses
    /// nothing.
    pub async fn join_next(&mut self) -> Option<TaskEnd> {
        match self.set.join_next().await? {
            Ok(end) => Some(end),
            // Panics of steps are caught inside; this is one of ours, or the runtime shutting down.
            Err(error) => Some(TaskEnd {
                index: usize::MAX,
                path: self.scope.path().clone(),
                result: Err(join_error(error)),
            }),
        }
    }

    /// Cancels what is left and waits until nothing of it runs any more.
    pub async fn stop(mut self) {
        self.scope.cancellation().cancel();
        self.set.abort_all();
        while self.set.join_next().await.is_some() {}
        self.scope.lifetime.group.finished().await;
    }

    fn spawn<F>(&mut self, index: usize, path: StepPath, work: impl FnOnce() -> F + Send + 'static)
    where
        F: Future<Output = Result<Context, StepError>> + Send,
    {
        let claim = self.scope.run.claim_task();
        self.set
            .spawn(self.scope.lifetime.group.track(async move || {
                let result = match claim {
                    Ok(_claim) => work().await,
                    Err(error) => Err(error),
                };
                TaskEnd {
                    index,
                    path,
                    result,
                }
            }));
    }
}

impl Scope {
    /// Whether a substep had finished before a durable run was taken up again, so that starting it costs nothing.
    pub fn is_substep_finished(&self, steps: &Steps, index: usize, context: &Context) -> bool {
        self.is_durable() && {
            let path = self.path().nested(steps.field, index);
            self.task(path)
                .is_finished(steps.list[index].fingerprint(), context)
        }
    }

    /// The same for a round of a loop.
    pub fn is_round_finished(
        &self,
        steps: &Steps,
        index: usize,
        key: Option<&str>,
        item: &Value,
        context: &Context,
    ) -> bool {
        self.is_durable() && {
            let scope = self.task(round_path(self, index, key));
            let scope = scope.in_replay_scope(Fingerprint::from_value(item));
            scope.is_finished(steps.fingerprint(), context)
        }
    }
}

fn round_path(scope: &Scope, index: usize, key: Option<&str>) -> StepPath {
    match key {
        Some(key) => scope.path().keyed("items", key),
        None => scope.path().nested("items", index),
    }
}

/// Tells blocking work to stop as well, which does not notice that it is dropped.
impl Drop for Tasks {
    fn drop(&mut self) {
        self.scope.cancellation().cancel();
    }
}
