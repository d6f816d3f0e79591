//! Anthropic Messages.

use super::*;

const CONFIG: &[(&str, &str)] = &[("anthropic_base_url", ""), ("anthropic_api_key", KEY)];

fn reply(content: Value, stop_reason: &str) -> Reply {
    Reply::json(&json!({
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "content": content,
        "stop_reason": stop_reason,
        "usage": {"input_tokens": 10, "cache_read_input_tokens": 5, "cache_creation_input_tokens": null, "output_tokens": 3},
    }))
}

fn rain() -> Reply {
    reply(
        json!([{"type": "thinking", "thinking": "…"}, {"type": "text", "text": "Rain."}]),
        "end_turn",
    )
}

fn response_call() -> Value {
    json!({"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"degrees": 9}})
}

#[tokio::test]
async fn a_request_and_its_response() {
    let (received, response) = ask("anthropic/claude-sonnet-4-5", CONFIG, &limited(), rain()).await;
    insta::assert_snapshot!(received, @r#"
    POST /v1/messages
    anthropic-version: 2023-06-01
    content-type: application/json
    x-api-key: sk-very-secret

    {
      "model": "claude-sonnet-4-5",
      "max_tokens": 100,
      "messages": [
        {
          "role": "user",
          "content": "What is it like outside?"
        }
      ],
      "temperature": 0.5
    }
    "#);
    insta::assert_debug_snapshot!(response.unwrap(), @r#"
    Response {
        text: "Rain.",
        tool_calls: [],
        usage: Usage {
            requests: 1,
            input_tokens: 15,
            output_tokens: 3,
        },
        is_cut_off: false,
    }
    "#);
}

#[tokio::test]
async fn a_response_with_a_schema_is_the_input_of_a_tool() {
    let json = reply(json!([response_call()]), "tool_use");
    let (received, response) =
        ask("anthropic/claude-sonnet-4-5", CONFIG, &with_schema(), json).await;
    let schema = with_schema().schema.unwrap().schema;
    let tool =
        json!({"name": "weather", "description": "Give the final answer.", "input_schema": schema});
    assert_eq!(
        received.body,
        json!({
            "model": "claude-sonnet-4-5",
            "max_tokens": 32000,
            "messages": [{"role": "user", "content": "What is it like outside?"}],
            "tools": [tool],
            "tool_choice": {"type": "tool", "name": "weather"},
            "stream": true,
        })
    );
    insta::assert_debug_snapshot!(response.unwrap(), @r#"
    Response {
        text: "{\"degrees\":9}",
        tool_calls: [],
        usage: Usage {
            requests: 1,
            input_tokens: 15,
            output_tokens: 3,
        },
        is_cut_off: false,
    }
    "#);
}

#[tokio::test]
async fn with_other_tools_the_model_decides_when_to_respond() {
    let mut request = with_tools();
    request.schema = with_schema().schema;
    let look = json!({"type": "tool_use", "id": "toolu_2", "name": "look", "input": {}});
    let first = reply(json!([look]), "tool_use");
    let (received, response) = ask("anthropic/claude-sonnet-4-5", CONFIG, &request, first).await;
    assert_eq!(received.body["tool_choice"], json!({"type": "any"}));
    let names: Vec<&Value> = received.body["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| &tool["name"])
        .collect();
    assert_eq!(names, ["look", "weather"]);
    assert_eq!(response.unwrap().tool_calls.len(), 1);

    let last = reply(json!([look, response_call()]), "tool_use");
    let (_, response) = ask("anthropic/claude-sonnet-4-5", CONFIG, &request, last).await;
    let response = response.unwrap();
    assert_eq!(response.text, r#"{"degrees":9}"#);
    assert_eq!(response.tool_calls, []);
}

#[tokio::test]
async fn a_tool_named_like_the_schema_stays_distinct() {
    let mut request = with_tools();
    request.schema = with_schema().schema;
    request.tools[0].name = "weather".to_owned();
    let call = reply(json!([response_call()]), "tool_use");
    let (received, response) = ask("anthropic/claude-sonnet-4-5", CONFIG, &request, call).await;
    assert_eq!(received.body["tools"][1]["name"], json!("weather_answer"));
    assert_eq!(response.unwrap().tool_calls[0].name, "weather");
}

#[tokio::test]
async fn tools_calls_and_results() {
    let calls = reply(
        json!([
            {"type": "text", "text": "Again."},
            {"type": "tool_use", "id": "a", "name": "look", "input": {"window": "east"}},
            {"type": "tool_use", "id": "b", "name": "look", "input": {}},
        ]),
        "tool_use",
    );
    let (received, response) =
        ask("anthropic/claude-sonnet-4-5", CONFIG, &with_tools(), calls).await;
    insta::assert_snapshot!(received, @r#"
    POST /v1/messages
    anthropic-version: 2023-06-01
    content-type: application/json
    x-api-key: sk-very-secret

    {
      "model": "claude-sonnet-4-5",
      "max_tokens": 32000,
      "messages": [
        {
          "role": "user",
          "content": "What is it like outside?"
        },
        {
          "role": "assistant",
          "content": [
            {
              "type": "text",
              "text": "I look."
            },
            {
              "type": "tool_use",
              "id": "one",
              "name": "look",
              "input": {
                "window": "north"
              }
            },
            {
              "type": "tool_use",
              "id": "two",
              "name": "look",
              "input": {
                "window": "south"
              }
            }
          ]
        },
        {
          "role": "user",
          "content": [
            {
              "type": "tool_result",
              "tool_use_id": "one",
              "content": "rain"
            },
            {
              "type": "tool_result",
              "tool_use_id": "two",
              "content": "no such window",
              "is_error": true
            }
          ]
        }
      ],
      "tools": [
        {
          "name": "look",
          "description": "Looks out.",
          "input_schema": {
            "type": "object",
            "properties": {
              "window": {
                "type": "string"
              }
            }
          }
        }
      ],
      "stream": true
    }
    "#);
    insta::assert_debug_snapshot!(response.unwrap(), @r#"
    Response {
        text: "Again.",
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
                arguments: "{}",
                signature: None,
            },
        ],
        usage: Usage {
            requests: 1,
            input_tokens: 15,
            output_tokens: 3,
        },
        is_cut_off: false,
    }
    "#);
}

#[tokio::test]
async fn older_models_have_lower_default_limits() {
    let mut limits = Vec::new();
    for name in [
        "claude-3-haiku-20240307",
        "claude-3-5-sonnet-latest",
        "claude-3-7-sonnet-latest",
        "claude-opus-4-1",
    ] {
        let (received, _) = ask(&format!("anthropic/{name}"), CONFIG, &question(), rain()).await;
        limits.push(received.body["max_tokens"].as_u64().unwrap());
    }
    assert_eq!(limits, [4_096, 8_192, 32_000, 32_000]);
}

#[tokio::test]
async fn an_empty_turn_is_omitted() {
    let mut request = question();
    request.messages.push(Message::Assistant {
        text: String::new(),
        tool_calls: vec![],
    });
    request.messages.push(Message::User("Well?".to_owned()));
    let (received, _) = ask("anthropic/claude-sonnet-4-5", CONFIG, &request, rain()).await;
    assert_eq!(received.body["messages"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_refusal_and_an_overload_are_reported() {
    let overload = Reply::json(
        &json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    );
    let replies = [reply(json!([]), "refusal"), overload.status(529)];
    let errors = failures("anthropic/claude-sonnet-4-5", CONFIG, &question(), replies).await;
    insta::assert_snapshot!(errors, @"
    model declined to respond: refusal (transient: false)
    provider unavailable (HTTP 529): Overloaded (transient: true)
    ");
}

fn opus() -> &'static str {
    "anthropic/claude-opus-5-5"
}

#[tokio::test]
async fn a_newer_model_is_asked_with_the_newer_version() {
    let (received, _) = ask(opus(), CONFIG, &limited(), rain()).await;
    insta::assert_snapshot!(received, @r#"
    POST /v1/messages
    anthropic-version: 2026-10-21
    authorization: Bearer sk-very-secret
    content-type: application/json

    {
      "model": "claude-opus-5-5",
      "max_tokens": 100,
      "messages": [
        {
          "role": "user",
          "content": "What is it like outside?"
        }
      ]
    }
    "#);
    // The official client omits the temperature too; a default value is not a loss.
    let model = find(opus(), &[("anthropic_api_key", KEY)]).unwrap();
    let mut request = limited();
    insta::assert_snapshot!(model.warnings(&request).join("\n"), @"temperature ignored: not supported by the model");
    request.temperature = Some(1.0);
    assert_eq!(model.warnings(&request), Vec::<String>::new());
    let older = find("anthropic/claude-sonnet-4-5", &[("anthropic_api_key", KEY)]).unwrap();
    assert_eq!(older.warnings(&limited()), Vec::<String>::new());
}

#[tokio::test]
async fn a_newer_model_enforces_a_schema_without_a_tool() {
    let json = reply(
        json!([{"type": "text", "text": "{\"degrees\": 9}"}]),
        "end_turn",
    );
    let mut request = with_tools();
    request.max_tokens = Some(100);
    request.schema = with_schema().schema;
    let (received, response) = ask(opus(), CONFIG, &request, json).await;
    assert_eq!(received.body.get("tool_choice"), None);
    assert_eq!(received.body["tools"].as_array().unwrap().len(), 1);
    assert_eq!(
        received.body["output_config"],
        json!({"format": {"type": "json_schema", "schema": request.schema.unwrap().schema}})
    );
    assert_eq!(response.unwrap().text, r#"{"degrees": 9}"#);
}

#[tokio::test]
async fn an_unenforceable_schema_is_part_of_the_prompt() {
    let mut request = with_schema();
    request.schema.as_mut().unwrap().schema =
        json!({"type": "object", "additionalProperties": {"type": "string"}});
    let (received, _) = ask(opus(), CONFIG, &request, rain()).await;
    assert_eq!(received.body.get("output_config"), None);
    insta::assert_snapshot!(received.body["system"].as_str().unwrap(), @r#"
    Answer with nothing but JSON that fits this JSON Schema:
    {"type":"object","additionalProperties":{"type":"string"}}
    "#);
}

#[tokio::test]
async fn servers_of_others_also_get_the_schema_in_the_prompt() {
    let (received, _) = ask("anthropic/glm-5", CONFIG, &with_schema(), rain()).await;
    assert!(received.body.get("output_config").is_some());
    assert!(
        received.body["system"]
            .as_str()
            .unwrap()
            .contains("degrees")
    );
    let (received, _) = ask(opus(), CONFIG, &with_schema(), rain()).await;
    assert_eq!(received.body.get("system"), None);
}

/// Sends a request twice with one model, at a server with these replies.
async fn ask_twice(name: &str, request: &Request, replies: [Reply; 3]) -> Vec<Received> {
    let server = Server::start(replies).await;
    let url = server.url();
    let config = [
        ("anthropic_base_url", url.as_str()),
        ("anthropic_api_key", KEY),
    ];
    let model = find(name, &config).unwrap();
    assert_eq!(model.respond(request).await.unwrap().text, "Rain.");
    model.respond(request).await.unwrap();
    server.received()
}

fn bad_request(message: &str) -> Reply {
    let error =
        json!({"type": "error", "error": {"type": "invalid_request_error", "message": message}});
    Reply::json(&error).status(400)
}

/// Shapes of requests: version and special fields.
fn shapes(received: &[Received]) -> String {
    let lines = received.iter().map(|received| {
        let fields = ["temperature", "system", "output_config", "tool_choice"];
        let fields = fields
            .iter()
            .filter(|field| received.body.get(**field).is_some());
        let fields: Vec<&str> = fields.copied().collect();
        let version = received.header("anthropic-version").unwrap();
        let bearer = received.header("authorization").is_some();
        format!("{version} bearer: {bearer} {}", fields.join(" "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_rejected_shape_is_replaced_from_then_on() {
    let mut request = with_schema();
    request.temperature = Some(0.5);
    let mut all = Vec::new();
    for (name, refusal) in [
        (
            "anthropic/new",
            "output_config: Extra inputs are not permitted",
        ),
        (
            "anthropic/new",
            "anthropic-version: \"2026-10-21\" is not a valid version",
        ),
        (
            opus(),
            "output_config.format.schema: too many optional parameters",
        ),
        (
            "anthropic/claude-sonnet-4-5",
            "tool_choice: type \"tool\" and \"any\" are not supported for this model.",
        ),
        (
            "anthropic/claude-sonnet-4-5",
            "`temperature` is deprecated for this model.",
        ),
    ] {
        let received = ask_twice(name, &request, [bad_request(refusal), rain(), rain()]).await;
        all.push(shapes(&received));
    }
    let no_key = json!({"type": "error", "error": {"type": "authentication_error", "message": "x-api-key header is required"}});
    let no_key = Reply::json(&no_key).status(401);
    let received = ask_twice("anthropic/new", &request, [no_key, rain(), rain()]).await;
    all.push(shapes(&received));
    insta::assert_snapshot!(all.join("\n\n"), @"
    2026-10-21 bearer: true system output_config
    2023-06-01 bearer: false temperature tool_choice
    2023-06-01 bearer: false temperature tool_choice

    2026-10-21 bearer: true system output_config
    2023-06-01 bearer: false temperature tool_choice
    2023-06-01 bearer: false temperature tool_choice

    2026-10-21 bearer: true output_config
    2026-10-21 bearer: true system
    2026-10-21 bearer: true system

    2023-06-01 bearer: false temperature tool_choice
    2026-10-21 bearer: true output_config
    2026-10-21 bearer: true output_config

    2023-06-01 bearer: false temperature tool_choice
    2026-10-21 bearer: true output_config
    2026-10-21 bearer: true output_config

    2026-10-21 bearer: true system output_config
    2023-06-01 bearer: false temperature tool_choice
    2023-06-01 bearer: false temperature tool_choice
    ");
}

#[tokio::test]
async fn other_rejections_are_reported() {
    for (name, refusal) in [
        (opus(), "prompt is too long"),
        (opus(), "tool_choice: something"),
        (
            "anthropic/new",
            "messages: at least one message is required",
        ),
        ("anthropic/claude-sonnet-4-5", "output_config: something"),
    ] {
        let (_, response) = ask(name, CONFIG, &with_schema(), bad_request(refusal)).await;
        assert!(
            matches!(response, Err(ModelError::Rejected { status: 400, .. })),
            "{name}"
        );
    }
}

fn event(data: &Value) -> String {
    format!(
        "event: {}\ndata: {data}\n\n",
        data["type"].as_str().unwrap()
    )
}

fn stream(events: &[Value]) -> Reply {
    let text: String = events.iter().map(event).collect();
    Reply::text(text).header("content-type", "text/event-stream; charset=utf-8")
}

fn start() -> Value {
    json!({"type": "message_start", "message": {"id": "m", "content": [], "usage": {"input_tokens": 10, "cache_read_input_tokens": 5, "output_tokens": 1}}})
}

fn block(index: u64, block: Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

fn delta(index: u64, delta: Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

fn end(reason: &str) -> [Value; 2] {
    [
        json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null}, "usage": {"output_tokens": 30}}),
        json!({"type": "message_stop"}),
    ]
}

fn long() -> Request {
    let mut request = question();
    request.max_tokens = Some(21_334);
    request
}

#[tokio::test]
async fn a_response_that_may_be_long_is_streamed() {
    let mut short = long();
    short.max_tokens = Some(21_333);
    let (received, _) = ask(opus(), CONFIG, &short, rain()).await;
    assert_eq!(received.body.get("stream"), None);

    let mut events = vec![
        start(),
        json!({"type": "ping"}),
        block(
            0,
            json!({"type": "thinking", "thinking": "", "signature": ""}),
        ),
        delta(0, json!({"type": "thinking_delta", "thinking": "Hm."})),
        block(1, json!({"type": "text", "text": ""})),
        delta(1, json!({"type": "text_delta", "text": "Ra"})),
        delta(1, json!({"type": "some_new_delta", "new": 1})),
        delta(1, json!({"type": "text_delta", "text": "in. ö"})),
        json!({"type": "content_block_stop", "index": 1}),
        json!({"type": "some_new_event"}),
    ];
    events.extend(end("max_tokens"));
    let (received, response) = ask(opus(), CONFIG, &long(), stream(&events)).await;
    assert_eq!(received.body["stream"], json!(true));
    insta::assert_debug_snapshot!(response.unwrap(), @r#"
    Response {
        text: "Rain. ö",
        tool_calls: [],
        usage: Usage {
            requests: 1,
            input_tokens: 15,
            output_tokens: 30,
        },
        is_cut_off: true,
    }
    "#);
    // Servers that do not stream are also supported.
    let (_, response) = ask(opus(), CONFIG, &long(), rain()).await;
    assert_eq!(response.unwrap().text, "Rain.");
}

#[tokio::test]
async fn streamed_calls_and_thoughts_are_sent_back() {
    let mut events = vec![
        start(),
        block(
            0,
            json!({"type": "thinking", "thinking": "", "signature": ""}),
        ),
        delta(0, json!({"type": "thinking_delta", "thinking": "Hm."})),
        delta(0, json!({"type": "signature_delta", "signature": "signed"})),
        block(1, json!({"type": "redacted_thinking", "data": "secret"})),
        block(
            2,
            json!({"type": "tool_use", "id": "a", "name": "look", "input": {}}),
        ),
        delta(2, json!({"type": "input_json_delta", "partial_json": ""})),
        delta(
            2,
            json!({"type": "input_json_delta", "partial_json": "{\"n\": 123456789012"}),
        ),
        delta(
            2,
            json!({"type": "input_json_delta", "partial_json": "34567890123}"}),
        ),
        block(3, json!({"type": "text", "text": "And."})),
        block(
            4,
            json!({"type": "tool_use", "id": "b", "name": "look", "input": {}}),
        ),
    ];
    events.extend(end("tool_use"));
    let (_, response) = ask(opus(), CONFIG, &long(), stream(&events)).await;
    let response = response.unwrap();
    let arguments: Vec<&str> = response
        .tool_calls
        .iter()
        .map(|call| call.arguments.as_str())
        .collect();
    assert_eq!(arguments, [r#"{"n": 12345678901234567890123}"#, "{}"]);

    let mut request = long();
    request.messages.push(Message::Assistant {
        text: response.text,
        tool_calls: response.tool_calls,
    });
    request.messages.push(Message::ToolResults(vec![
        result("a", "rain", false),
        result("b", "sun", false),
    ]));
    let (received, _) = ask(opus(), CONFIG, &request, rain()).await;
    insta::assert_snapshot!(format!("{:#}", received.body["messages"][1]), @r#"
    {
      "role": "assistant",
      "content": [
        {
          "type": "thinking",
          "thinking": "Hm.",
          "signature": "signed"
        },
        {
          "type": "redacted_thinking",
          "data": "secret"
        },
        {
          "type": "tool_use",
          "id": "a",
          "name": "look",
          "input": {
            "arguments": "{\"n\": 12345678901234567890123}"
          }
        },
        {
          "type": "text",
          "text": "And."
        },
        {
          "type": "tool_use",
          "id": "b",
          "name": "look",
          "input": {}
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn errors_in_a_stream_are_reported() {
    let error =
        |kind: &str| json!({"type": "error", "error": {"type": kind, "message": "As it is."}});
    let text = || [start(), block(0, json!({"type": "text", "text": "Ra"}))];
    let kinds = [
        "overloaded_error",
        "rate_limit_error",
        "api_error",
        "authentication_error",
        "invalid_request_error",
        "new_error",
    ];
    let replies = kinds.map(|kind| stream(&[text().as_slice(), &[error(kind)]].concat()));
    let mut errors = failures(opus(), CONFIG, &long(), replies).await;
    let refusal = json!({"type": "message_delta", "delta": {"stop_reason": "refusal", "stop_details": {"type": "refusal", "category": "bio", "explanation": "Not this."}}, "usage": {"output_tokens": 1}});
    let replies = [
        stream(&text()),
        stream(&[
            start(),
            delta(7, json!({"type": "text_delta", "text": "x"})),
        ]),
        stream(&[start(), json!({"type": "message_stop"})]),
        stream(&[start(), refusal, json!({"type": "message_stop"})]),
        Reply::text("data: nonsense\n\n").header("content-type", "text/event-stream"),
        Reply::text("data: [1]\n\n").header("content-type", "text/event-stream"),
        Reply::text("").header("content-type", "text/event-stream"),
        Reply::text(format!("data: {}", "x".repeat(65 * 1024 * 1024)))
            .header("content-type", "text/event-stream"),
        bad_request("no stream"),
    ];
    errors += "\n";
    errors += &failures(opus(), CONFIG, &long(), replies).await;
    insta::assert_snapshot!(errors, @"
    provider unavailable (HTTP 529): As it is. (transient: true)
    rate limited by the provider (HTTP 429): As it is. (transient: true)
    provider unavailable (HTTP 500): As it is. (transient: true)
    provider rejected the API key (HTTP 401): As it is. (transient: false)
    provider rejected the request (HTTP 400): As it is. (transient: false)
    provider unavailable (HTTP 500): As it is. (transient: true)
    malformed provider response: event stream ended before the response was complete (transient: true)
    malformed provider response: event for an unknown content block (transient: true)
    malformed provider response: event stream ended before the response was complete (transient: true)
    model declined to respond: Not this. (bio) (transient: false)
    malformed provider response: not JSON: expected ident at line 1 column 2 (transient: true)
    malformed provider response: invalid type: integer `1`, expected a string at line 1 column 2 (transient: true)
    malformed provider response: event stream ended before the response was complete (transient: true)
    malformed provider response: larger than 64 MiB (transient: true)
    provider rejected the request (HTTP 400): no stream (transient: false)
    ");
}

#[tokio::test]
async fn a_lone_surrogate_in_a_stream_is_not_transient() {
    let half = r#"data: {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "\ud83d"}}"#;
    let head = event(&start()) + &event(&block(0, json!({"type": "text", "text": ""})));
    let reply =
        Reply::text(format!("{head}{half}\n\n")).header("content-type", "text/event-stream");
    let (_, response) = ask(opus(), CONFIG, &long(), reply).await;
    let error = response.unwrap_err();
    assert!(!error.is_transient(), "{error}");
    // The same applies to the input of a tool and to a thought.
    for content in [
        r#"{"type": "tool_use", "id": "a", "name": "look", "input": {"a": "\ud83d"}}"#,
        r#"{"type": "thinking", "thinking": "\ud83d", "signature": "s"}"#,
        r#"{"type": "text", "text": "\ud83d"}"#,
    ] {
        let body = format!(r#"{{"content": [{content}], "stop_reason": "end_turn"}}"#);
        let (_, response) = ask(opus(), CONFIG, &question(), Reply::text(body)).await;
        if let Err(error) = response {
            assert!(!error.is_transient(), "{content}: {error}");
        }
    }
}

#[tokio::test]
async fn a_stream_is_read_no_further_than_its_last_event() {
    let mut events = vec![start(), block(0, json!({"type": "text", "text": "Rain."}))];
    events.extend(end("end_turn"));
    let mut text: String = events.iter().map(event).collect();
    let length = text.len();
    text.push_str(&"\n".repeat(length));
    // The second half is never sent, and the connection stays open.
    let reply = Reply::text(text)
        .header("content-type", "text/event-stream")
        .stuck();
    let (_, response) = ask(opus(), CONFIG, &long(), reply).await;
    assert_eq!(response.unwrap().text, "Rain.");
}

#[tokio::test]
async fn a_refusal_is_explained() {
    let refusal = |details: Value, content: Value| {
        Reply::json(
            &json!({"content": content, "stop_reason": "refusal", "stop_details": details, "usage": {}}),
        )
    };
    let text = json!([{"type": "text", "text": "I will not."}]);
    let mut errors = Vec::new();
    for reply in [
        refusal(
            json!({"type": "refusal", "category": "cyber", "explanation": "It could do harm."}),
            json!([]),
        ),
        refusal(
            json!({"type": "refusal", "category": "bio", "explanation": null}),
            json!([]),
        ),
        refusal(
            json!({"type": "refusal", "category": null, "explanation": "It could do harm."}),
            text.clone(),
        ),
        refusal(json!({"type": "refusal"}), text.clone()),
        refusal(json!(null), text),
        refusal(json!(null), json!([])),
    ] {
        let (_, response) = ask("anthropic/claude-sonnet-4-5", CONFIG, &question(), reply).await;
        errors.push(shown(&response.unwrap_err()));
    }
    insta::assert_snapshot!(errors.join("\n"), @"
    model declined to respond: It could do harm. (cyber)
    model declined to respond: refusal (bio)
    model declined to respond: It could do harm.
    model declined to respond: I will not.
    model declined to respond: I will not.
    model declined to respond: refusal
    ");
}
