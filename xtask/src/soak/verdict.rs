//! Verdict on all samples.

use std::fmt;
use std::time::Duration;

use super::figures::megabytes;
use super::sample::Sample;
use crate::median::median;

/// Maximum growth of memory from the first to the last tenth. The allocator varies by this much.
const MAX_GROWTH: f64 = 0.05;

/// Maximum number of unexpected ends that are shown.
const MAX_SHOWN: usize = 10;

/// Judgement of the samples.
pub(super) struct Verdict {
    memory: Option<Memory>,
    complaints: Vec<String>,
}

/// Development of memory after the warm-up, in KiB.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Memory {
    /// Median of the first tenth.
    first: f64,
    /// Median of the last tenth.
    last: f64,
    /// Growth per hour, by linear regression.
    slope: f64,
}

impl Verdict {
    /// Judges samples and unexpected ends. Samples during the warm-up do not count for memory.
    pub(super) fn new(samples: &[Sample], warm_up: Duration, surprises: Vec<String>) -> Self {
        let mut complaints = Vec::new();
        let count = surprises.len();
        complaints.extend(surprises.into_iter().take(MAX_SHOWN));
        if count > MAX_SHOWN {
            complaints.push(format!("and {} more unexpected ends", count - MAX_SHOWN));
        }
        let after: Vec<_> = samples
            .iter()
            .filter(|s| s.at >= warm_up)
            .copied()
            .collect();
        let memory = Memory::from_samples(&after);
        match memory {
            None => complaints.push("too few samples to judge memory, run it longer".to_owned()),
            Some(memory) if memory.growth() > MAX_GROWTH => {
                let growth = memory.growth() * 100.0;
                complaints.push(format!("memory has grown by {growth:.1} %"));
            }
            Some(_) => {}
        }
        if let (Some(first), Some(last)) = (samples.first(), samples.last()) {
            complaints.extend(left_over(first, last));
        }
        Self { memory, complaints }
    }

    /// Whether the list of complaints is empty.
    pub(super) fn is_passed(&self) -> bool {
        self.complaints.is_empty()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(memory) = self.memory {
            writeln!(
                f,
                "memory after the warm-up: {} in the first tenth, {} in the last ({:+.1} %), {:+.2} MB an hour",
                megabytes(memory.first),
                megabytes(memory.last),
                memory.growth() * 100.0,
                memory.slope * 1_024.0 / 1e6
            )?;
        }
        for complaint in &self.complaints {
            writeln!(f, "failed: {complaint}")?;
        }
        if self.is_passed() {
            f.write_str("passed: memory is flat, and nothing is left")?;
        }
        Ok(())
    }
}

impl Memory {
    fn from_samples(samples: &[Sample]) -> Option<Self> {
        let tenth = samples.len().div_ceil(10);
        if samples.len() < 10 {
            return None;
        }
        Some(Self {
            first: typical(&samples[..tenth]),
            last: typical(&samples[samples.len() - tenth..]),
            slope: slope(samples),
        })
    }

    fn growth(self) -> f64 {
        self.last / self.first - 1.0
    }
}

/// Differences between the last sample and the first.
fn left_over(first: &Sample, last: &Sample) -> Vec<String> {
    let counts = [
        ("file descriptors", first.descriptors, last.descriptors),
        ("tasks", first.tasks, last.tasks),
        ("threads", first.threads, last.threads),
        ("processes", first.processes, last.processes),
    ];
    let left = counts.into_iter().filter(|(_, first, last)| first != last);
    left.map(|(name, first, last)| format!("{last} {name} at the end, {first} at the beginning"))
        .collect()
}

fn typical(samples: &[Sample]) -> f64 {
    median(samples.iter().map(|sample| sample.memory).collect()) as f64
}

/// Growth per hour by least squares.
fn slope(samples: &[Sample]) -> f64 {
    let count = samples.len() as f64;
    let hours = |sample: &Sample| sample.at.as_secs_f64() / 3_600.0;
    let mean_time = samples.iter().map(hours).sum::<f64>() / count;
    let mean = samples.iter().map(|s| s.memory as f64).sum::<f64>() / count;
    let (mut together, mut alone) = (0.0, 0.0);
    for sample in samples {
        let time = hours(sample) - mean_time;
        together += time * (sample.memory as f64 - mean);
        alone += time * time;
    }
    together / alone
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Creates one sample per minute.
    fn samples(count: u64, memory: impl Fn(u64) -> u64) -> Vec<Sample> {
        let sample = |minute| Sample {
            at: Duration::from_secs(minute * 60),
            memory: memory(minute),
            descriptors: 10,
            tasks: 0,
            threads: 0,
            processes: 0,
            runs: 0,
            steps: 0,
        };
        (0..count).map(sample).collect()
    }

    fn said(samples: &[Sample], surprises: &[&str]) -> String {
        let surprises = surprises.iter().map(|&text| text.to_owned()).collect();
        Verdict::new(samples, Duration::from_secs(600), surprises).to_string()
    }

    #[test]
    fn memory_that_grows_only_at_the_beginning_is_flat() {
        let samples = samples(101, |minute| 40_000 + minute.min(9) * 1_000);
        assert_eq!(
            said(&samples, &[]),
            "memory after the warm-up: 50.2 MB in the first tenth, 50.2 MB in the last (+0.0 %), +0.00 MB an hour\n\
             passed: memory is flat, and nothing is left"
        );
    }

    #[test]
    fn growing_memory_is_a_failure_with_its_slope() {
        let samples = samples(101, |minute| 40_000 + minute * 1_000);
        let said = said(&samples, &[]);
        assert!(said.contains("+61.44 MB an hour"), "{said}");
        assert!(said.contains("failed: memory has grown by"), "{said}");
    }

    #[test]
    fn leaks_are_a_failure() {
        let mut samples = samples(101, |_| 40_000);
        samples[100].descriptors = 11;
        samples[100].tasks = 2;
        let said = said(&samples, &[]);
        assert!(
            said.contains("failed: 11 file descriptors at the end, 10 at the beginning\nfailed: 2 tasks at the end, 0"),
            "{said}"
        );
    }

    #[test]
    fn unexpected_ends_are_failures_and_some_are_shown() {
        let samples = samples(101, |_| 40_000);
        let said = said(&samples, &["x: done expected"; 12]);
        assert_eq!(said.matches("failed: x: done expected").count(), 10);
        assert!(said.contains("failed: and 2 more"), "{said}");
    }

    #[test]
    fn too_few_samples_are_a_failure() {
        let said = said(&samples(12, |_| 40_000), &[]);
        assert!(said.starts_with("failed: too few samples"), "{said}");
    }
}
