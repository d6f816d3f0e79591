//! Failure tolerance and results of `parallel` and `loop`.

use recipe_core::StepError;
use recipe_core::error::RecipeError;
use serde_json::{Value, json};

use crate::lab::{Lab, Outcome};

fn work(name: &str, seconds: f64) -> Value {
    json!({"type": "work", "name": name, "seconds": seconds})
}

fn failing(name: &str, seconds: f64) -> Value {
    json!({"type": "work", "name": name, "seconds": seconds, "fail": format!("{name} broke")})
}

async fn parallel(lab: &Lab, config: Value, substeps: Value) -> Outcome {
    let mut config = config;
    config["substeps"] = substeps;
    lab.run(json!([{"type": "parallel", "config": config}]))
        .await
}

/// Runs a loop over the numbers from 0, of which 1, 4, 7 and so on fail.
async fn run_loop(lab: &Lab, config: Value, count: usize) -> Outcome {
    let mut config = config;
    for (key, value) in [
        (
            "items",
            json!(
                (0..count)
                    .map(|n| json!({"n": n, "bad": n % 3 == 1}))
                    .collect::<Vec<_>>()
            ),
        ),
        ("item_key", json!("x")),
        ("result_key", json!("out")),
        (
            "substeps",
            json!([{"type": "conditional", "condition": "{{ x.bad }}",
            "if_true": {"steps": [{"type": "work", "fail": "bad"}]},
            "if_false": {"steps": [{"type": "set_context", "key": "x", "value": "{{ x.n }}"}]}}]),
        ),
    ] {
        config[key] = value;
    }
    lab.run(json!([{"type": "loop", "config": config}])).await
}

