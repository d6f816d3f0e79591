//! Servers whose responses are invalid, or do not fit the SDK's types.

use insta::assert_snapshot;
use recipe_core::Context;
use serde_json::{Value, json};

use crate::scripted::{Outcome, Scripted, calls, text};
use crate::tool_server::script;

/// Calls a tool; this part of a script responds.
async fn call(response: &str) -> Outcome {
    call_of(script(&format!("handshake\nrequest\n{response}\nrequest"))).await
}

async fn call_of(server: Value) -> Outcome {
    let config = json!({"server": server, "tool_name": "look"});
    let step = json!({"type": "mcp", "config": config});
    Scripted::default().run(step, Context::new()).await
}

async fn result(response: &str) -> Value {
    call(response).await.artifact("tool_result")
}

#[tokio::test]
async fn an_invalid_response_fails_the_call() {
    let mut errors = String::new();
    for response in [
        // Half of a surrogate pair, as at the end of a truncated string.
        r#"reply $id '{"content":[{"type":"text","text":"cut \ud83d"}]}'"#,
        r#"reply $id "{\"content\":[],\"structuredContent\":$(printf '%0150d' 0 | tr 0 [)$(printf '%0150d' 0 | tr 0 ])}""#,
        r#"reply $id '{"content":[],"structuredContent":{"id":12345678901234567890123}}'"#,
        r#"reply $id '{"content":[{"type":"text","text":'"#,
        r#"reply $id '{"content":[],"structuredContent":nothing}'"#,
        r#"printf '{"jsonrpc":"2.0","result":{"content":["\377"]},"id":%s}\n' "$id""#,
        r#"printf '{"jsonrpc":"2.0","result":{},"result":{},"id":%s}\n' "$id""#,
        r#"printf '{"jsonrpc":"2.0","id":%s}\n' "$id""#,
        r#"printf '{"jsonrpc":"2.0","result":{"content\n'"#,
        r#"printf '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}\n'"#,
        r#"reply $id '{"content":"seen"}'"#,
        r#"reply $id '{"content":[],"isError":"no"}'"#,
        "reply $id '[1]'",
        "reply $id 5",
        r#"reply $id '{"resultType":"input_required","inputRequests":{}}'"#,
        r#"reply $id '{"resultType":"task","task":{"taskId":"7"}}'"#,
    ] {
        errors += &call(response).await.error();
        errors += "\n";
    }
    assert_snapshot!(errors);
}

