//! Delays between launches do not apply to reused steps.

use serde_json::{Value, json};

use super::{fails_once, second, work};
use crate::lab::Lab;

/// Returns the starts of steps in the second run, in seconds since its start.
async fn starts_when_resumed(lab: &mut Lab, seconds: f64, steps: Value) -> Vec<f64> {
    assert!(lab.run_for(seconds, steps.clone()).await.result.is_err());
    let before = lab.log.times("started").len();
    let now = lab.log.now();
    assert_eq!(
        lab.run(steps).await.result.err().map(|e| e.to_string()),
        None
    );
    let times = lab.log.times("started").split_off(before);
    times.into_iter().map(|time| time - now).collect()
}

#[tokio::test(start_paused = true)]
async fn the_first_remaining_substep_starts_immediately() {
    let substeps: Vec<_> = ["a", "b", "c", "d"].map(second).to_vec();
    let steps = json!([{"type": "parallel", "delay": 5, "substeps": substeps}]);
    let mut lab = Lab::durable();
    // `a` to `c` start at 0, 5 and 10.
    assert_eq!(starts_when_resumed(&mut lab, 11.5, steps).await, [0.0]);
}

#[tokio::test(start_paused = true)]
async fn the_delay_is_between_remaining_substeps() {
    let substeps = json!([
        second("done"),
        fails_once("a"),
        second("done"),
        fails_once("b"),
        fails_once("c"),
        second("done"),
    ]);
    for limit in [0, 1] {
        let steps = json!([{
            "type": "parallel",
            "delay": 5,
            "max_concurrency": limit,
            "fail_fast": false,
            "substeps": substeps,
        }]);
        let mut lab = Lab::durable();
        let starts = starts_when_resumed(&mut lab, 100.0, steps).await;
        assert_eq!(starts, [0.0, 5.0, 10.0]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_delay_is_between_remaining_items() {
    for items in [
        json!([1, 2, 3, 4, 5]),
        json!({"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}),
    ] {
        let steps = json!([{
            "type": "loop",
            "items": items,
            "item_key": "item",
            "delay": 5,
            "max_concurrency": 0,
            "substeps": [second("")],
        }]);
        let mut lab = Lab::durable();
        assert_eq!(starts_when_resumed(&mut lab, 13.0, steps).await, [0.0, 5.0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_partly_done_substep_is_launched_with_a_delay() {
    let half = json!({
        "type": "conditional",
        "condition": true,
        "if_true": {"steps": [second("a"), fails_once("b")]},
    });
    let steps = json!([{
        "type": "parallel",
        "delay": 5,
        "fail_fast": false,
        "substeps": [half, fails_once("c")],
    }]);
    let mut lab = Lab::durable();
    assert_eq!(
        starts_when_resumed(&mut lab, 100.0, steps).await,
        [0.0, 5.0]
    );
}

#[tokio::test(start_paused = true)]
async fn a_new_attempt_has_its_delays() {
    let flaky = work("b", json!({"seconds": 2, "fail": "broke", "times": 1}));
    let config = json!({"delay": 5, "substeps": [second("a"), flaky]});
    let retry = json!({"attempts": 2, "delay": 3, "jitter": false});
    let steps = json!([{"type": "parallel", "config": config, "retry": retry}]);
    let mut lab = Lab::durable();
    // `b` starts immediately and fails after 2 seconds; 3 seconds later `a` starts, then `b`.
    assert_eq!(
        starts_when_resumed(&mut lab, 4.0, steps).await,
        [0.0, 5.0, 10.0]
    );
}
