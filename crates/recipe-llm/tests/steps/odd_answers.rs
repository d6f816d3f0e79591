//! Servers whose answers cannot be read, or are not what a type of the SDK makes of them.

use insta::assert_snapshot;
use recipe_core::Context;
use serde_json::{Value, json};

use crate::scripted::{Outcome, Scripted, calls, text};
use crate::tool_server::script;

/// Calls a tool that this part of a script answers.
async fn call(answer: &str) -> Outcome {
    call_of(script(&format!("hello\nrequest\n{answer}\nrequest"))).await
}

async fn call_of(server: Value) -> Outcome {
    let config = json!({"server": server, "tool_name": "look"});
    let step = json!({"type": "mcp", "config": config});
    Scripted::default().run(step, Context::new()).await
}

async fn result(answer: &str) -> Value {
    call(answer).await.artifact("tool_result")
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_ends_the_call() {
    let mut errors = String::new();
    for answer in [
        // Half of a character, as a text that was cut in the middle has at its end.
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
        errors += &call(answer).await.error();
        errors += "\n";
    }
    assert_snapshot!(errors);
}

#[tokio::test]
async fn an_answer_that_is_too_large_ends_the_call() {
    let large = "head -c 68000000 /dev/zero | tr '\\0' x";
    // The id stands at either end.
    for answer in [
        format!(r#"printf '{{"jsonrpc":"2.0","id":%s,"result":"' "$id"; {large}; echo '"}}'"#),
        format!(r#"printf '{{"result":"'; {large}; printf '","jsonrpc":"2.0","id":%s}}\n' "$id""#),
    ] {
        let error = call(&answer).await.error();
        let shown = error.split(" bytes: ").collect::<Vec<_>>();
        assert!(shown[0].contains("unreadable answer of 680000"), "{error}");
        assert_eq!(shown[1], "more than 64 MiB");
    }
}

#[tokio::test]
async fn a_result_of_seventeen_million_characters_is_read() {
    let large = "head -c 17000000 /dev/zero | tr '\\0' x";
    let answer = format!(
        r#"printf '{{"jsonrpc":"2.0","id":%s,"result":{{"content":[{{"type":"text","text":"' "$id"; {large}; echo '"}}]}}}}'"#
    );
    let result = result(&answer).await;
    assert_eq!(
        result["content"][0]["text"].as_str().unwrap().len(),
        17_000_000
    );
}

#[tokio::test]
async fn an_answer_after_one_that_cannot_be_read_is_heard() {
    let server = script(
        r#"hello
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
    assert_snapshot!(outcome.told.tools.lock().unwrap().join("\n"), @r#"
    look {} Err("unreadable answer of 45 bytes: line 1, column 42: lone surrogate: half of a character")
    look {} Ok("seen")
    "#);
}

#[tokio::test]
async fn results_are_kept_as_they_were_sent() {
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
    // Only with the newest revision; the results of all are the same.
    let newest = r#"reply $id '{"resultType":"complete","structuredContent":7}'"#;
    let expected = json!({"content": [], "structuredContent": 7, "isError": false});
    assert_eq!(result(newest).await, expected);
}

#[tokio::test]
async fn a_model_is_told_of_blocks_that_are_not_text() {
    let server = script(
        r#"hello
        tools look
        request
        reply $id '{"content":[{"type":"newkind","z":1},{"type":"image","data":"aGk="},{"type":"audio","mimeType":"audio/wav","data":"aGkh"},{"type":"resource","resource":{"uri":"x:y","text":"inside"}}]}'
        request"#,
    );
    let model = Scripted::new([calls([("look", "{}")]), text("x")]);
    let config = json!({"prompt": "p", "output_format": "text", "mcp_servers": [server]});
    let outcome = model.generate(config).await;
    assert_snapshot!(outcome.told.tools.lock().unwrap().join("\n"), @r#"look {} Ok("{\"type\":\"newkind\",\"z\":1}\n[not text, 3 bytes, left out]\n[audio/wav, 3 bytes, left out]\ninside")"#);
}

#[tokio::test]
async fn an_error_of_the_protocol_shows_its_code_and_data() {
    let error = r#"{"code":-32042,"message":"no such fish","data":{"pond":[0.7]}}"#;
    let answer = format!(r#"printf '{{"jsonrpc":"2.0","id":%s,"error":{error}}}\n' "$id""#);
    assert_snapshot!(call(&answer).await.error(), @r#"r: step 0 (mcp): sh: tool look: the server refuses it: no such fish (code -32042, data {"pond":[0.7]})"#);
    for error in [r#"{"code":1e40,"message":5}"#, "7", "{}"] {
        let answer = format!(r#"printf '{{"jsonrpc":"2.0","id":%s,"error":{error}}}\n' "$id""#);
        assert!(
            call(&answer)
                .await
                .error()
                .contains("the server refuses it")
        );
    }
}

#[tokio::test]
async fn requests_of_the_server_are_not_answered_by_inventions() {
    let server = |method: &str| {
        script(&format!(
            r#"hello
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
async fn a_call_has_a_time_limit() {
    let mut server = script("hello\nrequest\nsleep 600");
    server["timeout"] = json!(0.2);
    assert_snapshot!(call_of(server).await.error(), @"r: step 0 (mcp): sh: tool look: no answer within 0.2 seconds; `timeout` of the server sets the limit");
    let mut server = script("hello\nrequest\nsleep 600");
    server["timeout"] = json!(0.2);
    let config = json!({"prompt": "p", "output_format": "text", "mcp_servers": [server]});
    let outcome = Scripted::new([text("x")]).generate(config).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (llm_generate): sh: list of tools: no answer within 0.2 seconds; `timeout` of the server sets the limit");
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_is_cancelled() {
    let mut server = script(
        r#"hello
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
    assert_snapshot!(outcome.told.tools.lock().unwrap().join("\n"), @r#"
    look {} Err("no answer within 0.2 seconds; `timeout` of the server sets the limit")
    look {} Ok("seen")
    "#);
}

#[tokio::test]
async fn tools_that_come_later_are_offered() {
    let server = script(
        r#"hello
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
    // A name that is denied is not offered later either; the model calls it all the same.
    let outcome = model.generate(config).await;
    let offered = model.asked.lock().unwrap();
    let names = |index: usize| {
        let tools = offered[index].tools.iter().map(|tool| tool.name.as_str());
        tools.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(outcome.artifact("llm_output"), "x");
    assert_eq!((names(0).as_str(), names(1).as_str()), ("", ""));
}

#[tokio::test]
async fn a_tool_that_cannot_be_read_does_not_hide_the_others() {
    let server = script(
        r#"hello
        request
        reply $id '{"tools":[{"name":"look","inputSchema":{"type":"object"},"outputSchema":{"type":"array"}},{"name":"odd","inputSchema":7},{"name":"odder","inputSchema":{"type":"object"},"outputSchema":[]}]}'
        request"#,
    );
    let model = Scripted::new([text("x")]);
    let config = json!({"prompt": "p", "output_format": "text", "mcp_servers": [server]});
    let outcome = model.generate(config).await;
    assert_eq!(outcome.artifact("llm_output"), "x");
    let asked = model.asked.lock().unwrap();
    let names: Vec<&str> = asked[0]
        .tools
        .iter()
        .map(|tool| tool.name.as_str())
        .collect();
    assert_eq!(names, ["look", "odder"]);
    assert_snapshot!(outcome.told.warnings.lock().unwrap().join("\n"), @"sh: tool odd left out: invalid type: integer `7`, expected a map at line 1 column 29");
}

#[tokio::test]
async fn a_list_of_tools_or_a_hello_that_cannot_be_read_is_told() {
    let mut errors = String::new();
    for beginning in [
        "hello\nrequest\nreply $id '{\"tools\":7}'",
        "hello\nrequest\nreply $id '{\"tools\":[{\"name\":\"a\\ud83d\"}]}'",
        "hello\nrequest\nreply $id '{\"tools\":[{}'",
        "request\nrefuse $id no\nrequest\nreply $id '{\"protocolVersion\":'",
        "request\nrefuse $id no\nrequest\nreply $id '{}'",
        "request\nrefuse $id no\nrequest\nrefuse $id 'no key'",
    ] {
        let server = script(&format!("{beginning}\nrequest"));
        let config = json!({"prompt": "p", "output_format": "text", "mcp_servers": [server]});
        errors += &Scripted::new([text("x")]).generate(config).await.error();
        errors += "\n";
    }
    assert_snapshot!(errors);
}
