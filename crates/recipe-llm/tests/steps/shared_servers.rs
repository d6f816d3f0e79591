//! Named servers of a recipe, shared by the steps of a run.

use std::path::Path;

use insta::assert_snapshot;
use recipe_core::Context;
use serde_json::{Value, json};

use crate::scripted::{Outcome, Scripted, calls, text};
use crate::tool_server::script;

/// A server that records its start, calls and exit in a file.
fn recording(file: &Path) -> Value {
    let file = file.display();
    script(&format!(
        r#"
        echo start >> {file}
        trap 'echo end >> {file}' EXIT
        handshake
        while :; do
            request
            case $line in
            *tools/list*) reply $id '{{"tools":[{{"name":"look","inputSchema":{{"type":"object"}}}}]}}' ;;
            *tools/call*)
                echo call >> {file}
                case $line in *'"die"'*) exit 3 ;; esac
                text $id "$$"
                ;;
            esac
        done
        "#
    ))
}

fn call(server: impl Into<Value>) -> Value {
    json!({"type": "mcp", "config": {"server": server.into(), "tool_name": "look", "result_key": "a"}})
}

async fn run(recipe: Value) -> Outcome {
    let model = Scripted::new([calls([("look", "{}")]), text("x")]);
    model.run_recipe(recipe, Context::new()).await
}

#[tokio::test]
async fn a_run_server_starts_once_and_stops_with_the_run() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("recorded");
    let mut server = recording(&file);
    server["shared"] = json!("run");
    let ask = json!({"type": "llm_generate", "config": {"prompt": "p", "output_format": "text", "mcp_servers": ["notes"]}});
    let parallel =
        json!({"type": "parallel", "config": {"substeps": [call("notes"), call("notes"), ask]}});
    let outcome = run(json!({
        "mcp_servers": {"notes": server},
        "steps": [call("notes"), parallel, call("notes")],
    }))
    .await;
    outcome.result.unwrap();
    let recorded = std::fs::read_to_string(&file).unwrap();
    assert_eq!(
        recorded,
        "start\n".to_owned() + &"call\n".repeat(5) + "end\n"
    );
}

#[tokio::test]
async fn a_named_server_starts_for_each_step() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("recorded");
    let outcome = run(json!({
        "mcp_servers": {"notes": recording(&file)},
        "steps": [call("notes"), call("notes")],
    }))
    .await;
    outcome.result.unwrap();
    let recorded = std::fs::read_to_string(&file).unwrap();
    assert_eq!(recorded, "start\ncall\nend\n".repeat(2));
}

#[tokio::test]
async fn servers_that_render_differently_are_not_shared() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("recorded");
    let mut server = recording(&file);
    server["shared"] = json!("run");
    server["env"] = json!({"WHICH": "{{ a.content[0].text | size }}"});
    let outcome = run(json!({
        "mcp_servers": {"notes": server},
        "steps": [call("notes"), call("notes")],
    }))
    .await;
    outcome.result.unwrap();
    let recorded = std::fs::read_to_string(&file).unwrap();
    assert_eq!(recorded.matches("start").count(), 2, "{recorded}");
    assert_eq!(recorded.matches("end").count(), 2, "{recorded}");
}

#[tokio::test]
async fn a_run_server_that_exited_is_restarted() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("recorded");
    let mut server = recording(&file);
    server["shared"] = json!("run");
    let mut fatal = call("notes");
    fatal["config"]["arguments"] = json!({"what": "die"});
    fatal["on_error"] = json!({"steps": []});
    let outcome = run(json!({
        "mcp_servers": {"notes": server},
        "steps": [fatal, call("notes")],
    }))
    .await;
    outcome.result.unwrap();
    let recorded = std::fs::read_to_string(&file).unwrap();
    assert_eq!(recorded, "start\ncall\nend\nstart\ncall\nend\n");
}

#[tokio::test]
async fn a_run_server_stops_with_a_failed_run() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("recorded");
    let mut server = recording(&file);
    server["shared"] = json!("run");
    let recipe = json!({
        "mcp_servers": {"notes": server},
        "steps": [call("notes"), {"type": "mcp", "config": {"server": {"command": "no-such-program"}, "tool_name": "x"}}],
    });
    assert!(run(recipe).await.result.is_err());
    let recorded = std::fs::read_to_string(&file).unwrap();
    assert_eq!(recorded, "start\ncall\nend\n");
}

#[tokio::test]
async fn errors_in_named_servers_have_locations() {
    let mut errors = String::new();
    for (servers, server) in [
        (json!({"notes": {"command": "x"}}), json!("note")),
        (json!({}), json!("notes")),
        (json!({"notes": {}}), json!("notes")),
        (
            json!({"notes": {"command": "x", "shared": "always"}}),
            json!("notes"),
        ),
        (
            json!({"notes": {"command": "x", "url": "http://y"}}),
            json!({"command": "no-such-program"}),
        ),
        (json!({"notes": 5}), json!("notes")),
    ] {
        let outcome = run(json!({"mcp_servers": servers, "steps": [call(server)]})).await;
        errors += &outcome.error();
        errors += "\n\n";
    }
    let outcome = run(json!({"mcp_servers": {"notes": {"comand": "x", "command": "no-such-program"}}, "steps": [call("notes")]})).await;
    errors += &outcome.observed.warnings.lock().unwrap().join("\n");
    assert_snapshot!(errors);
}
