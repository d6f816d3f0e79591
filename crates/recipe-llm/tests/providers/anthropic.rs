//! Messages of Anthropic.

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

fn answer_call() -> Value {
    json!({"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"degrees": 9}})
}

#[tokio::test]
async fn a_question_and_its_answer() {
    let (received, answer) = ask("anthropic/claude-sonnet-4-5", CONFIG, &limited(), rain()).await;
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
    insta::assert_debug_snapshot!(answer.unwrap(), @r#"
    Answer {
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
async fn an_answer_that_is_to_be_json_is_the_input_of_a_tool() {
    let json = reply(json!([answer_call()]), "tool_use");
    let (received, answer) = ask("anthropic/claude-sonnet-4-5", CONFIG, &with_schema(), json).await;
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
        }
      ],
      "tools": [
        {
          "name": "weather",
          "description": "Give the final answer.",
          "input_schema": {
            "type": "object",
            "properties": {
              "degrees": {
                "type": "number"
              }
            },
            "required": [
              "degrees"
            ],
            "additionalProperties": false
          }
        }
      ],
      "tool_choice": {
        "type": "tool",
        "name": "weather"
      },
      "stream": true
    }
    "#);
    insta::assert_debug_snapshot!(answer.unwrap(), @r#"
    Answer {
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
async fn beside_other_tools_the_model_chooses_when_to_answer() {
    let mut request = with_tools();
    request.schema = with_schema().schema;
    let look = json!({"type": "tool_use", "id": "toolu_2", "name": "look", "input": {}});
    let first = reply(json!([look]), "tool_use");
    let (received, answer) = ask("anthropic/claude-sonnet-4-5", CONFIG, &request, first).await;
    assert_eq!(received.body["tool_choice"], json!({"type": "any"}));
    let names: Vec<&Value> = received.body["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| &tool["name"])
        .collect();
    assert_eq!(names, ["look", "weather"]);
    assert_eq!(answer.unwrap().tool_calls.len(), 1);

    let last = reply(json!([look, answer_call()]), "tool_use");
    let (_, answer) = ask("anthropic/claude-sonnet-4-5", CONFIG, &request, last).await;
    let answer = answer.unwrap();
    assert_eq!(answer.text, r#"{"degrees":9}"#);
    assert_eq!(answer.tool_calls, []);
}

#[tokio::test]
async fn a_tool_that_is_called_as_the_schema_is_remains_what_it_is() {
    let mut request = with_tools();
    request.schema = with_schema().schema;
    request.tools[0].name = "weather".to_owned();
    let call = reply(json!([answer_call()]), "tool_use");
    let (received, answer) = ask("anthropic/claude-sonnet-4-5", CONFIG, &request, call).await;
    assert_eq!(received.body["tools"][1]["name"], json!("weather_answer"));
    assert_eq!(answer.unwrap().tool_calls[0].name, "weather");
}

#[tokio::test]
async fn tools_their_calls_and_their_results() {
    let calls = reply(
        json!([
            {"type": "text", "text": "Again."},
            {"type": "tool_use", "id": "a", "name": "look", "input": {"window": "east"}},
            {"type": "tool_use", "id": "b", "name": "look", "input": {}},
        ]),
        "tool_use",
    );
    let (received, answer) = ask("anthropic/claude-sonnet-4-5", CONFIG, &with_tools(), calls).await;
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
    insta::assert_debug_snapshot!(answer.unwrap(), @r#"
    Answer {
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
async fn older_models_answer_with_fewer_tokens_unless_told() {
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
async fn a_turn_in_which_nothing_was_said_is_left_out() {
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
async fn what_has_become_too_long_is_cut_off() {
    let long = reply(json!([{"type": "text", "text": "Rain, and"}]), "max_tokens");
    let (_, answer) = ask("anthropic/claude-sonnet-4-5", CONFIG, &question(), long).await;
    assert!(answer.unwrap().is_cut_off);
}

#[tokio::test]
async fn a_refusal_and_an_overload_are_said() {
    let refusal = reply(json!([]), "refusal");
    let (_, answer) = ask("anthropic/claude-sonnet-4-5", CONFIG, &question(), refusal).await;
    insta::assert_snapshot!(shown(&answer.unwrap_err()), @"the model declines to answer: refusal");
    let overload = Reply::json(
        &json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    );
    let (_, answer) = ask(
        "anthropic/claude-sonnet-4-5",
        CONFIG,
        &question(),
        overload.status(529),
    )
    .await;
    let error = answer.unwrap_err();
    insta::assert_snapshot!(shown(&error), @"the provider is in trouble (status 529): Overloaded");
    assert!(error.is_transient());
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
    // The official client leaves the temperature out as well, and a value that is the default is no loss.
    let model = find(opus(), &[("anthropic_api_key", KEY)]).unwrap();
    let mut request = limited();
    insta::assert_snapshot!(model.left_out(&request).join("\n"), @"temperature is left out: the model takes none");
    request.temperature = Some(1.0);
    assert_eq!(model.left_out(&request), Vec::<String>::new());
    let older = find("anthropic/claude-sonnet-4-5", &[("anthropic_api_key", KEY)]).unwrap();
    assert_eq!(older.left_out(&limited()), Vec::<String>::new());
}

#[tokio::test]
async fn a_newer_model_is_held_to_a_schema_without_a_tool() {
    let json = reply(
        json!([{"type": "text", "text": "{\"degrees\": 9}"}]),
        "end_turn",
    );
    let mut request = with_tools();
    request.max_tokens = Some(100);
    request.schema = with_schema().schema;
    let (received, answer) = ask(opus(), CONFIG, &request, json).await;
    assert_eq!(received.body.get("tool_choice"), None);
    assert_eq!(received.body["tools"].as_array().unwrap().len(), 1);
    assert_eq!(
        received.body["output_config"],
        json!({"format": {"type": "json_schema", "schema": request.schema.unwrap().schema}})
    );
    assert_eq!(answer.unwrap().text, r#"{"degrees": 9}"#);
}

#[tokio::test]
async fn a_schema_that_cannot_be_enforced_is_told() {
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
async fn who_may_pass_over_a_schema_is_told_it_as_well() {
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

/// Asks twice with one model, which is given these replies.
async fn ask_twice(name: &str, request: &Request, replies: [Reply; 3]) -> Vec<Received> {
    let server = Server::start(replies).await;
    let url = server.url();
    let config = [
        ("anthropic_base_url", url.as_str()),
        ("anthropic_api_key", KEY),
    ];
    let model = find(name, &config).unwrap();
    assert_eq!(model.answer(request).await.unwrap().text, "Rain.");
    model.answer(request).await.unwrap();
    server.received()
}

fn bad(message: &str) -> Reply {
    let error =
        json!({"type": "error", "error": {"type": "invalid_request_error", "message": message}});
    Reply::json(&error).status(400)
}

/// The shapes of requests: version, and what is particular in the body.
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
async fn a_model_that_refuses_is_asked_in_the_other_way_from_then_on() {
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
        let received = ask_twice(name, &request, [bad(refusal), rain(), rain()]).await;
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
async fn other_refusals_are_told() {
    for (name, refusal) in [
        (opus(), "prompt is too long"),
        (opus(), "tool_choice: something"),
        (
            "anthropic/new",
            "messages: at least one message is required",
        ),
        ("anthropic/claude-sonnet-4-5", "output_config: something"),
    ] {
        let (_, answer) = ask(name, CONFIG, &with_schema(), bad(refusal)).await;
        assert!(
            matches!(answer, Err(ModelError::Refused { status: 400, .. })),
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
async fn an_answer_that_may_be_long_comes_as_a_stream() {
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
    let (received, answer) = ask(opus(), CONFIG, &long(), stream(&events)).await;
    assert_eq!(received.body["stream"], json!(true));
    insta::assert_debug_snapshot!(answer.unwrap(), @r#"
    Answer {
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
    // Who does not stream is understood as well.
    let (_, answer) = ask(opus(), CONFIG, &long(), rain()).await;
    assert_eq!(answer.unwrap().text, "Rain.");
}

#[tokio::test]
async fn calls_come_in_a_stream_too_and_thoughts_are_shown_again() {
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
    let (_, answer) = ask(opus(), CONFIG, &long(), stream(&events)).await;
    let answer = answer.unwrap();
    let arguments: Vec<&str> = answer
        .tool_calls
        .iter()
        .map(|call| call.arguments.as_str())
        .collect();
    assert_eq!(arguments, [r#"{"n": 12345678901234567890123}"#, "{}"]);

    let mut request = long();
    request.messages.push(Message::Assistant {
        text: answer.text,
        tool_calls: answer.tool_calls,
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
async fn what_goes_wrong_in_a_stream_is_told() {
    let error =
        |kind: &str| json!({"type": "error", "error": {"type": kind, "message": "As it is."}});
    let text = || [start(), block(0, json!({"type": "text", "text": "Ra"}))];
    let mut errors = Vec::new();
    for kind in [
        "overloaded_error",
        "rate_limit_error",
        "api_error",
        "authentication_error",
        "invalid_request_error",
        "new_error",
    ] {
        let events: Vec<Value> = text().into_iter().chain([error(kind)]).collect();
        let (_, answer) = ask(opus(), CONFIG, &long(), stream(&events)).await;
        let error = answer.unwrap_err();
        errors.push(format!(
            "{} (transient: {})",
            shown(&error),
            error.is_transient()
        ));
    }
    let refusal = json!({"type": "message_delta", "delta": {"stop_reason": "refusal", "stop_details": {"type": "refusal", "category": "bio", "explanation": "Not this."}}, "usage": {"output_tokens": 1}});
    for reply in [
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
        bad("no stream"),
    ] {
        let (_, answer) = ask(opus(), CONFIG, &long(), reply).await;
        let error = answer.unwrap_err();
        errors.push(format!(
            "{} (transient: {})",
            shown(&error),
            error.is_transient()
        ));
    }
    insta::assert_snapshot!(errors.join("\n"), @"
    the provider is in trouble (status 529): As it is. (transient: true)
    the provider asks to wait (status 429): As it is. (transient: true)
    the provider is in trouble (status 500): As it is. (transient: true)
    the provider refuses the key (status 401): As it is. (transient: false)
    the provider refuses the request (status 400): As it is. (transient: false)
    the provider is in trouble (status 500): As it is. (transient: true)
    the provider's answer makes no sense: its stream ended in the middle of the answer (transient: true)
    the provider's answer makes no sense: its stream goes on with a block that has not begun (transient: true)
    the provider's answer makes no sense: its stream ended in the middle of the answer (transient: true)
    the model declines to answer: Not this. (bio) (transient: false)
    the provider's answer makes no sense: not JSON: expected ident at line 1 column 2 (transient: true)
    the provider's answer makes no sense: invalid type: integer `1`, expected a string at line 1 column 2 (transient: true)
    the provider's answer makes no sense: its stream ended in the middle of the answer (transient: true)
    the provider's answer makes no sense: longer than 64 MiB (transient: true)
    the provider refuses the request (status 400): no stream (transient: false)
    ");
}

#[tokio::test]
async fn half_a_character_in_a_stream_is_not_asked_for_again() {
    let half = r#"data: {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "\ud83d"}}"#;
    let begun = event(&start()) + &event(&block(0, json!({"type": "text", "text": ""})));
    let reply =
        Reply::text(format!("{begun}{half}\n\n")).header("content-type", "text/event-stream");
    let (_, answer) = ask(opus(), CONFIG, &long(), reply).await;
    let error = answer.unwrap_err();
    assert!(!error.is_transient(), "{error}");
    // And so it is in the input of a tool and in a thought.
    for content in [
        r#"{"type": "tool_use", "id": "a", "name": "look", "input": {"a": "\ud83d"}}"#,
        r#"{"type": "thinking", "thinking": "\ud83d", "signature": "s"}"#,
        r#"{"type": "text", "text": "\ud83d"}"#,
    ] {
        let body = format!(r#"{{"content": [{content}], "stop_reason": "end_turn"}}"#);
        let (_, answer) = ask(opus(), CONFIG, &question(), Reply::text(body)).await;
        if let Err(error) = answer {
            assert!(!error.is_transient(), "{content}: {error}");
        }
    }
}

#[tokio::test]
async fn a_stream_is_read_no_further_than_its_end() {
    let mut events = vec![start(), block(0, json!({"type": "text", "text": "Rain."}))];
    events.extend(end("end_turn"));
    let mut text: String = events.iter().map(event).collect();
    let length = text.len();
    text.push_str(&"\n".repeat(length));
    // After half of it nothing comes any more, and the connection stays open.
    let reply = Reply::text(text)
        .header("content-type", "text/event-stream")
        .stuck();
    let (_, answer) = ask(opus(), CONFIG, &long(), reply).await;
    assert_eq!(answer.unwrap().text, "Rain.");
}

#[tokio::test]
async fn a_refusal_is_explained() {
    let refusal = |details: Value, content: Value| {
        Reply::json(
            &json!({"content": content, "stop_reason": "refusal", "stop_details": details, "usage": {}}),
        )
    };
    let said = json!([{"type": "text", "text": "I will not."}]);
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
            said.clone(),
        ),
        refusal(json!({"type": "refusal"}), said.clone()),
        refusal(json!(null), said),
        refusal(json!(null), json!([])),
    ] {
        let (_, answer) = ask("anthropic/claude-sonnet-4-5", CONFIG, &question(), reply).await;
        errors.push(shown(&answer.unwrap_err()));
    }
    insta::assert_snapshot!(errors.join("\n"), @"
    the model declines to answer: It could do harm. (cyber)
    the model declines to answer: refusal (bio)
    the model declines to answer: It could do harm.
    the model declines to answer: I will not.
    the model declines to answer: I will not.
    the model declines to answer: refusal
    ");
}
