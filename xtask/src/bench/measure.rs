//! Measuring: what processes cost, the medians of that, and what the disk costs.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Index;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::median::median;

/// What a process took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    /// From before its start until after its end.
    pub(super) time: Duration,
    /// The most memory that it had at once, in bytes.
    pub(super) memory: u64,
}

/// How often everything is measured. Once more is run before, which does not count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rounds {
    /// At most so often,
    pub(super) most: usize,
    /// and at least so often;
    pub(super) least: usize,
    /// between the two, until all that takes part has taken so much time together.
    pub(super) budget: Duration,
}

impl Rounds {
    /// For figures to show.
    pub(super) const FULL: Self = Self {
        most: 31,
        least: 3,
        budget: Duration::from_secs(40),
    };
    /// For a first look.
    pub(super) const QUICK: Self = Self {
        most: 3,
        least: 1,
        budget: Duration::from_secs(2),
    };
}

/// Several things that are measured in turn, so that whatever else the machine does meets all of them.
pub(super) struct Contest<'m> {
    rounds: Rounds,
    contenders: Vec<Box<dyn FnMut() -> io::Result<Cost> + 'm>>,
}

/// One of the things that are measured.
#[derive(Clone, Copy)]
pub(super) struct Contender(usize);

/// The median of each, time and memory on their own.
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

    /// Adds a process that something is done before each time, which is not measured.
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

    /// Adds anything that tells what it took.
    fn add(&mut self, measure: impl FnMut() -> io::Result<Cost> + 'm) -> Contender {
        self.contenders.push(Box::new(measure));
        Contender(self.contenders.len() - 1)
    }

    /// Measures all, round after round.
    pub(super) fn run(mut self) -> io::Result<Medians> {
        let mut costs = vec![Vec::new(); self.contenders.len()];
        let mut taken = Duration::ZERO;
        for round in 0..=self.rounds.most {
            // All or none, so that every figure is of the same rounds.
            if round > self.rounds.least && taken >= self.rounds.budget {
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

/// Runs a command that the program `measured` is in front of.
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

/// What `measured` printed.
fn parse(printed: &str) -> Option<Cost> {
    let (time, memory) = printed.trim().split_once(' ')?;
    Some(Cost {
        time: Duration::from_nanos(time.parse().ok()?),
        memory: memory.parse().ok()?,
    })
}

/// How long it takes to append a kilobyte to a file here and have it on the disk.
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

/// The kind of file system that a folder lies on, if `df` tells.
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
    fn the_median_is_that_of_the_rounds_that_count() {
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
            most: 10,
            least: 3,
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
        // And once each that does not count.
        assert_eq!((long, short), (5, 5));
    }

    #[test]
    fn a_contest_ends_with_the_first_that_fails() {
        let mut contest = Contest::new(Rounds::QUICK);
        contest.add(|| Err(io::Error::other("out of order")));
        assert!(contest.run().is_err());
    }

    #[test]
    fn what_is_no_pair_of_numbers_is_no_cost() {
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
