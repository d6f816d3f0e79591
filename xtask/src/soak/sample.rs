//! What the process is at one moment, as Linux and the runtime tell it.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::runtime::Runtime;

use super::embedding::Embedding;

/// The process at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    /// Since the beginning.
    pub(super) at: Duration,
    /// Resident, in KiB.
    pub(super) memory: u64,
    /// File descriptors that are open.
    pub(super) descriptors: usize,
    /// Tasks of the runtime that have not ended.
    pub(super) tasks: usize,
    /// Threads beside those of the runtime that are always there.
    pub(super) threads: usize,
    /// Children of the process, and whoever works in its folder.
    pub(super) processes: usize,
    /// Runs that have begun.
    pub(super) runs: u64,
    /// Steps that have begun.
    pub(super) steps: u64,
}

impl Sample {
    /// Looks at this process.
    pub(super) fn take(runtime: &Runtime, embedding: &Embedding, at: Duration) -> io::Result<Self> {
        let status = fs::read_to_string("/proc/self/status")?;
        let field = |name| {
            field(&status, name).ok_or_else(|| io::Error::other(format!("no {name} in the status")))
        };
        let metrics = runtime.metrics();
        // The threads that run tasks, and the one that runs this.
        let own = metrics.num_workers() + 1;
        Ok(Self {
            at,
            memory: field("VmRSS:")?,
            descriptors: fs::read_dir("/proc/self/fd")?.count(),
            tasks: metrics.num_alive_tasks(),
            threads: (field("Threads:")? as usize).saturating_sub(own),
            processes: count_processes(embedding.folder())?,
            runs: embedding.runs(),
            steps: embedding.steps(),
        })
    }

    /// Whether nothing of what was run can still be at work.
    pub(super) fn is_at_rest(&self) -> bool {
        (self.tasks, self.threads, self.processes) == (0, 0, 0)
    }
}

/// A number in the status of a process.
fn field(status: &str, name: &str) -> Option<u64> {
    let rest = status.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

fn count_processes(folder: &Path) -> io::Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir("/proc")? {
        // Processes may end while they are looked at.
        let Ok(entry) = entry else { continue };
        let is_process = entry.file_name().to_string_lossy().parse::<u32>().is_ok();
        if is_process && is_ours(&entry.path(), std::process::id(), folder) {
            count += 1;
        }
    }
    Ok(count)
}

/// Whether a process, by its folder in `/proc`, has this parent, or works in this folder.
fn is_ours(process: &Path, parent: u32, folder: &Path) -> bool {
    let status = fs::read_to_string(process.join("status")).unwrap_or_default();
    let works_here = || fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
    field(&status, "PPid:") == Some(u64::from(parent)) || works_here()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_the_number_behind_its_name() {
        let status = "Name:\tx\nVmRSS:\t   1234 kB\nThreads:\t3\n";
        assert_eq!(field(status, "VmRSS:"), Some(1234));
        assert_eq!(field(status, "Threads:"), Some(3));
        assert_eq!(field(status, "Name:"), None);
        assert_eq!(field("", "VmRSS:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_child_counts_and_so_does_who_works_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("cat")
            .stdin(std::process::Stdio::piped())
            .current_dir(folder.path())
            .spawn()
            .unwrap();
        let process = Path::new("/proc").join(child.id().to_string());
        let (own, elsewhere) = (std::process::id(), Path::new("/nowhere"));
        assert!(is_ours(&process, own, elsewhere));
        assert!(is_ours(&process, 1_000_000_000, folder.path()));
        assert!(!is_ours(&process, 1_000_000_000, elsewhere));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
