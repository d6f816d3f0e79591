//! What comes in the place of an answer.

use std::time::Duration;

use super::*;

const CONFIG: &[(&str, &str)] = &[("openai_base_url", ""), ("openai_api_key", KEY)];

async fn failure(reply: Reply) -> ModelError {
    let (_, answer) = ask("openai/gpt-4o", CONFIG, &question(), reply).await;
    let error = answer.unwrap_err();
    shown(&error);
    error
}

fn says(message: &str) -> Reply {
    Reply::json(&json!({"error": {"message": message, "type": "some_error", "code": null}}))
}

fn answer() -> Reply {
    Reply::json(&json!({"choices": [{"message": {"content": "Rain."}, "finish_reason": "stop"}]}))
}

#[tokio::test]
async fn a_status_means_something() {
    let mut errors = Vec::new();
    for status in [
        302, 400, 401, 402, 403, 404, 408, 409, 422, 425, 429, 500, 501, 503, 505, 529,
    ] {
        let error = failure(says("As it is.").status(status)).await;
        errors.push(format!("{error} (transient: {})", error.is_transient()));
    }
    insta::assert_snapshot!(errors.join("\n"), @"
    the provider refuses the request (status 302): As it is. (transient: false)
    the provider refuses the request (status 400): As it is. (transient: false)
    the provider refuses the key (status 401): As it is. (transient: false)
    the provider refuses the request (status 402): As it is. (transient: false)
    the provider refuses the key (status 403): As it is. (transient: false)
    the provider refuses the request (status 404): As it is. (transient: false)
    the provider is in trouble (status 408): As it is. (transient: true)
    the provider is in trouble (status 409): As it is. (transient: true)
    the provider refuses the request (status 422): As it is. (transient: false)
    the provider refuses the request (status 425): As it is. (transient: false)
    the provider asks to wait (status 429): As it is. (transient: true)
    the provider is in trouble (status 500): As it is. (transient: true)
    the provider is in trouble (status 501): As it is. (transient: true)
    the provider is in trouble (status 503): As it is. (transient: true)
    the provider is in trouble (status 505): As it is. (transient: true)
    the provider is in trouble (status 529): As it is. (transient: true)
    ");
}

#[tokio::test]
async fn what_is_said_is_found_in_many_places() {
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
    the provider refuses the request (status 400): model not found
    the provider refuses the request (status 400): in a list
    the provider refuses the request (status 400): at the top
    the provider refuses the request (status 400): in detail
    the provider refuses the request (status 400): {"error": {"code": 1}}
    the provider refuses the request (status 400): <html>Bad Gateway</html>
    the provider refuses the request (status 400): Bad Request
    "#);
}

#[tokio::test]
async fn a_long_message_is_cut() {
    let error = failure(says(&"ö".repeat(100_000)).status(400)).await;
    assert!(error.to_string().chars().count() < 2_100);
    let error = failure(Reply::text("ö".repeat(100_000)).status(502)).await;
    assert!(error.to_string().chars().count() < 2_100);
}

#[tokio::test]
async fn a_provider_that_repeats_the_key_is_not_repeated() {
    let error = failure(says(&format!("Incorrect API key: {KEY}.")).status(401)).await;
    insta::assert_snapshot!(error, @"the provider refuses the key (status 401): Incorrect API key: ***.");
    let error = failure(Reply::json(&json!({"choices": KEY}))).await;
    insta::assert_snapshot!(error, @r#"the provider's answer makes no sense: invalid type: string "***", expected a sequence at line 1 column 27"#);
}

#[tokio::test]
async fn no_part_of_a_key_is_left_where_a_message_is_cut() {
    // The message is cut after 2,000 characters, which is now here, now there in the key.
    for before in 1_940..2_000 {
        let text = format!("{} {KEY}{}", "x".repeat(before), "y".repeat(2_000));
        let data = json!({ "choices": text });
        for reply in [
            says(&text).status(401),
            Reply::text(text).status(503),
            Reply::json(&data),
        ] {
            let error = failure(reply).await.to_string();
            assert!(!error.contains("sk-v"), "{before}: {error}");
        }
    }
}

#[tokio::test]
async fn a_key_in_a_refusal_is_not_repeated() {
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
        let (_, answer) = ask(name, config, &question(), Reply::json(&body)).await;
        errors.push(shown(&answer.unwrap_err()));
    }
    insta::assert_snapshot!(errors.join("\n"), @"
    the model declines to answer: I was asked with ***.
    the provider is in trouble (status 200): I was asked with ***.
    the model declines to answer: I was asked with ***.
    the model declines to answer: I was asked with ***.
    the model declines to answer: SAFETY: I was asked with ***.
    ");
}

#[cfg(unix)]
#[tokio::test]
async fn a_token_is_not_repeated() {
    let command = format!("echo {KEY}");
    let config = [
        ("azure_openai_base_url", ""),
        ("azure_token_command", command.as_str()),
    ];
    let reply = json!({"choices": [{"message": {"refusal": format!("Bearer {KEY}")}}]});
    let (_, answer) = ask("azure/m", &config, &question(), Reply::json(&reply)).await;
    insta::assert_snapshot!(shown(&answer.unwrap_err()), @"the model declines to answer: Bearer ***");
}

#[tokio::test]
async fn a_provider_says_how_long_to_wait() {
    let limited = || says("Slow down.").status(429);
    let seconds = failure(limited().header("retry-after", "7")).await;
    assert_eq!(seconds.retry_after(), Some(Duration::from_secs(7)));
    let fraction = failure(says("Busy.").status(503).header("Retry-After", "0.5")).await;
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

// What the official clients of OpenAI (3.57.0) and Anthropic (2.14.0) do.
#[tokio::test]
async fn a_provider_says_whether_to_ask_again() {
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
        let reply = says("As it is.").status(status);
        let error = failure(reply.header("x-should-retry", word)).await;
        assert_eq!(
            error.is_transient(),
            is_transient,
            "{status} {word}: {error}"
        );
    }
}

#[tokio::test]
async fn a_provider_says_until_when_to_wait() {
    let date = |seconds| {
        let then = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
        then.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    };
    let limited = |date: String| says("Slow down.").status(429).header("retry-after", date);
    let wait = failure(limited(date(100))).await.retry_after().unwrap();
    assert!(
        (Duration::from_secs(60)..=Duration::from_secs(100)).contains(&wait),
        "{wait:?}"
    );
    let past = failure(limited(date(-100))).await.retry_after();
    assert_eq!(past, Some(Duration::ZERO));
    // A weekday that is not that of the date.
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
async fn waiting_does_not_help_where_the_money_has_run_out() {
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
async fn what_is_no_answer_is_told() {
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
    the provider's answer makes no sense: not JSON: EOF while parsing a value at line 1 column 0
    the provider's answer makes no sense: not JSON: expected value at line 1 column 1
    the provider's answer makes no sense: not JSON: EOF while parsing a list at line 1 column 13
    the provider's answer makes no sense: invalid length 0, expected struct Completion with 2 elements at line 1 column 2
    the provider's answer makes no sense: missing field `choices` at line 1 column 18
    the provider's answer makes no sense: it has no choices
    the provider's answer makes no sense: its content is neither a text nor a list of parts at line 1 column 39
    the provider's answer makes no sense: upstream is gone
    ");
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let error = failure(Reply::text(" ".repeat(65 * 1024 * 1024))).await;
    insta::assert_snapshot!(error, @"the provider's answer makes no sense: longer than 64 MiB");
}

#[tokio::test]
async fn no_one_is_there() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://someone:{KEY}@{address}/v1?key={KEY}");
    let config = [("openai_base_url", url.as_str()), ("openai_api_key", KEY)];
    let error = find("openai/gpt-4o", &config)
        .unwrap()
        .answer(&question())
        .await
        .unwrap_err();
    assert!(error.is_transient());
    insta::assert_snapshot!(shown(&error).replace(&address.to_string(), "SERVER"), @"cannot reach the provider: http://SERVER/v1/chat/completions: error sending request: client error (Connect): tcp connect error: Connection refused (os error 111)");
}

#[tokio::test]
async fn a_connection_that_is_cut_in_the_middle() {
    let server = Server::start([answer().cut()]).await;
    let url = server.url();
    let config = [("openai_base_url", url.as_str()), ("openai_api_key", KEY)];
    let model = find("openai/gpt-4o", &config).unwrap();
    let error = model.answer(&question()).await.unwrap_err();
    assert!(error.is_transient());
    insta::assert_snapshot!(shown(&error).replace(&url, "http://SERVER"), @"cannot reach the provider: http://SERVER/chat/completions: error decoding response body: error reading a body from connection: end of file before message length reached");
}

#[tokio::test]
async fn tls_with_something_that_has_none() {
    let server = Server::start([]).await;
    let url = server.url().replace("http:", "https:");
    let config = [("openai_base_url", url.as_str()), ("openai_api_key", KEY)];
    let model = find("openai/gpt-4o", &config).unwrap();
    let error = model.answer(&question()).await.unwrap_err();
    assert!(matches!(error, ModelError::Connection(_)));
    shown(&error);
    // What cryptography a program uses elsewhere is not for us to say.
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
}

#[tokio::test]
async fn a_question_that_is_dropped_is_cancelled() {
    let server = Server::start([answer().stuck()]).await;
    let url = server.url();
    let model = find("openai/gpt-4o", &[("openai_base_url", &url)]).unwrap();
    let request = question();
    tokio::select! {
        answer = model.answer(&request) => panic!("{answer:?}"),
        () = server.half_sent() => {}
    }
    server.hung_up().await;
}

#[tokio::test]
async fn one_model_answers_many_at_once() {
    let server = Server::start([answer(), answer(), answer()]).await;
    let url = server.url();
    let model = find("openai/gpt-4o", &[("openai_base_url", &url)]).unwrap();
    let request = question();
    let (one, two, three) = tokio::join!(
        model.answer(&request),
        model.answer(&request),
        model.answer(&request)
    );
    for answer in [one, two, three] {
        assert_eq!(answer.unwrap().text, "Rain.");
    }
}

#[tokio::test]
async fn a_server_that_counts_beyond_all_measure_does_no_harm() {
    let most = u64::MAX;
    let text = json!([{"type": "text", "text": "Rain."}]);
    let part = json!({"content": {"parts": [{"text": "Rain."}]}});
    let output =
        json!([{"type": "message", "content": [{"type": "output_text", "text": "Rain."}]}]);
    let tokens =
        json!({"input_tokens": most, "cache_read_input_tokens": most, "output_tokens": most});
    let counted =
        json!({"promptTokenCount": most, "candidatesTokenCount": most, "thoughtsTokenCount": most});
    let replies = [
        (
            "openai",
            json!({
                "choices": [{"message": {"content": "Rain."}}],
                "usage": {"prompt_tokens": most, "completion_tokens": most},
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
        let (_, answer) = ask(&name, &config, &question(), Reply::json(&reply)).await;
        let usage = answer.unwrap().usage;
        let mut sum = usage;
        sum += usage;
        assert_eq!(sum.input_tokens, 2 * usage.input_tokens, "{provider}");
        assert_eq!(sum.output_tokens, 2 * usage.output_tokens, "{provider}");
    }
}
