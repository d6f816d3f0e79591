//! Every command knows the step of the program.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use std::process::{Command, Stdio};

/// Runs the program; returns its exit code, standard output and standard error.
fn own_steps(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_own-steps"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn runs_and_dry_runs_know_the_step() {
    let run = ["run", "recipe.json", "-q", "--context", "name=Ada"];
    let (code, artifacts, _) = own_steps(&[&run[..], &["--context-out", "-"]].concat());
    assert!(code == Some(0) && artifacts.contains(r#""greeting": "HELLO ADA""#));
    let (code, _, errors) = own_steps(&[&run[..], &["--no-commands"]].concat());
    assert_eq!((code, errors), (Some(0), String::new()));
    let (code, plan, _) = own_steps(&[&run[..], &["--dry-run"]].concat());
    assert!(code == Some(0) && plan.contains("shout"));
}

#[test]
fn commands_that_run_nothing_know_the_step() {
    let (_, steps, _) = own_steps(&["steps"]);
    assert!(steps.contains("shout            Sets an artifact to a text in capitals"));
    assert!(own_steps(&["schema"]).1.contains(r#""const": "shout""#));
    assert!(own_steps(&["schema", "shout"]).1.contains("Text to shout."));
    assert_eq!(own_steps(&["validate", "recipe.json"]).0, Some(0));
    assert_eq!(own_steps(&["inputs", "recipe.json"]).0, Some(0));
    assert!(own_steps(&["graph", "recipe.json"]).1.contains("shout"));
    let (_, tools, notes) = own_steps(&["mcp", "recipe.json"]);
    assert!(tools.is_empty() && notes.contains("recipes as tools: recipe"));
}

#[test]
fn completions_and_hints_have_the_name_of_the_program() {
    let (_, script, _) = own_steps(&["completions", "bash"]);
    assert!(script.contains("-o default own-steps"));
    assert!(own_steps(&["man"]).1.starts_with(".TH OWN-STEPS 1"));
    let folder = tempfile::tempdir().unwrap();
    let init = own_steps(&["init", folder.path().to_str().unwrap()]).1;
    assert!(init.contains("own-steps run hello.json"));
}
