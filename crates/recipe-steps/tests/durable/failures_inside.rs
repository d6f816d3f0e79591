//! Runs that are interrupted during `on_error` steps or retries.

use recipe_core::CancellationToken;
use serde_json::json;

use super::{call, controlled, fails_once, second, work};
use crate::lab::Lab;

mod on_error {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_recovered_step_does_not_run_again() {
        let mut lab = Lab::durable();
        let fails = work("a", json!({"fail": "no"}));
        let steps = json!([
            controlled(fails, json!({"on_error": {"steps": [second("b")]}})),
            fails_once("c"),
            work("d", json!({"copy": "error"})),
        ]);
        assert!(lab.run(steps.clone()).await.result.is_err());
        assert_eq!(lab.disk().ends(), ["done 0.on_error[0]", "recovered 0"]);
        let artifacts = lab.run(steps).await.artifacts();
        assert_eq!(lab.log.starts(), ["a", "b", "c", "c", "d"]);
        let error = json!({"message": "no", "step": "0", "type": "work"});
        assert_eq!(artifacts["error"], error);
        assert_eq!(artifacts["d"], error);
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_resumes_within_on_error_steps() {
        let steps = |lab: &Lab| {
            let inner = lab.file(
                "inner.json",
                json!([second("a"), work("b", json!({"fail": "no"}))]).to_string(),
            );
            let follow = json!([
                second("c"),
                work("d", json!({"seconds": 1, "copy": "error"}))
            ]);
            let call = controlled(call(&inner), json!({"on_error": {"steps": follow}}));
            json!([call, second("e")])
        };
        let uninterrupted = Lab::new();
        let expected = uninterrupted.run(steps(&uninterrupted)).await.artifacts();

        let mut lab = Lab::durable();
        let steps = steps(&lab);
        // During `d`.
        assert!(lab.run_for(2.5, steps.clone()).await.result.is_err());
        let artifacts = lab.run(steps).await.artifacts();
        assert_eq!(lab.log.starts(), ["a", "b", "c", "d", "d", "e"]);
        assert_eq!(
            artifacts["error"]["message"],
            format!("{}: step 1 (work): no", lab.path("inner.json"))
        );
        let short = |lab: &Lab, artifacts: serde_json::Value| lab.short(&artifacts.to_string());
        assert_eq!(short(&lab, artifacts), short(&uninterrupted, expected));
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_resumes_at_a_failed_on_error_step() {
        let lab = Lab::durable();
        let fails = work("a", json!({"fail": "no"}));
        let follow = json!({"on_error": {"steps": [second("b"), fails_once("c")]}});
        let steps = json!([controlled(fails, follow)]);
        let outcome = lab.run(steps.clone()).await;
        assert_eq!(
            outcome.error(),
            "recipe: step 0 (work): on_error step 1 (work): broke"
        );
        lab.run(steps).await.artifacts();
        assert_eq!(lab.log.starts(), ["a", "b", "c", "c"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_step_is_not_recorded_as_failed() {
        let mut lab = Lab::durable();
        let inner = lab.file("inner.json", json!([second("a"), second("b")]).to_string());
        let controls = json!({
            "retry": {"attempts": 3, "delay": 0},
            "on_error": {"steps": [second("c")]},
        });
        let steps = json!([controlled(call(&inner), controls)]);
        // The run is cancelled during the call, between two awaits; the next step notices it.
        let token = CancellationToken::new();
        lab.cancellation = token.clone();
        lab.disk().interruption = Some((1, token));
        let outcome = lab.run(steps.clone()).await;
        assert!(outcome.error().ends_with(": cancelled"));
        assert_eq!(lab.disk().ends().len(), 1, "{:?}", lab.disk().ends());

        lab.cancellation = CancellationToken::new();
        lab.disk().interruption = None;
        lab.run(steps).await.artifacts();
        assert_eq!(lab.log.starts(), ["a", "b"]);
    }
}

mod retry {
    use super::*;

    /// Steps that fail after 2 seconds in the first attempt.
    fn steps(lab: &Lab) -> serde_json::Value {
        let inner = json!([second("a"), fails_once("b"), second("c")]);
        let inner = lab.file("inner.json", inner.to_string());
        let retry = json!({"retry": {"attempts": 2, "delay": 3, "jitter": false}});
        json!([controlled(call(&inner), retry)])
    }

    #[tokio::test(start_paused = true)]
    async fn steps_of_a_failed_attempt_run_again() {
        let mut lab = Lab::durable();
        let steps = steps(&lab);
        // The second attempt starts after 5 seconds.
        for (seconds, starts) in [
            (4.0, &["a", "b"] as &[_]),
            // The first attempt of this process.
            (0.5, &["a", "b", "a"]),
            (1.5, &["a", "b", "a", "a", "b"]),
        ] {
            assert!(lab.run_for(seconds, steps.clone()).await.result.is_err());
            assert_eq!(lab.log.starts(), starts);
        }
        lab.run(steps).await.artifacts();
        assert_eq!(lab.log.starts()[5..], ["b", "c"]);
    }

    #[tokio::test(start_paused = true)]
    async fn steps_of_the_attempt_in_progress_are_reused() {
        let mut lab = Lab::durable();
        let steps = steps(&lab);
        assert!(lab.run_for(7.5, steps.clone()).await.result.is_err());
        assert_eq!(lab.log.starts(), ["a", "b", "a", "b", "c"]);
        lab.run(steps).await.artifacts();
        assert_eq!(lab.log.starts()[5..], ["c"]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_after_one_that_reused_steps_and_failed_reuses_nothing() {
        let mut lab = Lab::durable();
        let steps = steps(&lab);
        // `a` is done, `b` is running.
        assert!(lab.run_for(1.5, steps.clone()).await.result.is_err());
        let artifacts = lab.run(steps).await.artifacts();
        assert_eq!(lab.log.starts(), ["a", "b", "b", "a", "b", "c"]);
        assert_eq!(artifacts, json!({"a": "done", "b": "done", "c": "done"}));
    }

    #[tokio::test(start_paused = true)]
    async fn items_and_substeps_of_a_failed_attempt_run_again() {
        let mut lab = Lab::durable();
        let each = json!({
            "type": "loop",
            "items": {"x": 1},
            "item_key": "item",
            "substeps": [second("a")],
        });
        let flaky = work("b", json!({"seconds": 2, "fail": "broke", "times": 1}));
        let both = json!({"type": "parallel", "substeps": [each, flaky]});
        let retry = json!({"retry": {"attempts": 2, "delay": 3, "jitter": false}});
        let steps = json!([controlled(both, retry)]);
        assert!(lab.run_for(4.0, steps.clone()).await.result.is_err());
        assert_eq!(lab.disk().ends(), [] as [String; 0]);
        lab.run(steps).await.artifacts();
        assert_eq!(lab.log.starts(), ["b", "a", "b", "a"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_recipe_called_by_a_failed_attempt_can_change() {
        let mut lab = Lab::durable();
        let steps = steps(&lab);
        assert!(lab.run_for(4.0, steps.clone()).await.result.is_err());
        lab.file("inner.json", json!([second("other")]).to_string());
        lab.run(steps).await.artifacts();
        assert_eq!(lab.log.starts(), ["a", "b", "other"]);
    }
}
