//! Order of steps and journal entries, with a slow journal.

use std::time::Duration;

use serde_json::json;

use super::{call, controlled, second, work};
use crate::lab::Lab;

fn slow_lab() -> Lab {
    let mut lab = Lab::durable();
    lab.disk().write_takes = Duration::from_secs(2);
    lab
}

#[tokio::test(start_paused = true)]
async fn a_step_starts_after_the_end_of_the_previous_one_is_recorded() {
    let lab = slow_lab();
    lab.run(json!([second("a"), second("b")])).await.artifacts();
    assert_eq!(lab.log.times("started"), [0.0, 3.0]);
}

#[tokio::test(start_paused = true)]
async fn a_slot_is_free_after_the_end_of_its_substep_is_recorded() {
    let lab = slow_lab();
    let steps = json!([
        {"type": "parallel", "max_concurrency": 1, "substeps": [second("a"), second("b")]},
        second("c"),
    ]);
    lab.run(steps).await.artifacts();
    // `c` waits until the ends of `b` and of its parent are recorded.
    assert_eq!(lab.log.times("started"), [0.0, 3.0, 8.0]);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_does_not_include_recording_the_end() {
    let lab = slow_lab();
    let steps = json!([{"type": "work", "config": {"name": "a", "seconds": 1}, "timeout": 2}]);
    lab.run(steps).await.artifacts();
}

#[tokio::test(start_paused = true)]
async fn a_step_cancelled_while_its_end_is_recorded_is_done() {
    let mut lab = slow_lab();
    let steps = json!([second("a"), second("b")]);
    assert!(lab.run_for(2.0, steps.clone()).await.result.is_err());
    assert_eq!(lab.log.events(), ["started 0", "cancelled 0"]);
    lab.run(steps).await.artifacts();
    assert_eq!(lab.log.starts(), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn inner_steps_are_recorded_first() {
    let mut lab = Lab::durable();
    let inner = lab.file("inner.json", json!([second("a")]).to_string());
    let each = json!({
        "type": "loop",
        "items": [1],
        "item_key": "item",
        "substeps": [call(&inner)],
    });
    let fails = controlled(
        work("b", json!({"fail": "no"})),
        json!({"on_error": {"steps": [each]}}),
    );
    lab.run(json!([fails])).await.artifacts();
    let ends = lab.disk().ends();
    let ends: Vec<_> = ends.iter().map(|end| lab.short(end)).collect();
    // The recovery replaces the failure.
    assert_eq!(
        ends,
        [
            "done 0.on_error[0].items[0].substeps[0]/inner.json:0",
            "done 0.on_error[0].items[0].substeps[0]",
            "done 0.on_error[0].items[0]",
            "done 0.on_error[0]",
            "recovered 0",
        ]
    );
}
