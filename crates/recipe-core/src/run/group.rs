//! Waits until a run, or a part of it, has no running tasks.
//!
//! Dropping a future cancels it, but a task that another thread is polling continues to its next
//! await, and blocking work to its end. A group counts its tasks and those of nested groups.

use std::future::Future;
use std::sync::Arc;

use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// Tasks of a run, or of a step with concurrent substeps.
#[derive(Clone)]
pub(crate) struct Group(Arc<Inner>);

struct Inner {
    tracker: TaskTracker,
    /// Keeps the enclosing groups unfinished while a task of this one lives.
    _parent: Option<Mark>,
}

impl Group {
    pub(crate) fn root() -> Self {
        Self(Arc::new(Inner {
            tracker: TaskTracker::new(),
            _parent: None,
        }))
    }

    /// Creates a nested group.
    pub(crate) fn child(&self) -> Self {
        Self(Arc::new(Inner {
            tracker: TaskTracker::new(),
            _parent: Some(self.mark()),
        }))
    }

    /// Returns a mark that keeps the group unfinished until it is dropped.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            _token: self.0.tracker.token(),
            _group: self.clone(),
        }
    }

    /// Counts a future in the group until it is dropped. It is created inside, since a future that
    /// is moved into another takes its memory twice.
    pub(crate) fn track<M, F>(&self, make: M) -> impl Future<Output = F::Output> + use<M, F>
    where
        M: FnOnce() -> F,
        F: Future,
    {
        let mark = self.mark();
        async move {
            let _mark = mark;
            make().await
        }
    }

    /// Waits until the group has no running tasks.
    pub(crate) async fn finished(&self) {
        self.0.tracker.close();
        self.0.tracker.wait().await;
    }
}

/// See [`Group::mark`]. Fields drop in order: the token first, then the group with its own mark on
/// its parent.
pub(crate) struct Mark {
    _token: TaskTrackerToken,
    _group: Group,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test(start_paused = true)]
    async fn a_group_is_unfinished_while_a_nested_one_is() {
        let root = Group::root();
        let innermost = root.child().child();
        let mark = innermost.mark();
        drop(innermost);
        let soon = Duration::from_secs(1);
        assert!(timeout(soon, root.finished()).await.is_err());
        drop(mark);
        assert!(timeout(soon, root.finished()).await.is_ok());
    }
}
