//! Secrets of durable runs: never stored, and available after resuming.

use std::fs;

use insta::assert_snapshot;

use crate::harness::Folder;

const SECRET: &str = "sk-live-\"1234";

/// Puts the secret into small and large artifacts, an address, and a file of another recipe, and
/// fails with it in the error until the file `ok` exists.
const MAIN: &str = r#"{"env_vars": ["RECIPE_TEST_API_KEY"], "steps": [
    {"type": "shell", "command": "printenv RECIPE_TEST_API_KEY", "output_key": "printed"},
    {"type": "set_context", "key": "key", "value": "{{ printed.stdout | strip }}"},
    {"type": "set_context", "key": "large", "value": "{% for i in (1..50) %}{{ key }} and {% endfor %}"},
    {"type": "set_context", "key": "doc", "value": {"{{ key }}": "{{ key }}", "in": "{{ key }}"}},
    {"type": "loop", "items": "doc", "item_key": "item", "result_key": "out", "substeps": [
        {"type": "shell", "name": "leave a line", "config": {"command": "echo x >> log"}}
    ]},
    {"type": "shell", "command": "test -f ok || printf %s \"$RECIPE_TEST_API_KEY\" >&2; test -f ok"},
    {"type": "set_context", "key": "last", "value": "{{ large | size }}"}
]}"#;

/// Whether a file of the store contains the secret in any form.
fn is_stored(folder: &Folder, needle: &str) -> bool {
    let mut is_found = false;
    for run in fs::read_dir(folder.path("s")).unwrap() {
        for file in fs::read_dir(run.unwrap().path()).unwrap() {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            is_found |= bytes
                .windows(needle.len())
                .any(|part| part == needle.as_bytes());
        }
    }
    is_found
}

#[test]
fn a_secret_of_the_environment_is_not_stored_and_looked_up_again() {
    let folder = Folder::new().file("r.json", MAIN);
    let run = |arguments: &str| {
        let mut command = folder.command(arguments);
        folder.outcome(command.env("RECIPE_TEST_API_KEY", SECRET))
    };
    assert_eq!(run("run r.json --durable --store s").code(), 1);
    assert!(!is_stored(&folder, "sk-live"));
    assert!(is_stored(&folder, "leave a line"));
    fs::write(folder.path("ok"), "").unwrap();
    let outcome = run("resume --store s --context-out out.json -v");
    assert_eq!(outcome.code(), 0, "{outcome}");
    assert_eq!(folder.read("log"), "x\nx\n", "{outcome}");
    assert!(!is_stored(&folder, "sk-live"));
    assert_eq!(run("run r.json --context-out plain.json").code(), 0);
    assert_eq!(folder.read("out.json"), folder.read("plain.json"));
    assert_eq!(folder.read_json("out.json")["doc"]["in"], SECRET);
}

#[test]
fn a_missing_secret_is_requested() {
    let folder = Folder::new().file("r.json", MAIN);
    let mut command = folder.command("run r.json --durable --store s -q");
    folder.outcome(command.env("RECIPE_TEST_API_KEY", SECRET));
    assert_snapshot!(folder.recipe("resume --store s"), @"
    exit code 1
    --- stderr
    error: r.json: step 0 (shell): missing secret: recipe_test_api_key (secrets are not stored, set it again)
    0 steps done, 1 failed in [time]
    help: to resume: recipe resume [run] --store s
    ");
}

#[test]
fn a_secret_option_must_be_given_again() {
    let folder = Folder::new().file(
        "r.json",
        r#"[{"type": "set_context", "key": "a", "value": "{{ b }}"}, {"type": "shell", "command": "test -f ok"}]"#,
    );
    folder.recipe("run r.json --durable --store s -q --config api_key=sk-live-12 --config region=west --context b=sk-live-12");
    assert!(!is_stored(&folder, "sk-live-12") && is_stored(&folder, "west"));
    let folder = folder.file("ok", "");
    assert_snapshot!(folder.recipe("resume --store s"), @"
    exit code 2
    --- stderr
    error: the run was given a secret configuration value, and secrets are not stored: api_key
    help: give it again: --config api_key=…
    ");
    let outcome =
        folder.recipe("resume --store s --config api_key=sk-live-99 --context-out out.json");
    assert_snapshot!(outcome, @"
    exit code 0
    --- stderr
    1 step done, 1 reused in [time]
    ");
    // The new value replaces the old secret.
    assert_eq!(folder.read_json("out.json")["a"], "sk-live-99");
}

#[test]
fn a_secret_that_becomes_known_late_is_removed_from_the_journal() {
    let folder = Folder::new()
        .file(
            "r.json",
            r#"[
                {"type": "set_context", "key": "{{ given }}", "value": "{{ given }}"},
                {"type": "shell", "command": "sleep 0.3"},
                {"type": "execute_recipe", "recipe_path": "sub.json"},
                {"type": "shell", "command": "sleep 0.3; test -f ok"}
            ]"#,
        )
        .file(
            "sub.json",
            r#"{"env_vars": ["RECIPE_TEST_API_KEY"], "steps": []}"#,
        );
    let run = |arguments: &str| {
        let mut command = folder.command(arguments);
        folder.outcome(command.env("RECIPE_TEST_API_KEY", "sk-live-12"))
    };
    assert_eq!(
        run("run r.json --durable --store s -q --context given=sk-live-12").code(),
        1
    );
    assert!(!is_stored(&folder, "sk-live-12"));
    fs::write(folder.path("ok"), "").unwrap();
    let outcome = run("resume --store s --context-out out.json");
    assert_snapshot!(outcome, @"
    exit code 0
    --- stderr
    1 step done, 3 reused in [time]
    ");
    assert_eq!(folder.read_json("out.json")["given"], "sk-live-12");
    assert!(!is_stored(&folder, "sk-live-12"));
}
