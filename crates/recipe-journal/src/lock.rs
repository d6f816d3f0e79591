//! Who runs a run: one process at a time.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// How long someone who only looks may hold the lock.
const LOOK: Duration = Duration::from_millis(20);

/// How often a process that wants to run a run tries, for the case that someone is looking.
const ATTEMPTS: usize = 10;

/// Held by the process that runs a run. The operating system frees it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct RunLock {
    _file: File,
}

impl RunLock {
    /// Takes the lock, whose file is made if it is missing. `None` if another process has it.
    pub(crate) fn take(file: &Path) -> io::Result<Option<Self>> {
        let mut lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(file)?;
        for attempt in 0.. {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if attempt < ATTEMPTS => thread::sleep(LOOK),
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        // For people who look; nothing reads it.
        let _ = lock.set_len(0);
        let _ = writeln!(lock, "{}", std::process::id());
        Ok(Some(Self { _file: lock }))
    }

    /// Whether a process has it.
    pub(crate) fn is_taken(file: &Path) -> bool {
        let Ok(lock) = fs::File::open(file) else {
            return false;
        };
        // Others who look do not see each other.
        matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_taken_by_one_and_free_when_that_one_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lock");
        assert!(!RunLock::is_taken(&file));
        let lock = RunLock::take(&file).unwrap().unwrap();
        assert!(RunLock::is_taken(&file));
        assert!(RunLock::take(&file).unwrap().is_none());
        drop(lock);
        assert!(!RunLock::is_taken(&file));
        assert!(RunLock::take(&file).unwrap().is_some());
    }
}
