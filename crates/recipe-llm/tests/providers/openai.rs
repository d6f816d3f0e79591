//! Chat Completions: of OpenAI, and of what speaks it.

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

/// Tells a client what is wrong with its request.
fn bad(message: &str, param: &str) -> Reply {
    let error =
        json!({"message": message, "type": "invalid_request_error", "param": param, "code": null});
    Reply::json(&json!({"error": error})).status(400)
}

/// Asks twice with one model, which is given these replies: what it was asked, and how the first question ended.
async fn ask_twice(
    name: &str,
    request: &Request,
    replies: impl IntoIterator<Item = Reply>,
) -> (Vec<Received>, Result<Answer, ModelError>) {
    let server = Server::start(replies).await;
    let url = server.url();
    let model = find(name, &[("openai_base_url", &url)]).unwrap();
    let first = model.answer(request).await;
    model.answer(request).await.unwrap();
    (server.received(), first)
}

#[tokio::test]
async fn a_model_that_thinks_is_told_its_limit_by_the_newer_name() {
    let config = [("openai_base_url", "")];
    let mut names = Vec::new();
    for model in [
        "gpt-4o",
        "o3-mini",
        "gpt-5.1",
        "gpt-10",
        "openai/gpt-5",
        "openchat",
        "gpt-oss:20b",
        "gpt-4.1",
    ] {
        let name = format!("openai/{model}");
        let (received, _) = ask(&name, &config, &limited(), rain()).await;
        let is_newer = received.body.get("max_completion_tokens").is_some();
        assert_ne!(received.body.get("max_tokens").is_some(), is_newer);
        names.push((model, is_newer));
    }
    assert_eq!(
        names,
        [
            ("gpt-4o", false),
            ("o3-mini", true),
            ("gpt-5.1", true),
            ("gpt-10", true),
            ("openai/gpt-5", true),
            ("openchat", false),
            ("gpt-oss:20b", false),
            ("gpt-4.1", false),
        ]
    );
}

#[tokio::test]
async fn a_limit_that_is_refused_goes_by_its_other_name_from_then_on() {
    let refusal = || {
        bad(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "max_tokens",
        )
    };
    let replies = [refusal(), rain(), rain()];
    let (received, answer) = ask_twice("openai/new", &limited(), replies).await;
    assert_eq!(answer.unwrap().text, "Rain.");
    let limits: Vec<&Value> = received
        .iter()
        .map(|received| &received.body["max_completion_tokens"])
        .collect();
    assert_eq!(limits, [&Value::Null, &json!(100), &json!(100)]);

    let (received, answer) =
        ask_twice("openai/new", &limited(), [refusal(), refusal(), rain()]).await;
    assert!(answer.is_err());
    assert_eq!(received.len(), 3, "it is tried once");
}

#[tokio::test]
async fn a_schema_that_cannot_be_enforced_is_only_told_from_then_on() {
    let refusal = || {
        bad(
            "Invalid schema for response_format 'weather': In context=('properties', 'degrees'), 'minimum' is not permitted.",
            "response_format",
        )
    };
    let replies = [refusal(), rain(), rain()];
    let (received, answer) = ask_twice("openai/m", &with_schema(), replies).await;
    assert_eq!(answer.unwrap().text, "Rain.");
    let strict: Vec<&Value> = received
        .iter()
        .map(|received| &received.body["response_format"]["json_schema"]["strict"])
        .collect();
    assert_eq!(strict, [&json!(true), &json!(false), &json!(false)]);

    // What was not strict is not asked for again.
    let mut request = with_schema();
    request.schema.as_mut().unwrap().schema["additionalProperties"] = json!(true);
    let (received, answer) = ask_twice("openai/m", &request, [refusal(), rain()]).await;
    assert!(answer.is_err());
    assert_eq!(received.len(), 2);
}

