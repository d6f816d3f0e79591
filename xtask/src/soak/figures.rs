//! Prints samples as rows of a table.

use std::time::Duration;

use super::sample::Sample;

/// Number of printed rows.
const ROWS: u32 = 10;

/// Table that is being printed.
pub(super) struct Rows {
    every: Duration,
    next: Duration,
}

impl Rows {
    /// Prints the head of the table.
    pub(super) fn begin(time: Duration) -> Self {
        println!(
            "| Minute | Runs | Steps | Memory | Descriptors | Tasks | Threads | Processes |\n\
             |---|---|---|---|---|---|---|---|"
        );
        let every = time / ROWS;
        Self { every, next: every }
    }

    /// Prints a sample if the next row is due.
    pub(super) fn show(&mut self, sample: &Sample) {
        if sample.at >= self.next {
            println!("{}", row(sample));
            self.next = sample.at.max(self.next) + self.every;
        }
    }
}

fn row(sample: &Sample) -> String {
    format!(
        "| {:.1} | {} | {} | {} | {} | {} | {} | {} |",
        sample.at.as_secs_f64() / 60.0,
        sample.runs,
        sample.steps,
        megabytes(sample.memory as f64),
        sample.descriptors,
        sample.tasks,
        sample.threads,
        sample.processes
    )
}

/// Formats KiB as MB.
pub(super) fn megabytes(kibibytes: f64) -> String {
    format!("{:.1} MB", kibibytes * 1_024.0 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_a_row() {
        let sample = Sample {
            at: Duration::from_secs(90),
            memory: 40_000,
            descriptors: 12,
            tasks: 0,
            threads: 1,
            processes: 2,
            runs: 300,
            steps: 4_000,
        };
        assert_eq!(
            row(&sample),
            "| 1.5 | 300 | 4000 | 41.0 MB | 12 | 0 | 1 | 2 |"
        );
    }
}
