//! Lifetime of a step: its cancellation, its group of tasks, its deadline.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::group::Group;

/// Lifetime of a step.
#[derive(Clone)]
pub(super) struct Lifetime {
    pub(super) cancellation: CancellationToken,
    pub(super) group: Group,
    pub(super) deadline: Option<Instant>,
}

impl Lifetime {
    /// Returns the lifetime of a whole run.
    pub(super) fn run(cancellation: CancellationToken, group: Group) -> Self {
        Self {
            cancellation,
            group,
            deadline: None,
        }
    }

    /// Returns the lifetime of tasks that are cancelled and awaited together.
    pub(super) fn group(&self) -> Self {
        Self {
            cancellation: self.cancellation.child_token(),
            group: self.group.child(),
            ..*self
        }
    }

    /// Returns the lifetime of one task of a group, which cannot cancel the others.
    pub(super) fn task(&self) -> Self {
        Self {
            cancellation: self.cancellation.child_token(),
            group: self.group.clone(),
            ..*self
        }
    }

    /// Returns the same lifetime with a timeout from now on.
    pub(super) fn within(self, timeout: Duration) -> Self {
        let end = Instant::now().checked_add(timeout);
        Self {
            deadline: self.deadline.into_iter().chain(end).min(),
            ..self
        }
    }
}
