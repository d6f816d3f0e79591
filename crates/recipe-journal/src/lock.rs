//! Exclusive lock on a run.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// Delay between attempts. `is_locked` holds the lock for less than this.
const RETRY_DELAY: Duration = Duration::from_millis(20);

/// Retries before giving up, since `is_locked` of another process holds the lock for a moment.
const MAX_RETRIES: usize = 10;

/// Lock of the process that runs a run. The operating system releases it when the process ends.
#[derive(Debug)]
pub(crate) struct RunLock {
    _file: File,
}

impl RunLock {
    /// Acquires the lock and creates its file if missing. `None` if another process holds it.
    pub(crate) fn acquire(file: &Path) -> io::Result<Option<Self>> {
        let mut lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(file)?;
        for attempt in 0.. {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if attempt < MAX_RETRIES => {
                    thread::sleep(RETRY_DELAY);
                }
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        // Informs people; nothing reads it.
        let _ = lock.set_len(0);
        let _ = writeln!(lock, "{}", std::process::id());
        Ok(Some(Self { _file: lock }))
    }

    /// Whether a process holds the lock.
    pub(crate) fn is_locked(file: &Path) -> bool {
        let Ok(lock) = fs::File::open(file) else {
            return false;
        };
        // A shared lock, so that two processes that check do not see each other.
        matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_exclusive_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lock");
        assert!(!RunLock::is_locked(&file));
        let lock = RunLock::acquire(&file).unwrap().unwrap();
        assert!(RunLock::is_locked(&file));
        assert!(RunLock::acquire(&file).unwrap().is_none());
        drop(lock);
        assert!(!RunLock::is_locked(&file));
        assert!(RunLock::acquire(&file).unwrap().is_some());
    }
}
