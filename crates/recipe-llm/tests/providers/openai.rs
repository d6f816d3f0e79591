//! Chat Completions: of OpenAI, of what speaks it, and of Ollama.

use super::*;

const CONFIG: &[(&str, &str)] = &[("openai_base_url", ""), ("openai_api_key", KEY)];

fn completion(message: Value, finish_reason: &str) -> Reply {
    Reply::json(&json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13},
    }))
}

fn rain() -> Reply {
    completion(
        json!({"role": "assistant", "content": "Rain.", "refusal": null}),
        "stop",
    )
}

#[tokio::test]
async fn a_question_and_its_answer() {
    let (received, answer) = ask("openai/gpt-4o", CONFIG, &limited(), rain()).await;
    insta::assert_snapshot!(received, @r#"
    POST /chat/completions
    authorization: Bearer sk-very-secret
    content-type: application/json

    {
      "model": "gpt-4o",
      "messages": [
        {
          "role": "user",
          "content": "What is it like outside?"
        }
      ],
      "max_tokens": 100,
      "temperature": 0.5
    }
    "#);
    insta::assert_debug_snapshot!(answer.unwrap(), @r#"
    Answer {
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
async fn an_answer_that_is_to_be_json() {
    let json = completion(
        json!({"role": "assistant", "content": "{\"degrees\":9}"}),
        "stop",
    );
    let (received, answer) = ask("openai/gpt-4o", CONFIG, &with_schema(), json).await;
    insta::assert_snapshot!(received, @r#"
    POST /chat/completions
    authorization: Bearer sk-very-secret
    content-type: application/json

    {
      "model": "gpt-4o",
      "messages": [
        {
          "role": "user",
          "content": "What is it like outside?"
        }
      ],
      "response_format": {
        "type": "json_schema",
        "json_schema": {
          "name": "weather",
          "schema": {
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
          "strict": true
        }
      }
    }
    "#);
    assert_eq!(answer.unwrap().text, r#"{"degrees":9}"#);
}

#[tokio::test]
async fn a_schema_that_leaves_something_open_is_not_strict() {
    let mut request = with_schema();
    request.schema.as_mut().unwrap().schema["additionalProperties"] = json!(true);
    let (received, _) = ask("openai/gpt-4o", CONFIG, &request, rain()).await;
    assert_eq!(
        received.body["response_format"]["json_schema"]["strict"],
        json!(false)
    );
}

#[tokio::test]
async fn tools_their_calls_and_their_results() {
    let calls = completion(
        json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "look", "arguments": "{\"window\": \"east\"}"}},
            {"type": "function", "function": {"name": "look", "arguments": {"window": "west"}}},
        ]}),
        "tool_calls",
    );
    let (received, answer) = ask("openai/gpt-4o", CONFIG, &with_tools(), calls).await;
    insta::assert_snapshot!(received, @r#"
    POST /chat/completions
    authorization: Bearer sk-very-secret
    content-type: application/json

    {
      "model": "gpt-4o",
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
              "id": "one",
              "type": "function",
              "function": {
                "name": "look",
                "arguments": "{\"window\":\"north\"}"
              }
            },
            {
              "id": "two",
              "type": "function",
              "function": {
                "name": "look",
                "arguments": "{\"window\":\"south\"}"
              }
            }
          ]
        },
        {
          "role": "tool",
          "tool_call_id": "one",
          "content": "rain"
        },
        {
          "role": "tool",
          "tool_call_id": "two",
          "content": "error: no such window"
        }
      ],
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
    insta::assert_debug_snapshot!(answer.unwrap(), @r#"
    Answer {
        text: "",
        tool_calls: [
            ToolCall {
                id: "a",
                name: "look",
                arguments: "{\"window\": \"east\"}",
                signature: None,
            },
            ToolCall {
                id: "call_3_1",
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
async fn what_has_become_too_long_is_cut_off() {
    let long = completion(
        json!({"role": "assistant", "content": "Rain, and"}),
        "length",
    );
    let (_, answer) = ask("openai/gpt-4o", CONFIG, &question(), long).await;
    assert!(answer.unwrap().is_cut_off);
}

#[tokio::test]
async fn a_refusal_is_said_in_the_words_of_the_model() {
    let refusal =
        json!({"role": "assistant", "content": null, "refusal": "I do not talk about weather."});
    let (_, answer) = ask(
        "openai/gpt-4o",
        CONFIG,
        &question(),
        completion(refusal, "stop"),
    )
    .await;
    insta::assert_snapshot!(shown(&answer.unwrap_err()), @"the model declines to answer: I do not talk about weather.");
    let filtered = completion(
        json!({"role": "assistant", "content": null}),
        "content_filter",
    );
    let (_, answer) = ask("openai/gpt-4o", CONFIG, &question(), filtered).await;
    let error = answer.unwrap_err();
    insta::assert_snapshot!(shown(&error), @"the model declines to answer: content_filter");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn an_address_of_ones_own_needs_no_key() {
    let config = [("openai_base_url", "")];
    let (received, _) = ask("openai/some/model", &config, &limited(), rain()).await;
    assert_eq!(received.header("authorization"), None);
    assert_eq!(received.body["model"], json!("some/model"));
    // What speaks the API of OpenAI seldom knows the newer name.
    assert_eq!(received.body["max_tokens"], json!(100));
}

#[tokio::test]
async fn a_user_and_a_password_in_an_address_are_shown_in_a_header_unless_there_is_a_key() {
    let server = Server::start([rain(), rain()]).await;
    let url = server.url().replace("//", "//me:pass@");
    for key in ["", KEY] {
        let config = [("openai_base_url", url.as_str()), ("openai_api_key", key)];
        let model = find("openai/m", &config).unwrap();
        model.answer(&question()).await.unwrap();
    }
    let shown: Vec<String> = server
        .received()
        .iter()
        .map(|received| received.header("authorization").unwrap().to_owned())
        .collect();
    assert_eq!(shown, ["Basic bWU6cGFzcw==", "Bearer sk-very-secret"]);
}

#[tokio::test]
async fn a_number_of_tokens_that_is_null_is_none() {
    let usage = json!({"prompt_tokens": null, "completion_tokens": 5});
    let reply = json!({"choices": [{"message": {"content": "Rain."}}], "usage": usage});
    let config = [("openai_base_url", "")];
    let (_, answer) = ask("openai/m", &config, &question(), Reply::json(&reply)).await;
    let usage = answer.unwrap().usage;
    assert_eq!((usage.input_tokens, usage.output_tokens), (0, 5));
}

#[tokio::test]
async fn an_answer_in_parts_is_what_is_text_in_it() {
    let parts = json!([
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
        {"type": "text", "text": "Ra"},
        {"type": "text", "text": "in."},
    ]);
    let message = json!({"role": "assistant", "content": parts});
    let config = [("openai_base_url", "")];
    let reply = completion(message, "stop");
    let (_, answer) = ask("openai/m", &config, &question(), reply).await;
    assert_eq!(answer.unwrap().text, "Rain.");
}

#[tokio::test]
async fn ollama_speaks_it_as_well() {
    let config = [("ollama_base_url", ""), ("openai_api_key", KEY)];
    let (received, answer) = ask("ollama/llama3.2:3b", &config, &limited(), rain()).await;
    insta::assert_snapshot!(received, @r#"
    POST /v1/chat/completions
    content-type: application/json

    {
      "model": "llama3.2:3b",
      "messages": [
        {
          "role": "user",
          "content": "What is it like outside?"
        }
      ],
      "max_tokens": 100,
      "temperature": 0.5
    }
    "#);
    assert_eq!(answer.unwrap().text, "Rain.");
}

#[tokio::test]
async fn a_version_in_an_address_is_not_said_twice() {
    let server = Server::start([rain()]).await;
    let url = format!("{}/v1/", server.url());
    let model = find("ollama/llama3.2", &[("ollama_base_url", &url)]).unwrap();
    model.answer(&question()).await.unwrap();
    assert_eq!(server.received()[0].path, "/v1/chat/completions");
}

#[tokio::test]
async fn tools_of_the_provider_are_only_for_responses() {
    let mut request = question();
    request.builtin_tools = vec![json!({"type": "web_search"})];
    for (name, variable) in [
        ("openai/gpt-4o", "openai_api_key"),
        ("anthropic/claude", "anthropic_api_key"),
        ("gemini/gemini", "gemini_api_key"),
    ] {
        let model = find(name, &[(variable, KEY)]).unwrap();
        let error = model.answer(&request).await.unwrap_err();
        assert!(matches!(error, ModelError::Misconfigured { .. }), "{name}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(shown(&error), @"openai_builtin_tools is not as it has to be: only models of openai_responses and azure_responses have tools that the provider runs");
        }
    }
}
