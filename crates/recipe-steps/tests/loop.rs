//! `loop`: items, isolation, results and failures.

use serde_json::{Value, json};

use crate::lab::Lab;

/// A loop over `items` with `item_key` `x` and `result_key` `out`.
fn loop_over(config: Value, items: Value, substeps: Value) -> Value {
    let mut config = config;
    for (key, value) in [("items", items), ("substeps", substeps)] {
        config[key] = value;
    }
    for (key, value) in [("item_key", "x"), ("result_key", "out")] {
        config[key] = json!(value);
    }
    json!([{"type": "loop", "config": config}])
}

fn set_x(value: Value) -> Value {
    json!({"type": "set_context", "key": "x", "value": value})
}

mod results {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn results_are_in_the_order_of_the_items() {
        let lab = Lab::new();
        let substeps = json!([{"type": "work", "seconds_from": "x"}]);
        let steps = loop_over(json!({"max_concurrency": 0}), json!([3, 1, 2]), substeps);
        let artifacts = lab.run(steps).await.artifacts();
        assert_eq!(lab.log.times("done"), [1.0, 2.0, 3.0]);
        assert_eq!(artifacts["out"], json!([3, 1, 2]));
        let keys = artifacts["out__history"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| &entry["key"]);
        assert_eq!(keys.collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[tokio::test]
    async fn the_result_of_an_item_is_the_final_value_of_its_artifact() {
        let lab = Lab::new();
        let steps = loop_over(
            json!({}),
            json!(["a", "b"]),
            json!([set_x(json!({"done": true}))]),
        );
        let artifacts = lab.run(steps).await.artifacts();
        assert_eq!(
            artifacts,
            json!({
                "out": [{"done": true}, {"done": true}],
                "out__errors": [],
                "out__history": [
                    {"key": 0, "result": {"done": true}, "error": null},
                    {"key": 1, "result": {"done": true}, "error": null},
                ],
            })
        );
    }

    #[tokio::test]
    async fn a_loop_over_an_object_has_keys_and_returns_an_object() {
        let lab = Lab::new();
        let items = json!({"b": 1, "a": [2]});
        let copy_key = json!([{"type": "work", "name": "x", "copy": "__key"}]);
        let artifacts = lab
            .run(loop_over(json!({}), items, copy_key))
            .await
            .artifacts();
        assert_eq!(artifacts["out"].to_string(), r#"{"b":"b","a":"a"}"#);
        assert_eq!(
            artifacts["out__history"][1],
            json!({"key": "a", "result": "a", "error": null})
        );
    }

    #[tokio::test]
    async fn items_of_a_list_have_an_index() {
        let lab = Lab::new();
        let copy_index = json!([{"type": "work", "name": "x", "copy": "__index"}]);
        let artifacts = lab
            .run(loop_over(json!({}), json!(["a", "b"]), copy_index))
            .await
            .artifacts();
        assert_eq!(artifacts["out"], json!([0, 1]));
    }

    #[tokio::test]
    async fn no_items_return_empty_results() {
        let lab = Lab::new();
        let expected = [(json!([]), json!([])), (json!({}), json!({}))];
        for (items, out) in expected {
            let artifacts = lab
                .run(loop_over(json!({}), items, json!([])))
                .await
                .artifacts();
            let expected = json!({"out": out, "out__errors": [], "out__history": []});
            assert_eq!(artifacts, expected);
        }
    }

    #[tokio::test]
    async fn without_result_key_no_artifact_is_set() {
        let lab = Lab::new();
        let mut steps = loop_over(json!({}), json!([1]), json!([set_x(json!(2))]));
        steps[0]["config"]
            .as_object_mut()
            .unwrap()
            .remove("result_key");
        assert_eq!(lab.run(steps).await.artifacts(), json!({}));
    }
}

mod items {
    use super::*;

    #[tokio::test]
    async fn a_dotted_path_finds_items_in_objects_and_lists() {
        let lab = Lab::new();
        let data = json!({"data": {"users": [{"tags": ["p", "q"]}]}, "plain": [1]});
        for (path, out) in [
            ("data.users.0.tags", json!(["p", "q"])),
            ("plain", json!([1])),
        ] {
            let steps = loop_over(json!({}), json!(path), json!([]));
            let artifacts = lab.run_on(data.clone(), steps).await.artifacts();
            assert_eq!(artifacts["out"], out);
        }
    }

    #[tokio::test]
    async fn a_missing_path_is_an_error() {
        let lab = Lab::new();
        let data = json!({"data": {"list": null}, "": 1});
        for path in ["nowhere", "data.none", "data.list", "data.list.x", ""] {
            let outcome = lab
                .run_on(data.clone(), loop_over(json!({}), json!(path), json!([])))
                .await;
            let message = match path {
                "" => "items: expected a list or an object, found a number: \"\"".to_owned(),
                path => format!("items: artifact not found: {path:?}"),
            };
            assert_eq!(outcome.error(), format!("recipe: step 0 (loop): {message}"));
            assert!(!outcome.context.contains("out"));
        }
    }

    #[tokio::test]
    async fn items_must_be_a_list_or_an_object() {
        let lab = Lab::new();
        for (value, found) in [
            (json!("text"), "a string"),
            (json!(1), "a number"),
            (json!(true), "a boolean"),
        ] {
            let outcome = lab
                .run_on(
                    json!({"s": value}),
                    loop_over(json!({}), json!("s"), json!([])),
                )
                .await;
            let message = format!(
                "recipe: step 0 (loop): items: expected a list or an object, found {found}: \"s\""
            );
            assert_eq!(outcome.error(), message);
        }
    }
}

mod isolation {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_item_has_its_own_context() {
        let lab = Lab::new();
        // Each item adds to the same artifact and reads it later, concurrently with the others.
        let substeps = json!([
            {"type": "set_context", "key": "all", "value": ["mine"], "if_exists": "merge"},
            {"type": "work", "name": "pause", "seconds": 1},
            {"type": "work", "name": "x", "copy": "all"},
        ]);
        let steps = loop_over(json!({"max_concurrency": 0}), json!([1, 2, 3]), substeps);
        let artifacts = lab
            .run_on(json!({"all": ["theirs"]}), steps)
            .await
            .artifacts();
        assert_eq!(
            artifacts["out"],
            json!([["theirs", "mine"], ["theirs", "mine"], ["theirs", "mine"]])
        );
        assert_eq!(artifacts["all"], json!(["theirs"]));
        assert_eq!(artifacts.as_object().unwrap().len(), 4, "{artifacts}");
    }

    #[tokio::test]
    async fn the_parents_artifact_of_the_same_name_is_kept() {
        let lab = Lab::new();
        let steps = loop_over(json!({}), json!([1]), json!([]));
        assert_eq!(
            lab.run_on(json!({"x": "mine"}), steps).await.artifacts()["x"],
            "mine"
        );
    }
}

mod failure {
    use super::*;

    fn failing_at(item: i64) -> Value {
        json!([{"type": "work", "name": "y", "seconds": 1, "fail_if": ["x", item]}])
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_failure_fails_the_step_and_stores_the_results_so_far() {
        let lab = Lab::new();
        let outcome = lab
            .run(loop_over(json!({}), json!([10, 20, 30]), failing_at(20)))
            .await;
        assert_eq!(
            outcome.error(),
            "recipe: step 0 (loop): item 1: step 0 (work): as asked"
        );
        assert_eq!(lab.log.times("started"), [0.0, 1.0]);
        assert_eq!(
            serde_json::to_value(&outcome.context).unwrap(),
            json!({
                "out": [10],
                "out__errors": [{"key": 1, "error": "step 0 (work): as asked"}],
                "out__history": [
                    {"key": 0, "result": 10, "error": null},
                    {"key": 1, "result": null, "error": "step 0 (work): as asked"},
                ],
            })
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_failure_cancels_running_items() {
        let lab = Lab::new();
        let substeps = json!([
            {"type": "work", "name": "wait", "seconds_from": "x"},
            {"type": "work", "name": "end", "fail_if": ["x", 2]},
        ]);
        let items = json!({"a": 9, "b": 2, "c": 1, "d": 5, "e": 1});
        let outcome = lab
            .run(loop_over(json!({"max_concurrency": 3}), items, substeps))
            .await;
        assert!(
            outcome.error().contains(r#"item "b": step 1 (work)"#),
            "{}",
            outcome.error()
        );
        assert_eq!(lab.log.times("dropped"), [2.0, 2.0]);
        assert_eq!(outcome.context.get("out"), Some(&json!({"c": 1})));
        assert_eq!(lab.log.all("started").len(), 6, "{:?}", lab.log.actions());
    }

    #[tokio::test(start_paused = true)]
    async fn without_fail_fast_all_items_run() {
        let lab = Lab::new();
        let config = json!({"fail_fast": false});
        let artifacts = lab
            .run(loop_over(config, json!([10, 20, 30]), failing_at(20)))
            .await
            .artifacts();
        assert_eq!(artifacts["out"], json!([10, 30]));
        assert_eq!(
            artifacts["out__errors"],
            json!([{"key": 1, "error": "step 0 (work): as asked"}])
        );
        assert_eq!(artifacts["out__history"].as_array().unwrap().len(), 3);
        assert_eq!(artifacts["out__history"][2]["result"], 30);
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_a_failure_of_its_item() {
        let lab = Lab::new();
        let substeps = json!([{"type": "work", "panic": "oh"}]);
        let steps = loop_over(json!({"fail_fast": false}), json!([1]), substeps);
        let artifacts = lab.run(steps).await.artifacts();
        let error = "step 0 (work): step panicked: oh";
        assert_eq!(
            artifacts["out__errors"],
            json!([{"key": 0, "error": error}])
        );
    }
}

mod pace {
    use super::*;

    fn sleeping(config: Value, items: Value) -> Value {
        loop_over(
            config,
            items,
            json!([{"type": "work", "name": "y", "seconds": 1}]),
        )
    }

    #[tokio::test(start_paused = true)]
    async fn items_run_one_after_the_other_by_default() {
        let lab = Lab::new();
        lab.run(sleeping(json!({}), json!([1, 2, 3])))
            .await
            .artifacts();
        assert_eq!(lab.log.times("started"), [0.0, 1.0, 2.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn max_concurrency_limits_running_items_and_0_does_not() {
        for (limit, most) in [(2, 2), (0, 5)] {
            let lab = Lab::new();
            let config = json!({"max_concurrency": limit});
            lab.run(sleeping(config, json!([1, 2, 3, 4, 5])))
                .await
                .artifacts();
            assert_eq!(lab.log.max_running(), most);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_delay_is_between_items() {
        let lab = Lab::new();
        let config = json!({"max_concurrency": 0, "delay": 0.25});
        lab.run(sleeping(config, json!([1, 2, 3])))
            .await
            .artifacts();
        assert_eq!(lab.log.times("started"), [0.0, 0.25, 0.5]);
    }

    #[tokio::test(start_paused = true)]
    async fn ten_thousand_items_work() {
        let lab = Lab::new();
        let items: Vec<_> = (0..10_000).collect();
        let steps = loop_over(json!({"max_concurrency": 8}), json!("many"), json!([]));
        let artifacts = lab.run_on(json!({"many": items}), steps).await.artifacts();
        assert_eq!(artifacts["out"], artifacts["many"]);
    }
}
