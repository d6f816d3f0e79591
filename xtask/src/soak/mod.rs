//! Whether a process that runs recipes for long stays as it is: `cargo xtask soak`.
//!
//! The process embeds the crates as any other program would. It runs rounds of recipes side by side, of which some fail,
//! are cancelled, or are dropped half-way. Between rounds, when nothing should be left of them, it looks at itself.
//!
//! Memory is to tell what the crates keep, not where the allocator keeps it. With glibc each thread has an arena of its own,
//! and blocking work has new threads all the time, so that arenas grow for long while no more is kept. So there is one.

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

/// How long to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Minutes; fractions allowed.
    #[arg(default_value_t = 30.0, value_parser = minutes)]
    minutes: f64,
}

/// How much of the time is left out of what is judged: caches fill, and the allocator finds its size.
const WARM_UP: f64 = 0.1;

/// How long what a round has left may take to end: programs that do not listen are killed after two seconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a thread for blocking work waits for more of it, so that those of a round have ended when it is looked at.
const IDLE_THREAD: Duration = Duration::from_millis(100);

/// What the C library reads when a process starts. Whoever wants to see it with more sets it.
const ARENAS: &str = "MALLOC_ARENA_MAX";

/// Runs rounds until the time is over, prints a table, and judges.
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
        .thread_keep_alive(IDLE_THREAD)
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
    Ok(Verdict::of(&samples, time.mul_f64(WARM_UP), surprises))
}

/// Runs scenarios, and tells of those that ended as they should not.
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

/// What the process is when all that is left of earlier rounds had time to end.
fn sample_of(runtime: &Runtime, embedding: &Embedding, started: Instant) -> io::Result<Sample> {
    let since = Instant::now();
    loop {
        let sample = Sample::take(runtime, embedding, started.elapsed())?;
        if sample.is_at_rest() || since.elapsed() > PATIENCE {
            return Ok(sample);
        }
        sleep(Duration::from_millis(20));
    }
}

fn minutes(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(minutes) if minutes > 0.0 && minutes <= 10_000.0 => Ok(minutes),
        _ => Err("not a number of minutes".to_owned()),
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
            .thread_keep_alive(IDLE_THREAD)
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
