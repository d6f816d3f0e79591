//! When the end of a step counts, with a journal that takes its time.

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
async fn a_step_begins_when_the_end_of_the_one_before_has_been_noted() {
    let lab = slow_lab();
    lab.run(json!([second("a"), second("b")])).await.artifacts();
    assert_eq!(lab.log.times("started"), [0.0, 3.0]);
}

#[tokio::test(start_paused = true)]
async fn a_place_is_free_when_the_end_of_what_had_it_has_been_noted() {
    let lab = slow_lab();
    let steps = json!([
        {"type": "parallel", "max_concurrency": 1, "substeps": [second("a"), second("b")]},
        second("c"),
    ]);
    lab.run(steps).await.artifacts();
    // Behind `b` its own end is noted, and that of the step around it.
    assert_eq!(lab.log.times("started"), [0.0, 3.0, 8.0]);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_is_for_the_step_and_not_for_noting_its_end() {
    let lab = slow_lab();
    let steps = json!([{"type": "work", "config": {"name": "a", "seconds": 1}, "timeout": 2}]);
    lab.run(steps).await.artifacts();
}

#[tokio::test(start_paused = true)]
async fn a_step_that_is_cancelled_while_its_end_is_noted_is_done() {
    let mut lab = slow_lab();
    let steps = json!([second("a"), second("b")]);
    assert!(lab.run_for(2.0, steps.clone()).await.result.is_err());
    assert_eq!(lab.log.events(), ["started 0", "cancelled 0"]);
    lab.run(steps).await.artifacts();
    assert_eq!(lab.log.starts(), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn what_lies_inside_is_noted_first() {
    let mut lab = Lab::durable();
    let inner = lab.file("inner.json", json!([second("a")]).to_string());
    let rounds = json!({
        "type": "loop",
        "items": [1],
        "item_key": "item",
        "substeps": [call(&inner)],
    });
    let fails = controlled(
        work("b", json!({"fail": "no"})),
        json!({"on_error": {"steps": [rounds]}}),
    );
    lab.run(json!([fails])).await.artifacts();
    let ends = lab.disk().ends();
    let ends: Vec<_> = ends.iter().map(|end| lab.short(end)).collect();
    // The failure gives way to the recovery.
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
