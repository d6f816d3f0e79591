//! Protocol versions: servers without a handshake, and servers that require one.

use recipe_core::Context;
use serde_json::{Value, json};

use crate::scripted::{Outcome, Scripted};
use crate::tool_server::script;

async fn call_of(server: Value) -> Outcome {
    let config = json!({"server": server, "tool_name": "look"});
    let step = json!({"type": "mcp", "config": config});
    Scripted::default().run(step, Context::new()).await
}

/// A server of the newest version, which has no handshake and repeats the version of each request.
const NEWEST: &str = r#"
while :; do
    request
    case $line in
    *'"server/discover"'*) reply $id '{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"serverInfo":{"name":"new","version":"1"},"ttlMs":0,"cacheScope":"private"}' ;;
    *'"initialize"'*) printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32022,"message":"Unsupported protocol version","data":{"supported":["2026-07-28"],"requested":"2025-11-25"}}}\n' "$id" ;;
    *) text $id "$(printf '%s' "$line" | grep -o 'protocolVersion":"[^"]*' | tr -d '"')" ;;
    esac
done
"#;

fn result_text(outcome: &Outcome) -> String {
    let result = outcome.artifact("tool_result");
    result["content"][0]["text"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_server_without_a_handshake_gets_none() {
    let outcome = call_of(script(NEWEST)).await;
    assert_eq!(result_text(&outcome), "protocolVersion:2026-07-28");
}

#[tokio::test]
async fn an_earlier_server_gets_the_last_version_with_a_handshake() {
    let outcome = call_of(script(
        r#"
        request
        refuse $id 'Method not found'
        request
        requests=$(printf '%s' "$line" | grep -o 'protocolVersion":"[^"]*' | tr -d '"')
        reply "$id" '{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"s","version":"1"}}'
        request
        request
        text $id "$requests"
        request"#,
    ))
    .await;
    assert_eq!(result_text(&outcome), "protocolVersion:2025-11-25");
}
