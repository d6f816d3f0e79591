//! Knowing that nothing of a run, or of a part of it, is left running.
//!
//! Dropping a future cancels it, but a task that another thread is polling at that moment goes on to its next
//! await, and blocking work goes on to its end. A group counts what runs in it and in the groups inside it, and
//! can be waited for.

use std::future::Future;
use std::sync::Arc;

use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// The tasks of one run, or of one step that runs several things at once.
#[derive(Clone)]
pub(crate) struct Group(Arc<Inner>);

struct Inner {
    tracker: TaskTracker,
    /// Keeps the groups around this one unfinished while a task of this one lives.
    _parent: Option<Mark>,
}

impl Group {
    pub(crate) fn root() -> Self {
        Self(Arc::new(Inner {
            tracker: TaskTracker::new(),
            _parent: None,
        }))
    }

    /// A group inside this one.
    pub(crate) fn child(&self) -> Self {
        Self(Arc::new(Inner {
            tracker: TaskTracker::new(),
            _parent: Some(self.mark()),
        }))
    }

    /// A mark that keeps the group unfinished until it is dropped.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            _token: self.0.tracker.token(),
            _group: self.clone(),
        }
    }

    /// A future that counts in the group until it is dropped. It is made inside, since a future that is moved into another
    /// takes its room twice.
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

    /// Waits until nothing of the group is left.
    pub(crate) async fn finished(&self) {
        self.0.tracker.close();
        self.0.tracker.wait().await;
    }
}

/// See [`Group::mark`]. The token goes first: only then may the group, and with it the mark on its parent, go.
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
    async fn a_group_is_unfinished_while_anything_inside_it_is() {
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
