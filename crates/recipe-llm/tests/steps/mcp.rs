//! The step `mcp`.

use std::path::Path;

use insta::assert_snapshot;
use recipe_core::Context;
use serde_json::{Value, json};

use crate::scripted::{Outcome, Scripted};
use crate::tool_server::script;

async fn run(server: Value, arguments: Value) -> Outcome {
    let config = json!({"server": server, "tool_name": "{{ tool }}", "arguments": arguments});
    run_step(json!({"type": "mcp", "config": config})).await
}

async fn run_step(step: Value) -> Outcome {
    let mut context = Context::new();
    context.set("tool", "look");
    context.set("topic", "fish");
    Scripted::default().run(step, context).await
}

/// A server whose tool returns its request.
const MIRROR: &str = r#"
handshake
request
text "$id" "$(printf '%s' "$line" | sed 's/"/`/g')"
"#;

#[tokio::test]
async fn arguments_are_rendered_to_any_depth() {
    let arguments = json!({"about": "{{ topic }}", "list": [{"deep": "{{ topic }}"}, 7, true]});
    let outcome = run(script(MIRROR), arguments).await;
    let result = outcome.artifact("tool_result");
    assert_eq!(result["isError"], false);
    assert_snapshot!(
        result["content"][0]["text"].as_str().unwrap(),
        @"{`jsonrpc`:`2.0`,`id`:2,`method`:`tools/call`,`params`:{`_meta`:{`progressToken`:0},`name`:`look`,`arguments`:{`about`:`fish`,`list`:[{`deep`:`fish`},7,true]}}}"
    );
}

#[tokio::test]
async fn result_key_is_a_template() {
    let config =
        json!({"server": script(MIRROR), "tool_name": "x", "result_key": "about_{{ topic }}"});
    let outcome = run_step(json!({"type": "mcp", "config": config})).await;
    assert_eq!(outcome.artifact("about_fish")["isError"], false);
}

#[tokio::test]
async fn a_tool_that_fails_has_a_result_and_a_warning() {
    let server = script(
        r#"
        handshake
        request
        reply "$id" '{"content":[{"type":"text","text":"no such fish"}],"isError":true}'
        "#,
    );
    let outcome = run(server, json!({})).await;
    assert_eq!(outcome.artifact("tool_result")["isError"], true);
    assert_eq!(
        *outcome.observed.warnings.lock().unwrap(),
        ["tool look failed: no such fish"]
    );
}

#[tokio::test]
async fn a_rejected_call_fails_the_step() {
    let outcome = run(
        script("handshake\nrequest\nrefuse $id 'no tool look'"),
        json!({}),
    )
    .await;
    assert_snapshot!(outcome.error(), @"r: step 0 (mcp): sh: tool look: server returned an error: no tool look (code -32602)");
}

#[tokio::test]
async fn a_missing_program_is_reported() {
    let outcome = run(json!({"command": "no-such-program"}), json!({})).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (mcp): program not found: no-such-program");
}

#[tokio::test]
async fn a_server_that_exits_is_reported_with_its_output() {
    let mut errors = Vec::new();
    for before in ["", "handshake\nrequest\n"] {
        let server = script(&format!("{before}echo 'the disk is full' >&2; exit 3"));
        errors.push(run(server, json!({})).await.error());
    }
    assert_snapshot!(errors[0], @"r: step 0 (mcp): tool server exited: sh exited with status 3: the disk is full");
    assert_eq!(errors[0], errors[1]);
}

#[tokio::test]
async fn other_output_is_ignored() {
    let server = script(
        "echo 'Listening…'\necho '[1'\nhandshake\nrequest\necho '{}'\ntext $id found\nrequest",
    );
    let outcome = run(server, json!({})).await;
    assert_eq!(
        outcome.artifact("tool_result")["content"][0]["text"],
        "found"
    );
}

/// The paused clock advances as soon as everything waits for the server.
#[tokio::test(start_paused = true)]
async fn a_silent_server_times_out() {
    let outcome = run(json!({"command": "sleep", "args": ["600"]}), json!({})).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (mcp): sleep: no response within 60 seconds");
}

#[tokio::test]
async fn a_server_gets_its_own_variables_and_no_other_keys() {
    let mut server =
        script(r#"handshake; request; text "$id" "$(env | sort | cut -d= -f1 | tr '\n' ' ')""#);
    server["env"] = json!({"GIVEN": "{{ topic }}", "SCRIPTED_API_KEY": "", "NOWHERE": ""});
    let outcome = run(server, json!({})).await;
    let names = outcome.artifact("tool_result")["content"][0]["text"].to_string();
    let names: Vec<&str> = names.trim_matches('"').split_whitespace().collect();
    assert!(
        names.contains(&"GIVEN") && names.contains(&"SCRIPTED_API_KEY"),
        "{names:?}"
    );
    // Variables of cargo stand for those of others.
    assert!(
        !names
            .iter()
            .any(|name| name.starts_with("CARGO") || *name == "NOWHERE"),
        "{names:?}"
    );
}

#[tokio::test]
async fn keys_in_variables_are_masked() {
    let mut server = script(r#"echo "the key is $SCRIPTED_API_KEY, or $OWN_TOKEN" >&2; exit 1"#);
    server["env"] = json!({"SCRIPTED_API_KEY": "", "OWN_TOKEN": "tok-{{ topic }}"});
    let outcome = run(server, json!({})).await;
    let error = outcome.error();
    assert!(
        error.contains("sk-scripted") || error.contains("***"),
        "{error}"
    );
    let masked = outcome.observed.secrets.mask(&error).into_owned();
    assert_snapshot!(masked, @"r: step 0 (mcp): tool server exited: sh exited with status 1: the key is ***, or ***");
}

#[tokio::test]
async fn keys_in_an_address_are_masked() {
    let url = "http://me:pass-1234@127.0.0.1:1/{{ topic }}?api_key=key%2F5678&page=seven";
    let outcome = run(json!({"url": url}), json!({})).await;
    let error = outcome.error();
    for secret in ["pass-1234", "5678"] {
        assert!(!error.contains(secret), "{error}");
    }
    // As written in the recipe, and decoded.
    let masked = outcome
        .observed
        .secrets
        .mask("pass-1234 key%2F5678 key/5678 seven")
        .into_owned();
    assert_eq!(masked, "*** *** *** seven");
}

#[tokio::test]
async fn a_cancelled_step_leaves_no_processes() {
    let directory = tempfile::tempdir().unwrap();
    let pids = directory.path().join("pids");
    let server = script(&format!(
        "trap '' TERM\nhandshake\nrequest\nsleep 600 &\necho $$ $! > {0}.new; mv {0}.new {0}; wait",
        pids.display()
    ));
    let config = json!({"server": server, "tool_name": "look"});
    let step = json!({"type": "mcp", "timeout": 600, "config": config});
    let run = tokio::spawn(run_step(step));
    while !pids.exists() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    run.abort();
    assert!(run.await.is_err());
    for pid in std::fs::read_to_string(pids).unwrap().split_whitespace() {
        while runs(pid) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

/// Whether a process is running.
fn runs(pid: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid).join("stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

#[tokio::test]
async fn invalid_servers_are_rejected() {
    let mut errors = String::new();
    for server in [
        json!({}),
        json!({"command": "a", "url": "http://b"}),
        json!({"command": "a", "headers": {"B": "c"}}),
        json!({"url": "http://b", "env": {"A": "b"}}),
        json!({"command": "a", "cwd": "b", "working_dir": "c"}),
        json!({"command": "a", "env": {"B=": "c"}}),
        json!({"command": "a", "tool_prefix": "b"}),
        json!({"command": "{{ nothing }}"}),
        json!({"command": "a\u{0}"}),
        json!({"command": "a", "working_dir": "/no/such/folder"}),
        json!({"url": "example.org"}),
        json!({"url": "file:///etc/passwd"}),
        json!({"url": "http://b", "headers": {"A b": "c"}}),
        json!({"url": "http://b", "headers": {"A": "b\nC: d"}}),
        json!({"url": "http://127.0.0.1:1/mcp?key=sk-1234"}),
    ] {
        errors += &run(server, json!({})).await.error();
        errors += "\n";
    }
    assert_snapshot!(errors);
}
