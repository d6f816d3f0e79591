//! Properties of runs with random interruptions.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use recipe_core::{CancellationToken, chain};
use serde_json::Value;
use tokio::time::{Instant, timeout};

use super::any_recipe::{Node, Writer, nodes};
use crate::lab::{Lab, Outcome};

/// Interruption of a run.
#[derive(Debug, Clone, Copy)]
enum Interruption {
    /// Cancels the run after a fraction of its duration.
    Cancelled { at: f64 },
    /// Drops the run's future after a fraction of its duration.
    Dropped { at: f64 },
    /// Cancels the run when it records a number of ends.
    Recorded { ends: usize },
}

fn interruptions() -> impl Strategy<Value = Vec<Interruption>> {
    let one = prop_oneof![
        (0.0..1.0).prop_map(|at| Interruption::Cancelled { at }),
        (0.0..1.0).prop_map(|at| Interruption::Dropped { at }),
        (1..12usize).prop_map(|ends| Interruption::Recorded { ends }),
    ];
    prop::collection::vec(one, 1..6)
}

impl Interruption {
    /// Runs a recipe that takes `duration` seconds, with the interruption.
    async fn run(self, lab: &mut Lab, recipe: Value, duration: f64) {
        match self {
            Self::Cancelled { at } => drop(lab.run_for(at * duration, recipe).await),
            Self::Dropped { at } => {
                let after = Duration::from_secs_f64(at * duration);
                drop(timeout(after, lab.run(recipe)).await);
                while lab.log.running() > 0 {
                    tokio::task::yield_now().await;
                }
            }
            Self::Recorded { ends } => {
                let token = CancellationToken::new();
                lab.cancellation = token.clone();
                lab.disk().interruption = Some((ends, token));
                drop(lab.run(recipe).await);
                lab.disk().interruption = None;
                lab.cancellation = CancellationToken::new();
            }
        }
    }
}

/// Results of a run, without paths of the lab.
#[derive(Debug, PartialEq)]
struct Results {
    /// JSON in the order of names.
    artifacts: String,
    /// Number of times each effect has happened, without voided ones.
    effects: BTreeMap<String, usize>,
}

impl Results {
    fn new(lab: &mut Lab, outcome: &Outcome) -> Result<Self, TestCaseError> {
        if let Err(error) = &outcome.result {
            return Err(TestCaseError::fail(chain(error).to_string()));
        }
        let mut effects = BTreeMap::new();
        for action in lab.log.all("done") {
            *effects.entry(action.name).or_default() += 1;
        }
        for (path, times) in &mut effects {
            *times -= lab.disk().voided(path);
        }
        Ok(Self {
            artifacts: lab.short(&outcome.text()),
            effects: effects
                .into_iter()
                .map(|(path, times)| (lab.short(&path), times))
                .collect(),
        })
    }
}

/// Returns observed events, sorted, as the order in which threads load recipes is not fixed.
fn sorted_events(lab: &Lab) -> Vec<String> {
    let events = lab.log.events();
    let mut events: Vec<_> = events.iter().map(|event| lab.short(event)).collect();
    events.sort();
    events
}

async fn check(nodes: &[Node], interruptions: &[Interruption]) -> Result<(), TestCaseError> {
    let mut lab = Lab::durable();
    let recipe = Writer::new(&lab).recipe(nodes);
    let started = Instant::now();
    let outcome = lab.run(recipe).await;
    let duration = started.elapsed().as_secs_f64();
    let uninterrupted = Results::new(&mut lab, &outcome)?;
    let events = sorted_events(&lab);

    let lab = Lab::new();
    let outcome = lab.run(Writer::new(&lab).recipe(nodes)).await;
    prop_assert_eq!(lab.short(&outcome.text()), &uninterrupted.artifacts[..]);
    let same_events = sorted_events(&lab);
    // A cancelled step may also end at the same time.
    let mut both = events.iter().chain(&same_events);
    if !both.any(|event| event.starts_with("cancelled ")) {
        prop_assert_eq!(same_events, events);
    }

    let mut lab = Lab::durable();
    let recipe = Writer::new(&lab).recipe(nodes);
    for interruption in interruptions {
        interruption.run(&mut lab, recipe.clone(), duration).await;
    }
    let outcome = lab.run(recipe.clone()).await;
    let resumed = Results::new(&mut lab, &outcome)?;
    prop_assert_eq!(&resumed.artifacts, &uninterrupted.artifacts);
    prop_assert_eq!(&resumed.effects, &uninterrupted.effects);
    prop_assert!(
        resumed.effects.values().all(|times| *times == 1),
        "{:?}",
        resumed.effects
    );
    prop_assert_eq!(lab.disk().repeated(), Vec::<String>::new());

    // Running a finished recipe again has no effect.
    let events = lab.log.events().len();
    let outcome = lab.run(recipe).await;
    prop_assert_eq!(Results::new(&mut lab, &outcome)?, uninterrupted);
    let events = lab.log.events().split_off(events);
    prop_assert!(
        events.iter().all(|event| event.starts_with("reused ")),
        "{:?}",
        events
    );
    prop_assert_eq!(events.len(), nodes.len());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_resumed_run_has_the_results_of_an_uninterrupted_one(
        nodes in nodes(),
        interruptions in interruptions(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(check(&nodes, &interruptions))?;
    }
}
