//! A failed run is resumed: only steps that failed or were not done run again.

use serde_json::{Value, json};

use super::{call, fails_once, second, work};
use crate::lab::Lab;

#[tokio::test(start_paused = true)]
async fn failed_and_cancelled_substeps_run_again() {
    let lab = Lab::durable();
    let steps = json!([{"type": "parallel", "result_key": "out", "substeps": [
        second("a"),
        work("b", json!({"seconds": 2, "fail": "broke", "times": 1})),
        work("c", json!({"seconds": 3})),
    ]}]);
    let outcome = lab.run(steps.clone()).await;
    assert_eq!(
        outcome.error(),
        "recipe: step 0 (parallel): substep 1 (work): broke"
    );
    let first = [
        "a started",
        "b started",
        "c started",
        "a done",
        "b failed",
        "c dropped",
    ];
    assert_eq!(lab.log.actions(), first);

    let artifacts = lab.run(steps).await.artifacts();
    assert_eq!(
        lab.log.actions()[first.len()..],
        ["b started", "c started", "b done", "c done"]
    );
    let results = json!([{"a": "done"}, {"b": "done"}, {"c": "done"}]);
    assert_eq!(artifacts, json!({"out": results, "out__errors": []}));
}

#[tokio::test(start_paused = true)]
async fn failed_substeps_run_again_without_fail_fast() {
    let lab = Lab::durable();
    let substeps = json!([fails_once("a"), second("b"), fails_once("c")]);
    let steps = json!([{"type": "parallel", "substeps": substeps, "fail_fast": false}]);
    assert!(lab.run(steps.clone()).await.result.is_err());
    lab.run(steps).await.artifacts();
    assert_eq!(lab.log.starts(), ["a", "b", "c", "a", "c"]);
}

#[tokio::test(start_paused = true)]
async fn the_failed_step_and_later_ones_run() {
    let lab = Lab::durable();
    let steps = json!([second("a"), fails_once("b"), second("c")]);
    let outcome = lab.run(steps.clone()).await;
    assert_eq!(outcome.error(), "recipe: step 1 (work): broke");
    let artifacts = lab.run(steps).await.artifacts();
    assert_eq!(lab.log.starts(), ["a", "b", "b", "c"]);
    assert_eq!(artifacts, json!({"a": "done", "b": "done", "c": "done"}));
}

#[tokio::test(start_paused = true)]
async fn the_failed_step_of_an_item_and_later_ones_run() {
    let lab = Lab::durable();
    let fails_at_2 = json!({
        "type": "conditional",
        "condition": "{{ item }} == 2",
        "if_true": {"steps": [fails_once("flaky")]},
    });
    let steps = json!([{
        "type": "loop",
        "items": [1, 2, 3],
        "item_key": "item",
        "result_key": "out",
        "substeps": [
            {"type": "set_context", "key": "item", "value": "{{ item }}", "if_exists": "merge"},
            {"type": "set_context", "key": "item", "value": "{{ item[0] }}"},
            work("before", json!({"copy": "item"})),
            fails_at_2,
            work("after", json!({"copy": "item"})),
        ],
    }]);
    let outcome = lab.run(steps.clone()).await;
    assert_eq!(
        outcome.error(),
        "recipe: step 0 (loop): item 1: step 3 (conditional): if_true step 0 (work): broke"
    );
    assert_eq!(lab.log.starts(), ["before", "after", "before", "flaky"]);
    let artifacts = lab.run(steps).await.artifacts();
    assert_eq!(lab.log.starts()[4..], ["flaky", "after", "before", "after"]);
    assert_eq!(artifacts["out"], json!(["1", "2", "3"]));
    assert_eq!(artifacts["out__errors"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn failed_items_of_an_object_run_again() {
    let lab = Lab::durable();
    let fails_at_2 = json!({
        "type": "conditional",
        "condition": "{{ item }} == 2",
        "if_true": {"steps": [fails_once("flaky")]},
    });
    let steps = json!([{
        "type": "loop",
        "items": {"x.y": 1, "a b": 2, "": 3},
        "item_key": "item",
        "result_key": "out",
        "max_concurrency": 0,
        "fail_fast": false,
        "max_failures": 0,
        "substeps": [work("", json!({"copy": "item"})), fails_at_2],
    }]);
    assert!(lab.run(steps.clone()).await.result.is_err());
    let artifacts = lab.run(steps).await.artifacts();
    assert_eq!(artifacts["out"], json!({"x.y": 1, "a b": 2, "": 3}));
    assert_eq!(
        lab.log.starts(),
        [
            "0.items[\"x.y\"].substeps[0]",
            "0.items[\"a b\"].substeps[0]",
            "flaky",
            "0.items[\"\"].substeps[0]",
            "flaky"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_failed_step_of_a_called_recipe_and_later_ones_run() {
    let lab = Lab::durable();
    let inner = lab.file(
        "inner.json",
        json!([second("a"), fails_once("b"), second("c")]).to_string(),
    );
    let outer = lab.file("outer.json", json!([second("x"), call(&inner)]).to_string());
    let steps = json!([call(&outer), second("y")]);
    assert!(lab.run(steps.clone()).await.result.is_err());
    let artifacts = lab.run(steps).await.artifacts();
    assert_eq!(lab.log.starts(), ["x", "a", "b", "b", "c", "y"]);
    let names: Vec<_> = artifacts.as_object().expect("artifacts").keys().collect();
    assert_eq!(names, ["x", "a", "b", "c", "y"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_can_be_resumed_repeatedly() {
    let lab = Lab::durable();
    let steps = json!([
        second("a"),
        work("b", json!({"fail": "broke", "times": 3})),
        fails_once("c"),
    ]);
    for failing in ["1 (work)", "1 (work)", "1 (work)", "2 (work)"] {
        let outcome = lab.run(steps.clone()).await;
        assert_eq!(outcome.error(), format!("recipe: step {failing}: broke"));
    }
    lab.run(steps).await.artifacts();
    assert_eq!(lab.log.starts(), ["a", "b", "b", "b", "b", "c", "c"]);
}

#[tokio::test(start_paused = true)]
async fn artifacts_are_restored() {
    let lab = Lab::durable();
    let set = |key: &str, value: Value| json!({"type": "set_context", "key": key, "value": value});
    let steps = json!([
        set("object", json!({"a": 1, "b": 2})),
        set("gone", json!("soon")),
        // Equal, but in another order.
        set("object", json!({"b": 2, "a": 1})),
        work("a", json!({"remove": "gone"})),
        fails_once("b"),
        set("text", json!("{{ object }}{{ gone }}")),
    ]);
    assert!(lab.run(steps.clone()).await.result.is_err());
    let artifacts = lab.run(steps).await.artifacts();
    assert_eq!(
        artifacts.to_string(),
        r#"{"object":{"b":2,"a":1},"a":"done","b":"done","text":"{\"b\":2,\"a\":1}"}"#
    );
}

#[tokio::test(start_paused = true)]
async fn a_deeply_nested_step_is_resumed() {
    let lab = Lab::durable();
    // At this depth, steps move to their own tasks.
    let nested = (0..80).fold(
        json!([second("a"), fails_once("b")]),
        |steps, _| json!([{"type": "conditional", "condition": true, "if_true": {"steps": steps}}]),
    );
    let steps = json!([nested[0], second("c")]);
    assert!(lab.run(steps.clone()).await.result.is_err());
    lab.run(steps).await.artifacts();
    assert_eq!(lab.log.starts(), ["a", "b", "b", "c"]);
}
