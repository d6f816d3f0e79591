//! Progress: what `-v` shows of a run.

use crate::harness::Folder;
use insta::assert_snapshot;

fn folder() -> Folder {
    Folder::new()
        .file(
            "r.json",
            r#"[
    {"type": "set_context", "config": {"key": "a", "value": "1"}, "name": "first"},
    {"type": "parallel", "max_concurrency": 1, "substeps": [
        {"type": "execute_recipe", "recipe_path": "sub.json"},
        {"type": "read_file", "path": "gone.md", "artifact": "x"},
        {"type": "set_context", "key": "b", "value": "2"}
    ]}
]"#,
        )
        .file(
            "sub.json",
            r#"[{"type": "set_context", "key": "c", "value": "3"}]"#,
        )
}

#[test]
fn verbose_shows_every_step() {
    assert_snapshot!(folder().recipe("run r.json -v"), @r#"
    exit code 1
    --- stderr
    running  r.json
    started  0 set_context "first"
    done     0 set_context "first" ([time])
    started  1 parallel
    started  1.substeps[0] execute_recipe
    started  1.substeps[0]/sub.json:0 set_context
    done     1.substeps[0]/sub.json:0 set_context ([time])
    done     1.substeps[0] execute_recipe ([time])
    started  1.substeps[1] read_file
    failed   1.substeps[1] read_file ([time])
    skipped  1.substeps[2] set_context
    failed   1 parallel ([time])
    failed   r.json ([time])
    error: r.json: step 1 (parallel): substep 1 (read_file): file not found: gone.md
    "#);
}

#[test]
fn twice_verbose_shows_what_is_given_and_why_a_step_failed() {
    let arguments = "run r.json -vv --context title=x --config region=eu";
    assert_snapshot!(folder().recipe(arguments), @r#"
    exit code 1
    --- stderr
    given    artifact title
    given    configuration region
    running  r.json
    started  0 set_context "first"
    done     0 set_context "first" ([time])
    started  1 parallel
    started  1.substeps[0] execute_recipe
    started  1.substeps[0]/sub.json:0 set_context
    done     1.substeps[0]/sub.json:0 set_context ([time])
    done     1.substeps[0] execute_recipe ([time])
    started  1.substeps[1] read_file
    failed   1.substeps[1] read_file ([time]): file not found: gone.md
    skipped  1.substeps[2] set_context
    failed   1 parallel ([time]): substep 1 (read_file): file not found: gone.md
    failed   r.json ([time])
    error: r.json: step 1 (parallel): substep 1 (read_file): file not found: gone.md
    "#);
}

#[test]
fn a_step_that_is_cancelled_is_stopped() {
    let folder = Folder::new()
        .file(
            "r.json",
            r#"[{"type": "parallel", "delay": 0.1, "substeps": [
    {"type": "execute_recipe", "recipe_path": "slow.json"},
    {"type": "read_file", "path": "gone.md", "artifact": "x"}
]}]"#,
        )
        .file(
            "slow.json",
            r#"[{"type": "parallel", "delay": 60, "substeps": [
    {"type": "set_context", "key": "a", "value": "1"},
    {"type": "set_context", "key": "a", "value": "1"}
]}]"#,
        );
    let outcome = folder.recipe("run r.json -v");
    assert_eq!(outcome.code(), 1);
    let stopped: Vec<String> = outcome
        .stderr()
        .lines()
        .filter(|l| l.starts_with("stopped"))
        .map(str::to_owned)
        .collect();
    assert_eq!(
        stopped,
        [
            "stopped  0.substeps[0]/slow.json:0 parallel ([time])",
            "stopped  0.substeps[0] execute_recipe ([time])"
        ]
    );
}
