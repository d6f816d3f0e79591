//! A program together with all that it starts, and ending them all.

use std::time::Duration;

/// How long processes have to end after they were asked to (SIGTERM), before they are made to (SIGKILL).
pub(super) const GRACE: Duration = Duration::from_secs(2);

#[cfg(not(unix))]
pub use other::ProcessGroup;
#[cfg(unix)]
pub use unix::ProcessGroup;

#[cfg(unix)]
mod unix {
    use std::time::Duration;

    use rustix::io::Errno;
    use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
    use tokio::process::{Child, Command};
    use tokio::time::{sleep, timeout};

    /// The process group of a program: itself and what it starts, but for what leaves for a group of its own. Killed
    /// when this is dropped before it has [ended](Self::end).
    pub struct ProcessGroup {
        /// `None` once nothing of it is left.
        id: Option<Pid>,
    }

    impl ProcessGroup {
        /// Has a program begin a group when it starts.
        pub fn begin(command: &mut Command) {
            command.process_group(0);
        }

        /// The group of a program that has begun one and that nobody has waited for yet.
        pub fn of(child: &Child) -> Self {
            let id = child.id().and_then(|id| i32::try_from(id).ok());
            Self {
                id: id.and_then(Pid::from_raw),
            }
        }

        /// Ends what is left of the group and waits until it has ended: it is asked to (SIGTERM), and made to when it is
        /// still there after the grace (SIGKILL). Needs a tokio runtime with time enabled.
        ///
        /// The program itself has to be waited for before or meanwhile. Its number belongs to the group as long as
        /// anything in it is left, so nothing else can have taken it.
        pub async fn end(&mut self, grace: Duration) {
            let Some(id) = self.id else {
                return;
            };
            for signal in [Signal::TERM, Signal::KILL] {
                let is_gone = kill_process_group(id, signal) == Err(Errno::SRCH);
                if is_gone || timeout(grace, gone(id)).await.is_ok() {
                    break;
                }
                // What is still there after SIGKILL runs as another user, or hangs in the kernel: nothing helps.
            }
            self.id = None;
        }
    }

    impl Drop for ProcessGroup {
        fn drop(&mut self) {
            if let Some(id) = self.id {
                // It may have ended by itself.
                let _ = kill_process_group(id, Signal::KILL);
            }
        }
    }

    /// Waits until nothing of a group runs. The system tells nobody but the parent, which is not us for what the
    /// program has started.
    async fn gone(id: Pid) {
        const LONGEST_PAUSE: Duration = Duration::from_millis(50);
        let mut pause = Duration::from_millis(1);
        while test_kill_process_group(id) != Err(Errno::SRCH) {
            let is_left = tokio::task::spawn_blocking(move || anything_runs(id));
            if !is_left.await.unwrap_or(true) {
                return;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Whether not all of a group are zombies: processes that have ended and that their new parent has not waited for,
    /// which in many containers happens late or never.
    #[cfg(target_os = "linux")]
    fn anything_runs(id: Pid) -> bool {
        let Ok(processes) = std::fs::read_dir("/proc") else {
            return true;
        };
        let group = id.as_raw_nonzero().to_string();
        let is_zombie = |stat: String| {
            // `7 (name) S 1 5 …`: state, parent, group; the name may be anything.
            let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
            let state = fields.next()?;
            (fields.nth(1)? == group).then_some(matches!(state, "Z" | "X"))
        };
        let mut members = processes
            .flatten()
            .filter_map(|process| std::fs::read_to_string(process.path().join("stat")).ok())
            .filter_map(is_zombie)
            .peekable();
        // None at all: they have just gone, or cannot be seen.
        members.peek().is_none() || members.any(|is_zombie| !is_zombie)
    }

    #[cfg(not(target_os = "linux"))]
    fn anything_runs(_: Pid) -> bool {
        true
    }
}

#[cfg(not(unix))]
mod other {
    use std::time::Duration;

    use tokio::process::{Child, Command};

    /// There are no process groups here: only the program itself is ended, by its owner.
    pub struct ProcessGroup;

    impl ProcessGroup {
        /// Does nothing.
        pub fn begin(_: &mut Command) {}

        /// The group of a program.
        pub fn of(_: &Child) -> Self {
            Self
        }

        /// Does nothing.
        pub async fn end(&mut self, _: Duration) {}
    }
}
