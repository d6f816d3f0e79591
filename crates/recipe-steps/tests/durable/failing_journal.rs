//! A journal that cannot be read or written ends the run.

use recipe_core::StepError;
use recipe_core::error::RecipeError;
use serde_json::{Value, json};

use super::{call, controlled, second, work};
use crate::lab::{Fault, Lab, Outcome};

/// Whether a run ended since its journal failed it.
fn is_of_the_journal(outcome: &Outcome) -> bool {
    fn in_step(error: &StepError) -> bool {
        match error {
            StepError::Journal(_) => true,
            StepError::Step { source, .. }
            | StepError::Substep { source, .. }
            | StepError::Item { source, .. } => in_step(source),
            StepError::Recipe { source, .. } => in_recipe(source),
            _ => false,
        }
    }
    fn in_recipe(error: &RecipeError) -> bool {
        match error {
            RecipeError::Journal(_) => true,
            RecipeError::Step(error) => in_step(error),
            _ => false,
        }
    }
    matches!(&outcome.result, Err(error) if in_recipe(&error.source))
}

/// Runs steps with a fault, and gives the message and what was done. The lab sees to it that nothing is left running.
async fn broken(fault: Fault, steps: impl FnOnce(&Lab) -> Value) -> (String, Vec<String>) {
    let mut lab = Lab::durable();
    lab.disk().fault = Some(fault);
    let steps = steps(&lab);
    let outcome = lab.run(steps).await;
    assert!(is_of_the_journal(&outcome), "{}", outcome.error());
    (lab.short(&outcome.error()), lab.log.deeds())
}

/// A step whose failures would be made up for.
fn forgiving(step: Value) -> Value {
    let controls = json!({
        "retry": {"attempts": 3, "delay": 1},
        "on_error": {"steps": [second("never")]},
    });
    controlled(step, controls)
}

#[tokio::test(start_paused = true)]
async fn a_step_whose_end_cannot_be_noted_is_the_last_one() {
    let steps = json!([forgiving(second("a")), second("b")]);
    let (message, deeds) = broken(Fault::Record("0".into()), |_| steps).await;
    assert_eq!(message, "recipe: step 0 (work): the disk is full");
    assert_eq!(deeds, ["a started", "a done"]);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_cannot_be_looked_up_does_not_run() {
    let steps = json!([second("a"), forgiving(second("b"))]);
    let (message, deeds) = broken(Fault::Finished("1".into()), |_| steps).await;
    assert_eq!(message, "recipe: step 1 (work): the disk is full");
    assert_eq!(deeds, ["a started", "a done"]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_cannot_be_noted_is_not_recovered_from() {
    let steps = json!([forgiving(work("a", json!({"fail": "no"})))]);
    let (message, deeds) = broken(Fault::Record("0".into()), |_| steps).await;
    assert_eq!(message, "recipe: step 0 (work): the disk is full");
    assert_eq!(deeds.len(), 6, "three attempts: {deeds:?}");
}

#[tokio::test(start_paused = true)]
async fn the_steps_that_follow_on_a_failure_are_no_exception() {
    let steps = json!([forgiving(work("a", json!({"fail": "no"}))), second("b")]);
    let (message, deeds) = broken(Fault::Record("0.on_error[0]".into()), |_| steps).await;
    assert_eq!(
        message,
        "recipe: step 0 (work): on_error step 0 (work): the disk is full"
    );
    assert_eq!(deeds.last().map(String::as_str), Some("never done"));
}

#[tokio::test(start_paused = true)]
async fn nothing_around_the_step_makes_up_for_it() {
    for fault in [
        Fault::Record("0.substeps[1].items[0].substeps[0]".into()),
        Fault::Finished("0.substeps[1].items[0].substeps[0]".into()),
        // The round itself.
        Fault::Record("0.substeps[1].items[0]".into()),
        Fault::Finished("0.substeps[1].items[0]".into()),
        Fault::Record("0.substeps[1]".into()),
        Fault::Finished("0.substeps[1]".into()),
    ] {
        let rounds = json!({
            "type": "loop",
            "items": [1, 2],
            "item_key": "item",
            "fail_fast": false,
            "substeps": [work("round", json!({"seconds": 0.5}))],
        });
        let both = json!({
            "type": "parallel",
            "fail_fast": false,
            "max_failures": 2,
            "substeps": [work("beside", json!({"seconds": 9})), forgiving(rounds)],
        });
        let (message, deeds) = broken(fault, |_| json!([forgiving(both), second("b")])).await;
        assert!(
            message.starts_with("recipe: step 0 (parallel): substep 1 (loop): ")
                && message.ends_with(": the disk is full"),
            "{message}"
        );
        assert!(!message.contains("never"), "{message}");
        assert_eq!(deeds.last().map(String::as_str), Some("beside dropped"));
        assert!(!deeds.iter().any(|deed| deed.starts_with("never")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_recipe_whose_beginning_cannot_be_noted_does_not_begin() {
    let steps = json!([second("a")]);
    let (message, deeds) = broken(Fault::RecipeLoaded("".into()), |_| steps).await;
    assert_eq!(message, "recipe: the disk is full");
    assert_eq!(deeds, [] as [&str; 0]);
}

#[tokio::test(start_paused = true)]
async fn so_it_is_with_a_called_recipe() {
    let mut lab = Lab::durable();
    let inner = lab.file("inner.json", json!([second("a")]).to_string());
    lab.disk().fault = Some(Fault::RecipeLoaded(format!("0/{inner}")));
    let outcome = lab.run(json!([forgiving(call(&inner))])).await;
    assert!(is_of_the_journal(&outcome));
    assert_eq!(
        lab.short(&outcome.error()),
        "recipe: step 0 (execute_recipe): inner.json: the disk is full"
    );
    assert_eq!(lab.log.starts(), [] as [&str; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_run_is_not_over_while_something_of_it_may_be_lost() {
    let (message, deeds) = broken(Fault::Flush, |_| json!([second("a")])).await;
    assert_eq!(message, "recipe: the disk is full");
    assert_eq!(deeds, ["a started", "a done"]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_told_rather_than_what_may_be_lost_of_the_run() {
    let mut lab = Lab::durable();
    lab.disk().fault = Some(Fault::Flush);
    let outcome = lab.run(json!([work("a", json!({"fail": "no"}))])).await;
    assert_eq!(outcome.error(), "recipe: step 0 (work): no");
}

#[tokio::test(start_paused = true)]
async fn the_run_goes_on_where_it_was_when_the_journal_works_again() {
    let mut lab = Lab::durable();
    lab.disk().fault = Some(Fault::Record("1".into()));
    let steps = json!([second("a"), second("b"), second("c")]);
    assert!(is_of_the_journal(&lab.run(steps.clone()).await));
    lab.disk().fault = None;
    lab.run(steps).await.artifacts();
    // What `b` had done was never noted.
    assert_eq!(lab.log.starts(), ["a", "b", "b", "c"]);
}
