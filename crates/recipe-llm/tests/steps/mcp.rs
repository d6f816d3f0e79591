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

/// A server whose tool says what it was asked.
const MIRROR: &str = r#"
hello
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
async fn the_name_of_the_result_is_a_template() {
    let config =
        json!({"server": script(MIRROR), "tool_name": "x", "result_key": "about_{{ topic }}"});
    let outcome = run_step(json!({"type": "mcp", "config": config})).await;
    assert_eq!(outcome.artifact("about_fish")["isError"], false);
}

#[tokio::test]
async fn a_tool_that_fails_has_a_result_and_a_warning() {
    let server = script(
        r#"
        hello
        request
        reply "$id" '{"content":[{"type":"text","text":"no such fish"}],"isError":true}'
        "#,
    );
    let outcome = run(server, json!({})).await;
    assert_eq!(outcome.artifact("tool_result")["isError"], true);
    assert_eq!(
        *outcome.told.warnings.lock().unwrap(),
        ["the tool look says that it failed: no such fish"]
    );
}

#[tokio::test]
async fn a_call_that_the_server_refuses_fails_the_step() {
    let outcome = run(
        script("hello\nrequest\nrefuse $id 'no tool look'"),
        json!({}),
    )
    .await;
    assert_snapshot!(outcome.error(), @"r: step 0 (mcp): sh: tool look: the server refuses it: no tool look (code -32602)");
}

#[tokio::test]
async fn a_program_that_is_not_there_is_told() {
    let outcome = run(json!({"command": "no-such-program"}), json!({})).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (mcp): program not found: no-such-program");
}

#[tokio::test]
async fn a_server_that_ends_is_told_with_its_last_words() {
    let mut errors = Vec::new();
    for before in ["", "hello\nrequest\n"] {
        let server = script(&format!("{before}echo 'the disk is full' >&2; exit 3"));
        errors.push(run(server, json!({})).await.error());
    }
    assert_snapshot!(errors[0], @"r: step 0 (mcp): the server is gone: sh exited with status 3: the disk is full");
    assert_eq!(errors[0], errors[1]);
}

#[tokio::test]
async fn what_is_no_message_is_passed_over() {
    let server =
        script("echo 'Listening…'\necho '[1'\nhello\nrequest\necho '{}'\ntext $id found\nrequest");
    let outcome = run(server, json!({})).await;
    assert_eq!(
        outcome.artifact("tool_result")["content"][0]["text"],
        "found"
    );
}

/// Time is virtual: as soon as everything waits for the server, its time is up.
#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_given_up() {
    let outcome = run(json!({"command": "sleep", "args": ["600"]}), json!({})).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (mcp): sleep: no answer within 60 seconds");
}

#[tokio::test]
async fn a_server_sees_the_variables_that_it_is_given_and_no_keys_of_others() {
    let mut server =
        script(r#"hello; request; text "$id" "$(env | sort | cut -d= -f1 | tr '\n' ' ')""#);
    server["env"] = json!({"GIVEN": "{{ topic }}", "SCRIPTED_API_KEY": "", "NOWHERE": ""});
    let outcome = run(server, json!({})).await;
    let names = outcome.artifact("tool_result")["content"][0]["text"].to_string();
    let names: Vec<&str> = names.trim_matches('"').split_whitespace().collect();
    assert!(
        names.contains(&"GIVEN") && names.contains(&"SCRIPTED_API_KEY"),
        "{names:?}"
    );
    // What cargo sets for tests stands for what others have.
    assert!(
        !names
            .iter()
            .any(|name| name.starts_with("CARGO") || *name == "NOWHERE"),
        "{names:?}"
    );
}

#[tokio::test]
async fn keys_in_variables_are_secret() {
    let mut server = script(r#"echo "the key is $SCRIPTED_API_KEY, or $OWN_TOKEN" >&2; exit 1"#);
    server["env"] = json!({"SCRIPTED_API_KEY": "", "OWN_TOKEN": "tok-{{ topic }}"});
    let outcome = run(server, json!({})).await;
    let told = outcome.error();
    assert!(
        told.contains("sk-scripted") || told.contains("***"),
        "{told}"
    );
    let masked = outcome.told.secrets.mask(&told).into_owned();
    assert_snapshot!(masked, @"r: step 0 (mcp): the server is gone: sh exited with status 1: the key is ***, or ***");
}

#[tokio::test]
async fn keys_in_an_address_are_secret() {
    let url = "http://me:pass-1234@127.0.0.1:1/{{ topic }}?api_key=key%2F5678&page=seven";
    let outcome = run(json!({"url": url}), json!({})).await;
    let told = outcome.error();
    for secret in ["pass-1234", "5678"] {
        assert!(!told.contains(secret), "{told}");
    }
    // As they are written in the recipe, and as they are meant.
    let masked = outcome
        .told
        .secrets
        .mask("pass-1234 key%2F5678 key/5678 seven")
        .into_owned();
    assert_eq!(masked, "*** *** *** seven");
}

#[tokio::test]
async fn nothing_of_a_server_is_left_when_its_step_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    let server = script(&format!(
        "trap '' TERM\nhello\nrequest\nsleep 600 &\necho $$ $! > {0}.new; mv {0}.new {0}; wait",
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

/// Whether a process is there that has not ended.
fn runs(pid: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid).join("stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

#[tokio::test]
async fn what_cannot_be_a_server_is_refused_with_its_field() {
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
