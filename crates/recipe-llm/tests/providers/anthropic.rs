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
      }
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
      ]
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
