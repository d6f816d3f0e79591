//! `set_context`: values, merging and nested rendering.

use serde_json::{Value, json};

use crate::lab::Lab;

async fn set(before: Value, config: Value) -> Value {
    let lab = Lab::new();
    let mut step = config;
    step["type"] = json!("set_context");
    step["key"] = json!("k");
    let artifacts = match before {
        Value::Null => json!({}),
        before => json!({"k": before, "other": 1}),
    };
    lab.run_on(artifacts, json!([step])).await.artifacts()["k"].take()
}

#[tokio::test]
async fn any_json_value_can_be_set() {
    for value in [
        json!("x"),
        json!(1.5),
        json!(true),
        json!(null),
        json!([1, {"a": []}]),
        json!({}),
    ] {
        assert_eq!(set(json!("old"), json!({"value": value})).await, value);
    }
}

#[tokio::test]
async fn merging_depends_on_the_kinds_of_values() {
    for (old, new, merged) in [
        (json!("a"), json!("b"), json!("ab")),
        (json!([1]), json!([2, 3]), json!([1, 2, 3])),
        (json!([1]), json!("x"), json!([1, "x"])),
        (
            json!({"a": 1, "b": {"x": 1}}),
            json!({"b": {"y": 2}, "c": 3}),
            json!({"a": 1, "b": {"y": 2}, "c": 3}),
        ),
        (json!("a"), json!([1]), json!(["a", [1]])),
        (json!(1), json!(2), json!([1, 2])),
        (json!({"a": 1}), json!("x"), json!([{"a": 1}, "x"])),
    ] {
        let config = json!({"value": new, "if_exists": "merge"});
        assert_eq!(set(old.clone(), config).await, merged, "{old} {new}");
    }
}

#[tokio::test]
async fn merging_into_a_missing_artifact_sets_it() {
    assert_eq!(
        set(json!(null), json!({"value": [1], "if_exists": "merge"})).await,
        json!([1])
    );
}

#[tokio::test]
async fn invalid_configurations_are_errors_before_the_run() {
    let lab = Lab::new();
    for (step, message) in [
        (
            json!({"key": "k", "value": 1, "if_exists": "append"}),
            "if_exists: expected `overwrite` or `merge`, found `append`",
        ),
        (json!({"key": "k"}), "missing field `value`"),
    ] {
        let mut step = step;
        step["type"] = json!("set_context");
        let error = lab.run(json!([{"type": "work"}, step])).await.error();
        assert!(
            error.starts_with(&format!("recipe: step 1 (set_context): {message}")),
            "{error}"
        );
    }
    assert_eq!(lab.log.actions(), Vec::<String>::new());
}

mod rendering {
    use super::*;

    async fn rendered(artifacts: Value, value: Value, nested: bool) -> Result<Value, String> {
        let lab = Lab::new();
        let step =
            json!({"type": "set_context", "key": "k", "value": value, "nested_render": nested});
        let mut outcome = lab.run_on(artifacts, json!([step])).await;
        match &outcome.result {
            Ok(()) => Ok(outcome.context.get_mut("k").expect("was set").take()),
            Err(_) => Err(outcome.error()),
        }
    }

    #[tokio::test]
    async fn results_are_rendered_again_only_with_nested_render() {
        let artifacts = json!({"a": "<{{ b }}>", "b": "{{ c }}", "c": "end"});
        let value = json!({"x": ["{{ a }}"]});
        let once = rendered(artifacts.clone(), value.clone(), false)
            .await
            .unwrap();
        assert_eq!(once, json!({"x": ["<{{ b }}>"]}));
        assert_eq!(
            rendered(artifacts, value, true).await.unwrap(),
            json!({"x": ["<end>"]})
        );
    }

    #[tokio::test]
    async fn nested_rendering_keeps_raw_blocks() {
        let raw = "{% raw %}{{ b }}{% endraw %}";
        let artifacts = json!({"a": raw, "b": "no"});
        assert_eq!(
            rendered(artifacts, json!("{{ a }}"), true).await.unwrap(),
            raw
        );
    }

    #[tokio::test]
    async fn a_value_that_contains_itself_is_an_error() {
        let artifacts = json!({"a": "{{ b }}", "b": "{{ a }}"});
        let error = rendered(artifacts, json!("{{ a }}"), true)
            .await
            .unwrap_err();
        assert!(
            error.contains("nested_render: tags remain after 100 passes"),
            "{error}"
        );
        let grows = json!({"a": format!("{{{{ a }}}}{{{{ a }}}} {}", "x".repeat(10_000))});
        assert!(rendered(grows, json!("{{ a }}"), true).await.is_err());
    }
}