// The rewriting is that of `to_strict_json_schema` of openai 3.57.0, given what pydantic 2.14.4 prints for a class.
#[tokio::test]
async fn a_schema_is_made_strict_as_the_official_helper_does_it() {
    let mut request = with_schema();
    request.schema.as_mut().unwrap().schema = json!({
        "properties": {
            "kind": {"const": "pet", "title": "Kind"},
            "size": {"enum": ["s", "l"]},
            "owner": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": null},
            "home": {"$ref": "#/$defs/Home", "description": "Where it lives."},
        },
        "required": ["kind", "size", "home"],
        "title": "Pet",
        "type": "object",
        "$defs": {"Home": {"properties": {"town": {"type": "string"}}, "required": ["town"], "type": "object"}},
    });
    let config = [("openai_base_url", "")];
    let (received, _) = ask("openai/m", &config, &request, rain()).await;
    let home = json!({"properties": {"town": {"type": "string"}}, "required": ["town"], "type": "object", "additionalProperties": false});
    let mut described = home.clone();
    described["description"] = json!("Where it lives.");
    assert_eq!(
        received.body["response_format"]["json_schema"],
        json!({
            "name": "weather",
            "schema": {
                "properties": {
                    "kind": {"const": "pet", "title": "Kind", "type": "string"},
                    "size": {"enum": ["s", "l"], "type": "string"},
                    "owner": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "home": described,
                },
                "required": ["kind", "size", "owner", "home"],
                "title": "Pet",
                "type": "object",
                "$defs": {"Home": home},
                "additionalProperties": false,
            },
            "strict": true,
        })
    );
}

#[tokio::test]
async fn a_tool_without_properties_gets_some() {
    for parameters in [
        json!({"type": "object"}),
        json!({}),
        json!({"type": "object", "additionalProperties": false}),
        json!({"type": "object", "properties": {"size": {"enum": ["s", 1, null]}}}),
    ] {
        let mut request = question();
        request.tools = vec![Tool {
            name: "look".to_owned(),
            description: "Looks out.".to_owned(),
            parameters: parameters.clone(),
        }];
        for (name, config, place) in [
            (
                "openai/m",
                "openai_base_url",
                "/tools/0/function/parameters",
            ),
            (
                "openai_responses/m",
                "openai_base_url",
                "/tools/0/parameters",
            ),
            (
                "azure/m",
                "azure_openai_base_url",
                "/tools/0/function/parameters",
            ),
            (
                "ollama/m",
                "ollama_base_url",
                "/tools/0/function/parameters",
            ),
        ] {
            let config = [(config, ""), ("azure_openai_api_key", KEY)];
            let (received, _) = ask(name, &config, &request, rain()).await;
            let sent = received.body.pointer(place).unwrap();
            assert_eq!(sent["type"], json!("object"), "{name}");
            assert!(sent["properties"].is_object(), "{name}: {sent}");
            if parameters.get("properties").is_some() {
                let size = json!({"enum": ["s", 1, null], "type": ["string", "integer", "null"]});
                assert_eq!(sent["properties"]["size"], size, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn whether_a_schema_goes_with_tools_depends_on_who_is_asked() {
    use recipe_llm::SchemaWithTools::{Together, ToolsFirst, Unsure};
    for (name, config, expected) in [
        ("openai/m", ("openai_api_key", "k"), Together),
        (
            "openai/m",
            ("openai_base_url", "http://localhost:1"),
            ToolsFirst,
        ),
        (
            "openai/m",
            ("openai_base_url", "https://eu.api.openai.com/v1"),
            Together,
        ),
        (
            "openai/m",
            ("openai_base_url", "https://notopenai.com/v1"),
            ToolsFirst,
        ),
        ("openai_responses/m", ("openai_api_key", "k"), Together),
        (
            "openai_responses/m",
            ("openai_base_url", "http://localhost:1"),
            ToolsFirst,
        ),
        (
            "azure/m",
            ("azure_openai_base_url", "https://me.openai.azure.com"),
            Together,
        ),
        (
            "azure/m",
            ("azure_openai_base_url", "http://localhost:1"),
            Unsure,
        ),
        (
            "azure_responses/m",
            ("azure_openai_base_url", "http://localhost:1"),
            Unsure,
        ),
        (
            "ollama/m",
            ("ollama_base_url", "http://localhost:1"),
            ToolsFirst,
        ),
        (
            "gemini/m",
            ("gemini_base_url", "http://localhost:1"),
            Together,
        ),
        (
            "anthropic/claude-opus-5-5",
            ("anthropic_api_key", "k"),
            Together,
        ),
        ("anthropic/new", ("anthropic_api_key", "k"), Together),
        (
            "anthropic/claude-opus-5-5",
            ("anthropic_base_url", "http://localhost:1"),
            Unsure,
        ),
        (
            "anthropic/claude-sonnet-4-5",
            ("anthropic_base_url", "http://localhost:1"),
            Together,
        ),
        (
            "anthropic/glm-5",
            ("anthropic_base_url", "http://localhost:1"),
            ToolsFirst,
        ),
    ] {
        let model = find(name, &[config, ("azure_openai_api_key", "k")]).unwrap();
        assert_eq!(model.schema_with_tools(), expected, "{name} {config:?}");
    }
}
