//! OpenAI Chat Completions, and compatible servers.

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
async fn a_request_and_its_response() {
    let (received, response) = ask("openai/gpt-4o", CONFIG, &limited(), rain()).await;
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
    let json = completion(
        json!({"role": "assistant", "content": "{\"degrees\":9}"}),
        "stop",
    );
    let (received, response) = ask("openai/gpt-4o", CONFIG, &with_schema(), json).await;
    let schema = with_schema().schema.unwrap().schema;
    assert_eq!(
        received.body,
        json!({
            "model": "gpt-4o",
            "messages": [{"role": "user", "content": "What is it like outside?"}],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "weather", "schema": schema, "strict": true},
            },
        })
    );
    assert_eq!(response.unwrap().text, r#"{"degrees":9}"#);
}

#[tokio::test]
async fn a_schema_with_open_objects_is_not_strict() {
    let mut request = with_schema();
    request.schema.as_mut().unwrap().schema["additionalProperties"] = json!(true);
    let (received, _) = ask("openai/gpt-4o", CONFIG, &request, rain()).await;
    assert_eq!(
        received.body["response_format"]["json_schema"]["strict"],
        json!(false)
    );
}

#[tokio::test]
async fn tools_calls_and_results() {
    let calls = completion(
        json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "look", "arguments": "{\"window\": \"east\"}"}},
            {"type": "function", "function": {"name": "look", "arguments": {"window": "west"}}},
        ]}),
        "tool_calls",
    );
    let (received, response) = ask("openai/gpt-4o", CONFIG, &with_tools(), calls).await;
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
    insta::assert_debug_snapshot!(response.unwrap(), @r#"
    Response {
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
async fn a_refusal_has_the_words_of_the_model() {
    let refusal = json!({"content": null, "refusal": "I do not talk about weather."});
    let replies = [
        completion(refusal, "stop"),
        completion(json!({"content": null}), "content_filter"),
    ];
    insta::assert_snapshot!(failures("openai/gpt-4o", CONFIG, &question(), replies).await, @"
    model declined to respond: I do not talk about weather. (transient: false)
    model declined to respond: content_filter (transient: false)
    ");
}

#[tokio::test]
async fn another_address_needs_no_key() {
    let config = [("openai_base_url", "")];
    let (received, _) = ask("openai/some/model", &config, &limited(), rain()).await;
    assert_eq!(received.header("authorization"), None);
    assert_eq!(received.body["model"], json!("some/model"));
    // Compatible servers seldom know the newer name.
    assert_eq!(received.body["max_tokens"], json!(100));
}

#[tokio::test]
async fn credentials_in_an_address_are_sent_unless_there_is_a_key() {
    let server = Server::start([rain(), rain()]).await;
    let url = server.url().replace("//", "//me:pass@");
    for key in ["", KEY] {
        let config = [("openai_base_url", url.as_str()), ("openai_api_key", key)];
        let model = find("openai/m", &config).unwrap();
        model.respond(&question()).await.unwrap();
    }
    let shown: Vec<String> = server
        .received()
        .iter()
        .map(|received| received.header("authorization").unwrap().to_owned())
        .collect();
    assert_eq!(shown, ["Basic bWU6cGFzcw==", "Bearer sk-very-secret"]);
}

#[tokio::test]
async fn a_null_token_count_is_zero() {
    let usage = json!({"prompt_tokens": null, "completion_tokens": 5});
    let reply = json!({"choices": [{"message": {"content": "Rain."}}], "usage": usage});
    let config = [("openai_base_url", "")];
    let (_, response) = ask("openai/m", &config, &question(), Reply::json(&reply)).await;
    let usage = response.unwrap().usage;
    assert_eq!((usage.input_tokens, usage.output_tokens), (0, 5));
}

#[tokio::test]
async fn the_text_parts_of_a_response_are_joined() {
    let parts = json!([
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
        {"type": "text", "text": "Ra"},
        {"type": "text", "text": "in."},
    ]);
    let message = json!({"role": "assistant", "content": parts});
    let config = [("openai_base_url", "")];
    let reply = completion(message, "stop");
    let (_, response) = ask("openai/m", &config, &question(), reply).await;
    assert_eq!(response.unwrap().text, "Rain.");
}

#[tokio::test]
async fn built_in_tools_require_responses() {
    let mut request = question();
    request.builtin_tools = vec![json!({"type": "web_search"})];
    for (name, variable) in [
        ("openai/gpt-4o", "openai_api_key"),
        ("anthropic/claude", "anthropic_api_key"),
        ("gemini/gemini", "gemini_api_key"),
    ] {
        let model = find(name, &[(variable, KEY)]).unwrap();
        let error = model.respond(&request).await.unwrap_err();
        assert!(matches!(error, ModelError::Misconfigured { .. }), "{name}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(shown(&error), @"invalid openai_builtin_tools: supported only by models of openai_responses and azure_responses");
        }
    }
}

/// A reply that reports an error in the request.
fn bad_request(message: &str, param: &str) -> Reply {
    let error =
        json!({"message": message, "type": "invalid_request_error", "param": param, "code": null});
    Reply::json(&json!({"error": error})).status(400)
}

/// Sends a request twice with one model. Returns the received requests and the first response.
async fn ask_twice(
    name: &str,
    request: &Request,
    replies: impl IntoIterator<Item = Reply>,
) -> (Vec<Received>, Result<Response, ModelError>) {
    let server = Server::start(replies).await;
    let url = server.url();
    let model = find(name, &[("openai_base_url", &url)]).unwrap();
    let first = model.respond(request).await;
    model.respond(request).await.unwrap();
    (server.received(), first)
}

#[tokio::test]
async fn reasoning_models_get_the_newer_name_of_the_limit() {
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
async fn a_rejected_limit_is_renamed_from_then_on() {
    let refusal = || {
        bad_request(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "max_tokens",
        )
    };
    let replies = [refusal(), rain(), rain()];
    let (received, response) = ask_twice("openai/new", &limited(), replies).await;
    assert_eq!(response.unwrap().text, "Rain.");
    let limits: Vec<&Value> = received
        .iter()
        .map(|received| &received.body["max_completion_tokens"])
        .collect();
    assert_eq!(limits, [&Value::Null, &json!(100), &json!(100)]);

    let (received, response) =
        ask_twice("openai/new", &limited(), [refusal(), refusal(), rain()]).await;
    assert!(response.is_err());
    assert_eq!(received.len(), 3, "retried only once");
}

#[tokio::test]
async fn a_rejected_schema_is_not_enforced_from_then_on() {
    let refusal = || {
        bad_request(
            "Invalid schema for response_format 'weather': In context=('properties', 'degrees'), 'minimum' is not permitted.",
            "response_format",
        )
    };
    let replies = [refusal(), rain(), rain()];
    let (received, response) = ask_twice("openai/m", &with_schema(), replies).await;
    assert_eq!(response.unwrap().text, "Rain.");
    let strict: Vec<&Value> = received
        .iter()
        .map(|received| &received.body["response_format"]["json_schema"]["strict"])
        .collect();
    assert_eq!(strict, [&json!(true), &json!(false), &json!(false)]);

    // A request that was not strict is not retried.
    let mut request = with_schema();
    request.schema.as_mut().unwrap().schema["additionalProperties"] = json!(true);
    let (received, response) = ask_twice("openai/m", &request, [refusal(), rain()]).await;
    assert!(response.is_err());
    assert_eq!(received.len(), 2);
}

// Verified with `to_strict_json_schema` of openai 3.57.0, on the output of pydantic 2.14.4.
#[tokio::test]
async fn schemas_become_strict_as_with_the_official_helper() {
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
async fn a_tool_without_properties_gets_an_empty_object() {
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
async fn schema_with_tools_depends_on_the_server() {
    use recipe_llm::model::SchemaWithTools::{Together, ToolsFirst, Unsure};
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
