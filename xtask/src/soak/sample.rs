//! Sample of the process from Linux and the runtime.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::runtime::Runtime;

use super::embedding::Embedding;

/// Measurements of the process at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    /// Time since the start.
    pub(super) at: Duration,
    /// Resident memory in KiB.
    pub(super) memory: u64,
    /// Number of open file descriptors.
    pub(super) descriptors: usize,
    /// Number of live tasks of the runtime.
    pub(super) tasks: usize,
    /// Number of threads beyond the permanent ones of the runtime.
    pub(super) threads: usize,
    /// Number of child processes, and of processes in the working directory.
    pub(super) processes: usize,
    /// Number of started runs.
    pub(super) runs: u64,
    /// Number of started steps.
    pub(super) steps: u64,
}

impl Sample {
    /// Measures this process.
    pub(super) fn take(runtime: &Runtime, embedding: &Embedding, at: Duration) -> io::Result<Self> {
        let status = fs::read_to_string("/proc/self/status")?;
        let field = |name| {
            field(&status, name).ok_or_else(|| io::Error::other(format!("no {name} in the status")))
        };
        let metrics = runtime.metrics();
        // The worker threads and this one.
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

    /// Whether nothing is running any more.
    pub(super) fn is_at_rest(&self) -> bool {
        (self.tasks, self.threads, self.processes) == (0, 0, 0)
    }
}

/// Reads a number from the status of a process.
fn field(status: &str, name: &str) -> Option<u64> {
    let rest = status.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

fn count_processes(folder: &Path) -> io::Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir("/proc")? {
        // Processes may end meanwhile.
        let Ok(entry) = entry else { continue };
        let is_process = entry.file_name().to_string_lossy().parse::<u32>().is_ok();
        if is_process && is_ours(&entry.path(), std::process::id(), folder) {
            count += 1;
        }
    }
    Ok(count)
}

/// Whether a process, given its directory in `/proc`, has this parent or working directory.
fn is_ours(process: &Path, parent: u32, folder: &Path) -> bool {
    let status = fs::read_to_string(process.join("status")).unwrap_or_default();
    let works_here = || fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
    field(&status, "PPid:") == Some(u64::from(parent)) || works_here()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_the_number_after_its_name() {
        let status = "Name:\tx\nVmRSS:\t   1234 kB\nThreads:\t3\n";
        assert_eq!(field(status, "VmRSS:"), Some(1234));
        assert_eq!(field(status, "Threads:"), Some(3));
        assert_eq!(field(status, "Name:"), None);
        assert_eq!(field("", "VmRSS:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn children_and_processes_in_the_directory_count() {
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
