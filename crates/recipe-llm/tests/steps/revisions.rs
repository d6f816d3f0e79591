//! The revisions of the protocol: servers without a handshake, and servers with one only.

use recipe_core::Context;
use serde_json::{Value, json};

use crate::scripted::{Outcome, Scripted};
use crate::tool_server::script;

async fn call_of(server: Value) -> Outcome {
    let config = json!({"server": server, "tool_name": "look"});
    let step = json!({"type": "mcp", "config": config});
    Scripted::default().run(step, Context::new()).await
}

/// A server of the newest revision, which has no handshake and tells what each request says of itself.
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

fn said(outcome: &Outcome) -> String {
    let result = outcome.artifact("tool_result");
    result["content"][0]["text"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_server_without_a_handshake_is_asked_without_one() {
    let outcome = call_of(script(NEWEST)).await;
    assert_eq!(said(&outcome), "protocolVersion:2026-07-28");
}

#[tokio::test]
async fn a_server_of_before_is_asked_for_the_last_revision_with_a_handshake() {
    let outcome = call_of(script(
        r#"
        request
        refuse $id 'Method not found'
        request
        asked=$(printf '%s' "$line" | grep -o 'protocolVersion":"[^"]*' | tr -d '"')
        reply "$id" '{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"s","version":"1"}}'
        request
        request
        text $id "$asked"
        request"#,
    ))
    .await;
    assert_eq!(said(&outcome), "protocolVersion:2025-11-25");
}
