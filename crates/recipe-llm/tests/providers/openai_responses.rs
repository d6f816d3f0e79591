//! OpenAI Responses.

use super::*;

const CONFIG: &[(&str, &str)] = &[("openai_base_url", ""), ("openai_api_key", KEY)];

fn reply(output: Value) -> Value {
    json!({
        "id": "resp_1",
        "object": "response",
        "status": "completed",
        "error": null,
        "incomplete_details": null,
        "output": output,
        "usage": {"input_tokens": 10, "output_tokens": 3, "total_tokens": 13},
    })
}

fn message(content: Value) -> Value {
    json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [content]})
}

fn rain() -> Value {
    reply(json!([
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "web_search_call", "id": "ws_1", "status": "completed"},
        message(json!({"type": "output_text", "text": "Rain.", "annotations": []})),
    ]))
}

#[tokio::test]
async fn a_request_and_its_response() {
    let mut request = limited();
    request.builtin_tools = vec![json!({"type": "web_search_preview"})];
    let reply = Reply::json(&rain());
    let (received, response) = ask("openai_responses/gpt-4o", CONFIG, &request, reply).await;
    insta::assert_snapshot!(received, @r#"
    POST /responses
    authorization: Bearer sk-very-secret
    content-type: application/json

    {
      "model": "gpt-4o",
      "input": [
        {
          "role": "user",
          "content": "What is it like outside?"
        }
      ],
      "max_output_tokens": 100,
      "temperature": 0.5,
      "tools": [
        {
          "type": "web_search_preview"
        }
      ]
    }
    "#);
    insta::assert_debug_snapshot!(response.unwrap(), @r#"
    Response {
        text: "Rain.",
        tool_calls: [],
        usage: Usage {
            requests: 1,
            input_tokens: 10,
            output_tokens: 3,
        },
        is_cut_off: false,
    }
    "#);
}

#[tokio::test]
async fn a_response_with_a_schema() {
    let reply = Reply::json(&rain());
    let (received, _) = ask("openai_responses/gpt-4o", CONFIG, &with_schema(), reply).await;
    let schema = with_schema().schema.unwrap().schema;
    let format =
        json!({"type": "json_schema", "name": "weather", "schema": schema, "strict": true});
    let input = json!([{"role": "user", "content": "What is it like outside?"}]);
    assert_eq!(
        received.body,
        json!({"model": "gpt-4o", "input": input, "text": {"format": format}})
    );
}

#[tokio::test]
async fn tools_calls_and_results() {
    let calls = reply(json!([
        {"type": "function_call", "id": "fc_1", "call_id": "a", "name": "look", "arguments": "{\"window\":\"east\"}"},
        {"type": "function_call", "id": "fc_2", "call_id": "b", "name": "look", "arguments": "{\"window\":\"west\"}"},
    ]));
    let reply = Reply::json(&calls);
    let (received, response) = ask("openai_responses/gpt-4o", CONFIG, &with_tools(), reply).await;
    insta::assert_snapshot!(received, @r#"
    POST /responses
    authorization: Bearer sk-very-secret
    content-type: application/json

    {
      "model": "gpt-4o",
      "input": [
        {
          "role": "user",
          "content": "What is it like outside?"
        },
        {
          "role": "assistant",
          "content": "I look."
        },
        {
          "type": "function_call",
          "call_id": "one",
          "name": "look",
          "arguments": "{\"window\":\"north\"}"
        },
        {
          "type": "function_call",
          "call_id": "two",
          "name": "look",
          "arguments": "{\"window\":\"south\"}"
        },
        {
          "type": "function_call_output",
          "call_id": "one",
          "output": "rain"
        },
        {
          "type": "function_call_output",
          "call_id": "two",
          "output": "error: no such window"
        }
      ],
      "tools": [
        {
          "type": "function",
          "name": "look",
          "description": "Looks out.",
          "parameters": {
            "type": "object",
            "properties": {
              "window": {
                "type": "string"
              }
            }
          },
          "strict": false
        }
      ]
    }
    "#);
    insta::assert_debug_snapshot!(response.unwrap(), @r#"
    Response {
        text: "",
        tool_calls: [
            ToolCall {
                id: "a",
                name: "look",
                arguments: "{\"window\":\"east\"}",
                signature: None,
            },
            ToolCall {
                id: "b",
                name: "look",
                arguments: "{\"window\":\"west\"}",
                signature: None,
            },
        ],
        usage: Usage {
            requests: 1,
            input_tokens: 10,
            output_tokens: 3,
        },
        is_cut_off: false,
    }
    "#);
}

#[tokio::test]
async fn errors_have_the_words_of_the_provider() {
    let refusal = reply(json!([message(
        json!({"type": "refusal", "refusal": "No weather."})
    )]));
    let mut failed = reply(json!([]));
    failed["status"] = json!("failed");
    failed["error"] = json!({"code": "server_error", "message": "The model has stumbled."});
    let mut filtered = rain();
    filtered["status"] = json!("incomplete");
    filtered["incomplete_details"] = json!({"reason": "content_filter"});
    let replies = [refusal, failed, filtered, reply(json!([]))];
    let replies = replies.iter().map(Reply::json);
    insta::assert_snapshot!(failures("openai_responses/gpt-4o", CONFIG, &question(), replies).await, @"
    model declined to respond: No weather. (transient: false)
    provider unavailable (HTTP 200): The model has stumbled. (transient: true)
    model declined to respond: content_filter (transient: false)
    malformed provider response: no output (transient: true)
    ");
}
