//! Measuring: times of processes, their medians, and what the disk costs.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often everything is measured. Once more is run before, which does not count.
pub(super) const ROUNDS: usize = 15;

/// Something to measure: prepares itself, and tells how long it took.
pub(super) type Measured<'m> = Box<dyn FnMut() -> io::Result<Duration> + 'm>;

/// The median of each, all measured in turn.
pub(super) fn medians(mut measured: Vec<Measured<'_>>) -> io::Result<Vec<Duration>> {
    let mut times = vec![Vec::new(); measured.len()];
    for round in 0..=ROUNDS {
        for (times, measure) in times.iter_mut().zip(&mut measured) {
            let time = measure()?;
            if round > 0 {
                times.push(time);
            }
        }
    }
    Ok(times.into_iter().map(median).collect())
}

/// How long a process takes, from before its start until after its end.
pub(super) fn process(command: &mut Command) -> io::Result<Duration> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let started = Instant::now();
    let status = command.status()?;
    let time = started.elapsed();
    match status.success() {
        true => Ok(time),
        false => Err(io::Error::other(format!("{status}: {command:?}"))),
    }
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

pub(super) fn milliseconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}

/// How many microseconds more one takes than another, for each of so many steps.
pub(super) fn more_each(time: Duration, other: Duration, steps: usize) -> String {
    let difference = time.as_secs_f64() - other.as_secs_f64();
    format!("{:+.1}", difference * 1e6 / steps as f64)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_that_of_the_rounds_that_count() {
        let mut times = (0..).map(|round| match round {
            0 => Duration::from_secs(1_000),
            round => Duration::from_millis(round),
        });
        let measured: Measured<'_> = Box::new(|| Ok(times.next().unwrap_or_default()));
        let medians = medians(vec![measured]).unwrap();
        assert_eq!(medians, [Duration::from_millis(8)]);
    }

    #[test]
    fn differences_are_told_for_each_step() {
        let (long, short) = (Duration::from_millis(15), Duration::from_millis(5));
        assert_eq!(more_each(long, short, 1_000), "+10.0");
        assert_eq!(more_each(short, long, 1_000), "-10.0");
    }
}
