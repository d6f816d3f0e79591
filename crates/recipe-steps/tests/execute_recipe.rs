//! `execute_recipe`: context, overrides, failures and recursion.

use serde_json::{Value, json};

use crate::lab::{Lab, Outcome};

fn call(path: &str) -> Value {
    json!({"type": "execute_recipe", "recipe_path": path})
}

fn set(key: &str, value: Value) -> Value {
    json!({"type": "set_context", "key": key, "value": value})
}

#[tokio::test]
async fn an_empty_path_is_visible_in_the_error() {
    let lab = Lab::new();
    let error = lab.run(json!([call("{{ not_given }}")])).await.error();
    assert_eq!(
        error,
        "recipe: step 0 (execute_recipe): an empty path: recipe file not found"
    );
    let step = json!({"type": "read_file", "path": "{{ not_given }}", "artifact": "a"});
    let error = lab.run(json!([step])).await.error();
    assert_eq!(
        error,
        "recipe: step 0 (read_file): file not found: the path is empty"
    );
}

mod context {
    use super::*;

    #[tokio::test]
    async fn a_recipe_runs_on_the_context_of_its_caller() {
        let lab = Lab::new();
        let path = lab.file("sub.json", json!([set("made", json!([1, 2]))]).to_string());
        let steps = json!([set("before", json!("x")), call(&path)]);
        assert_eq!(
            lab.run(steps).await.artifacts(),
            json!({"before": "x", "made": [1, 2]})
        );
    }

    #[tokio::test]
    async fn overrides_are_set_before_the_recipe_runs_and_are_kept() {
        let lab = Lab::new();
        let copy = json!([{"type": "work", "name": "seen", "copy": "given"}]);
        let path = lab.file("sub.json", copy.to_string());
        let steps = json!([
            {"type": "execute_recipe", "recipe_path": path, "context_overrides": {"given": 7}},
        ]);
        let artifacts = lab.run_on(json!({"given": 1}), steps).await.artifacts();
        assert_eq!(artifacts, json!({"given": 7, "seen": 7}));
    }

    #[tokio::test]
    async fn the_path_is_rendered_first_and_each_override_sees_the_ones_before() {
        let lab = Lab::new();
        let path = lab.file("sub.json", "[]");
        let overrides = json!({"path": "other.json", "a": "{{ x }}a", "x": "{{ a }}{{ path }}"});
        let steps = json!([
            {"type": "execute_recipe", "recipe_path": "{{ path }}", "context_overrides": overrides},
        ]);
        let artifacts = lab
            .run_on(json!({"path": path, "x": "x"}), steps)
            .await
            .artifacts();
        assert_eq!(
            artifacts,
            json!({"path": "other.json", "a": "xa", "x": "xaother.json"})
        );
    }

    #[tokio::test]
    async fn a_string_of_a_json_list_or_object_is_parsed() {
        let lab = Lab::new();
        let path = lab.file("sub.json", "[]");
        let overrides = json!({
            "list": "[1, {\"a\": null}]",
            "object": " {\"k\": [true]}\n",
            "inside": {"deep": ["[2]"]},
            "number": "42",
            "quoted": "\"x\"",
            "broken": "[1, 2",
            "sentence": "[draft] not a list",
        });
        let steps = json!([
            {"type": "execute_recipe", "recipe_path": path, "context_overrides": overrides},
        ]);
        let expected = json!({
            "list": [1, {"a": null}],
            "object": {"k": [true]},
            "inside": {"deep": [[2]]},
            "number": "42",
            "quoted": "\"x\"",
            "broken": "[1, 2",
            "sentence": "[draft] not a list",
        });
        assert_eq!(lab.run(steps).await.artifacts(), expected);
    }

    #[tokio::test]
    async fn a_recipe_written_by_an_earlier_step_is_reloaded() {
        let lab = Lab::new();
        let path = lab.file("sub.json", json!([set("round", json!(1))]).to_string());
        let second = json!([set("round", json!(2)), set("new", json!(true))]);
        let steps = json!([
            call(&path),
            {"type": "write_files", "files": [{"path": path, "content": second}]},
            call(&path),
        ]);
        assert_eq!(
            lab.run(steps).await.artifacts(),
            json!({"round": 2, "new": true})
        );
    }
}

