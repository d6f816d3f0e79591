//! Being asked to stop: Ctrl-C, and SIGTERM and SIGHUP where there are such.

use std::fmt;
use std::io;

/// Who asked the run to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interruption {
    /// A person, with Ctrl-C.
    Interrupt,
    /// Another program, with SIGTERM.
    #[cfg(unix)]
    Terminate,
    /// The terminal was closed, which sends SIGHUP.
    #[cfg(unix)]
    HangUp,
}

impl fmt::Display for Interruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "interrupted",
            #[cfg(unix)]
            Self::Terminate => "terminated",
            #[cfg(unix)]
            Self::HangUp => "disconnected",
        })
    }
}

/// The signals of the process. While this is listening they do not end the process by themselves.
#[cfg(unix)]
pub(crate) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    /// Listens from now on. Needs a tokio runtime with I/O enabled.
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: match is_hang_up_ignored() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    /// Waits for the next one. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Interruption {
        let hang_up = async { self.hang_up.as_mut()?.recv().await };
        tokio::select! {
            _ = self.interrupt.recv() => Interruption::Interrupt,
            _ = self.terminate.recv() => Interruption::Terminate,
            Some(()) = hang_up => Interruption::HangUp,
        }
    }
}

/// Whether the program was started so as to outlive its terminal, as `nohup` does. Where that cannot be known SIGHUP is
/// left alone.
#[cfg(unix)]
fn is_hang_up_ignored() -> bool {
    use std::fs::File;
    use std::io::{BufRead, BufReader};

    const HANG_UP: u64 = 1 << 0;
    let Ok(status) = File::open("/proc/self/status") else {
        return true;
    };
    // In one piece: reading it to its end takes eleven system calls.
    let mut lines = BufReader::new(status).lines().map_while(Result::ok);
    let ignored = lines.find_map(|line| {
        let mask = line.strip_prefix("SigIgn:")?;
        u64::from_str_radix(mask.trim(), 16).ok()
    });
    ignored.is_none_or(|mask| mask & HANG_UP != 0)
}

/// The signals of the process. While this is listening they do not end the process by themselves.
#[cfg(windows)]
pub(crate) struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(windows)]
impl Signals {
    /// Listens from now on. Needs a tokio runtime.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: tokio::signal::windows::ctrl_c()?,
        })
    }

    /// Waits for the next one. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Interruption {
        self.interrupt.recv().await;
        Interruption::Interrupt
    }
}
