//! Properties of the scheduler.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::lab::{Action, Lab, Outcome};

/// A `parallel` step. Times are in milliseconds, the resolution of timers.
#[derive(Debug, Clone)]
struct Case {
    substeps: Vec<Substep>,
    limit: i64,
    delay: u64,
    fail_fast: bool,
    max_failures: usize,
}

#[derive(Debug, Clone, Copy)]
struct Substep {
    takes: u64,
    fails: bool,
}

fn case() -> impl Strategy<Value = Case> {
    let substep = |fails| {
        (0u64..3_000, prop::bool::weighted(fails))
            .prop_map(|(takes, fails)| Substep { takes, fails })
    };
    let substeps = prop_oneof![
        prop::collection::vec(substep(0.0), 0..12),
        prop::collection::vec(substep(0.3), 1..12),
    ];
    let delay = prop_oneof![Just(0), 1u64..1_500];
    (substeps, -1i64..6, delay).prop_map(|(substeps, limit, delay)| Case {
        substeps,
        limit,
        delay,
        fail_fast: true,
        max_failures: 0,
    })
}

/// A case with failure tolerance.
fn tolerant_case() -> impl Strategy<Value = Case> {
    (case(), any::<bool>(), 0..4usize).prop_map(|(case, fail_fast, max_failures)| Case {
        fail_fast,
        max_failures,
        ..case
    })
}

impl Case {
    fn limit(&self) -> usize {
        match usize::try_from(self.limit) {
            Ok(0) | Err(_) => usize::MAX,
            Ok(limit) => limit,
        }
    }

    /// Returns the start of each substep if none fails.
    fn starts(&self) -> Vec<u64> {
        let mut starts: Vec<u64> = Vec::new();
        let mut ends: Vec<u64> = Vec::new();
        for substep in &self.substeps {
            let after_delay = starts.last().map_or(0, |last| last + self.delay);
            ends.sort_by(|a, b| b.cmp(a));
            let slot_free = ends.get(self.limit() - 1).copied().unwrap_or(0);
            let start = after_delay.max(slot_free);
            starts.push(start);
            ends.push(start + substep.takes);
        }
        starts
    }

    /// Returns the time of the failure that stops the step.
    fn end(&self) -> Option<u64> {
        let starts = self.starts().into_iter();
        let failures = starts
            .zip(&self.substeps)
            .filter(|(_, substep)| substep.fails);
        let mut ends: Vec<u64> = failures
            .map(|(start, substep)| start + substep.takes)
            .collect();
        ends.sort_unstable();
        ends.get(self.max_failures)
            .copied()
            .filter(|_| self.fail_fast)
    }

    /// Returns the time of the first failure.
    fn first_failure(&self) -> Option<u64> {
        let starts = self.starts();
        let ends = self
            .substeps
            .iter()
            .zip(starts)
            .filter(|(substep, _)| substep.fails);
        ends.map(|(substep, start)| start + substep.takes).min()
    }

    fn run(&self) -> (Lab, Outcome) {
        Self::run_steps(json!([{"type": "parallel", "config": self.config()}]))
    }

    fn config(&self) -> Value {
        let substeps: Vec<_> = (self.substeps.iter().enumerate())
            .map(|(index, substep)| {
                let mut config = json!({
                    "type": "work",
                    "name": index.to_string(),
                    "seconds": substep.takes as f64 / 1e3,
                });
                if substep.fails {
                    config["fail"] = json!("broke");
                }
                config
            })
            .collect();
        json!({
            "substeps": substeps,
            "max_concurrency": self.limit,
            "delay": self.delay as f64 / 1e3,
            "fail_fast": self.fail_fast,
            "max_failures": self.max_failures,
            "result_key": "out",
        })
    }

    fn run_steps(steps: Value) -> (Lab, Outcome) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let lab = Lab::new();
            // The lab checks that nothing is left running.
            let outcome = lab.run(steps).await;
            (lab, outcome)
        })
    }
}

fn ms(action: &Action) -> u64 {
    u64::try_from(action.at.as_millis()).expect("short runs")
}