mod failure {
    use super::*;

    #[tokio::test]
    async fn a_missing_recipe_is_an_error() {
        let lab = Lab::new();
        let outcome = lab.run(json!([call("no/such.json")])).await;
        assert_eq!(
            outcome.error(),
            "recipe: step 0 (execute_recipe): no/such.json: recipe file not found"
        );
    }

    #[tokio::test]
    async fn an_invalid_recipe_is_an_error_with_line_and_column() {
        let lab = Lab::new();
        let path = lab.file("sub.json", "{\"steps\": [\n  {\"type\": }\n]}");
        let outcome = lab.run(json!([call(&path)])).await;
        assert_eq!(
            lab.short(&outcome.error()),
            "recipe: step 0 (execute_recipe): sub.json: line 2, column 12: expected value, \
             near `{\"type\": }`"
        );
    }

    #[tokio::test]
    async fn an_error_names_all_recipes_on_the_path() {
        let lab = Lab::new();
        let leaf = lab.file(
            "leaf.json",
            json!([{"type": "work", "fail": "broke"}]).to_string(),
        );
        let middle = lab.file(
            "middle.json",
            json!([set("a", json!(1)), call(&leaf)]).to_string(),
        );
        let outcome = lab.run(json!([call(&middle)])).await;
        assert_eq!(
            lab.short(&outcome.error()),
            "recipe: step 0 (execute_recipe): middle.json: step 1 (execute_recipe): leaf.json: \
             step 0 (work): broke"
        );
        assert_eq!(
            outcome.context.get("a"),
            Some(&json!(1)),
            "effects of earlier steps are kept"
        );
    }

    #[tokio::test]
    async fn a_recipe_that_is_a_substep_is_named_once() {
        let lab = Lab::new();
        let bad = lab.file(
            "b.json",
            json!([{"type": "work", "fail": "broke"}]).to_string(),
        );
        let good = lab.file("a.json", "[]");
        let steps = json!([{"type": "parallel", "substeps": [call(&good), call(&bad)]}]);
        assert_eq!(
            lab.short(&lab.run(steps).await.error()),
            "recipe: step 0 (parallel): substep 1 (b.json): step 0 (work): broke"
        );
    }
}

mod depth {
    use super::*;