mod parallel_step {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn without_fail_fast_all_run_and_the_error_lists_all_failures() {
        let lab = Lab::new();
        let substeps = json!([failing("a", 2.0), work("b", 3.0), failing("c", 1.0)]);
        let outcome = parallel(
            &lab,
            json!({"fail_fast": false, "max_concurrency": 1}),
            substeps,
        )
        .await;
        assert_eq!(
            outcome.error(),
            "recipe: step 0 (parallel): 2 of 3 failed: substep 0 (work): a broke; substep 2 (work): c broke"
        );
        assert_eq!(lab.log.times("done"), [5.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn callers_can_iterate_over_the_failures() {
        let lab = Lab::new();
        let missing = json!({"type": "execute_recipe", "recipe_path": "missing.json"});
        let substeps = json!([failing("a", 2.0), work("b", 0.0), missing]);
        let outcome = parallel(&lab, json!({"fail_fast": false}), substeps).await;
        let RecipeError::Step(StepError::Step { source, .. }) = outcome.result.unwrap_err().source
        else {
            panic!("no step failed");
        };
        let StepError::Failures(failures) = *source else {
            panic!("no list of failures");
        };
        assert_eq!(failures.total(), 3);
        let listed: Vec<_> = failures
            .iter()
            .map(|failure| (failure.index, failure.path.to_string()))
            .collect();
        assert_eq!(
            listed,
            [
                (0, "0.substeps[0]".to_owned()),
                (2, "0.substeps[2]".to_owned())
            ]
        );
        let last = failures.into_iter().next_back().expect("there are two");
        let StepError::Substep { source, .. } = last.error else {
            panic!("not of a substep");
        };
        assert!(matches!(*source, StepError::Recipe { ref path, .. } if path == "missing.json"));
    }

    #[tokio::test(start_paused = true)]
    async fn max_failures_are_tolerated() {
        for (max, count, succeeds) in [
            (json!(1), 1, true),
            (json!(1), 2, false),
            (json!("50%"), 2, true),
            (json!("50%"), 3, false),
            (json!("100%"), 4, true),
        ] {
            let lab = Lab::new();
            let substeps: Vec<_> = (0..4)
                .map(|index| {
                    if index < count {
                        failing("a", 1.0)
                    } else {
                        work("b", 1.0)
                    }
                })
                .collect();
            let config = json!({"fail_fast": false, "max_failures": max});
            let outcome = parallel(&lab, config, json!(substeps)).await;
            assert_eq!(outcome.result.is_ok(), succeeds, "{max} {count}");
            assert_eq!(lab.log.times("done").len(), 4 - count);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn with_fail_fast_the_first_failure_over_the_limit_stops_all() {
        let lab = Lab::new();
        let substeps = json!([
            failing("a", 1.0),
            failing("b", 2.0),
            work("c", 9.0),
            work("d", 1.0)
        ]);
        let config = json!({"max_failures": 1, "max_concurrency": 3});
        let outcome = parallel(&lab, config, substeps).await;
        assert_eq!(
            outcome.error(),
            "recipe: step 0 (parallel): 2 of 4 failed: substep 0 (work): a broke; substep 1 (work): b broke"
        );
        assert_eq!(lab.log.times("dropped"), [2.0]);
        assert_eq!(lab.log.times("done"), [2.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_error_lists_a_limited_number_of_failures() {
        let lab = Lab::new();
        let substeps: Vec<_> = (0..1000).map(|_| failing("a", 0.0)).collect();
        let outcome = parallel(&lab, json!({"fail_fast": false}), json!(substeps)).await;
        let error = outcome.error();
        assert!(
            error.contains("1000 of 1000 failed: substep 0 (work): a broke; "),
            "{error}"
        );
        assert!(error.ends_with("; and 990 more"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn endless_recursion_is_not_tolerated() {
        let mut lab = Lab::new();
        lab.max_depth = 5;
        let path = lab.path("again.json");
        let call = json!({"type": "execute_recipe", "recipe_path": path});
        let both = json!([{"type": "parallel", "config": {"substeps": [call, call], "fail_fast": false, "max_failures": 9}}]);
        lab.file("again.json", both.to_string());
        let error = lab.run(json!([call])).await.error();
        assert!(error.contains("exceed the depth limit of 5"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn results_are_in_the_order_of_the_substeps() {
        let lab = Lab::new();
        let substeps = json!([work("a", 3.0), failing("b", 1.0), work("c", 2.0),
            {"type": "set_context", "key": "given", "value": 2}]);
        let config = json!({"fail_fast": false, "max_failures": 1, "result_key": "out"});
        let mut config = config;
        config["substeps"] = substeps;
        let steps = json!([{"type": "parallel", "config": config}]);
        let outcome = lab.run_on(json!({"given": 1, "kept": 1}), steps).await;
        assert_eq!(
            outcome.artifacts(),
            json!({
                "given": 1,
                "kept": 1,
                "out": [{"a": "done"}, null, {"c": "done"}, {"given": 2}],
                "out__errors": [{"key": 1, "error": "b broke"}],
            })
        );
    }

    #[tokio::test(start_paused = true)]
    async fn collect_selects_artifacts_changed_or_not() {
        let lab = Lab::new();
        let mut config = json!({"result_key": "out", "collect": ["a", "kept", "nothing"]});
        config["substeps"] = json!([work("a", 0.0), work("b", 0.0)]);
        let steps = json!([{"type": "parallel", "config": config}]);
        let outcome = lab.run_on(json!({"kept": 1}), steps).await;
        assert_eq!(
            outcome.artifacts()["out"],
            json!([{"a": "done", "kept": 1}, {"kept": 1}])
        );
    }

    #[tokio::test(start_paused = true)]
    async fn setting_an_artifact_to_the_same_value_is_not_a_change() {
        let lab = Lab::new();
        let mut config = json!({"result_key": "out"});
        config["substeps"] = json!([{"type": "set_context", "key": "kept", "value": {"a": [1]}}]);
        let steps = json!([{"type": "parallel", "config": config}]);
        let outcome = lab.run_on(json!({"kept": {"a": [1]}}), steps).await;
        assert_eq!(outcome.artifacts()["out"], json!([{}]));
    }

    #[tokio::test(start_paused = true)]
    async fn results_so_far_are_stored_before_the_step_fails() {
        let lab = Lab::new();
        let substeps = json!([work("a", 1.0), failing("b", 2.0), work("c", 9.0)]);
        let outcome = parallel(&lab, json!({"result_key": "out"}), substeps).await;
        assert!(outcome.error().ends_with("b broke"));
        let artifacts = outcome.context.to_json();
        assert_eq!(artifacts["out"], json!([{"a": "done"}, null, null]));
        assert_eq!(
            artifacts["out__errors"],
            json!([{"key": 1, "error": "b broke"}])
        );
    }

    #[tokio::test]
    async fn invalid_settings_are_errors() {
        let mut messages = Vec::new();
        for config in [
            json!({"collect": ["a"]}),
            json!({"collect": "a", "result_key": "out"}),
            json!({"max_failures": -1}),
            json!({"max_failures": "many"}),
            json!({"max_failures": "150%"}),
            json!({"fail_fast": "no"}),
        ] {
            let lab = Lab::new();
            messages.push(parallel(&lab, config, json!([])).await.error());
        }
        insta::assert_snapshot!(messages.join("\n"), @r#"
        recipe: step 0 (parallel): collect: requires `result_key`
        recipe: step 0 (parallel): collect: expected a list, found "a"
        recipe: step 0 (parallel): max_failures: invalid number of failures: -1, expected a count such as 3 or a percentage such as "25%"
        recipe: step 0 (parallel): max_failures: invalid number of failures: "many", expected a count such as 3 or a percentage such as "25%"
        recipe: step 0 (parallel): max_failures: invalid number of failures: "150%", expected a count such as 3 or a percentage such as "25%"
        recipe: step 0 (parallel): fail_fast: expected true or false, found "no"
        "#);
    }
}

mod loop_step {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn without_fail_fast_any_number_of_items_can_fail() {
        let lab = Lab::new();
        let artifacts = run_loop(&lab, json!({"fail_fast": false}), 6)
            .await
            .artifacts();
        assert_eq!(artifacts["out"], json!(["0", "2", "3", "5"]));
        assert_eq!(artifacts["out__errors"].as_array().unwrap().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn without_fail_fast_max_failures_is_checked_after_all_items() {
        let lab = Lab::new();
        let config = json!({"fail_fast": false, "max_failures": "25%"});
        let outcome = run_loop(&lab, config, 6).await;
        let error = outcome.error();
        assert!(
            error.starts_with("recipe: step 0 (loop): 2 of 6 failed: item 1: "),
            "{error}"
        );
        assert_eq!(
            outcome.context.to_json()["out"],
            json!(["0", "2", "3", "5"])
        );
    }

    #[tokio::test(start_paused = true)]
    async fn with_fail_fast_the_first_failure_over_the_limit_is_the_last_item() {
        let lab = Lab::new();
        let outcome = run_loop(&lab, json!({"max_failures": 1}), 9).await;
        assert!(outcome.error().contains("2 of 9 failed"));
        assert_eq!(outcome.context.to_json()["out"], json!(["0", "2", "3"]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_timeout_cancels_items_and_keeps_the_results_so_far() {
        let lab = Lab::new();
        let steps = json!([{"type": "loop", "items": [1, 2, 9], "item_key": "x", "result_key": "out",
            "max_concurrency": 0, "timeout": 5, "substeps": [{"type": "work", "seconds_from": "x"}]}]);
        let outcome = lab.run(steps).await;
        assert_eq!(
            outcome.error(),
            "recipe: step 0 (loop): timed out after 5 seconds"
        );
        assert_eq!(outcome.context.to_json()["out"], json!([1, 2]));
        assert_eq!(lab.log.times("dropped"), [5.0]);
    }
}
