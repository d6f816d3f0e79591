//! `timeout`, `retry` and `on_error` of any step.

use std::time::Duration;

use recipe_core::StepError;
use recipe_core::error::RecipeError;
use serde_json::{Value, json};

use crate::lab::Lab;

/// A step of type `work` named `w`.
fn work(config: Value, controls: Value) -> Value {
    let mut config = config;
    config["name"] = json!("w");
    let mut step = controls;
    step["type"] = json!("work");
    step["config"] = config;
    step
}

fn set(key: &str, value: Value) -> Value {
    json!({"type": "set_context", "key": key, "value": value})
}

mod timeout {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_step_that_exceeds_its_timeout_is_cancelled_and_fails() {
        let lab = Lab::new();
        let outcome = lab
            .run(json!([work(
                json!({"seconds": 9}),
                json!({"timeout": 1.5})
            )]))
            .await;
        assert_eq!(
            outcome.error(),
            "recipe: step 0 (work): timed out after 1.5 seconds"
        );
        assert_eq!(lab.log.actions(), ["w started", "w dropped"]);
        assert_eq!(lab.log.times("dropped"), [1.5]);
        assert_eq!(lab.log.events(), ["started 0", "failed 0"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_within_its_timeout_succeeds() {
        let lab = Lab::new();
        let outcome = lab
            .run(json!([work(json!({"seconds": 1}), json!({"timeout": 2}))]))
            .await;
        assert_eq!(outcome.artifacts(), json!({"w": "done"}));
    }

    #[tokio::test(start_paused = true)]
    async fn everything_inside_the_step_stops_with_it() {
        let lab = Lab::new();
        let inner = json!({"type": "parallel", "substeps": [
            work(json!({"seconds": 9}), json!({})),
            {"type": "loop", "items": [1, 2], "item_key": "i", "substeps": [work(json!({"seconds": 9}), json!({}))]},
        ]});
        let steps = json!([{"type": "parallel", "config": {"substeps": [inner]}, "timeout": 1}]);
        let outcome = lab.run(steps).await;
        assert!(outcome.error().ends_with("timed out after 1 second"));
        // The lab checks that nothing is left running.
        assert_eq!(lab.log.times("dropped"), [1.0, 1.0]);
    }

    #[tokio::test]
    async fn blocking_work_is_waited_for() {
        let lab = Lab::new();
        let steps = json!([{"type": "block", "config": {"name": "b"}, "timeout": 0.01}]);
        let outcome = lab.run(steps).await;
        assert!(outcome.error().ends_with("timed out after 0.01 seconds"));
        assert_eq!(lab.log.actions(), ["b started", "b done"]);
    }
}

mod retry {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_step_is_retried_until_it_succeeds() {
        let lab = Lab::new();
        let retry = json!({"attempts": 5, "delay": 1, "backoff": 3, "jitter": false});
        let step = work(json!({"fail": "no", "times": 2}), json!({"retry": retry}));
        assert_eq!(lab.run(json!([step])).await.artifacts()["w"], "done");
        assert_eq!(lab.log.times("started"), [0.0, 1.0, 4.0]);
        assert_eq!(
            lab.log.events(),
            ["started 0", "retried 1/5 0", "retried 2/5 0", "finished 0"]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_error_is_that_of_the_step() {
        let lab = Lab::new();
        let retry = json!({"attempts": 3, "delay": 0});
        let step = work(json!({"fail": "no"}), json!({"retry": retry}));
        let outcome = lab.run(json!([step])).await;
        assert_eq!(outcome.error(), "recipe: step 0 (work): no");
        assert_eq!(lab.log.times("failed").len(), 3);
        assert_eq!(
            lab.log.events(),
            ["started 0", "retried 1/3 0", "retried 2/3 0", "failed 0"]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn each_attempt_starts_with_the_context_of_the_first() {
        let lab = Lab::new();
        let retry = json!({"attempts": 3, "delay": 0});
        let inner = lab.file(
            "inner.json",
            json!([
                {"type": "set_context", "key": "seen", "value": ["x"], "if_exists": "merge"},
                {"type": "work", "name": "w", "fail": "no", "times": 2},
            ])
            .to_string(),
        );
        let step =
            json!({"type": "execute_recipe", "config": {"recipe_path": inner}, "retry": retry});
        let artifacts = lab.run(json!([set("seen", json!([])), step])).await;
        let artifacts = artifacts.artifacts();
        assert_eq!(artifacts["seen"], json!(["x"]));
        assert_eq!(lab.log.times("started").len(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn each_attempt_has_the_whole_timeout() {
        let lab = Lab::new();
        let controls = json!({"timeout": 1, "retry": {"attempts": 2, "delay": 5, "jitter": false}});
        let outcome = lab
            .run(json!([work(json!({"seconds": 9}), controls)]))
            .await;
        assert!(outcome.error().ends_with("timed out after 1 second"));
        assert_eq!(lab.log.times("started"), [0.0, 6.0]);
        assert_eq!(lab.log.times("dropped"), [1.0, 7.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_run_does_not_wait_for_the_next_attempt() {
        let lab = Lab::new();
        let step = work(
            json!({"fail": "no"}),
            json!({"retry": {"attempts": 9, "delay": 1000, "max_delay": 1000, "jitter": false}}),
        );
        let cancellation = lab.cancellation.clone();
        let began = tokio::time::Instant::now();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(10)).await;
            cancellation.cancel();
        });
        let outcome = lab.run(json!([step])).await;
        assert_eq!(outcome.error(), "recipe: cancelled");
        assert_eq!(began.elapsed(), Duration::from_secs(10));
        assert_eq!(lab.log.times("started").len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failing_sibling_ends_the_wait_for_the_next_attempt() {
        let lab = Lab::new();
        let patient = work(
            json!({"fail": "no"}),
            json!({"retry": {"attempts": 9, "delay": 50, "jitter": false}}),
        );
        let other = json!({"type": "work", "name": "other", "seconds": 3, "fail": "broke"});
        let steps = json!([{"type": "parallel", "substeps": [patient, other]}]);
        let outcome = lab.run(steps).await;
        assert!(outcome.error().ends_with("broke"));
        assert_eq!(lab.log.times("failed"), [0.0, 3.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn errors_in_a_recipe_are_not_retried() {
        for text in [r#"[{"type": "teleport"}]"#, "[", r#"[{"type": "loop"}]"#] {
            let lab = Lab::new();
            let path = lab.file("wrong.json", text);
            let step = json!({
                "type": "execute_recipe",
                "config": {"recipe_path": path},
                "retry": {"attempts": 5, "delay": 0},
            });
            lab.run(json!([step])).await.error();
            assert_eq!(lab.log.events(), ["started 0", "failed 0"], "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_retried_like_other_failures() {
        let lab = Lab::new();
        let step = work(
            json!({"panic": "oh"}),
            json!({"retry": {"attempts": 2, "delay": 0}}),
        );
        let outcome = lab.run(json!([step])).await;
        assert!(outcome.error().ends_with("step panicked: oh"));
        assert_eq!(lab.log.times("started").len(), 2);
    }
}

mod on_error {
    use super::*;

    #[tokio::test]
    async fn its_steps_see_the_error_and_the_recipe_continues() {
        let lab = Lab::new();
        let rescue = set(
            "note",
            json!("{{ error.type }} {{ error.step }}: {{ error.message }}"),
        );
        let step = work(
            json!({"fail": "broke"}),
            json!({"on_error": {"steps": [rescue]}}),
        );
        let artifacts = lab.run(json!([step, set("after", json!(1))])).await;
        let artifacts = artifacts.artifacts();
        assert_eq!(artifacts["note"], "work 0: broke");
        assert_eq!(
            artifacts["error"],
            json!({"message": "broke", "step": "0", "type": "work"})
        );
        assert_eq!(artifacts["after"], 1);
        assert_eq!(
            lab.log.events(),
            [
                "started 0",
                "recovering 0",
                "started 0.on_error[0]",
                "finished 0.on_error[0]",
                "recovered 0",
                "started 1",
                "finished 1",
            ]
        );
    }

    #[tokio::test]
    async fn without_steps_the_recipe_continues() {
        let lab = Lab::new();
        let step = work(json!({"fail": "broke"}), json!({"on_error": {"steps": []}}));
        let artifacts = lab
            .run(json!([step, set("after", json!(1))]))
            .await
            .artifacts();
        assert_eq!(artifacts["after"], 1);
    }

    #[tokio::test]
    async fn it_does_not_run_without_a_failure() {
        let lab = Lab::new();
        let step = work(
            json!({}),
            json!({"on_error": {"steps": [set("note", json!(1))]}}),
        );
        assert_eq!(
            lab.run(json!([step])).await.artifacts(),
            json!({"w": "done"})
        );
    }

    #[tokio::test(start_paused = true)]
    async fn it_runs_after_the_last_attempt() {
        let lab = Lab::new();
        let rescue = json!({"type": "work", "name": "rescue"});
        let step = work(
            json!({"fail": "broke"}),
            json!({"on_error": {"steps": [rescue]}, "retry": {"attempts": 2, "delay": 1, "jitter": false}}),
        );
        lab.run(json!([step])).await.artifacts();
        assert_eq!(
            lab.log.actions(),
            [
                "w started",
                "w failed",
                "w started",
                "w failed",
                "rescue started",
                "rescue done"
            ]
        );
    }

    #[tokio::test]
    async fn an_error_of_its_steps_is_that_of_the_step() {
        let lab = Lab::new();
        let rescue = json!({"type": "work", "name": "rescue", "fail": "broke as well"});
        let step = work(
            json!({"fail": "broke"}),
            json!({"on_error": {"steps": [rescue]}}),
        );
        let outcome = lab.run(json!([step])).await;
        assert_eq!(
            outcome.error(),
            "recipe: step 0 (work): on_error step 0 (work): broke as well"
        );
    }

    #[tokio::test]
    async fn its_steps_can_have_controls() {
        let lab = Lab::new();
        let inner = work(
            json!({"fail": "b"}),
            json!({"on_error": {"steps": [set("note", json!("{{ error.step }}"))]}}),
        );
        let step = work(
            json!({"fail": "a"}),
            json!({"on_error": {"steps": [inner]}}),
        );
        let artifacts = lab.run(json!([step])).await.artifacts();
        assert_eq!(artifacts["note"], "0.on_error[0]");
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_step_is_not_recovered() {
        let lab = Lab::new();
        let rescue = json!({"type": "work", "name": "rescue"});
        let long = work(
            json!({"seconds": 9}),
            json!({"on_error": {"steps": [rescue]}}),
        );
        let other = json!({"type": "work", "name": "other", "seconds": 1, "fail": "broke"});
        let steps = json!([{"type": "parallel", "substeps": [long, other]}]);
        lab.run(steps).await.error();
        assert_eq!(lab.log.times("started").len(), 2);
    }

    #[tokio::test]
    async fn endless_recursion_is_not_recovered() {
        let mut lab = Lab::new();
        lab.max_depth = 5;
        let path = lab.path("again.json");
        let call = json!({
            "type": "execute_recipe",
            "config": {"recipe_path": path},
            "on_error": {"steps": []},
            "retry": {"attempts": 3, "delay": 0},
        });
        lab.file("again.json", json!([call, call]).to_string());
        let outcome = lab.run(json!([call])).await;
        assert!(outcome.error().contains("exceed the depth limit of 5"));
        assert_eq!(lab.log.events().len(), 2 * 6);
    }
}

mod invalid_controls {
    use super::*;

    /// Returns the error of a recipe with these controls on a step.
    async fn load_error(controls: Value) -> String {
        let outcome = Lab::new().run(json!([work(json!({}), controls)])).await;
        let Err(error) = &outcome.result else {
            panic!("it ran");
        };
        assert!(matches!(error.source, RecipeError::Invalid(_)), "{error:?}");
        outcome.error()
    }

    #[tokio::test]
    async fn invalid_controls_are_errors_before_anything_runs() {
        let mut messages = Vec::new();
        for controls in [
            json!({"timeout": 0}),
            json!({"timeout": "soon"}),
            json!({"retry": 3}),
            json!({"retry": [3]}),
            json!({"retry": {}}),
            json!({"retry": {"attempts": 0}}),
            json!({"retry": {"attempts": 2, "backoff": 0.5}}),
            json!({"on_error": []}),
            json!({"on_error": {}}),
            json!({"on_error": {"steps": [{"type": "teleport"}]}}),
            json!({"on_error": {"steps": [7]}}),
            json!({"name": 7}),
        ] {
            messages.push(
                load_error(controls)
                    .await
                    .replace("recipe: step 0 (work): ", ""),
            );
        }
        insta::assert_snapshot!(messages.join("\n"), @r#"
        timeout: invalid timeout: 0 seconds, expected more
        timeout: expected a number, found "soon"
        retry: expected an object, found `3`
        retry: expected an object, found a list
        retry: missing field `attempts`
        retry.attempts: invalid number of attempts: 0, expected 1 or more
        retry.backoff: invalid backoff: 0.5, expected 1 (constant) to 1000
        on_error: expected an object, found a list
        on_error: missing field `steps`
        on_error step 0: unknown step type: teleport
        on_error.steps[0]: expected an object with a `type`, found `7`
        name: expected text, found `7`
        "#);
    }

    #[tokio::test]
    async fn misplaced_controls_are_a_warning() {
        let lab = Lab::new();
        let step = json!({"type": "set_context", "key": "a", "value": 1, "retry": {"attempts": 2}});
        lab.run(json!([step])).await.artifacts();
        insta::assert_snapshot!(lab.log.warnings().join("\n"), @r#"step 0 (set_context): misplaced field: retry belongs beside `config`: {"type": …, "config": {…}, "retry": …}"#);
    }

    #[tokio::test]
    async fn unknown_fields_of_controls_are_a_warning() {
        let lab = Lab::new();
        let controls = json!({"retry": {"attempts": 1, "atempts": 2}, "on_eror": {}});
        lab.run(json!([work(json!({}), controls)]))
            .await
            .artifacts();
        insta::assert_snapshot!(lab.log.warnings().join("\n"), @"
        step 0 (work): unknown field: atempts
        step 0 (work): unknown field: on_eror
        ");
    }
}

#[tokio::test]
async fn a_timeout_has_its_own_error() {
    let lab = Lab::new();
    let outcome = lab
        .run(json!([work(
            json!({"seconds": 9}),
            json!({"timeout": 0.01})
        )]))
        .await;
    let RecipeError::Step(StepError::Step { source, .. }) = outcome.result.unwrap_err().source
    else {
        panic!("no step failed");
    };
    assert!(matches!(*source, StepError::TimedOut { .. }));
}
