//! `command` and `shell`: input, output and failures of programs.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::lab::Lab;

/// A `command` step that runs a script with `sh`.
fn script(script: &str) -> Value {
    json!({"type": "command", "program": "sh", "args": ["-c", script], "output_key": "out"})
}

/// Adds fields to a step.
fn with(mut step: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().expect("fields") {
        step[name] = value.clone();
    }
    step
}

async fn output(artifacts: Value, step: Value) -> Value {
    let outcome = Lab::new().run_on(artifacts, json!([step])).await;
    outcome.artifacts()["out"].take()
}

/// Returns the error of a step that must fail, without its path.
async fn failure(lab: &Lab, step: Value) -> String {
    let error = lab.run(json!([step])).await.error();
    lab.short(error.split_once("): ").expect("a step failed").1)
}

#[tokio::test]
async fn output_and_status_are_stored_in_an_artifact() {
    let step = script("echo out; echo err >&2");
    assert_eq!(
        output(json!({}), step).await,
        json!({"stdout": "out\n", "stderr": "err\n", "status": 0})
    );
}

#[tokio::test]
async fn arguments_reach_the_program_unchanged() {
    let step = json!({
        "type": "command", "program": "{{ p }}", "output_key": "out",
        "args": ["%s|", "a b", "$HOME", "*", "", "{{ x }}", "-n", "'\"\n"]
    });
    let artifacts = json!({"p": "printf", "x": "$(id); `id`"});
    assert_eq!(
        output(artifacts, step).await["stdout"],
        "a b|$HOME|*||$(id); `id`|-n|'\"\n|"
    );
}

#[tokio::test]
async fn a_shell_interprets_the_command_line() {
    let step = json!({
        "type": "shell", "command": "printf %s \"$A\" | tr a-z A-Z; exit {{ n }}",
        "env": {"A": "{{ text }}"}, "check": false, "output_key": "out"
    });
    let artifacts = json!({"n": 3, "text": "$(id) \"x\""});
    assert_eq!(
        output(artifacts, step).await,
        json!({"stdout": "$(ID) \"X\"", "stderr": "", "status": 3})
    );
    let step = json!({"type": "shell", "command": "-x || echo no", "output_key": "out"});
    assert_eq!(output(json!({}), step).await["stdout"], "no\n");
}

#[tokio::test]
async fn env_adds_to_existing_variables() {
    let step = with(
        script("echo \"$A-$B\"; test -n \"$PATH\""),
        json!({"env": {"A": "{{ a }}", "B": "=x y"}}),
    );
    assert_eq!(output(json!({"a": "1"}), step).await["stdout"], "1-=x y\n");
}

#[tokio::test]
async fn a_program_runs_in_cwd_and_its_path_is_relative_to_it() {
    let lab = Lab::new();
    let tool = lab.path("tools/tool");
    make_program(&tool, "#!/bin/sh\npwd\n");
    let dir = lab.path("tools");
    for program in ["./tool", &tool] {
        let step =
            json!({"type": "command", "program": program, "cwd": "{{ f }}", "output_key": "out"});
        let outcome = lab.run_on(json!({"f": dir}), json!([step])).await;
        let printed = outcome.artifacts()["out"]["stdout"].take();
        assert!(printed.as_str().unwrap().ends_with("/tools\n"), "{printed}");
    }
}

#[tokio::test]
async fn large_input_and_output_do_not_deadlock() {
    let text = "0123456789abcdef".repeat(1 << 16);
    let step = with(script("tee /dev/stderr"), json!({"stdin": "{{ text }}"}));
    let out = output(json!({"text": text}), step).await;
    assert!(out["stdout"] == text && out["stderr"] == text);
}

#[tokio::test]
async fn a_program_need_not_read_its_input() {
    let text = "x".repeat(1 << 20);
    for program in ["true", "exec <&-; sleep 0.05; echo", "head -c 1 >/dev/null"] {
        let step = with(script(program), json!({"stdin": "{{ text }}"}));
        assert_eq!(output(json!({"text": text}), step).await["status"], 0);
    }
}

#[tokio::test]
async fn input_is_empty_by_default() {
    assert_eq!(
        output(json!({}), script("cat; echo end")).await["stdout"],
        "end\n"
    );
}

