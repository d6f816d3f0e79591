//! A stack of its own for what is nested deep.
//!
//! A step that runs steps polls them on its own stack, and recipes call one another up to a hundred deep, each with
//! dozens of steps inside one another. Every so many levels the next one becomes a task, which is polled from the
//! bottom of a stack again.

use tokio::task::JoinSet;

use super::observed::run_step;
use super::scope::Scope;
use super::tasks::join_error;
use crate::Context;
use crate::error::StepError;
use crate::registry::Steps;

/// How many steps inside one another share a stack. Each takes some 12 KiB in a debug build, of the 2 MiB that a
/// worker thread has.
const LEVELS: usize = 32;

/// How many steps there are around a step on its stack.
#[derive(Clone, Copy, Default)]
pub(super) struct Level(usize);

impl Level {
    /// One step further in.
    pub(super) fn deeper(self) -> Self {
        Self((self.0 + 1) % LEVELS)
    }

    fn is_full(self) -> bool {
        self.0 == LEVELS - 1
    }
}

/// Runs a step where it finds room for its stack.
pub(super) async fn run_nested(
    steps: &Steps,
    index: usize,
    scope: Scope,
    context: &mut Context,
) -> Result<(), StepError> {
    if !scope.level().is_full() {
        return run_step(&steps.list[index], &scope, context).await;
    }
    // A copy, so that the context is whole if this is dropped half-way.
    let mut copy = context.clone();
    let list = steps.list.clone();
    let group = scope.group().clone();
    // A set aborts its task when it is dropped.
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
