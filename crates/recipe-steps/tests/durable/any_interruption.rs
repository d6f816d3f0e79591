//! What holds of a run wherever and however it is interrupted.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use recipe_core::{CancellationToken, chain};
use serde_json::Value;
use tokio::time::{Instant, timeout};

use super::any_recipe::{Node, Writer, nodes};
use crate::lab::{Lab, Outcome};

/// An end that comes too early.
#[derive(Debug, Clone, Copy)]
enum Interruption {
    /// The run is cancelled after this part of the time that all of it takes.
    Cancelled { at: f64 },
    /// The run's future is dropped then.
    Dropped { at: f64 },
    /// The run is cancelled in the moment when it notes so many ends.
    Noted { ends: usize },
}

fn interruptions() -> impl Strategy<Value = Vec<Interruption>> {
    let one = prop_oneof![
        (0.0..1.0).prop_map(|at| Interruption::Cancelled { at }),
        (0.0..1.0).prop_map(|at| Interruption::Dropped { at }),
        (1..12usize).prop_map(|ends| Interruption::Noted { ends }),
    ];
    prop::collection::vec(one, 1..6)
}

impl Interruption {
    /// Runs a recipe that takes so many seconds, but for this.
    async fn run(self, lab: &mut Lab, recipe: Value, whole: f64) {
        match self {
            Self::Cancelled { at } => drop(lab.run_for(at * whole, recipe).await),
            Self::Dropped { at } => {
                let after = Duration::from_secs_f64(at * whole);
                drop(timeout(after, lab.run(recipe)).await);
                while lab.log.running() > 0 {
                    tokio::task::yield_now().await;
                }
            }
            Self::Noted { ends } => {
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

/// What a run leaves, in the words of every lab.
#[derive(Debug, PartialEq)]
struct Traces {
    /// As text, in which the order of names counts.
    artifacts: String,
    /// How often each effect has happened, but for those that were noted and forgotten again.
    effects: BTreeMap<String, usize>,
}

impl Traces {
    fn of(lab: &mut Lab, outcome: &Outcome) -> Result<Self, TestCaseError> {
        if let Err(error) = &outcome.result {
            return Err(TestCaseError::fail(chain(error).to_string()));
        }
        let mut effects = BTreeMap::new();
        for deed in lab.log.all("done") {
            *effects.entry(deed.name).or_default() += 1;
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

/// What the observers were told. In which order threads read recipes for steps side by side is up to them.
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
    let whole = started.elapsed().as_secs_f64();
    let undisturbed = Traces::of(&mut lab, &outcome)?;
    let events = sorted_events(&lab);

    let lab = Lab::new();
    let outcome = lab.run(Writer::new(&lab).recipe(nodes)).await;
    prop_assert_eq!(lab.short(&outcome.text()), &undisturbed.artifacts[..]);
    let same_events = sorted_events(&lab);
    // What is cancelled may as well have come to its end in the same moment.
    let mut both = events.iter().chain(&same_events);
    if !both.any(|event| event.starts_with("cancelled ")) {
        prop_assert_eq!(same_events, events);
    }

    let mut lab = Lab::durable();
    let recipe = Writer::new(&lab).recipe(nodes);
    for interruption in interruptions {
        interruption.run(&mut lab, recipe.clone(), whole).await;
    }
    let outcome = lab.run(recipe.clone()).await;
    let resumed = Traces::of(&mut lab, &outcome)?;
    prop_assert_eq!(&resumed.artifacts, &undisturbed.artifacts);
    prop_assert_eq!(&resumed.effects, &undisturbed.effects);
    prop_assert!(
        resumed.effects.values().all(|times| *times == 1),
        "{:?}",
        resumed.effects
    );
    prop_assert_eq!(lab.disk().repeated(), Vec::<String>::new());

    // What has come to its end has no effect any more.
    let events = lab.log.events().len();
    let outcome = lab.run(recipe).await;
    prop_assert_eq!(Traces::of(&mut lab, &outcome)?, undisturbed);
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
    fn a_run_that_is_taken_up_again_ends_as_if_nothing_had_been(
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
