//! Errors of the journal end the run.

use recipe_core::StepError;
use recipe_core::error::RecipeError;
use serde_json::{Value, json};

use super::{call, controlled, second, work};
use crate::lab::{Fault, Lab, Outcome};

/// Whether a run ended with an error of its journal.
fn is_journal_error(outcome: &Outcome) -> bool {
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

/// Runs steps with a fault. Returns the error message and the actions.
async fn run_with_fault(fault: Fault, steps: impl FnOnce(&Lab) -> Value) -> (String, Vec<String>) {
    let mut lab = Lab::durable();
    lab.disk().fault = Some(fault);
    let steps = steps(&lab);
    let outcome = lab.run(steps).await;
    assert!(is_journal_error(&outcome), "{}", outcome.error());
    (lab.short(&outcome.error()), lab.log.actions())
}

/// Adds `retry` and `on_error` to a step.
fn with_recovery(step: Value) -> Value {
    let controls = json!({
        "retry": {"attempts": 3, "delay": 1},
        "on_error": {"steps": [second("never")]},
    });
    controlled(step, controls)
}

#[tokio::test(start_paused = true)]
async fn a_failing_record_ends_the_run_after_the_step() {
    let steps = json!([with_recovery(second("a")), second("b")]);
    let (message, actions) = run_with_fault(Fault::Record("0".into()), |_| steps).await;
    assert_eq!(message, "recipe: step 0 (work): the disk is full");
    assert_eq!(actions, ["a started", "a done"]);
}

#[tokio::test(start_paused = true)]
async fn a_failing_lookup_ends_the_run_before_the_step() {
    let steps = json!([second("a"), with_recovery(second("b"))]);
    let (message, actions) = run_with_fault(Fault::Finished("1".into()), |_| steps).await;
    assert_eq!(message, "recipe: step 1 (work): the disk is full");
    assert_eq!(actions, ["a started", "a done"]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_cannot_be_recorded_is_not_recovered() {
    let steps = json!([with_recovery(work("a", json!({"fail": "no"})))]);
    let (message, actions) = run_with_fault(Fault::Record("0".into()), |_| steps).await;
    assert_eq!(message, "recipe: step 0 (work): the disk is full");
    assert_eq!(actions.len(), 6, "three attempts: {actions:?}");
}

#[tokio::test(start_paused = true)]
async fn on_error_steps_are_recorded_as_well() {
    let steps = json!([with_recovery(work("a", json!({"fail": "no"}))), second("b")]);
    let (message, actions) = run_with_fault(Fault::Record("0.on_error[0]".into()), |_| steps).await;
    assert_eq!(
        message,
        "recipe: step 0 (work): on_error step 0 (work): the disk is full"
    );
    assert_eq!(actions.last().map(String::as_str), Some("never done"));
}

#[tokio::test(start_paused = true)]
async fn enclosing_steps_do_not_recover_from_journal_errors() {
    for fault in [
        Fault::Record("0.substeps[1].items[0].substeps[0]".into()),
        Fault::Finished("0.substeps[1].items[0].substeps[0]".into()),
        // The loop item itself.
        Fault::Record("0.substeps[1].items[0]".into()),
        Fault::Finished("0.substeps[1].items[0]".into()),
        Fault::Record("0.substeps[1]".into()),
        Fault::Finished("0.substeps[1]".into()),
    ] {
        let each = json!({
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
            "substeps": [work("sibling", json!({"seconds": 9})), with_recovery(each)],
        });
        let (message, actions) =
            run_with_fault(fault, |_| json!([with_recovery(both), second("b")])).await;
        assert!(
            message.starts_with("recipe: step 0 (parallel): substep 1 (loop): ")
                && message.ends_with(": the disk is full"),
            "{message}"
        );
        assert!(!message.contains("never"), "{message}");
        assert_eq!(actions.last().map(String::as_str), Some("sibling dropped"));
        assert!(!actions.iter().any(|action| action.starts_with("never")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_recipe_that_cannot_be_recorded_does_not_start() {
    let steps = json!([second("a")]);
    let (message, actions) = run_with_fault(Fault::RecipeLoaded("".into()), |_| steps).await;
    assert_eq!(message, "recipe: the disk is full");
    assert_eq!(actions, [] as [&str; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_called_recipe_that_cannot_be_recorded_does_not_start() {
    let mut lab = Lab::durable();
    let inner = lab.file("inner.json", json!([second("a")]).to_string());
    lab.disk().fault = Some(Fault::RecipeLoaded(format!("0/{inner}")));
    let outcome = lab.run(json!([with_recovery(call(&inner))])).await;
    assert!(is_journal_error(&outcome));
    assert_eq!(
        lab.short(&outcome.error()),
        "recipe: step 0 (execute_recipe): inner.json: the disk is full"
    );
    assert_eq!(lab.log.starts(), [] as [&str; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_failing_flush_fails_the_run() {
    let (message, actions) = run_with_fault(Fault::Flush, |_| json!([second("a")])).await;
    assert_eq!(message, "recipe: the disk is full");
    assert_eq!(actions, ["a started", "a done"]);
}

#[tokio::test(start_paused = true)]
async fn an_error_of_a_step_takes_precedence_over_a_failing_flush() {
    let mut lab = Lab::durable();
    lab.disk().fault = Some(Fault::Flush);
    let outcome = lab.run(json!([work("a", json!({"fail": "no"}))])).await;
    assert_eq!(outcome.error(), "recipe: step 0 (work): no");
}

#[tokio::test(start_paused = true)]
async fn the_run_can_be_resumed_when_the_journal_works_again() {
    let mut lab = Lab::durable();
    lab.disk().fault = Some(Fault::Record("1".into()));
    let steps = json!([second("a"), second("b"), second("c")]);
    assert!(is_journal_error(&lab.run(steps.clone()).await));
    lab.disk().fault = None;
    lab.run(steps).await.artifacts();
    // The first end of `b` was not recorded.
    assert_eq!(lab.log.starts(), ["a", "b", "b", "c"]);
}
