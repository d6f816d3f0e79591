//! Error responses.

use std::time::Duration;

use super::*;

const CONFIG: &[(&str, &str)] = &[("openai_base_url", ""), ("openai_api_key", KEY)];

async fn failure(reply: Reply) -> ModelError {
    let (_, response) = ask("openai/gpt-4o", CONFIG, &question(), reply).await;
    let error = response.unwrap_err();
    shown(&error);
    error
}

fn error_reply(message: &str) -> Reply {
    Reply::json(&json!({"error": {"message": message, "type": "some_error", "code": null}}))
}

fn response() -> Reply {
    Reply::json(&json!({"choices": [{"message": {"content": "Rain."}, "finish_reason": "stop"}]}))
}

#[tokio::test]
async fn statuses_become_errors() {
    let statuses = [
        302, 400, 401, 402, 403, 404, 408, 409, 422, 425, 429, 500, 501, 503, 505, 529,
    ];
    let replies = statuses.map(|status| error_reply("As it is.").status(status));
    let errors = failures("openai/gpt-4o", CONFIG, &question(), replies).await;
    insta::assert_snapshot!(errors, @"
    provider rejected the request (HTTP 302): As it is. (transient: false)
    provider rejected the request (HTTP 400): As it is. (transient: false)
    provider rejected the API key (HTTP 401): As it is. (transient: false)
    provider rejected the request (HTTP 402): As it is. (transient: false)
    provider rejected the API key (HTTP 403): As it is. (transient: false)
    provider rejected the request (HTTP 404): As it is. (transient: false)
    provider unavailable (HTTP 408): As it is. (transient: true)
    provider unavailable (HTTP 409): As it is. (transient: true)
    provider rejected the request (HTTP 422): As it is. (transient: false)
    provider rejected the request (HTTP 425): As it is. (transient: false)
    rate limited by the provider (HTTP 429): As it is. (transient: true)
    provider unavailable (HTTP 500): As it is. (transient: true)
    provider unavailable (HTTP 501): As it is. (transient: true)
    provider unavailable (HTTP 503): As it is. (transient: true)
    provider unavailable (HTTP 505): As it is. (transient: true)
    provider unavailable (HTTP 529): As it is. (transient: true)
    ");
}

#[tokio::test]
async fn messages_are_found_in_known_locations() {
    let mut errors = Vec::new();
    for body in [
        r#"{"error": "model not found"}"#,
        r#"[{"error": {"code": 400, "message": "in a list"}}]"#,
        r#"{"message": "at the top"}"#,
        r#"{"detail": "in detail"}"#,
        r#"{"error": {"code": 1}}"#,
        "<html>Bad Gateway</html>",
        "",
    ] {
        errors.push(failure(Reply::text(body).status(400)).await.to_string());
    }
    insta::assert_snapshot!(errors.join("\n"), @r#"
    provider rejected the request (HTTP 400): model not found
    provider rejected the request (HTTP 400): in a list
    provider rejected the request (HTTP 400): at the top
    provider rejected the request (HTTP 400): in detail
    provider rejected the request (HTTP 400): {"error": {"code": 1}}
    provider rejected the request (HTTP 400): <html>Bad Gateway</html>
    provider rejected the request (HTTP 400): Bad Request
    "#);
}

#[tokio::test]
async fn a_long_message_is_truncated() {
    let error = failure(error_reply(&"ö".repeat(100_000)).status(400)).await;
    assert!(error.to_string().chars().count() < 2_100);
    let error = failure(Reply::text("ö".repeat(100_000)).status(502)).await;
    assert!(error.to_string().chars().count() < 2_100);
}

#[tokio::test]
async fn a_repeated_key_is_masked() {
    let error = failure(error_reply(&format!("Incorrect API key: {KEY}.")).status(401)).await;
    insta::assert_snapshot!(error, @"provider rejected the API key (HTTP 401): Incorrect API key: ***.");
    let error = failure(Reply::json(&json!({"choices": KEY}))).await;
    insta::assert_snapshot!(error, @r#"malformed provider response: invalid type: string "***", expected a sequence at line 1 column 27"#);
}

#[tokio::test]
async fn truncation_leaves_no_part_of_a_key() {
    // The message is truncated after 2,000 characters, at varying positions in the key.
    for before in 1_940..2_000 {
        let text = format!("{} {KEY}{}", "x".repeat(before), "y".repeat(2_000));
        let data = json!({ "choices": text });
        for reply in [
            error_reply(&text).status(401),
            Reply::text(text).status(503),
            Reply::json(&data),
        ] {
            let error = failure(reply).await.to_string();
            assert!(!error.contains("sk-v"), "{before}: {error}");
        }
    }
}

#[tokio::test]
async fn a_key_in_a_refusal_is_masked() {
    let refusal = format!("I was asked with {KEY}.");
    let mut errors = Vec::new();
    for (name, config, body) in [
        (
            "openai/m",
            CONFIG,
            json!({"choices": [{"message": {"refusal": refusal}}]}),
        ),
        (
            "openai_responses/m",
            CONFIG,
            json!({"output": [], "error": {"code": "server_error", "message": refusal}}),
        ),
        (
            "openai_responses/m",
            CONFIG,
            json!({"output": [{"type": "message", "content": [{"type": "refusal", "refusal": refusal}]}]}),
        ),
        (
            "anthropic/m",
            &[("anthropic_base_url", ""), ("anthropic_api_key", KEY)],
            json!({"content": [{"type": "text", "text": refusal}], "stop_reason": "refusal"}),
        ),
        (
            "gemini/m",
            &[("gemini_base_url", ""), ("gemini_api_key", KEY)],
            json!({"promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": refusal}}),
        ),
    ] {
        let (_, response) = ask(name, config, &question(), Reply::json(&body)).await;
        errors.push(shown(&response.unwrap_err()));
    }
    insta::assert_snapshot!(errors.join("\n"), @"
    model declined to respond: I was asked with ***.
    provider unavailable (HTTP 200): I was asked with ***.
    model declined to respond: I was asked with ***.
    model declined to respond: I was asked with ***.
    model declined to respond: SAFETY: I was asked with ***.
    ");
}

#[cfg(unix)]
#[tokio::test]
async fn a_token_is_masked() {
    let command = format!("echo {KEY}");
    let config = [
        ("azure_openai_base_url", ""),
        ("azure_token_command", command.as_str()),
    ];
    let reply = json!({"choices": [{"message": {"refusal": format!("Bearer {KEY}")}}]});
    let (_, response) = ask("azure/m", &config, &question(), Reply::json(&reply)).await;
    insta::assert_snapshot!(shown(&response.unwrap_err()), @"model declined to respond: Bearer ***");
}

#[tokio::test]
async fn a_provider_can_request_a_delay() {
    let limited = || error_reply("Slow down.").status(429);
    let seconds = failure(limited().header("retry-after", "7")).await;
    assert_eq!(seconds.retry_after(), Some(Duration::from_secs(7)));
    let fraction = failure(
        error_reply("Busy.")
            .status(503)
            .header("Retry-After", "0.5"),
    )
    .await;
    assert_eq!(fraction.retry_after(), Some(Duration::from_millis(500)));
    let both = limited()
        .header("retry-after", "7")
        .header("retry-after-ms", "6500");
    assert_eq!(
        failure(both).await.retry_after(),
        Some(Duration::from_millis(6_500))
    );
    let wrong = limited()
        .header("retry-after", "7")
        .header("retry-after-ms", "soon");
    assert_eq!(
        failure(wrong).await.retry_after(),
        Some(Duration::from_secs(7))
    );
    for nonsense in ["soon", "-3", "1e300", "NaN", ""] {
        let error = failure(limited().header("retry-after", nonsense)).await;
        assert_eq!(error.retry_after(), None, "{nonsense}");
    }
}

// As in the official clients of OpenAI (3.57.0) and Anthropic (2.14.0).
#[tokio::test]
async fn a_provider_can_control_retries() {
    for (status, word, is_transient) in [
        (400, "true", true),
        (401, "true", true),
        (403, "true", true),
        (425, "true", true),
        (408, "false", false),
        (409, "false", false),
        (429, "false", false),
        (503, "false", false),
        (529, "false", false),
        (400, "maybe", false),
        (503, "", true),
    ] {
        let reply = error_reply("As it is.").status(status);
        let error = failure(reply.header("x-should-retry", word)).await;
        assert_eq!(
            error.is_transient(),
            is_transient,
            "{status} {word}: {error}"
        );
    }
}

#[tokio::test]
async fn a_provider_can_request_a_delay_until_a_date() {
    let date = |seconds| {
        let then = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
        then.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    };
    let limited = |date: String| {
        error_reply("Slow down.")
            .status(429)
            .header("retry-after", date)
    };
    let wait = failure(limited(date(100))).await.retry_after().unwrap();
    assert!(
        (Duration::from_secs(60)..=Duration::from_secs(100)).contains(&wait),
        "{wait:?}"
    );
    let past = failure(limited(date(-100))).await.retry_after();
    assert_eq!(past, Some(Duration::ZERO));
    // The weekday is wrong.
    let wrong = date(100);
    let other = if wrong.starts_with("Mon") {
        "Tue"
    } else {
        "Mon"
    };
    let wrong = format!("{other}{}", &wrong[3..]);
    let wait = failure(limited(wrong)).await.retry_after().unwrap();
    assert!(wait > Duration::from_secs(60), "{wait:?}");
}

#[tokio::test]
async fn a_used_up_quota_is_not_transient() {
    let error =
        json!({"error": {"message": "You exceeded your quota.", "code": "insufficient_quota"}});
    let error = failure(Reply::json(&error).status(429)).await;
    assert!(!error.is_transient(), "{error}");
    let error = json!({"error": {"message": "No credit.", "type": "insufficient_quota"}});
    let reply = Reply::json(&error).status(429);
    let error = failure(reply.header("x-should-retry", "true")).await;
    assert!(!error.is_transient(), "{error}");
}

#[tokio::test]
async fn malformed_responses_are_reported() {
    let mut errors = Vec::new();
    for body in [
        "",
        "I am a teapot",
        "{\"choices\": [",
        "[]",
        r#"{"hello": "there"}"#,
        r#"{"choices": []}"#,
        r#"{"choices": [{"message": {"content": 7}}]}"#,
        r#"{"error": {"message": "upstream is gone", "code": 502}}"#,
    ] {
        let error = failure(Reply::text(body)).await;
        assert!(error.is_transient(), "{error}");
        errors.push(error.to_string());
    }
    insta::assert_snapshot!(errors.join("\n"), @"
    malformed provider response: not JSON: EOF while parsing a value at line 1 column 0
    malformed provider response: not JSON: expected value at line 1 column 1
    malformed provider response: not JSON: EOF while parsing a list at line 1 column 13
    malformed provider response: invalid length 0, expected struct Completion with 2 elements at line 1 column 2
    malformed provider response: missing field `choices` at line 1 column 18
    malformed provider response: no choices
    malformed provider response: content is neither a string nor a list of parts at line 1 column 39
    malformed provider response: upstream is gone
    ");
}

#[tokio::test]
async fn an_endless_response_is_rejected() {
    let error = failure(Reply::text(" ".repeat(65 * 1024 * 1024))).await;
    insta::assert_snapshot!(error, @"malformed provider response: larger than 64 MiB");
}

#[tokio::test]
async fn a_refused_connection_is_reported() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://someone:{KEY}@{address}/v1?key={KEY}");
    let config = [("openai_base_url", url.as_str()), ("openai_api_key", KEY)];
    let error = find("openai/gpt-4o", &config)
        .unwrap()
        .respond(&question())
        .await
        .unwrap_err();
    assert!(error.is_transient());
    insta::assert_snapshot!(shown(&error).replace(&address.to_string(), "SERVER"), @"cannot connect to the provider: http://SERVER/v1/chat/completions: error sending request: client error (Connect): tcp connect error: Connection refused (os error 111)");
}

#[tokio::test]
async fn a_lost_connection_is_reported() {
    let server = Server::start([response().cut()]).await;
    let url = server.url();
    let config = [("openai_base_url", url.as_str()), ("openai_api_key", KEY)];
    let model = find("openai/gpt-4o", &config).unwrap();
    let error = model.respond(&question()).await.unwrap_err();
    assert!(error.is_transient());
    insta::assert_snapshot!(shown(&error).replace(&url, "http://SERVER"), @"cannot connect to the provider: http://SERVER/chat/completions: error decoding response body: error reading a body from connection: end of file before message length reached");
}

#[tokio::test]
async fn tls_to_a_server_without_it_fails() {
    let server = Server::start([]).await;
    let url = server.url().replace("http:", "https:");
    let config = [("openai_base_url", url.as_str()), ("openai_api_key", KEY)];
    let model = find("openai/gpt-4o", &config).unwrap();
    let error = model.respond(&question()).await.unwrap_err();
    assert!(matches!(error, ModelError::Connection(_)));
    shown(&error);
    // The process-wide default of the program is left alone.
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
}

#[tokio::test]
async fn a_dropped_request_is_cancelled() {
    let server = Server::start([response().stuck()]).await;
    let url = server.url();
    let model = find("openai/gpt-4o", &[("openai_base_url", &url)]).unwrap();
    let request = question();
    tokio::select! {
        response = model.respond(&request) => panic!("{response:?}"),
        () = server.half_sent() => {}
    }
    server.hung_up().await;
}

#[tokio::test]
async fn a_model_handles_concurrent_requests() {
    let server = Server::start([response(), response(), response()]).await;
    let url = server.url();
    let model = find("openai/gpt-4o", &[("openai_base_url", &url)]).unwrap();
    let request = question();
    let (one, two, three) = tokio::join!(
        model.respond(&request),
        model.respond(&request),
        model.respond(&request)
    );
    for response in [one, two, three] {
        assert_eq!(response.unwrap().text, "Rain.");
    }
}

#[tokio::test]
async fn huge_token_counts_do_not_overflow() {
    let max = u64::MAX;
    let text = json!([{"type": "text", "text": "Rain."}]);
    let part = json!({"content": {"parts": [{"text": "Rain."}]}});
    let output =
        json!([{"type": "message", "content": [{"type": "output_text", "text": "Rain."}]}]);
    let tokens = json!({"input_tokens": max, "cache_read_input_tokens": max, "output_tokens": max});
    let counted =
        json!({"promptTokenCount": max, "candidatesTokenCount": max, "thoughtsTokenCount": max});
    let replies = [
        (
            "openai",
            json!({
                "choices": [{"message": {"content": "Rain."}}],
                "usage": {"prompt_tokens": max, "completion_tokens": max},
            }),
        ),
        (
            "openai_responses",
            json!({"output": output, "usage": tokens}),
        ),
        (
            "anthropic",
            json!({"content": text, "stop_reason": "end_turn", "usage": tokens}),
        ),
        (
            "gemini",
            json!({"candidates": [part], "usageMetadata": counted}),
        ),
    ];
    for (provider, reply) in replies {
        let api = provider.trim_end_matches("_responses");
        let base_url = format!("{api}_base_url");
        let config = [(base_url.as_str(), "")];
        let name = format!("{provider}/m");
        let (_, response) = ask(&name, &config, &question(), Reply::json(&reply)).await;
        let usage = response.unwrap().usage;
        let mut sum = usage;
        sum += usage;
        assert_eq!(sum.input_tokens, 2 * usage.input_tokens, "{provider}");
        assert_eq!(sum.output_tokens, 2 * usage.output_tokens, "{provider}");
    }
}

#[tokio::test]
async fn a_response_at_the_token_limit_is_cut_off() {
    let text = json!({"type": "text", "text": "Rain, and"});
    let message =
        json!({"type": "message", "content": [{"type": "output_text", "text": "Rain, and"}]});
    for (name, address, reply) in [
        (
            "openai/m",
            "openai_base_url",
            json!({"choices": [{"message": {"content": "Rain, and"}, "finish_reason": "length"}]}),
        ),
        (
            "openai_responses/m",
            "openai_base_url",
            json!({"output": [message], "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}),
        ),
        (
            "anthropic/claude-sonnet-4-5",
            "anthropic_base_url",
            json!({"content": [text], "stop_reason": "max_tokens"}),
        ),
        (
            "ollama/m",
            "ollama_base_url",
            json!({"message": {"content": "Rain, and"}, "done_reason": "length"}),
        ),
    ] {
        let (_, response) = ask(name, &[(address, "")], &question(), Reply::json(&reply)).await;
        let response = response.unwrap();
        assert!(response.is_cut_off, "{name}");
        assert_eq!(response.text, "Rain, and");
    }
}