#[tokio::test]
async fn without_check_the_status_does_not_fail_the_step() {
    for (end, status) in [("exit 7", 7), ("kill -9 $$", -9)] {
        let step = with(script(end), json!({"check": false}));
        assert_eq!(output(json!({}), step).await["status"], status);
    }
}

#[tokio::test]
async fn an_error_has_the_exit_status_and_the_last_lines_of_stderr() {
    let lab = Lab::new();
    let long = "é".repeat(1000);
    let mut said = Vec::new();
    for end in [
        "exit 3",
        "echo out; echo '  no such host ' >&2; exit 1",
        "echo 1 >&2; echo 2 >&2; echo >&2; echo 3 >&2; printf 4 >&2; exit 255",
        "kill -9 $$",
        "kill -s TERM $$",
    ] {
        said.push(failure(&lab, script(end)).await);
    }
    assert_snapshot!(said.join("\n"), @"
    sh exited with status 3
    sh exited with status 1: no such host
    sh exited with status 255: 2 / 3 / 4
    sh was ended by signal 9 (SIGKILL)
    sh was ended by signal 15 (SIGTERM)
    ");
    let message = failure(&lab, script(&format!("echo {long} >&2; exit 1"))).await;
    assert_eq!(
        message,
        format!("sh exited with status 1: {}…", "é".repeat(80))
    );
}

#[tokio::test]
async fn the_output_of_a_failed_program_is_stored() {
    let outcome = Lab::new().run(json!([script("echo half; exit 2")])).await;
    assert!(outcome.result.is_err());
    let out = outcome.context.get("out").unwrap();
    assert_eq!(*out, json!({"stdout": "half\n", "stderr": "", "status": 2}));
}

#[tokio::test]
async fn a_program_that_cannot_be_started_is_an_error() {
    let lab = Lab::new();
    let text = lab.file("text", "hello");
    let no_interpreter = lab.path("script");
    make_program(&no_interpreter, "#!/no/such/interpreter\n");
    let mut said = Vec::new();
    for fields in [
        json!({"program": "no-such-program"}),
        json!({"program": lab.path("gone")}),
        json!({"program": text}),
        json!({"program": "/"}),
        json!({"program": no_interpreter}),
        json!({"program": "{{ nothing }}"}),
        json!({"program": "true", "cwd": lab.path("gone")}),
        json!({"program": "true", "cwd": "{{ nothing }}"}),
        json!({"program": "true", "cwd": text}),
        json!({"program": "tr\0ue"}),
        json!({"program": "true", "args": ["a", "b\0"]}),
        json!({"program": "true", "env": {"A": "\0"}}),
        json!({"program": "true", "cwd": "\0"}),
        json!({"program": "true", "args": ["x".repeat(3 << 20)]}),
        json!({"program": "true", "args": ["{{ x | no_such }}"]}),
        json!({"program": "true", "env": {"A=B": "x"}}),
        json!({"program": "true", "env": {"": "x"}}),
        json!({"program": "true", "env": {"PORT": 80}}),
        json!({"program": "true", "args": "-x"}),
        json!({"program": "true", "check": "no"}),
        json!({}),
    ] {
        said.push(failure(&lab, with(json!({"type": "command"}), fields)).await);
    }
    assert_snapshot!(said.join("\n"), @r#"
    program not found: no-such-program
    program not found: gone
    not executable: text
    not executable: /
    interpreter of the script not found: script
    program is empty after rendering: "{{ nothing }}"
    cwd: directory not found: gone
    cwd: path is empty
    cwd: directory not found: text
    program: unexpected NUL character
    args[1]: unexpected NUL character
    env.A: unexpected NUL character
    cwd: unexpected NUL character
    cannot start true: Argument list too long (os error 7)
    args[0]: unknown filter: no_such in template `{{ x | no_such }}`, column 8
    env: invalid variable name "A=B"
    env: invalid variable name ""
    env.PORT: expected text, found `80`
    args: expected a list, found "-x"
    check: expected true or false, found "no"
    missing field `program`
    "#);
}

#[tokio::test]
async fn output_is_reported_line_by_line() {
    let lab = Lab::new();
    let step = json!({"type": "shell", "command": "echo one; printf 'two\r\n\nend'; echo err >&2"});
    lab.run(json!([step])).await.artifacts();
    let mut lines = lab.log.outputs();
    // The two streams are read concurrently.
    lines.sort_by_key(|line| line.contains("stderr"));
    assert_eq!(
        lines,
        [
            "0 stdout: one",
            "0 stdout: two",
            "0 stdout: ",
            "0 stdout: end",
            "0 stderr: err"
        ]
    );
}

#[tokio::test]
async fn output_is_reported_while_the_program_runs() {
    let lab = Lab::new();
    let waits = "echo ready; until [ -e \"$GO\" ]; do sleep 0.01; done";
    let (log, go) = (lab.log.clone(), lab.path("go"));
    let step = json!({"type": "shell", "command": waits, "env": {"GO": go}});
    let watch = async {
        while log.outputs().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        std::fs::write(go, "").unwrap();
    };
    let (outcome, ()) = tokio::join!(lab.run(json!([step])), watch);
    outcome.artifacts();
}

#[tokio::test]
async fn a_very_long_line_is_reported_shortened() {
    let lab = Lab::new();
    let line = format!("x{}", "é".repeat(5000));
    let step = json!({"type": "command", "program": "printf", "args": ["%s\\nnext", line], "output_key": "out"});
    let artifacts = lab.run(json!([step])).await.artifacts();
    assert_eq!(artifacts["out"]["stdout"], format!("{line}\nnext"));
    let lines = lab.log.outputs();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0], format!("0 stdout: x{}…", "é".repeat(4095)));
}