    /// Runs a test on a thread with the stack size of a runtime's worker threads.
    fn on_a_worker(test: impl AsyncFnOnce() -> Outcome + Send + 'static) -> Outcome {
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.expect("a runtime").block_on(test())
        };
        let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(run);
        thread.expect("a thread").join().expect("no panic")
    }

    #[test]
    fn a_recursive_recipe_is_an_error_with_its_cycle() {
        let outcome = on_a_worker(async || {
            let lab = Lab::new();
            let path = lab.path("self.json");
            lab.file("self.json", json!([call(&path)]).to_string());
            let outcome = lab.run(json!([call(&path)])).await;
            assert_eq!(
                lab.short(&outcome.error()),
                "recipe: step 0 (execute_recipe): recipe calls exceed the depth limit \
                 of 100: recipe > self.json > self.json > …"
            );
            outcome
        });
        assert!(outcome.result.is_err());
    }

    #[test]
    fn recipes_with_maximum_nesting_fit_on_the_stack() {
        let outcome = on_a_worker(async || {
            let mut lab = Lab::new();
            lab.observed = false;
            let path = lab.path("self.json");
            // JSON is limited to a depth of 128, and each of these adds three levels.
            let step = (0..40).fold(call(&path), |step, _| {
                json!({"type": "conditional", "condition": true, "if_true": {"steps": [step]}})
            });
            lab.file("self.json", json!([step]).to_string());
            let outcome = lab.run(json!([call(&path)])).await;
            assert!(
                outcome.error().contains("exceed the depth limit of 100"),
                "{}",
                outcome.error()
            );
            outcome
        });
        assert!(outcome.result.is_err());
    }

    #[test]
    fn an_error_at_the_depth_limit_is_complete() {
        on_a_worker(async || {
            let mut lab = Lab::new();
            lab.observed = false;
            let mut path = lab.file(
                "bottom.json",
                json!([{"type": "work", "fail": "x"}]).to_string(),
            );
            for index in 0..99 {
                let step = (0..40).fold(call(&path), |step, _| {
                    json!({"type": "conditional", "condition": true, "if_true": {"steps": [step]}})
                });
                path = lab.file(&format!("{index}.json"), json!([step]).to_string());
            }
            let outcome = lab.run(json!([call(&path)])).await;
            assert!(outcome.error().ends_with("bottom.json: step 0 (work): x"));
            outcome
        });
    }

    #[test]
    fn artifacts_and_cancellation_pass_through_nested_recipes() {
        let outcome = on_a_worker(async || {
            let lab = Lab::new();
            let mut path = lab.file("bottom.json", json!([
                set("bottom", json!(true)), {"type": "work", "name": "end", "seconds": 60, "copy": "0"},
            ]).to_string());
            for index in 0..90 {
                let steps = json!([set(&index.to_string(), json!(index)), call(&path)]);
                path = lab.file(&format!("{index}.json"), steps.to_string());
            }
            tokio::time::pause();
            let artifacts = lab.run(json!([call(&path)])).await.artifacts();
            assert_eq!(artifacts.as_object().map(|all| all.len()), Some(92));
            assert_eq!(artifacts["end"], 0);

            let token = lab.cancellation.clone();
            let cancel = async {
                tokio::time::sleep(std::time::Duration::from_secs(30)).await;
                token.cancel();
            };
            let (outcome, ()) = tokio::join!(lab.run(json!([call(&path)])), cancel);
            assert_eq!(lab.log.times("dropped").len(), 1);
            assert!(
                outcome.context.contains("89"),
                "artifacts of outer recipes are kept"
            );
            outcome
        });
        assert_eq!(outcome.error(), "recipe: cancelled");
    }

    #[test]
    fn recursion_through_parallel_and_loop_is_limited() {
        for step_type in ["parallel", "loop"] {
            let outcome = on_a_worker(async move || {
                let lab = Lab::new();
                let path = lab.path("self.json");
                let mut step = json!({"type": step_type, "substeps": [call(&path)]});
                if step_type == "loop" {
                    step["items"] = json!([1]);
                    step["item_key"] = json!("item");
                }
                lab.file("self.json", json!([step]).to_string());
                let outcome = lab.run(json!([call(&path)])).await;
                assert!(outcome.error().contains("recipe > "), "{}", outcome.error());
                outcome
            });
            assert!(outcome.result.is_err());
        }
    }

    /// Doubles at each level, which would exhaust memory long before the depth limit.
    #[tokio::test]
    async fn exponential_recursion_is_limited_by_max_tasks() {
        let mut lab = Lab::new();
        lab.max_tasks = 500;
        let path = lab.path("self.json");
        let step = json!({"type": "parallel", "substeps": [call(&path), call(&path)]});
        lab.file("self.json", json!([step]).to_string());
        let error = lab.run(json!([call(&path)])).await.error();
        assert_eq!(
            lab.short(&error),
            "recipe: step 0 (execute_recipe): more than 500 substeps and loop items at once: set `max_concurrency`"
        );
    }

    #[tokio::test]
    async fn max_depth_can_be_set_and_calls_up_to_it_succeed() {
        let mut lab = Lab::new();
        lab.max_depth = 3;
        let c = lab.file("c.json", json!([set("reached", json!(true))]).to_string());
        let b = lab.file("b.json", json!([call(&c)]).to_string());
        let a = lab.file("a.json", json!([call(&b)]).to_string());
        assert_eq!(
            lab.run(json!([call(&a)])).await.artifacts(),
            json!({"reached": true})
        );
        let o = lab.file("o.json", json!([call(&a)]).to_string());
        let error = lab.run(json!([call(&o)])).await.error();
        assert!(error.contains("limit of 3"), "{error}");
    }
}
