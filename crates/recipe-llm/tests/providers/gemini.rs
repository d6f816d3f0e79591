//! Gemini generateContent.

use super::*;

const CONFIG: &[(&str, &str)] = &[("gemini_base_url", ""), ("gemini_api_key", KEY)];

fn reply(parts: Value, finish_reason: &str) -> Reply {
    Reply::json(&json!({
        "candidates": [{"index": 0, "content": {"role": "model", "parts": parts}, "finishReason": finish_reason}],
        "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 3, "thoughtsTokenCount": 4, "totalTokenCount": 17},
    }))
}

fn rain() -> Reply {
    reply(
        json!([{"text": "Hm.", "thought": true}, {"text": "Ra"}, {"text": "in.", "thoughtSignature": "x"}]),
        "STOP",
    )
}

#[tokio::test]
async fn a_request_and_its_response() {
    let (received, response) = ask("gemini/gemini-2.5-flash", CONFIG, &limited(), rain()).await;
    insta::assert_snapshot!(received, @r#"
    POST /models/gemini-2.5-flash:generateContent
    content-type: application/json
    x-goog-api-key: sk-very-secret

    {
      "contents": [
        {
          "role": "user",
          "parts": [
            {
              "text": "What is it like outside?"
            }
          ]
        }
      ],
      "generationConfig": {
        "maxOutputTokens": 100,
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
            output_tokens: 7,
        },
        is_cut_off: false,
    }
    "#);
}

#[tokio::test]
async fn a_response_with_a_schema() {
    let (received, _) = ask("gemini/gemini-2.5-flash", CONFIG, &with_schema(), rain()).await;
    let schema = with_schema().schema.unwrap().schema;
    let contents = json!([{"role": "user", "parts": [{"text": "What is it like outside?"}]}]);
    let config = json!({"responseMimeType": "application/json", "responseJsonSchema": schema});
    assert_eq!(
        received.body,
        json!({"contents": contents, "generationConfig": config})
    );
}

#[tokio::test]
async fn with_tools_a_response_with_a_schema_is_the_input_of_a_tool() {
    let mut request = with_tools();
    request.schema = with_schema().schema;
    let call = reply(
        json!([{"functionCall": {"name": "weather", "args": {"degrees": 9}}}]),
        "STOP",
    );
    let (received, response) = ask("gemini/gemini-2.5-flash", CONFIG, &request, call).await;
    assert_eq!(received.body["generationConfig"], Value::Null);
    assert_eq!(
        received.body["toolConfig"],
        json!({"functionCallingConfig": {"mode": "ANY"}})
    );
    assert_eq!(
        received.body["tools"][0]["functionDeclarations"][1]["name"],
        json!("weather")
    );
    let response = response.unwrap();
    assert_eq!(
        (response.text.as_str(), response.tool_calls.len()),
        (r#"{"degrees":9}"#, 0)
    );
}

#[tokio::test]
async fn tools_calls_and_results() {
    let calls = reply(
        json!([
            {"functionCall": {"id": "a", "name": "look", "args": {"window": "east"}}, "thoughtSignature": "mine"},
            {"functionCall": {"name": "look"}},
        ]),
        "STOP",
    );
    let (received, response) = ask("gemini/gemini-2.5-flash", CONFIG, &with_tools(), calls).await;
    insta::assert_snapshot!(received, @r#"
    POST /models/gemini-2.5-flash:generateContent
    content-type: application/json
    x-goog-api-key: sk-very-secret

    {
      "contents": [
        {
          "role": "user",
          "parts": [
            {
              "text": "What is it like outside?"
            }
          ]
        },
        {
          "role": "model",
          "parts": [
            {
              "text": "I look."
            },
            {
              "functionCall": {
                "id": "one",
                "name": "look",
                "args": {
                  "window": "north"
                }
              },
              "thoughtSignature": "signed"
            },
            {
              "functionCall": {
                "id": "two",
                "name": "look",
                "args": {
                  "window": "south"
                }
              }
            }
          ]
        },
        {
          "role": "user",
          "parts": [
            {
              "functionResponse": {
                "id": "one",
                "name": "look",
                "response": {
                  "output": "rain"
                }
              }
            },
            {
              "functionResponse": {
                "id": "two",
                "name": "look",
                "response": {
                  "error": "no such window"
                }
              }
            }
          ]
        }
      ],
      "tools": [
        {
          "functionDeclarations": [
            {
              "name": "look",
              "description": "Looks out.",
              "parametersJsonSchema": {
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
                signature: Some(
                    "mine",
                ),
            },
            ToolCall {
                id: "call_3_1",
                name: "look",
                arguments: "{}",
                signature: None,
            },
        ],
        usage: Usage {
            requests: 1,
            input_tokens: 10,
            output_tokens: 7,
        },
        is_cut_off: false,
    }
    "#);
}

#[tokio::test]
async fn the_key_may_be_named_after_google() {
    let config = [("gemini_base_url", ""), ("google_api_key", KEY)];
    let (received, _) = ask("gemini/tunedModels/mine", &config, &question(), rain()).await;
    assert_eq!(received.header("x-goog-api-key"), Some(KEY));
    assert_eq!(received.path, "/tunedModels/mine:generateContent");
}

#[tokio::test]
async fn errors_have_the_words_of_the_provider() {
    let quota = json!({"error": {"code": 429, "message": "Quota exceeded.", "status": "RESOURCE_EXHAUSTED", "details": [
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "41.5s"},
    ]}});
    let replies = [
        Reply::json(&json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}})),
        reply(json!([{"text": "Ra"}]), "SAFETY"),
        reply(json!([]), "MALFORMED_FUNCTION_CALL"),
        Reply::json(&json!({"candidates": []})),
        Reply::json(&quota).status(429),
    ];
    let errors = failures("gemini/gemini-2.5-flash", CONFIG, &question(), replies).await;
    insta::assert_snapshot!(errors, @"
    model declined to respond: PROHIBITED_CONTENT (transient: false)
    model declined to respond: SAFETY (transient: false)
    malformed provider response: MALFORMED_FUNCTION_CALL (transient: true)
    malformed provider response: no candidates (transient: true)
    rate limited by the provider (HTTP 429): Quota exceeded. (transient: true, after: 41.5s)
    ");
}

#[tokio::test]
async fn the_order_of_properties_is_sent() {
    let mut request = question();
    request.schema = Some(ResponseSchema {
        name: "weather".to_owned(),
        schema: json!({
            "type": "object",
            "properties": {
                "reasoning": {"type": "string"},
                "properties": {"type": "array", "items": {"type": "object", "properties": {"z": {"const": {"properties": {"b": 1, "a": 2}}}, "a": {}}}},
                "answer": {"$ref": "#/$defs/answer"},
            },
            "$defs": {"answer": {"type": "object", "properties": {"only": {"type": "string"}}}},
        }),
    });
    let (received, _) = ask("gemini/gemini-2.5-flash", CONFIG, &request, rain()).await;
    let sent = &received.body["generationConfig"]["responseJsonSchema"];
    assert_eq!(
        sent["propertyOrdering"],
        json!(["reasoning", "properties", "answer"])
    );
    let item = &sent["properties"]["properties"]["items"];
    assert_eq!(item["propertyOrdering"], json!(["z", "a"]));
    assert_eq!(
        item["properties"]["z"],
        json!({"const": {"properties": {"b": 1, "a": 2}}})
    );
    assert_eq!(sent["$defs"]["answer"].get("propertyOrdering"), None);
    // The text itself has the same order.
    let text = received.body.to_string();
    assert!(text.find("reasoning") < text.find("answer"));
}

#[tokio::test]
async fn a_response_used_up_by_thoughts_is_cut_off() {
    for candidate in [
        json!({"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}),
        json!({"content": {}, "finishReason": "MAX_TOKENS"}),
        json!({"content": null, "finishReason": "MAX_TOKENS"}),
        json!({"content": {"role": "model", "parts": null}, "finishReason": "MAX_TOKENS"}),
        json!({"finishReason": "MAX_TOKENS"}),
        json!({"finishReason": "CONTINUATION"}),
    ] {
        let reply = json!({
            "candidates": [candidate],
            "usageMetadata": {"promptTokenCount": 10, "thoughtsTokenCount": 100, "candidatesTokenCount": null},
        });
        let (_, response) = ask("gemini/g", CONFIG, &question(), Reply::json(&reply)).await;
        let response = response.unwrap();
        assert!(response.is_cut_off, "{reply}");
        assert_eq!(response.text, "");
        assert_eq!(response.usage.output_tokens, 100);
    }
}

#[tokio::test]
async fn a_blocked_prompt_is_declined() {
    let replies = [
        json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 4}}),
        json!({"promptFeedback": {"blockReason": "OTHER"}, "candidates": null}),
        json!({"candidates": [{"finishReason": "MODEL_ARMOR"}]}),
        json!({"candidates": [{"finishReason": "MISSING_THOUGHT_SIGNATURE", "finishMessage": "One is missing."}]}),
        json!({"candidates": [{"finishReason": "MALFORMED_RESPONSE"}]}),
        json!({"candidates": null}),
    ];
    let replies = replies.iter().map(Reply::json);
    insta::assert_snapshot!(failures("gemini/g", CONFIG, &question(), replies).await, @"
    model declined to respond: PROHIBITED_CONTENT (transient: false)
    model declined to respond: OTHER (transient: false)
    model declined to respond: MODEL_ARMOR (transient: false)
    provider rejected the request (HTTP 200): MISSING_THOUGHT_SIGNATURE: One is missing. (transient: false)
    malformed provider response: MALFORMED_RESPONSE (transient: true)
    malformed provider response: no candidates (transient: true)
    ");
}

#[tokio::test]
async fn the_address_selects_the_version() {
    let server = Server::start([rain(), rain()]).await;
    for version in ["v1", "v1beta"] {
        let url = format!("{}/{version}", server.url());
        let model = find("gemini/g", &[("gemini_base_url", &url)]).unwrap();
        model.respond(&question()).await.unwrap();
    }
    let paths: Vec<String> = server
        .received()
        .into_iter()
        .map(|received| received.path)
        .collect();
    assert_eq!(
        paths,
        [
            "/v1/models/g:generateContent",
            "/v1beta/models/g:generateContent"
        ]
    );
    for base in [
        "https://generativelanguage.googleapis.com",
        "https://generativelanguage.googleapis.com/v1beta/",
    ] {
        let model = find(
            "gemini/g",
            &[("gemini_base_url", base), ("gemini_api_key", KEY)],
        )
        .unwrap();
        let place = "https://generativelanguage.googleapis.com/v1beta/models/g:generateContent";
        assert_eq!(model.address(), place);
    }
}
