//! Recipes that have changed when a run is resumed.

use insta::assert_snapshot;
use recipe_core::StepError;
use recipe_core::error::RecipeError;
use serde_json::{Value, json};

use super::{call, controlled, fails_once, second, work};
use crate::lab::{Fault, Lab, Outcome};

/// Whether a run ended because the main recipe or a called one has changed.
fn is_changed(outcome: &Outcome) -> bool {
    fn in_step(error: &StepError) -> bool {
        match error {
            StepError::Step { source, .. } | StepError::Substep { source, .. } => in_step(source),
            StepError::Recipe { source, .. } => in_recipe(source),
            _ => false,
        }
    }
    fn in_recipe(error: &RecipeError) -> bool {
        match error {
            RecipeError::Changed(_) => true,
            RecipeError::Step(error) => in_step(error),
            _ => false,
        }
    }
    matches!(&outcome.result, Err(error) if in_recipe(&error.source))
}

/// Runs steps that fail, and then others on the same disk.
async fn run_both(lab: &Lab, before: Value, after: Value) -> Outcome {
    assert!(lab.run(before).await.result.is_err());
    lab.run(after).await
}

mod rejected {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn changed_steps_are_listed() {
        let lab = Lab::durable();
        let before = json!([second("a"), second("b"), fails_once("c")]);
        let after = json!([second("a"), second("other"), fails_once("c"), second("d")]);
        let outcome = run_both(&lab, before.clone(), after).await;
        assert!(is_changed(&outcome));
        assert_snapshot!(outcome.error(), @"recipe: step 1 (work), step 3 (work, new) have changed since the run started");
        // The original recipe can be resumed.
        lab.run(before).await.artifacts();
        assert_eq!(lab.log.starts(), ["a", "b", "c", "c"]);
    }