#[tokio::test]
async fn a_response_that_is_too_large_fails_the_call() {
    let large = "head -c 68000000 /dev/zero | tr '\\0' x";
    // The ID is at either end.
    for response in [
        format!(r#"printf '{{"jsonrpc":"2.0","id":%s,"result":"' "$id"; {large}; echo '"}}'"#),
        format!(r#"printf '{{"result":"'; {large}; printf '","jsonrpc":"2.0","id":%s}}\n' "$id""#),
    ] {
        let error = call(&response).await.error();
        let shown = error.split(" bytes): ").collect::<Vec<_>>();
        assert!(shown[0].contains("invalid response (680000"), "{error}");
        assert_eq!(shown[1], "larger than 64 MiB");
    }
}

#[tokio::test]
async fn a_large_result_is_accepted() {
    let large = "head -c 17000000 /dev/zero | tr '\\0' x";
    let response = format!(
        r#"printf '{{"jsonrpc":"2.0","id":%s,"result":{{"content":[{{"type":"text","text":"' "$id"; {large}; echo '"}}]}}}}'"#
    );
    let result = result(&response).await;
    assert_eq!(
        result["content"][0]["text"].as_str().unwrap().len(),
        17_000_000
    );
}

#[tokio::test]
async fn a_call_after_an_invalid_response_works() {
    let server = script(
        r#"handshake
        tools look
        request
        reply $id '{"content":[{"type":"text","text":"\ud83d"}]}'
        request
        text $id seen
        request"#,
    );
    let model = Scripted::new([calls([("look", "{}")]), calls([("look", "{}")]), text("x")]);
    let config = json!({"prompt": "p", "output_format": "text", "output_key": "out", "mcp_servers": [server]});
    let outcome = model.generate(config).await;
    assert_eq!(outcome.artifact("out"), "x");
    assert_snapshot!(outcome.observed.tools.lock().unwrap().join("\n"), @r#"
    look {} Err("invalid response (45 bytes): line 1, column 42: lone surrogate: half of a character")
    look {} Ok("seen")
    "#);
}

#[tokio::test]
async fn results_are_stored_verbatim() {
    let sent = json!({
        "content": [
            {"type": "newkind", "z": [1, {"a": null}]},
            {"type": "image", "data": "aGk="},
            {"type": "text", "text": "seen", "annotations": {"priority": 0.7}},
            "not an object",
        ],
        "structuredContent": [0.1, 18_446_744_073_709_551_615_u64, -0.0, 1e300],
        "_meta": {"a": {}},
        "isError": false,
        "more": true,
    });
    assert_eq!(result(&format!("reply $id '{sent}'")).await, sent);
    // The newest version allows other structured content; results have the same form.
    let newest = r#"reply $id '{"resultType":"complete","structuredContent":7}'"#;
    let expected = json!({"content": [], "structuredContent": 7, "isError": false});
    assert_eq!(result(newest).await, expected);
}

#[tokio::test]
async fn a_model_gets_placeholders_for_other_content() {
    let server = script(
        r#"handshake
        tools look
        request
        reply $id '{"content":[{"type":"newkind","z":1},{"type":"image","data":"aGk="},{"type":"audio","mimeType":"audio/wav","data":"aGkh"},{"type":"resource","resource":{"uri":"x:y","text":"inside"}}]}'
        request"#,
    );
    let model = Scripted::new([calls([("look", "{}")]), text("x")]);
    let config = json!({"prompt": "p", "output_format": "text", "mcp_servers": [server]});
    let outcome = model.generate(config).await;
    assert_snapshot!(outcome.observed.tools.lock().unwrap().join("\n"), @r#"look {} Ok("{\"type\":\"newkind\",\"z\":1}\n[not text, 3 bytes, omitted]\n[audio/wav, 3 bytes, omitted]\ninside")"#);
}

#[tokio::test]
async fn a_protocol_error_shows_its_code_and_data() {
    let error = r#"{"code":-32042,"message":"no such fish","data":{"pond":[0.7]}}"#;
    let response = format!(r#"printf '{{"jsonrpc":"2.0","id":%s,"error":{error}}}\n' "$id""#);
    assert_snapshot!(call(&response).await.error(), @r#"r: step 0 (mcp): sh: tool look: server returned an error: no such fish (code -32042, data {"pond":[0.7]})"#);
    for error in [r#"{"code":1e40,"message":5}"#, "7", "{}"] {
        let response = format!(r#"printf '{{"jsonrpc":"2.0","id":%s,"error":{error}}}\n' "$id""#);
        assert!(
            call(&response)
                .await
                .error()
                .contains("server returned an error")
        );
    }
}

#[tokio::test]
async fn requests_of_the_server_get_correct_responses() {
    let server = |method: &str| {
        script(&format!(
            r#"handshake
            request
            call=$id
            echo '{{"jsonrpc":"2.0","id":"s1","method":"{method}","params":{{"messages":5}}}}'
            IFS= read -r answer
            text "$call" "$(printf '%s' "$answer" | tr -d '"')"
            request"#
        ))
    };
    for method in [
        "elicitation/create",
        "sampling/createMessage",
        "roots/list",
        "tasks/list",
        "made/up",
    ] {
        let result = call_of(server(method)).await.artifact("tool_result");
        let text = result["content"][0]["text"].as_str().unwrap().to_owned();
        assert!(text.contains("error:{code:-32601"), "{method}: {text}");
    }
    let result = call_of(server("ping")).await.artifact("tool_result");
    let text = result["content"][0]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("result:{}"), "{text}");
}

#[tokio::test]
async fn a_call_has_a_timeout() {
    let mut server = script("handshake\nrequest\nsleep 600");
    server["timeout"] = json!(0.2);
    assert_snapshot!(call_of(server).await.error(), @"r: step 0 (mcp): sh: tool look: no response within 0.2 seconds (`timeout` of the server)");
    let mut server = script("handshake\nrequest\nsleep 600");
    server["timeout"] = json!(0.2);
    let config = json!({"prompt": "p", "output_format": "text", "mcp_servers": [server]});
    let outcome = Scripted::new([text("x")]).generate(config).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (llm_generate): sh: list of tools: no response within 0.2 seconds (`timeout` of the server)");
}

#[tokio::test]
async fn a_call_that_timed_out_is_cancelled() {
    let mut server = script(
        r#"handshake
        tools look
        request
        request
        case $line in *notifications/cancelled*) ;; *) exit 7 ;; esac
        request
        text $id seen
        request"#,
    );
    server["timeout"] = json!(0.2);
    let model = Scripted::new([calls([("look", "{}")]), calls([("look", "{}")]), text("x")]);
    let config = json!({"prompt": "p", "output_format": "text", "mcp_servers": [server]});
    let outcome = model.generate(config).await;
    assert_eq!(outcome.artifact("llm_output"), "x");
    assert_snapshot!(outcome.observed.tools.lock().unwrap().join("\n"), @r#"
    look {} Err("no response within 0.2 seconds (`timeout` of the server)")
    look {} Ok("seen")
    "#);
}

#[tokio::test]
async fn tools_added_later_are_offered() {
    let server = script(
        r#"handshake
        tools look
        request
        echo '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'
        text $id seen
        tools look find other
        request
        text $id found
        request"#,
    );
    let model = Scripted::new([calls([("look", "{}")]), calls([("find", "{}")]), text("x")]);
    let config = json!({
        "prompt": "p", "output_format": "text", "mcp_servers": [server], "tools_deny": ["look"],
    });
    // A denied tool is not offered later either, although the model calls it.
    let outcome = model.generate(config).await;
    let offered = model.requests.lock().unwrap();
    let names = |index: usize| {
        let tools = offered[index].tools.iter().map(|tool| tool.name.as_str());
        tools.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(outcome.artifact("llm_output"), "x");
    assert_eq!((names(0).as_str(), names(1).as_str()), ("", ""));
}

#[tokio::test]
async fn an_invalid_tool_does_not_hide_the_others() {
    let server = script(
        r#"handshake
        request
        reply $id '{"tools":[{"name":"look","inputSchema":{"type":"object"},"outputSchema":{"type":"array"}},{"name":"odd","inputSchema":7},{"name":"odder","inputSchema":{"type":"object"},"outputSchema":[]}]}'
        request"#,
    );
    let model = Scripted::new([text("x")]);
    let config = json!({"prompt": "p", "output_format": "text", "mcp_servers": [server]});
    let outcome = model.generate(config).await;
    assert_eq!(outcome.artifact("llm_output"), "x");
    let requests = model.requests.lock().unwrap();
    let names: Vec<&str> = requests[0]
        .tools
        .iter()
        .map(|tool| tool.name.as_str())
        .collect();
    assert_eq!(names, ["look", "odder"]);
    assert_snapshot!(outcome.observed.warnings.lock().unwrap().join("\n"), @"sh: tool odd skipped: invalid type: integer `7`, expected a map at line 1 column 29");
}

#[tokio::test]
async fn invalid_tool_lists_and_handshakes_are_reported() {
    let mut errors = String::new();
    for start in [
        "handshake\nrequest\nreply $id '{\"tools\":7}'",
        "handshake\nrequest\nreply $id '{\"tools\":[{\"name\":\"a\\ud83d\"}]}'",
        "handshake\nrequest\nreply $id '{\"tools\":[{}'",
        "request\nrefuse $id no\nrequest\nreply $id '{\"protocolVersion\":'",
        "request\nrefuse $id no\nrequest\nreply $id '{}'",
        "request\nrefuse $id no\nrequest\nrefuse $id 'no key'",
    ] {
        let server = script(&format!("{start}\nrequest"));
        let config = json!({"prompt": "p", "output_format": "text", "mcp_servers": [server]});
        errors += &Scripted::new([text("x")]).generate(config).await.error();
        errors += "\n";
    }
    assert_snapshot!(errors);
}