proptest! {
    #[test]
    fn concurrency_is_limited(case in case()) {
        let (lab, _) = case.run();
        prop_assert!(lab.log.max_running() <= case.limit());
    }

    #[test]
    fn launches_are_in_order_and_at_least_the_delay_apart(case in case()) {
        let (lab, _) = case.run();
        let started = lab.log.all("started");
        for (index, action) in started.iter().enumerate() {
            prop_assert_eq!(&action.name, &index.to_string());
        }
        for pair in started.windows(2) {
            prop_assert!(ms(&pair[1]) - ms(&pair[0]) >= case.delay);
        }
    }

    #[test]
    fn substeps_start_as_early_as_possible(case in case()) {
        let (lab, _) = case.run();
        let end = case.first_failure().unwrap_or(u64::MAX);
        let started: Vec<u64> = lab.log.all("started").iter().map(ms).collect();
        let mut expected = case.starts();
        expected.truncate(started.len());
        prop_assert_eq!(started, expected);
        // All substeps that could start before the end have started.
        let before_end = case.starts().into_iter().filter(|start| *start < end).count();
        prop_assert!(lab.log.all("started").len() >= before_end);
    }

    #[test]
    fn without_failures_all_substeps_are_done(case in case()) {
        let (lab, outcome) = case.run();
        if !case.substeps.iter().any(|substep| substep.fails) {
            prop_assert!(outcome.result.is_ok());
            prop_assert_eq!(lab.log.all("done").len(), case.substeps.len());
        }
    }

    #[test]
    fn failures_stop_the_step_only_over_the_limit(case in tolerant_case()) {
        let (lab, outcome) = case.run();
        let failing = case.substeps.iter().filter(|substep| substep.fails).count();
        prop_assert_eq!(outcome.result.is_err(), failing > case.max_failures);
        match case.end() {
            Some(end) => {
                // Others can fail at the same time.
                prop_assert!(lab.log.all("failed").len() > case.max_failures);
                let before = lab.log.all("failed").into_iter().filter(|action| ms(action) < end);
                prop_assert!(before.count() <= case.max_failures);
                for what in ["started", "done", "failed", "dropped"] {
                    prop_assert!(lab.log.all(what).iter().all(|action| ms(action) <= end), "{}", what);
                }
            }
            None => {
                prop_assert_eq!(lab.log.all("failed").len(), failing);
                prop_assert_eq!(lab.log.all("done").len(), case.substeps.len() - failing);
            }
        }
    }

    #[test]
    fn no_substep_runs_when_the_next_step_starts(case in tolerant_case()) {
        let next = json!({"type": "work", "name": "next", "seconds": 5});
        let step = json!({
            "type": "parallel",
            "config": case.config(),
            "on_error": {"steps": [next]},
        });
        let (lab, outcome) = Case::run_steps(json!([step, next]));
        let actions = lab.log.actions();
        let after = actions.iter().skip_while(|action| *action != "next started");
        prop_assert!(after.clone().count() > 0, "{:?} {:?}", outcome.result, actions);
        for action in after {
            prop_assert!(action.starts_with("next "), "{} in {:?}", action, actions);
        }
    }

    #[test]
    fn each_result_is_that_of_its_substep(case in tolerant_case()) {
        let (lab, outcome) = case.run();
        let artifacts = outcome.context.to_json();
        let results = artifacts["out"].as_array().expect("a list");
        prop_assert_eq!(results.len(), case.substeps.len());
        let done: Vec<String> = lab.log.all("done").into_iter().map(|action| action.name).collect();
        for (index, result) in results.iter().enumerate() {
            let name = index.to_string();
            // A substep that is done at the time of the end may not count.
            let may_be_missing = case.end().is_some() && result.is_null();
            if done.contains(&name) && !may_be_missing {
                prop_assert_eq!(result, &json!({name: "done"}));
            } else {
                prop_assert!(result.is_null());
            }
        }
        let listed = artifacts["out__errors"].as_array().expect("a list");
        let keys: Vec<u64> = listed.iter().filter_map(|entry| entry["key"].as_u64()).collect();
        let mut failed: Vec<u64> =
            lab.log.all("failed").iter().filter_map(|action| action.name.parse().ok()).collect();
        failed.sort_unstable();
        if case.end().is_none() {
            prop_assert_eq!(keys, failed);
        } else {
            prop_assert!(keys.iter().all(|key| failed.contains(key)));
            prop_assert_eq!(keys.len(), case.max_failures + 1);
        }
    }

    #[test]
    fn the_earliest_failure_is_reported_and_stops_all(case in case()) {
        let (lab, outcome) = case.run();
        if let Some(end) = case.first_failure() {
            let error = outcome.error();
            let reported = case.starts().into_iter().zip(&case.substeps).enumerate().any(
                |(index, (start, substep))| {
                    let message = format!("recipe: step 0 (parallel): substep {index} (work): broke");
                    substep.fails && start + substep.takes == end && error == message
                },
            );
            prop_assert!(reported, "{}", error);
            for what in ["started", "done", "failed", "dropped"] {
                prop_assert!(lab.log.all(what).iter().all(|action| ms(action) <= end), "{}", what);
            }
            prop_assert!(lab.log.all("dropped").iter().all(|action| ms(action) == end));
        } else {
            prop_assert_eq!(lab.log.all("dropped"), []);
        }
    }
}
