//! `wait`: duration and cancellation.

use serde_json::json;
use tokio::time::{Duration, Instant};

use crate::lab::Lab;

#[tokio::test(start_paused = true)]
async fn the_next_step_starts_after_the_configured_time() {
    for (seconds, expected) in [
        (json!(0), Duration::ZERO),
        (json!(1.5), Duration::from_millis(1500)),
        (json!(86_400), Duration::from_secs(86_400)),
    ] {
        let lab = Lab::new();
        let began = Instant::now();
        let steps = json!([
            {"type": "wait", "config": {"seconds": seconds}},
            {"type": "set_context", "key": "done", "value": "yes"},
        ]);
        let artifacts = lab.run(steps).await.artifacts();
        assert_eq!(artifacts, json!({"done": "yes"}));
        assert_eq!(began.elapsed(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_when_its_parent_is_cancelled() {
    let lab = Lab::new();
    let began = Instant::now();
    let steps = json!([{"type": "parallel", "config": {"substeps": [
        {"type": "wait", "seconds": 3600},
        {"type": "work", "seconds": 2, "fail": "as asked"},
    ]}}]);
    let error = lab.run(steps).await.error();
    assert_eq!(
        error,
        "recipe: step 0 (parallel): substep 1 (work): as asked"
    );
    assert_eq!(began.elapsed(), Duration::from_secs(2));
    assert!(
        lab.log
            .events()
            .contains(&"cancelled 0.substeps[0]".to_owned())
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_when_the_run_is_cancelled() {
    let lab = Lab::new();
    let began = Instant::now();
    let cancellation = lab.cancellation.clone();
    let (outcome, ()) = tokio::join!(lab.run(json!([{"type": "wait", "seconds": 3600}])), async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        cancellation.cancel();
    });
    assert!(outcome.error().ends_with("cancelled"));
    assert_eq!(began.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn invalid_durations_are_errors_before_anything_runs() {
    let lab = Lab::new();
    for (config, message) in [
        (
            json!({"seconds": -1}),
            "invalid number of seconds: -1, expected 0 or more",
        ),
        (
            json!({"seconds": 1e12}),
            "1000000000000.0 seconds exceeds the maximum of 315360000",
        ),
        (
            json!({"seconds": "5"}),
            "seconds: expected a number, found \"5\"",
        ),
        (
            json!({"seconds": null}),
            "seconds: expected a number, found null",
        ),
        (json!({}), "seconds"),
    ] {
        let error = lab
            .run(json!([{"type": "wait", "config": config}]))
            .await
            .error();
        assert!(error.contains(message), "{error}");
    }
}
