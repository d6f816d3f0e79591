//! Ollama Chat. Requests match those of ollama 0.6.3 (PyPI).

use super::*;

const CONFIG: &[(&str, &str)] = &[("ollama_base_url", "")];

fn reply(message: Value, done_reason: &str) -> Reply {
    Reply::json(&json!({
        "model": "llama3.2:3b",
        "created_at": "2026-11-28T09:00:00Z",
        "message": message,
        "done": true,
        "done_reason": done_reason,
        "total_duration": 5,
        "prompt_eval_count": 10,
        "eval_count": 3,
    }))
}

fn rain() -> Reply {
    reply(json!({"role": "assistant", "content": "Rain."}), "stop")
}

#[tokio::test]
async fn a_request_and_its_response() {
    let config = [("ollama_base_url", ""), ("openai_api_key", KEY)];
    let (received, response) = ask("ollama/llama3.2:3b", &config, &limited(), rain()).await;
    insta::assert_snapshot!(received, @r#"
    POST /api/chat
    content-type: application/json

    {
      "model": "llama3.2:3b",
      "messages": [
        {
          "role": "user",
          "content": "What is it like outside?"
        }
      ],
      "stream": false,
      "options": {
        "num_predict": 100,
        "temperature": 0.5
      }
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
async fn configured_settings_are_sent() {
    let config = [
        ("ollama_base_url", ""),
        ("ollama_api_key", KEY),
        ("ollama_num_ctx", "16384"),
        ("ollama_think", "low"),
    ];
    let (received, _) = ask("ollama/gpt-oss", &config, &with_schema(), rain()).await;
    insta::assert_snapshot!(received, @r#"
    POST /api/chat
    authorization: Bearer sk-very-secret
    content-type: application/json

    {
      "model": "gpt-oss",
      "messages": [
        {
          "role": "user",
          "content": "What is it like outside?"
        }
      ],
      "stream": false,
      "format": {
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
      },
      "think": "low",
      "options": {
        "num_ctx": 16384
      }
    }
    "#);
    for (given, sent) in [
        ("true", json!(true)),
        ("no", json!(false)),
        ("High", json!("high")),
    ] {
        let config = [("ollama_base_url", ""), ("ollama_think", given)];
        let (received, _) = ask("ollama/m", &config, &question(), rain()).await;
        assert_eq!(received.body["think"], sent);
    }
}

#[test]
fn an_invalid_setting_is_rejected() {
    let mut errors = Vec::new();
    for setting in [
        ("ollama_num_ctx", "much"),
        ("ollama_num_ctx", "0"),
        ("ollama_num_ctx", "-5"),
        ("ollama_think", "hard"),
    ] {
        errors.push(find("ollama/m", &[setting]).err().unwrap().to_string());
    }
    insta::assert_snapshot!(errors.join("\n"), @"
    invalid ollama_num_ctx: not a number from 1
    invalid ollama_num_ctx: not a number from 1
    invalid ollama_num_ctx: not a number from 1
    invalid ollama_think: expected true, false, low, medium or high
    ");
    let config = json!({"ollama_num_ctx": 4096, "ollama_think": true});
    let name = "ollama/m".parse().unwrap();
    assert!(
        Providers::new()
            .model(&name, config.as_object().unwrap())
            .is_ok()
    );
}

#[tokio::test]
async fn tools_calls_and_results() {
    let calls = reply(
        json!({"role": "assistant", "content": "", "thinking": "Hm.", "tool_calls": [
            {"function": {"name": "look", "arguments": {"n": 12345678901234567890123_u128.to_string()}}},
            {"id": "b", "function": {"name": "look", "arguments": "{\"window\": \"west\"}"}},
        ]}),
        "stop",
    );
    let (received, response) = ask("ollama/m", CONFIG, &with_tools(), calls).await;
    insta::assert_snapshot!(received, @r#"
    POST /api/chat
    content-type: application/json

    {
      "model": "m",
      "messages": [
        {
          "role": "user",
          "content": "What is it like outside?"
        },
        {
          "role": "assistant",
          "content": "I look.",
          "tool_calls": [
            {
              "function": {
                "name": "look",
                "arguments": {
                  "window": "north"
                }
              }
            },
            {
              "function": {
                "name": "look",
                "arguments": {
                  "window": "south"
                }
              }
            }
          ],
          "thinking": "signed"
        },
        {
          "role": "tool",
          "content": "rain",
          "tool_name": "look"
        },
        {
          "role": "tool",
          "content": "error: no such window",
          "tool_name": "look"
        }
      ],
      "stream": false,
      "tools": [
        {
          "type": "function",
          "function": {
            "name": "look",
            "description": "Looks out.",
            "parameters": {
              "type": "object",
              "properties": {
                "window": {
                  "type": "string"
                }
              }
            }
          }
        }
      ]
    }
    "#);
    insta::assert_debug_snapshot!(response.unwrap(), @r#"
    Response {
        text: "",
        tool_calls: [
            ToolCall {
                id: "call_3_0",
                name: "look",
                arguments: "{\"n\":\"12345678901234567890123\"}",
                signature: Some(
                    "Hm.",
                ),
            },
            ToolCall {
                id: "b",
                name: "look",
                arguments: "{\"window\": \"west\"}",
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
async fn errors_have_the_words_of_the_server() {
    let replies = [
        (404, "model 'm' not found"),
        (400, "registry.ollama.ai/library/m does not support tools"),
        (500, "model requires more system memory"),
        (200, "unexpected EOF"),
    ]
    .map(|(status, error)| Reply::json(&json!({ "error": error })).status(status));
    insta::assert_snapshot!(failures("ollama/m", CONFIG, &question(), replies).await, @"
    provider rejected the request (HTTP 404): model 'm' not found (transient: false)
    provider rejected the request (HTTP 400): registry.ollama.ai/library/m does not support tools (transient: false)
    provider unavailable (HTTP 500): model requires more system memory (transient: true)
    malformed provider response: unexpected EOF (transient: true)
    ");
}

#[tokio::test]
async fn the_address_of_its_openai_compatible_api_is_accepted() {
    for base in ["", "/", "/v1", "/v1/", "/proxy/v1", "/proxy"] {
        let server = Server::start([rain()]).await;
        let url = format!("{}{base}", server.url());
        let model = find("ollama/llama3.2", &[("ollama_base_url", &url)]).unwrap();
        model.respond(&question()).await.unwrap();
        let path = base.trim_end_matches('/').trim_end_matches("/v1");
        assert_eq!(server.received()[0].path, format!("{path}/api/chat"));
    }
}
