//! Faulty custom steps: they panic, or block the thread they run on.

use serde_json::{Value, json};

use crate::lab::Lab;

fn panicking() -> Value {
    json!({"type": "work", "panic": "index out of range"})
}

/// A step that blocks its thread until the named step is done or it is cancelled.
fn blocking(name: &str) -> Value {
    json!({"type": "work", "name": "blocking", "block_until_end_of": name})
}

mod panicking_steps {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_panic_fails_the_run_and_later_runs_work() {
        let lab = Lab::new();
        let steps =
            json!([{"type": "work", "name": "a"}, panicking(), {"type": "work", "name": "c"}]);
        assert_eq!(
            lab.run(steps).await.error(),
            "recipe: step 1 (work): step panicked: index out of range"
        );
        assert_eq!(lab.log.starts(), ["a", "1"].map(str::to_owned));
        let artifacts = lab
            .run(json!([{"type": "work", "name": "d"}]))
            .await
            .artifacts();
        assert_eq!(artifacts, json!({"d": "done"}));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_hundred_panics_are_a_hundred_failures() {
        let lab = Lab::new();
        let substeps = vec![panicking(); 100];
        let steps = json!([{"type": "parallel", "substeps": substeps, "fail_fast": false}]);
        let error = lab.run(steps).await.error();
        assert!(
            error.contains(
                "100 of 100 failed: substep 0 (work): step panicked: index out of range; "
            ),
            "{error}"
        );
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_nested_panic_cancels_steps_on_all_levels() {
        let lab = Lab::new();
        let waiting = json!({"type": "work", "seconds": 3600});
        let panicking = json!({"type": "work", "after_start_of": "last", "panic": "oh"});
        let inner = json!({"type": "loop", "items": [1], "item_key": "i", "result_key": "r",
            "substeps": [{"type": "parallel", "substeps": [waiting, panicking]}]});
        let last = json!({"type": "work", "name": "last", "seconds": 3600});
        let steps = json!([{"type": "parallel", "substeps": [inner, waiting, last]}]);
        assert_eq!(
            lab.run(steps).await.error(),
            "recipe: step 0 (parallel): substep 0 (loop): item 0: step 0 (parallel): substep 1 (work): \
             step panicked: oh"
        );
        // The lab checks that nothing is left running.
        assert!(lab.log.times("done").is_empty());
    }

    #[tokio::test]
    async fn a_durable_run_resumes_at_the_panicking_step() {
        let lab = Lab::durable();
        let steps = |second: Value| json!([{"type": "work", "name": "a"}, second]);
        lab.run(steps(panicking())).await.error();
        lab.run(steps(panicking())).await.error();
        assert_eq!(lab.log.all("done").len(), 1);
    }
}

mod blocking_steps {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn other_steps_continue_on_the_remaining_threads() {
        let lab = Lab::new();
        let others: Vec<_> = (0..20)
            .map(|index| json!({"type": "work", "name": format!("{index}"), "seconds": 0.001}))
            .collect();
        let others = json!({"type": "parallel", "max_concurrency": 3, "substeps": others});
        let last = json!({"type": "loop", "items": [1], "item_key": "i", "result_key": "r",
            "substeps": [others, {"type": "work", "name": "last"}]});
        let steps = json!([{"type": "parallel", "substeps": [blocking("last"), last]}]);
        lab.run(steps).await.artifacts();
        let done = lab.log.all("done");
        assert_eq!(done.len(), 22);
        assert_eq!(done[21].name, "blocking");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_failing_sibling_cancels_it_and_waits_for_it() {
        let lab = Lab::new();
        let failing =
            json!({"type": "work", "name": "failing", "after_start_of": "blocking", "fail": "no"});
        let steps = json!([{"type": "parallel", "substeps": [blocking("never"), failing]}]);
        let error = lab.run(steps).await.error();
        assert_eq!(error, "recipe: step 0 (parallel): substep 1 (work): no");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_timeout_of_a_parallel_cancels_it_and_waits_for_it() {
        let lab = Lab::new();
        let steps = json!([{"type": "parallel", "timeout": 0.05, "substeps": [blocking("never")]}]);
        assert_eq!(
            lab.run(steps).await.error(),
            "recipe: step 0 (parallel): timed out after 0.05 seconds"
        );
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn its_own_timeout_has_no_effect() {
        let lab = Lab::new();
        let mut blocking = json!({"type": "work", "config": blocking("slow"), "timeout": 0.01});
        blocking["config"].as_object_mut().unwrap().remove("type");
        // Takes longer than the timeout; the blocking step takes longer still.
        let slow = json!({"type": "work", "name": "slow", "seconds": 0.05});
        let steps = json!([{"type": "parallel", "substeps": [blocking, slow]}]);
        lab.run(steps).await.artifacts();
        assert_eq!(lab.log.all("done").len(), 2);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn cancelling_the_run_cancels_it_and_waits_for_it() {
        let mut lab = Lab::new();
        let steps = json!([{"type": "parallel", "substeps": [blocking("never")]}]);
        let outcome = lab.run_for(0.02, steps).await;
        assert_eq!(outcome.error(), "recipe: cancelled");
    }
}