#[tokio::test]
async fn invalid_utf8_is_replaced_with_a_warning() {
    let lab = Lab::new();
    let artifacts = lab
        .run(json!([script("printf 'ab\\377c'")]))
        .await
        .artifacts();
    assert_eq!(artifacts["out"]["stdout"], "ab\u{fffd}c");
    assert_eq!(
        lab.log.warnings(),
        ["invalid UTF-8 in stdout at byte 2: replaced with `\u{fffd}`"]
    );
    assert_eq!(lab.log.outputs(), ["0 stdout: ab\u{fffd}c"]);
}

#[tokio::test]
async fn stored_output_is_limited() {
    let lab = Lab::new();
    for (endless, stream) in [("cat /dev/zero", "stdout"), ("cat /dev/zero >&2", "stderr")] {
        assert_eq!(
            failure(&lab, script(endless)).await,
            format!(
                "{stream} exceeds 16777216 bytes, too many for `output_key`: write it to a file"
            )
        );
    }
    let as_much_as_fits = script("head -c 16777216 /dev/zero");
    let out = output(json!({}), as_much_as_fits).await;
    assert_eq!(out["stdout"].as_str().map(str::len), Some(16 << 20));
    let not_kept = json!({"type": "shell", "command": "head -c 20000000 /dev/zero"});
    lab.run(json!([not_kept])).await.artifacts();
}

#[tokio::test]
async fn a_refused_type_is_an_error_before_anything_runs() {
    let mut registry = recipe_steps::registry();
    registry.refuse("shell", "not here").refuse("no_such", "x");
    let recipe = recipe_core::Recipe::from_value(json!([
        {"type": "parallel", "substeps": [{"type": "shell", "command": "true", "chek": 1}]},
        {"type": "command", "program": "true"}
    ]));
    let problems = registry.check(&recipe.unwrap());
    let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_snapshot!(said.join("\n"), @"
    step 0 (parallel): substep 0 (shell): shell steps are refused: not here
    step 0 (parallel): substep 0 (shell): unknown field: chek
    ");
    assert!(registry.config_schema("shell").is_some());
}

/// Writes an executable script. Another process writes it: a file that this process has open for
/// writing cannot be executed, and programs started by other tests inherit its handle.
fn make_program(path: &str, script: &str) {
    let write = "mkdir -p \"${1%/*}\"; printf %s \"$2\" > \"$1\"; chmod +x \"$1\"";
    let written = std::process::Command::new("sh")
        .args(["-c", write, "sh", path, script])
        .status();
    assert!(written.is_ok_and(|status| status.success()));
}