    #[tokio::test(start_paused = true)]
    async fn changes_of_a_called_recipe_are_listed_and_not_recovered() {
        let mut lab = Lab::durable();
        let inner = json!([second("a"), second("b")]).to_string();
        let inner = lab.file("inner.json", inner);
        let controls = json!({
            "retry": {"attempts": 2, "delay": 1},
            "on_error": {"steps": [work("e", json!({"fail": "no"}))]},
        });
        let both = json!({
            "type": "parallel",
            "fail_fast": false,
            "substeps": [call(&inner), work("c", json!({"seconds": 9}))],
        });
        let steps = json!([controlled(both, controls)]);
        assert!(lab.run_for(1.5, steps.clone()).await.result.is_err());
        lab.file("inner.json", json!([second("a")]).to_string());
        let outcome = lab.run(steps).await;
        assert!(is_changed(&outcome));
        assert_snapshot!(lab.short(&outcome.error()), @"recipe: step 0 (parallel): substep 0 (inner.json): step 1 (work, removed) has changed since the run started");
        // The sibling may or may not have started before the recipe was loaded.
        let mut starts = lab.log.starts();
        starts.retain(|name| name != "c");
        assert_eq!(starts, ["a", "b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn other_changes_in_a_file_are_reported() {
        let lab = Lab::durable();
        let inner = lab.file("inner.json", json!([fails_once("a")]).to_string());
        let steps = json!([call(&inner)]);
        assert!(lab.run(steps.clone()).await.result.is_err());
        let described = json!({"env_vars": ["REGION"], "steps": [fails_once("a")]});
        lab.file("inner.json", described.to_string());
        let outcome = lab.run(steps).await;
        assert!(is_changed(&outcome));
        assert_snapshot!(lab.short(&outcome.error()), @"recipe: step 0 (execute_recipe): inner.json: text has changed since the run started, but no steps have");
    }

    #[tokio::test(start_paused = true)]
    async fn a_recipe_whose_call_has_ended_can_change() {
        let lab = Lab::durable();
        let inner = lab.file("inner.json", json!([second("a")]).to_string());
        let steps = json!([call(&inner), fails_once("b")]);
        assert!(lab.run(steps.clone()).await.result.is_err());
        lab.file("inner.json", "not a recipe");
        lab.run(steps).await.artifacts();
        assert_eq!(lab.log.starts(), ["a", "b", "b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn names_and_controls_are_not_changes_of_a_step() {
        let lab = Lab::durable();
        let before = json!([second("a"), fails_once("b")]);
        let controls = json!({"name": "first", "timeout": 9, "retry": {"attempts": 2}});
        let after = json!([controlled(second("a"), controls), fails_once("b")]);
        run_both(&lab, before, after).await.artifacts();
        assert_eq!(lab.log.starts(), ["a", "b", "b"]);
    }
}

mod accepted {
    use super::*;

    fn lab() -> Lab {
        let mut lab = Lab::durable();
        lab.disk().accepts_changes = true;
        lab
    }

    #[tokio::test(start_paused = true)]
    async fn unchanged_steps_are_reused_and_others_run() {
        let before = json!([second("a"), second("b"), second("c"), fails_once("d")]);
        for (after, starts) in [
            (
                json!([second("a"), second("other"), second("c"), fails_once("d")]),
                &["other", "d"] as &[_],
            ),
            (json!([second("a"), second("c")]), &["c"]),
            (
                json!([second("new"), second("a"), second("c")]),
                &["new", "a"],
            ),
            (
                json!([
                    controlled(second("a"), json!({"on_error": {"steps": []}})),
                    second("b"),
                ]),
                &["a"],
            ),
        ] {
            let lab = lab();
            let artifacts = run_both(&lab, before.clone(), after.clone()).await;
            let artifacts = artifacts.artifacts();
            assert_eq!(lab.log.starts()[4..], *starts);
            let after = after.as_array().expect("a list");
            assert_eq!(
                artifacts.as_object().map(|names| names.len()),
                Some(after.len())
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn unchanged_steps_inside_a_changed_step_are_reused() {
        let lab = lab();
        let steps =
            |b: Value| json!([{"type": "parallel", "substeps": [second("a"), b, fails_once("c")]}]);
        let (before, after) = (steps(second("b")), steps(second("other")));
        run_both(&lab, before, after).await.artifacts();
        assert_eq!(lab.log.starts(), ["a", "b", "c", "other", "c"]);
    }

    #[tokio::test(start_paused = true)]
    async fn unchanged_steps_of_a_called_recipe_are_reused() {
        let lab = lab();
        let inner = json!([second("a"), second("b"), fails_once("c")]);
        let inner = lab.file("inner.json", inner.to_string());
        let steps = json!([call(&inner)]);
        assert!(lab.run(steps.clone()).await.result.is_err());
        let changed = json!([second("a"), second("other"), fails_once("c")]);
        lab.file("inner.json", changed.to_string());
        lab.run(steps.clone()).await.artifacts();
        assert_eq!(lab.log.starts(), ["a", "b", "c", "other", "c"]);
        // Accepted changes stay accepted.
        let mut lab = lab;
        lab.disk().accepts_changes = false;
        lab.run(steps).await.artifacts();
    }

    #[tokio::test(start_paused = true)]
    async fn a_recipe_called_with_other_overrides_runs_again() {
        let lab = lab();
        let inner = json!([second("a"), fails_once("b")]).to_string();
        let inner = lab.file("inner.json", inner);
        let steps = |topic: &str| {
            json!([second("first"), {
                "type": "execute_recipe",
                "recipe_path": inner,
                "context_overrides": {"topic": topic},
            }])
        };
        run_both(&lab, steps("old"), steps("new")).await.artifacts();
        assert_eq!(lab.log.starts(), ["first", "a", "b", "a", "b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn changed_items_run_again_and_unchanged_ones_do_not() {
        let steps = |items: &Value| {
            json!([
                {"type": "set_context", "key": "things", "value": items},
                {
                    "type": "loop",
                    "items": "things",
                    "item_key": "item",
                    "result_key": "out",
                    "substeps": [work("", json!({"copy": "item"}))],
                },
            ])
        };
        for (before, after, items) in [
            (
                json!([1, 2, 3]),
                json!([1, 9, 3, 4]),
                &["[1]", "[3]"] as &[_],
            ),
            (json!([1, 2]), json!([2, 1]), &["[0]", "[1]"]),
            (json!([1, 2, 3]), json!([1]), &[]),
            (
                json!({"a": 1, "b": {"x": 1}}),
                json!({"b": {"x": 2}, "c": 3, "a": 1}),
                &["[\"b\"]", "[\"c\"]"],
            ),
        ] {
            let mut lab = lab();
            // All items are done, but the loop is not.
            lab.disk().fault = Some(Fault::Record("1".into()));
            assert!(lab.run(steps(&before)).await.result.is_err());
            let over = lab.log.starts().len();
            lab.disk().fault = None;
            assert_eq!(lab.run(steps(&after)).await.artifacts()["out"], after);
            let expected = items
                .iter()
                .map(|item| format!("1.items{item}.substeps[0]"));
            assert_eq!(lab.log.starts()[over..], expected.collect::<Vec<_>>());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nested_items_of_changed_items_run_again() {
        let lab = lab();
        let inner = json!({
            "type": "loop",
            "items": ["x"],
            "item_key": "inner",
            "substeps": [work("", json!({"copy": "outer"}))],
        });
        let inner = lab.file("inner.json", json!([inner]).to_string());
        let steps = |items: Value| {
            json!([{
                "type": "loop",
                "items": items,
                "item_key": "outer",
                "substeps": [call(&inner), fails_once("end")],
            }])
        };
        run_both(&lab, steps(json!([1])), steps(json!([2])))
            .await
            .artifacts();
        let starts = lab.log.starts();
        let starts: Vec<_> = starts.iter().map(|start| lab.short(start)).collect();
        let nested = "0.items[0].substeps[0]/inner.json:0.items[0].substeps[0]";
        assert_eq!(starts, [nested, "end", nested, "end"]);
    }
}
