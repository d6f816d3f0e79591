//! Process groups: a program and the processes that it starts.

use std::time::Duration;

/// Time between SIGTERM and SIGKILL.
pub(super) const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

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

    /// The process group of a program: the program and the processes that it starts, except those
    /// that leave for a group of their own. Dropped before it has [ended](Self::end), it is killed.
    pub struct ProcessGroup {
        /// `None` once no process is left.
        id: Option<Pid>,
    }

    impl ProcessGroup {
        /// Makes a program start its own group.
        pub fn begin(command: &mut Command) {
            command.process_group(0);
        }

        /// Group of a program that started one and has not been waited for.
        pub fn from_child(child: &Child) -> Self {
            let id = child.id().and_then(|id| i32::try_from(id).ok());
            Self {
                id: id.and_then(Pid::from_raw),
            }
        }

        /// Ends the group with SIGTERM, and with SIGKILL after `grace`, and waits until no process
        /// is left. Needs a tokio runtime with time enabled.
        ///
        /// The program itself has to be waited for before or meanwhile. Its number belongs to the
        /// group while any process is left, so no other process can have taken it.
        pub async fn end(&mut self, grace: Duration) {
            let Some(id) = self.id else {
                return;
            };
            for signal in [Signal::TERM, Signal::KILL] {
                let is_gone = kill_process_group(id, signal) == Err(Errno::SRCH);
                if is_gone || timeout(grace, gone(id)).await.is_ok() {
                    break;
                }
                // A process that survives SIGKILL runs as another user or hangs in the kernel.
            }
            self.id = None;
        }
    }

    impl Drop for ProcessGroup {
        fn drop(&mut self) {
            if let Some(id) = self.id {
                // It may have ended already.
                let _ = kill_process_group(id, Signal::KILL);
            }
        }
    }

    /// Waits until no process of a group runs. The system notifies only the parent, which for the
    /// processes that the program started is not this process.
    async fn gone(id: Pid) {
        const MAX_PAUSE: Duration = Duration::from_millis(50);
        let mut pause = Duration::from_millis(1);
        while test_kill_process_group(id) != Err(Errno::SRCH) {
            let is_left = tokio::task::spawn_blocking(move || anything_runs(id));
            if !is_left.await.unwrap_or(true) {
                return;
            }
            sleep(pause).await;
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }

    /// Whether any process of a group is not a zombie: one that has ended and has not been waited
    /// for by its new parent, which in many containers happens late or never.
    #[cfg(target_os = "linux")]
    fn anything_runs(id: Pid) -> bool {
        let Ok(processes) = std::fs::read_dir("/proc") else {
            return true;
        };
        let group = id.as_raw_nonzero().to_string();
        let is_zombie = |stat: String| {
            // `7 (name) S 1 5 …`: state, parent, group; the name may hold any character.
            let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
            let state = fields.next()?;
            (fields.nth(1)? == group).then_some(matches!(state, "Z" | "X"))
        };
        let mut members = processes
            .flatten()
            .filter_map(|process| std::fs::read_to_string(process.path().join("stat")).ok())
            .filter_map(is_zombie)
            .peekable();
        // With no member in sight, all have just ended or are hidden.
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

    /// A group on a system without process groups: the owner ends only the program itself.
    pub struct ProcessGroup;

    impl ProcessGroup {
        /// Does nothing.
        pub fn begin(_: &mut Command) {}

        /// Group of a program.
        pub fn from_child(_: &Child) -> Self {
            Self
        }

        /// Does nothing.
        pub async fn end(&mut self, _: Duration) {}
    }
}
