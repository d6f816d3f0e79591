//! End-to-end tests of tool calls, by steps and models, with a shell script as MCP server.

use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::Folder;
use crate::model_server::{KEY, Reply, Server};

/// Server with one tool, which returns its key, and starts a sleeping program on request.
const TOOLS: &str = r#"
while IFS= read -r line; do
    id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
    case $line in
    *'"initialize"'*) result='{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}' ;;
    *'"tools/list"'*) result='{"tools":[{"name":"look","description":"Looks.","inputSchema":{"type":"object"}}]}' ;;
    *sleep*) sleep 600 & echo $$ $! > pids.new; mv pids.new pids; wait ;;
    *'"tools/call"'*) result="{\"content\":[{\"type\":\"text\",\"text\":\"The key is $TOOL_KEY.\"}]}" ;;
    *) continue ;;
    esac
    printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$result"
done
"#;

const TOOL_KEY: &str = "tool-key-5678";

fn folder(step: &Value) -> Folder {
    Folder::new()
        .file("tools.sh", TOOLS)
        .file("r.json", json!([step]).to_string())
}

fn server() -> Value {
    json!({"command": "sh", "args": ["tools.sh"], "env": {"TOOL_KEY": ""}})
}

fn call(arguments: Value) -> Value {
    json!({"type": "mcp", "config": {"server": server(), "tool_name": "look", "arguments": arguments, "result_key": "seen"}})
}

fn generate() -> Value {
    json!({"type": "llm_generate", "config": {
        "prompt": "p", "model": "openai/m", "mcp_servers": [server()], "output_format": "text", "output_key": "a",
    }})
}

#[test]
fn the_result_of_a_tool_is_an_artifact() {
    let folder = folder(&call(json!({})));
    let mut command = folder.command("run r.json --context-out -");
    command.env("TOOL_KEY", TOOL_KEY);
    assert_snapshot!(folder.outcome(&mut command));
}

#[test]
fn tool_calls_of_a_model_are_reported_without_keys() {
    let model = Server::new([
        Reply::Calls(&[("look", r#"{"for": "tool-key-5678"}"#), ("find", "{}")]),
        Reply::Text("Seen."),
    ]);
    let folder = folder(&generate());
    let mut command = model.command(
        &folder,
        "run r.json -vv --log-dir logs --events e.jsonl --report r.html --trace t.json --durable --store s",
    );
    let outcome = folder.outcome(command.env("TOOL_KEY", TOOL_KEY));
    assert_snapshot!(outcome);
    let mut texts = vec![outcome.stderr()];
    for name in ["logs/debug.log", "e.jsonl", "r.html", "t.json"] {
        texts.push(folder.read(name));
        assert!(texts.last().unwrap().contains("look"), "{name}");
    }
    let run = std::fs::read_dir(folder.path("s")).unwrap().next().unwrap();
    for file in std::fs::read_dir(run.unwrap().path()).unwrap() {
        let file = std::fs::read(file.unwrap().path()).unwrap();
        texts.push(String::from_utf8_lossy(&file).into_owned());
    }
    for text in texts {
        assert!(!text.contains(KEY) && !text.contains(TOOL_KEY), "{text}");
    }
}

#[test]
fn stopping_a_run_during_a_tool_call_leaves_nothing_running() {
    let sleep = r#"{"for": "sleep"}"#;
    let model = Server::new([Reply::Calls(&[("look", r#"{"for": "sleep"}"#)])]);
    let by_itself = call(serde_json::from_str(sleep).unwrap());
    for step in [by_itself, generate()] {
        let folder = folder(&step);
        let mut command = model.command(&folder, "run r.json");
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        while !folder.path("pids").exists() {
            thread::sleep(Duration::from_millis(5));
        }
        let id = child.id().to_string();
        let stopped = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(stopped.success());
        assert_eq!(child.wait().unwrap().code(), Some(130));
        // Not even briefly.
        for pid in folder.read("pids").split_whitespace() {
            assert!(!runs(pid), "{pid}");
        }
    }
}

/// Whether a process is running.
fn runs(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn mcp_servers_that_are_programs_are_rejected_without_commands() {
    for step in [call(json!({})), generate()] {
        let folder = folder(&step).file("tools.sh", "touch started");
        let refused = folder.recipe("run r.json --no-commands");
        assert_eq!(refused.code(), 2, "{refused}");
        let told =
            "servers that start programs are not allowed: the run was started with --no-commands";
        assert!(refused.stderr().contains(told), "{refused}");
        assert!(!folder.path("started").exists());
    }
}

#[test]
fn no_token_command_runs_without_commands() {
    let step = json!({"type": "llm_generate", "config": {"prompt": "p", "model": "azure/m", "output_format": "text"}});
    // As in a directory that somebody else created.
    let variables =
        "AZURE_OPENAI_BASE_URL=http://127.0.0.1:1\nAZURE_TOKEN_COMMAND='touch started; echo token'";
    let folder = folder(&step).file(".env", variables);
    assert_snapshot!(folder.recipe("run r.json --no-commands"), @"
    exit code 1
    --- stderr
    error: r.json: step 0 (llm_generate): azure/m: invalid azure_token_command: commands are not allowed: the run was started with --no-commands
    0 steps done, 1 failed in [time]
    ");
    assert!(!folder.path("started").exists());
}

#[test]
fn a_misspelt_field_of_a_server_is_reported() {
    let folder = folder(
        &json!({"type": "mcp", "config": {"server": {"comand": "a", "command": "b"}, "tool_name": "c"}}),
    );
    assert_snapshot!(folder.recipe("validate r.json"));
}
