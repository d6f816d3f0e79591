//! Concurrent substeps and loop items, each a task with its own context.

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

/// Tasks of a step. Dropping this cancels the running ones; [`Tasks::stop`] also waits until they
/// and their own tasks and blocking work have ended.
pub struct Tasks {
    scope: Scope,
    set: JoinSet<TaskEnd>,
}

/// Result of a task.
#[derive(Debug)]
#[non_exhaustive]
pub struct TaskEnd {
    /// Index, as passed when it was spawned.
    pub index: usize,
    /// Address in the run.
    pub path: StepPath,
    /// Its context, or its error.
    pub result: Result<Context, StepError>,
}

impl Tasks {
    /// Creates an empty set of tasks for the step at `scope`.
    pub fn new(scope: &Scope) -> Self {
        Self {
            scope: scope.side_by_side(),
            set: JoinSet::new(),
        }
    }

    /// Starts a substep on its own context.
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

    /// Starts a loop item: all steps in sequence, on their own context.
    ///
    /// `key` is the key of the item in a loop over an object. `item` is its value, which identifies
    /// it when a durable run is resumed.
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

    /// Number of tasks that were started and not joined.
    pub fn running(&self) -> usize {
        self.set.len()
    }

    /// Waits for the next task to end. `None` if no task is left. Cancel safe.
    pub async fn join_next(&mut self) -> Option<TaskEnd> {
        match self.set.join_next().await? {
            Ok(end) => Some(end),
            // Panics of steps are caught inside: this is our own, or the runtime shuts down.
            Err(error) => Some(TaskEnd {
                index: usize::MAX,
                path: self.scope.path().clone(),
                result: Err(join_error(error)),
            }),
        }
    }

    /// Cancels the remaining tasks and waits until they have ended.
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
    /// Whether a substep had finished before a durable run was resumed, so that it starts for free.
    pub fn is_substep_finished(&self, steps: &Steps, index: usize, context: &Context) -> bool {
        self.is_durable() && {
            let path = self.path().nested(steps.field, index);
            self.task(path)
                .is_finished(steps.list[index].fingerprint(), context)
        }
    }

    /// Like [`is_substep_finished`](Self::is_substep_finished), for a loop item.
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

/// Also cancels blocking work, which does not notice that its future is dropped.
impl Drop for Tasks {
    fn drop(&mut self) {
        self.scope.cancellation().cancel();
    }
}
