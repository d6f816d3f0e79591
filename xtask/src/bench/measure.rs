//! Measures processes and the disk, and computes medians.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Index;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::median::median;

/// Cost of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    /// Wall-clock time from before its start until after its end.
    pub(super) time: Duration,
    /// Peak memory in bytes.
    pub(super) memory: u64,
}

/// Number of rounds, after one uncounted warm-up round.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rounds {
    /// Maximum number of rounds.
    pub(super) max: usize,
    /// Minimum number of rounds.
    pub(super) min: usize,
    /// Total time after which no round above the minimum starts.
    pub(super) budget: Duration,
}

impl Rounds {
    /// Rounds for published figures.
    pub(super) const FULL: Self = Self {
        max: 31,
        min: 3,
        budget: Duration::from_secs(40),
    };
    /// Rounds for a first look.
    pub(super) const QUICK: Self = Self {
        max: 3,
        min: 1,
        budget: Duration::from_secs(2),
    };
}

/// Contenders that are measured in turn, so that other load on the machine affects all of them.
pub(super) struct Contest<'m> {
    rounds: Rounds,
    contenders: Vec<Box<dyn FnMut() -> io::Result<Cost> + 'm>>,
}

/// Index of a contender.
#[derive(Clone, Copy)]
pub(super) struct Contender(usize);

/// Medians of each contender, for time and memory separately.
pub(super) struct Medians(Vec<Cost>);

impl<'m> Contest<'m> {
    pub(super) fn new(rounds: Rounds) -> Self {
        Self {
            rounds,
            contenders: Vec::new(),
        }
    }

    /// Adds a process, a command of [`Bench`](super::Bench).
    pub(super) fn process(&mut self, command: Command) -> Contender {
        self.prepared_process(|| Ok(()), command)
    }

    /// Adds a process with an unmeasured preparation before each round.
    pub(super) fn prepared_process(
        &mut self,
        mut prepare: impl FnMut() -> io::Result<()> + 'm,
        mut command: Command,
    ) -> Contender {
        self.add(move || {
            prepare()?;
            run(&mut command)
        })
    }

    /// Adds a function that returns its cost.
    fn add(&mut self, measure: impl FnMut() -> io::Result<Cost> + 'm) -> Contender {
        self.contenders.push(Box::new(measure));
        Contender(self.contenders.len() - 1)
    }

    /// Measures all contenders in rounds.
    pub(super) fn run(mut self) -> io::Result<Medians> {
        let mut costs = vec![Vec::new(); self.contenders.len()];
        let mut taken = Duration::ZERO;
        for round in 0..=self.rounds.max {
            // Checked between rounds, so that all figures have the same number of rounds.
            if round > self.rounds.min && taken >= self.rounds.budget {
                break;
            }
            for (costs, measure) in costs.iter_mut().zip(&mut self.contenders) {
                let cost = measure()?;
                if round > 0 {
                    costs.push(cost);
                    taken += cost.time;
                }
            }
        }
        let medians = costs.into_iter().map(|costs| Cost {
            time: median(costs.iter().map(|cost| cost.time).collect()),
            memory: median(costs.iter().map(|cost| cost.memory).collect()),
        });
        Ok(Medians(medians.collect()))
    }
}

impl Index<Contender> for Medians {
    type Output = Cost;

    fn index(&self, contender: Contender) -> &Cost {
        &self.0[contender.0]
    }
}

/// Runs a command through the program `measured`.
fn run(command: &mut Command) -> io::Result<Cost> {
    let output = command.stdin(Stdio::null()).output()?;
    let failed = || {
        let said = String::from_utf8_lossy(&output.stderr);
        io::Error::other(format!("{}: {command:?}\n{said}", output.status))
    };
    if !output.status.success() {
        return Err(failed());
    }
    parse(&String::from_utf8_lossy(&output.stdout)).ok_or_else(failed)
}

/// Parses the output of `measured`.
fn parse(printed: &str) -> Option<Cost> {
    let (time, memory) = printed.trim().split_once(' ')?;
    Some(Cost {
        time: Duration::from_nanos(time.parse().ok()?),
        memory: memory.parse().ok()?,
    })
}

/// Measures appending and syncing a kilobyte in a directory.
pub(super) fn synced_append(folder: &Path) -> io::Result<Duration> {
    let mut file = File::create(folder.join("appended"))?;
    let mut append = || {
        let started = Instant::now();
        file.write_all(&[1; 1_024])?;
        file.sync_data()?;
        Ok(started.elapsed())
    };
    let times: io::Result<Vec<_>> = (0..200).map(|_| append()).collect();
    Ok(median(times?))
}

/// File system of a directory, if `df` reports it.
pub(super) fn file_system(folder: &Path) -> Option<String> {
    let mut df = Command::new("df");
    let output = df.arg("--output=fstype").arg(folder).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.lines().nth(1)?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(milliseconds: u64) -> Cost {
        Cost {
            time: Duration::from_millis(milliseconds),
            memory: 1_000 - milliseconds,
        }
    }

    #[test]
    fn the_warm_up_round_does_not_count() {
        let mut costs = (0..).map(|round| match round {
            0 => cost(999),
            round => cost(round),
        });
        let mut contest = Contest::new(Rounds::FULL);
        let contender = contest.add(|| Ok(costs.next().unwrap_or(cost(0))));
        assert_eq!(contest.run().unwrap()[contender], cost(16));
    }

    #[test]
    fn where_one_takes_long_all_are_measured_less_often() {
        let (mut long, mut short) = (0, 0);
        let mut contest = Contest::new(Rounds {
            max: 10,
            min: 3,
            budget: Duration::from_millis(1_500),
        });
        contest.add(|| {
            long += 1;
            Ok(cost(400))
        });
        contest.add(|| {
            short += 1;
            Ok(cost(1))
        });
        contest.run().unwrap();
        // Including the warm-up round.
        assert_eq!((long, short), (5, 5));
    }

    #[test]
    fn the_first_failure_ends_a_contest() {
        let mut contest = Contest::new(Rounds::QUICK);
        contest.add(|| Err(io::Error::other("out of order")));
        assert!(contest.run().is_err());
    }

    #[test]
    fn invalid_costs_are_rejected() {
        assert_eq!(
            parse("5000000 2048\n"),
            Some(Cost {
                time: Duration::from_millis(5),
                memory: 2_048
            })
        );
        for printed in ["", "5", "5 ", "5 x", "-5 2", "5 2 3"] {
            assert_eq!(parse(printed), None, "{printed}");
        }
    }
}
