//! `parallel`: concurrency, failures, timeouts and cancellation.

use serde_json::{Value, json};

use crate::lab::Lab;

fn parallel(config: Value, substeps: Value) -> Value {
    let mut config = config;
    config["substeps"] = substeps;
    json!([{"type": "parallel", "config": config}])
}

fn work(name: &str, seconds: f64) -> Value {
    json!({"type": "work", "name": name, "seconds": seconds})
}

fn failing(name: &str, seconds: f64) -> Value {
    json!({"type": "work", "name": name, "seconds": seconds, "fail": format!("{name} broke")})
}

mod pace {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn max_concurrency_limits_running_substeps() {
        let lab = Lab::new();
        let substeps: Vec<_> = (0..7).map(|_| work("", 1.0)).collect();
        lab.run(parallel(json!({"max_concurrency": 3}), json!(substeps)))
            .await
            .artifacts();
        assert_eq!(lab.log.max_running(), 3);
        assert_eq!(
            lab.log.times("started"),
            [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 2.0]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn zero_or_less_is_not_a_limit() {
        for limit in [0, -1, -5] {
            let lab = Lab::new();
            let substeps: Vec<_> = (0..200).map(|_| work("", 1.0)).collect();
            let config = json!({"max_concurrency": limit});
            lab.run(parallel(config, json!(substeps))).await.artifacts();
            assert_eq!(lab.log.max_running(), 200, "{limit}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_delay_is_between_launches() {
        let lab = Lab::new();
        let substeps = json!([work("a", 0.0), work("b", 0.0), work("c", 0.0)]);
        lab.run(parallel(json!({"delay": 2}), substeps))
            .await
            .artifacts();
        assert_eq!(lab.log.times("started"), [0.0, 2.0, 4.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_delay_also_applies_with_max_concurrency() {
        let lab = Lab::new();
        let substeps = json!([work("a", 0.5), work("b", 3.0), work("c", 0.5)]);
        let config = json!({"delay": 2, "max_concurrency": 1});
        lab.run(parallel(config, substeps)).await.artifacts();
        // b waits for the delay, c for the end of b.
        assert_eq!(lab.log.times("started"), [0.0, 2.0, 5.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_without_substeps_ends_immediately() {
        let lab = Lab::new();
        let steps = parallel(json!({"delay": 5, "timeout": 1}), json!([]));
        assert_eq!(lab.run(steps).await.artifacts(), json!({}));
        assert_eq!(lab.log.events(), ["started 0", "finished 0"]);
    }
}

mod contexts {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_substep_sees_artifacts_of_its_parent_but_not_of_siblings() {
        let original = json!({"title": "original", "parts": [1]});
        let merge = json!({"type": "set_context", "key": "doc", "value": {"title": "changed"},
            "if_exists": "merge"});
        for (seen, ok) in [("original", false), ("changed", true)] {
            let lab = Lab::new();
            let doc = json!({"title": seen, "parts": [1]});
            let look =
                json!({"type": "work", "name": "look", "seconds": 1, "fail_if": ["doc", doc]});
            let steps = parallel(json!({"max_concurrency": 1}), json!([merge, look]));
            let outcome = lab.run_on(json!({"doc": original}), steps).await;
            assert_eq!(outcome.result.is_ok(), ok, "{seen}");
            assert_eq!(outcome.context.get("doc"), Some(&original));
            assert_eq!(outcome.context.len(), 1);
        }
    }
}

mod failure {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_failing_substep_cancels_running_ones() {
        let lab = Lab::new();
        let substeps = json!([work("a", 9.0), failing("b", 1.0), work("c", 9.0)]);
        let outcome = lab.run(parallel(json!({}), substeps)).await;
        assert_eq!(
            outcome.error(),
            "recipe: step 0 (parallel): substep 1 (work): b broke"
        );
        assert_eq!(
            lab.log.actions()[3..],
            ["b failed", "a dropped", "c dropped"].map(str::to_owned)
        );
        assert_eq!(lab.log.times("dropped"), [1.0, 1.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failing_substep_skips_waiting_ones() {
        let lab = Lab::new();
        let substeps = json!([
            work("a", 9.0),
            failing("b", 1.0),
            work("c", 1.0),
            work("d", 1.0)
        ]);
        lab.run(parallel(json!({"max_concurrency": 2}), substeps))
            .await
            .error();
        assert_eq!(
            lab.log.actions(),
            ["a started", "b started", "b failed", "a dropped"]
        );
        assert_eq!(
            lab.log.events(),
            [
                "started 0",
                "started 0.substeps[0]",
                "started 0.substeps[1]",
                "failed 0.substeps[1]",
                "cancelled 0.substeps[0]",
                "skipped 0.substeps[2]",
                "skipped 0.substeps[3]",
                "failed 0",
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_failing_substep_ends_the_step_during_a_delay() {
        let lab = Lab::new();
        let began = tokio::time::Instant::now();
        let substeps = json!([failing("a", 1.0), work("b", 0.0)]);
        lab.run(parallel(json!({"delay": 60}), substeps))
            .await
            .error();
        assert_eq!(began.elapsed().as_secs_f64(), 1.0);
        assert_eq!(lab.log.actions(), ["a started", "a failed"]);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_starts_after_an_immediate_failure() {
        let lab = Lab::new();
        let substeps = json!([failing("a", 0.0), work("b", 0.0)]);
        let steps = parallel(json!({"max_concurrency": 1}), substeps);
        lab.run(steps).await.error();
        assert_eq!(lab.log.actions(), ["a started", "a failed"]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_earliest_failure_is_reported() {
        let lab = Lab::new();
        let substeps = json!([failing("a", 3.0), failing("b", 2.0), failing("c", 1.0)]);
        let outcome = lab.run(parallel(json!({}), substeps)).await;
        assert!(
            outcome.error().ends_with("substep 2 (work): c broke"),
            "{}",
            outcome.error()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_named_substep_is_reported_by_its_name() {
        let lab = Lab::new();
        let substeps = json!([{"type": "work", "name": "draft", "config": {"fail": "no model"}}]);
        let outcome = lab.run(parallel(json!({}), substeps)).await;
        assert_eq!(
            outcome.error(),
            r#"recipe: step 0 (parallel): substep 0 (work "draft"): no model"#
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_panicking_substep_fails() {
        let lab = Lab::new();
        let substeps = json!([
            work("a", 9.0),
            {"type": "work", "name": "b", "seconds": 1, "panic": "index out of range"},
        ]);
        let outcome = lab.run(parallel(json!({}), substeps)).await;
        assert_eq!(
            outcome.error(),
            "recipe: step 0 (parallel): substep 1 (work): step panicked: index out of range"
        );
        // Unwinding drops the step's future.
        assert_eq!(
            lab.log.actions()[2..],
            ["b dropped", "a dropped"].map(str::to_owned)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_failing_substep_cancels_nested_steps() {
        let lab = Lab::new();
        let many: Vec<_> = (0..5).map(|_| work("", 9.0)).collect();
        let substeps = json!([
            {"type": "parallel", "substeps": [
                {"type": "parallel", "substeps": many.clone(), "max_concurrency": 2},
                work("", 9.0),
            ]},
            {"type": "loop", "items": [1, 2, 3], "item_key": "i", "substeps": many, "max_concurrency": 2},
            failing("b", 1.0),
        ]);
        lab.run(parallel(json!({}), substeps)).await.error();
        assert_eq!(lab.log.times("dropped"), [1.0; 5]);
        assert_eq!(lab.log.times("started").len(), 6);
    }

    #[tokio::test]
    async fn blocking_work_is_cancelled_and_waited_for() {
        let lab = Lab::new();
        let substeps = json!([
            {"type": "block", "name": "a"},
            {"type": "parallel", "substeps": [{"type": "block", "name": "b"}]},
            {"type": "work", "name": "c", "after_start_of": "b", "fail": "c broke"},
        ]);
        lab.run(parallel(json!({}), substeps)).await.error();
        // The lab checks that nothing was running when the run returned.
        assert_eq!(lab.log.all("done").len(), 2);
    }

    #[tokio::test]
    async fn the_step_fails_after_its_blocking_work_has_ended() {
        let lab = Lab::new();
        let substeps = json!([
            {"type": "parallel", "substeps": [{"type": "block", "name": "a"}]},
            {"type": "work", "name": "b", "after_start_of": "a", "fail": "b broke"},
        ]);
        let steps = json!([{
            "type": "loop", "items": [1, 2], "item_key": "i", "fail_fast": false,
            "substeps": parallel(json!({}), substeps),
        }]);
        lab.run(steps).await.artifacts();
        let actions = lab.log.actions();
        let position = |action: &str| {
            actions
                .iter()
                .position(|other| other == action)
                .expect("it happened")
        };
        let second_item = actions
            .iter()
            .rposition(|action| action == "b started")
            .expect("it happened");
        assert!(
            position("a started") < position("b failed")
                && position("b failed") < position("a done"),
            "{actions:?}"
        );
        assert!(position("a done") < second_item, "{actions:?}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn nothing_is_left_running_on_other_threads() {
        for _ in 0..50 {
            let lab = Lab::new();
            let many: Vec<_> = (0..20).map(|_| work("", 9.0)).collect();
            let substeps = json!([
                {"type": "work", "name": "first", "after_start_of": "last", "fail": "first broke"},
                {"type": "parallel", "substeps": many},
                work("last", 9.0),
            ]);
            let outcome = lab.run(parallel(json!({}), substeps)).await;
            assert!(outcome.error().ends_with("substep 0 (work): first broke"));
        }
    }
}

mod early_end {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn a_timeout_ends_the_whole_step() {
        let lab = Lab::new();
        let substeps = json!([work("a", 1.0), work("b", 9.0), work("c", 1.0)]);
        let config = json!({"timeout": 2.5, "max_concurrency": 1});
        let outcome = lab.run(parallel(config, substeps)).await;
        assert_eq!(
            outcome.error(),
            "recipe: step 0 (parallel): timed out after 2.5 seconds"
        );
        assert_eq!(
            lab.log.actions()[2..],
            ["b started", "b dropped"].map(str::to_owned)
        );
        assert_eq!(lab.log.times("dropped"), [2.5]);
        assert!(
            lab.log
                .events()
                .contains(&"skipped 0.substeps[2]".to_owned())
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_timeout_includes_delays() {
        let lab = Lab::new();
        let substeps = json!([work("a", 0.0), work("b", 0.0)]);
        lab.run(parallel(
            json!({"timeout": 5, "delay": 4}),
            substeps.clone(),
        ))
        .await
        .artifacts();
        let outcome = lab
            .run(parallel(json!({"timeout": 4, "delay": 5}), substeps))
            .await;
        assert!(outcome.error().ends_with("timed out after 4 seconds"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_before_the_timeout_is_reported() {
        let lab = Lab::new();
        let substeps = json!([failing("a", 1.0), work("b", 9.0)]);
        let outcome = lab.run(parallel(json!({"timeout": 2}), substeps)).await;
        assert!(outcome.error().ends_with("a broke"));
    }

    #[tokio::test(start_paused = true)]
    async fn cancelling_the_run_leaves_nothing_running() {
        let lab = Lab::new();
        let substeps = json!([
            work("a", 9.0),
            {"type": "loop", "items": [1, 2], "item_key": "i", "max_concurrency": 0,
                "substeps": [work("", 9.0)]},
            work("c", 9.0),
        ]);
        let token = lab.cancellation.clone();
        let cancel = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            token.cancel();
        };
        let steps = parallel(json!({"max_concurrency": 2}), substeps);
        let (outcome, ()) = tokio::join!(lab.run(steps), cancel);
        assert_eq!(outcome.error(), "recipe: cancelled");
        assert_eq!(lab.log.times("dropped"), [3.0; 3]);
        let mut cancelled = lab.log.events();
        cancelled.retain(|event| event.starts_with("cancelled"));
        cancelled.sort();
        assert_eq!(
            cancelled,
            [
                "cancelled 0",
                "cancelled 0.substeps[0]",
                "cancelled 0.substeps[1]",
                "cancelled 0.substeps[1].items[0].substeps[0]",
                "cancelled 0.substeps[1].items[1].substeps[0]",
            ]
        );
    }

    #[tokio::test]
    async fn cancelling_the_run_waits_for_blocking_work() {
        let lab = Lab::new();
        let substeps = json!([
            {"type": "block", "name": "a"},
            {"type": "parallel", "substeps": [{"type": "block", "name": "b"}]},
        ]);
        let token = lab.cancellation.clone();
        let cancel = async {
            while lab.log.all("started").len() < 2 {
                tokio::task::yield_now().await;
            }
            token.cancel();
        };
        let (outcome, ()) = tokio::join!(lab.run(parallel(json!({}), substeps)), cancel);
        assert_eq!(outcome.error(), "recipe: cancelled");
        assert_eq!(lab.log.all("done").len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_cancelled_before_it_starts_does_nothing() {
        let lab = Lab::new();
        lab.cancellation.cancel();
        let outcome = lab.run(json!([work("a", 0.0)])).await;
        assert_eq!(outcome.error(), "recipe: cancelled");
        assert_eq!(lab.log.actions(), Vec::<String>::new());
    }
}
