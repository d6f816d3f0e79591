//! Checks that a process that runs recipes for long does not leak: `cargo xtask soak`.
//!
//! The process embeds the crates like any other program. It runs rounds of concurrent recipes; some
//! fail, are cancelled, or are dropped half-way. Between rounds, when nothing should be left of
//! them, it measures itself.
//!
//! Memory must reflect what the crates keep, not fragmentation. With glibc each thread has its own
//! arena, and blocking work uses new threads all the time, so arenas would keep growing. So the
//! process uses a single arena.

mod embedding;
mod figures;
mod mix;
mod sample;
mod steps;
mod verdict;

use std::env;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Args;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::programs::succeeds;
use embedding::Embedding;
use figures::Rows;
use sample::Sample;
use verdict::Verdict;

/// Duration of the task.
#[derive(Args)]
pub(crate) struct Options {
    /// Minutes; fractions allowed.
    #[arg(default_value_t = 30.0, value_parser = minutes)]
    minutes: f64,
}

/// Share of the time that is not judged, while caches fill and the allocator finds its size.
const WARM_UP: f64 = 0.1;

/// Maximum time for the remains of a round to end. Unresponsive programs are killed after 2 s.
const REST_TIMEOUT: Duration = Duration::from_secs(5);

/// Keep-alive of blocking threads: short, so that those of a round end before the measurement.
const THREAD_KEEP_ALIVE: Duration = Duration::from_millis(100);

/// Variable for the number of arenas, which the C library reads at start. Users can override it.
const ARENAS: &str = "MALLOC_ARENA_MAX";

/// Runs rounds for the given time, prints a table, and judges the samples.
pub(crate) fn run(options: &Options) -> io::Result<ExitCode> {
    if env::var_os(ARENAS).is_none() {
        let mut again = Command::new(env::current_exe()?);
        again.args(env::args_os().skip(1)).env(ARENAS, "1");
        return Ok(match succeeds(&mut again)? {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        });
    }
    let time = Duration::from_secs_f64(options.minutes * 60.0);
    let folder = tempfile::tempdir()?;
    let runtime = Builder::new_multi_thread()
        .thread_keep_alive(THREAD_KEEP_ALIVE)
        .enable_all()
        .build()?;
    println!(
        "running recipes for {} minutes in {}\n",
        options.minutes,
        folder.path().display()
    );
    let verdict = soak(&runtime, folder.path(), time)?;
    println!("\n{verdict}");
    Ok(match verdict.is_passed() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn soak(runtime: &Runtime, folder: &Path, time: Duration) -> io::Result<Verdict> {
    let embedding = Embedding::new(folder)?;
    let mut surprises = Vec::new();
    for scenarios in [mix::filling(), mix::round(0)] {
        surprises.extend(run_side_by_side(runtime, &embedding, scenarios));
    }

    let started = Instant::now();
    let between_samples = (time / 200).min(Duration::from_secs(5));
    let mut samples = vec![sample_of(runtime, &embedding, started)?];
    let mut rows = Rows::begin(time);
    let mut last = started;
    for number in 1.. {
        surprises.extend(run_side_by_side(runtime, &embedding, mix::round(number)));
        let is_over = started.elapsed() >= time;
        if is_over || last.elapsed() >= between_samples {
            last = Instant::now();
            let sample = sample_of(runtime, &embedding, started)?;
            rows.show(&sample);
            samples.push(sample);
        }
        if is_over {
            break;
        }
    }
    Ok(Verdict::new(&samples, time.mul_f64(WARM_UP), surprises))
}

/// Runs scenarios concurrently. Returns the unexpected ends.
fn run_side_by_side(
    runtime: &Runtime,
    embedding: &Embedding,
    scenarios: Vec<mix::Scenario>,
) -> Vec<String> {
    runtime.block_on(async {
        let mut runs = JoinSet::new();
        for scenario in scenarios {
            let embedding = embedding.clone();
            runs.spawn_on(
                async move { embedding.run(scenario).await },
                runtime.handle(),
            );
        }
        let mut surprises = Vec::new();
        while let Some(run) = runs.join_next().await {
            match run {
                Ok(ended) => surprises.extend(ended.err()),
                Err(error) => surprises.push(error.to_string()),
            }
        }
        surprises
    })
}

/// Takes a sample once everything of earlier rounds has ended, or after the timeout.
fn sample_of(runtime: &Runtime, embedding: &Embedding, started: Instant) -> io::Result<Sample> {
    let since = Instant::now();
    loop {
        let sample = Sample::take(runtime, embedding, started.elapsed())?;
        if sample.is_at_rest() || since.elapsed() > REST_TIMEOUT {
            return Ok(sample);
        }
        sleep(Duration::from_millis(20));
    }
}

fn minutes(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(minutes) if minutes > 0.0 && minutes <= 10_000.0 => Ok(minutes),
        _ => Err("invalid number of minutes".to_owned()),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_a_time_that_can_be_waited_for_is_one() {
        assert_eq!(minutes("0.5"), Ok(0.5));
        for text in ["", "x", "0", "-1", "NaN", "inf", "1e9"] {
            assert!(minutes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn each_scenario_ends_as_it_should_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = Builder::new_multi_thread()
            .thread_keep_alive(THREAD_KEEP_ALIVE)
            .enable_all()
            .build()
            .unwrap();
        let embedding = Embedding::new(folder.path()).unwrap();
        for number in 0..2 {
            let surprises = run_side_by_side(&runtime, &embedding, mix::round(number));
            assert_eq!(surprises, [""; 0]);
        }
        let sample = sample_of(&runtime, &embedding, Instant::now()).unwrap();
        assert!(sample.tasks == 0 && sample.processes == 0, "{sample:?}");
    }
}
