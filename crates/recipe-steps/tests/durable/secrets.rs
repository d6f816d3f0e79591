//! Secrets are never stored: they are read again, or the step that sets them runs again.

use serde_json::{Value, json};

use super::{call, controlled, fails_once, second, work};
use crate::lab::Lab;

const WARNING: &str = "sets a secret configuration value, which is never stored: if the run is resumed, this step runs again";

fn configure(config: Value) -> Value {
    let mut step = config;
    step["type"] = json!("configure");
    step
}

/// Steps that call a recipe with an environment variable, fail once, and show the value.
fn calling(lab: &Lab, variable: &str) -> Value {
    let inner = json!({"env_vars": [variable], "steps": [second("a")]});
    let inner = lab.file("inner.json", inner.to_string());
    let show = configure(json!({"show": variable.to_lowercase()}));
    json!([call(&inner), fails_once("b"), show])
}

mod environment {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_variable_of_a_called_recipe_is_read_again_and_not_stored() {
        for variable in ["API_KEY", "Region"] {
            let mut lab = Lab::durable();
            lab.environment.insert(variable.into(), "sk-12345".into());
            let steps = calling(&lab, variable);
            assert!(lab.run(steps.clone()).await.result.is_err());
            assert_eq!(lab.disk().ends()[1], "done 0");
            assert!(!lab.disk().contains("sk-12345") && lab.disk().contains(variable));

            let artifacts = lab.run(steps).await.artifacts();
            assert_eq!(lab.log.starts(), ["a", "b", "b"]);
            assert_eq!(artifacts[variable.to_lowercase()], "sk-12345");
            assert_eq!(lab.log.warnings(), [] as [&str; 0]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_current_value_of_a_variable_is_used() {
        let mut lab = Lab::durable();
        lab.environment.insert("API_KEY".into(), "sk-old".into());
        let steps = calling(&lab, "API_KEY");
        assert!(lab.run(steps.clone()).await.result.is_err());
        lab.environment.insert("API_KEY".into(), "sk-new".into());
        assert_eq!(lab.run(steps).await.artifacts()["api_key"], "sk-new");
    }

    #[tokio::test(start_paused = true)]
    async fn a_value_set_by_a_step_takes_precedence() {
        for (variable, starts) in [
            ("REGION", &["a", "b", "b"] as &[_]),
            // A secret is not stored: the step that sets it runs again, earlier ones are reused.
            ("API_KEY", &["a", "b", "b"]),
        ] {
            let mut lab = Lab::durable();
            lab.environment
                .insert(variable.into(), "from outside".into());
            let name = variable.to_lowercase();
            let set = configure(json!({"set": {&name: "from a step"}}));
            let inner = json!({"env_vars": [variable], "steps": [second("a"), set]});
            let inner = lab.file("inner.json", inner.to_string());
            let show = configure(json!({"show": name}));
            let steps = json!([call(&inner), fails_once("b"), show]);
            assert!(lab.run(steps.clone()).await.result.is_err());
            let artifacts = lab.run(steps).await.artifacts();
            assert_eq!(artifacts[&name], "from a step");
            assert_eq!(lab.log.starts(), starts);
        }
    }
}

mod set_by_a_step {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_step_that_sets_a_secret_runs_again_with_a_warning() {
        for secret in [
            json!({"api_key": "sk-12345"}),
            json!({"servers": [{"headers": {"Auth-Token": "sk-12345"}}]}),
        ] {
            let name = secret.as_object().and_then(|set| set.keys().next());
            let name = name.expect("there is one").clone();
            let mut lab = Lab::durable();
            let set = configure(json!({"set": secret}));
            let show = configure(json!({"show": name}));
            let steps = json!([second("a"), set, fails_once("b"), show]);
            assert!(lab.run(steps.clone()).await.result.is_err());
            assert_eq!(lab.disk().ends(), ["done 0"]);
            assert_eq!(lab.log.warnings(), [WARNING]);

            let artifacts = lab.run(steps).await.artifacts();
            assert_eq!(artifacts[&name], secret[&name]);
            assert_eq!(lab.log.starts(), ["a", "b", "b"]);
            assert_eq!(
                lab.log.events()[6..9],
                ["reused 0", "started 1", "finished 1"]
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn other_values_are_stored() {
        let mut lab = Lab::durable();
        let set = configure(json!({"set": {"region": {"name": "eu"}}}));
        let steps = json!([set, fails_once("b"), configure(json!({"show": "region"}))]);
        assert!(lab.run(steps.clone()).await.result.is_err());
        assert_eq!(lab.disk().ends(), ["done 0"]);
        let artifacts = lab.run(steps).await.artifacts();
        assert_eq!(artifacts["region"], json!({"name": "eu"}));
        assert_eq!(lab.log.events()[4], "reused 0");
    }

    #[tokio::test(start_paused = true)]
    async fn enclosing_steps_run_again_and_siblings_do_not() {
        let mut lab = Lab::durable();
        let set = configure(json!({"set": {"api_key": "sk-12345"}}));
        let inner = json!([second("a"), set, second("b")]).to_string();
        let inner = lab.file("inner.json", inner);
        let show = configure(json!({"show": "api_key"}));
        let steps = json!([call(&inner), fails_once("c"), show]);
        assert!(lab.run(steps.clone()).await.result.is_err());
        assert_eq!(lab.log.warnings(), [WARNING]);
        assert!(!lab.disk().contains("sk-12345"));
        assert_eq!(lab.run(steps).await.artifacts()["api_key"], "sk-12345");
        assert_eq!(lab.log.starts(), ["a", "b", "c", "c"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_secret_in_a_copy_of_the_context_does_not_affect_the_parent() {
        let mut lab = Lab::durable();
        let set = configure(json!({"set": {"api_key": "sk-12345"}}));
        let steps = json!([
            {"type": "parallel", "substeps": [set, second("a")]},
            fails_once("b"),
        ]);
        assert!(lab.run(steps.clone()).await.result.is_err());
        assert_eq!(lab.disk().ends(), ["done 0.substeps[1]", "done 0"]);
        lab.run(steps).await.artifacts();
        assert_eq!(lab.log.starts(), ["a", "b", "b"]);
    }
}

#[tokio::test(start_paused = true)]
async fn secrets_in_error_messages_are_masked() {
    let mut lab = Lab::durable();
    lab.environment.insert("API_KEY".into(), "sk-12345".into());
    let fails = work("a", json!({"fail": "sk-12345 was refused"}));
    let recovered = controlled(fails, json!({"on_error": {"steps": [fails_once("b")]}}));
    let recipe = json!({"env_vars": ["API_KEY"], "steps": [recovered]});
    assert!(lab.run(recipe.clone()).await.result.is_err());
    assert_eq!(lab.disk().ends(), ["failed 0"]);
    assert!(!lab.disk().contains("sk-12345"));
    let artifacts = lab.run(recipe).await.artifacts();
    assert_eq!(artifacts["error"]["message"], "*** was refused");
    assert_eq!(lab.log.starts(), ["a", "b", "b"]);
}
