//! A branch that was taken stays taken, even if the files of its condition have changed.

use serde_json::json;

use super::{controlled, fails_once, second};
use crate::lab::Lab;

#[tokio::test(start_paused = true)]
async fn a_branch_that_creates_the_file_of_its_condition_is_resumed() {
    let lab = Lab::durable();
    let path = lab.path("draft.md");
    let write = json!({"type": "write_files", "files": [{"path": path, "content": "draft"}]});
    let steps = json!([{
        "type": "conditional",
        "condition": format!("not file_exists('{path}')"),
        "if_true": {"steps": [write, fails_once("polish")]},
        "if_false": {"steps": [second("other")]},
    }]);
    assert!(lab.run(steps.clone()).await.result.is_err());
    let artifacts = lab.run(steps).await.artifacts();
    assert_eq!(lab.log.starts(), ["polish", "polish"]);
    assert_eq!(artifacts["polish"], "done");
}

#[tokio::test(start_paused = true)]
async fn a_retried_step_evaluates_its_condition_again() {
    let mut lab = Lab::durable();
    let path = lab.path("draft.md");
    let write = json!({"type": "write_files", "files": [{"path": path, "content": "draft"}]});
    let branches = json!({
        "type": "conditional",
        "condition": format!("not file_exists('{path}')"),
        "if_true": {"steps": [write, fails_once("a")]},
        "if_false": {"steps": [second("b")]},
    });
    let steps = json!([controlled(
        branches,
        json!({"retry": {"attempts": 2, "delay": 0}})
    )]);
    assert!(lab.run_for(0.5, steps.clone()).await.result.is_err());
    assert_eq!(lab.log.starts(), ["a"]);
    lab.run(steps).await.artifacts();
    assert_eq!(lab.log.starts(), ["a", "a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn a_changed_condition_is_evaluated_again() {
    let mut lab = Lab::durable();
    let steps = |name: &str| {
        json!([{
            "type": "conditional",
            "condition": format!("file_exists('{}')", lab.path(name)),
            "if_true": {"steps": [fails_once("a")]},
            "if_false": {"steps": [fails_once("b")]},
        }])
    };
    let (before, after) = (steps("none.md"), steps("some.md"));
    lab.file("some.md", "");
    assert!(lab.run(before).await.result.is_err());
    lab.disk().accepts_changes = true;
    assert!(lab.run(after).await.result.is_err());
    assert_eq!(lab.log.starts(), ["b", "a"]);
}

#[tokio::test(start_paused = true)]
async fn a_condition_without_files_is_not_recorded() {
    let mut lab = Lab::durable();
    let steps = json!([
        {"type": "conditional", "condition": "1 < 2", "if_true": {"steps": [second("a")]}},
    ]);
    lab.run(steps).await.artifacts();
    assert_eq!(lab.disk().ends(), ["done 0.if_true[0]", "done 0"]);
}
