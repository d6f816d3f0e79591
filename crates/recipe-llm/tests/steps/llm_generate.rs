//! The step `llm_generate` with a scripted model.

use std::time::Duration;

use insta::assert_snapshot;
use recipe_core::Context;
use recipe_llm::{Message, ModelError};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::scripted::{Scripted, cut_off, fails, text};

fn config(format: Value) -> Value {
    json!({"prompt": "About {{ topic }}.", "model": "scripted/one", "output_format": format, "output_key": "out"})
}

#[tokio::test(start_paused = true)]
async fn text_is_stored_verbatim() {
    let model = Scripted::new([text("Fish swim.")]);
    let outcome = model.generate(config(json!("text"))).await;
    assert_eq!(outcome.artifact("out"), "Fish swim.");
    let requests = model.requests.lock().unwrap();
    assert_eq!(requests[0].messages, [Message::User("About fish.".into())]);
    assert_eq!(requests[0].schema, None);
    assert_eq!(
        outcome.observed.used.lock().unwrap().to_string(),
        "1 request, 10 tokens in, 5 out"
    );
}

#[tokio::test(start_paused = true)]
async fn defaults_match_the_reference() {
    let model = Scripted::new([text("x")]);
    let outcome = model
        .generate(json!({"prompt": "p", "output_format": "text"}))
        .await;
    assert_eq!(outcome.artifact("llm_output"), "x");
    assert_eq!(model.lookups.lock().unwrap()[0].0, "openai/gpt-4o");
}

#[tokio::test(start_paused = true)]
async fn files_are_a_list_for_write_files() {
    let files = json!([{"path": "a.md", "content": "A"}]);
    let model = Scripted::new([text(json!({ "files": files }).to_string())]);
    let outcome = model.generate(config(json!("files"))).await;
    assert_eq!(outcome.artifact("out"), files);
    let requests = model.requests.lock().unwrap();
    assert_eq!(requests[0].schema.as_ref().unwrap().name, "files");
}

#[tokio::test(start_paused = true)]
async fn a_response_that_does_not_match_is_corrected_by_the_model() {
    let schema =
        json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
    let model = Scripted::new([
        text("I would say seven."),
        text(r#"{"n": "7"}"#),
        text(r#"{"n": 7}"#),
    ]);
    let outcome = model.generate(config(schema)).await;
    assert_eq!(outcome.artifact("out"), json!({"n": 7}));
    assert_eq!(outcome.observed.used.lock().unwrap().requests, 3);
    assert_snapshot!(outcome.observed.warnings.lock().unwrap().join("\n"), @r#"
    scripted/one: the response is not JSON: line 1, column 1: expected value, retrying
    scripted/one: the response does not match its schema: /n: it is not of type "integer", retrying
    "#);
    let requests = model.requests.lock().unwrap();
    assert_snapshot!(format!("{:#?}", requests[2].messages), @r#"
    [
        User(
            "About fish.",
        ),
        Assistant {
            text: "I would say seven.",
            tool_calls: [],
        },
        User(
            "This cannot be used: the response is not JSON: line 1, column 1: expected value. Answer again, with nothing but JSON that fits the schema:\n{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"]}",
        ),
        Assistant {
            text: "{\"n\": \"7\"}",
            tool_calls: [],
        },
        User(
            "This cannot be used: the response does not match its schema: /n: it is not of type \"integer\". Answer again, with nothing but JSON that fits the schema:\n{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"]}",
        ),
    ]
    "#);
}

#[tokio::test(start_paused = true)]
async fn corrections_are_limited() {
    let model = Scripted::new([text("a"), text("b"), text("c")]);
    let outcome = model.generate(config(json!([{"type": "string"}]))).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (llm_generate): scripted/one, after 3 responses: the response is not JSON: line 1, column 1: expected value");
}

#[tokio::test(start_paused = true)]
async fn a_response_that_is_cut_off_is_an_error_for_json_and_a_warning_for_text() {
    let model = Scripted::new([cut_off(r#"{"files": [{"pa"#)]);
    assert_snapshot!(model.generate(config(json!("files"))).await.error(), @"r: step 0 (llm_generate): scripted/one: response cut off: max_tokens is too small");
    let outcome = Scripted::new([cut_off("Fish sw")])
        .generate(config(json!("text")))
        .await;
    assert_eq!(outcome.artifact("out"), "Fish sw");
    assert_snapshot!(outcome.observed.warnings.lock().unwrap().join("\n"), @"response cut off: max_tokens is too small");
}

#[tokio::test(start_paused = true)]
async fn transient_errors_are_retried_after_the_requested_delay() {
    let trouble = ModelError::unavailable(503, "overloaded", None);
    let model = Scripted::new([fails(limited(20)), fails(trouble), text("x")]);
    let started = Instant::now();
    let outcome = model.generate(config(json!("text"))).await;
    assert_eq!(outcome.artifact("out"), "x");
    let waited = started.elapsed().as_secs_f64();
    assert!((20.0..23.0).contains(&waited), "{waited} s");
    assert_eq!(outcome.observed.used.lock().unwrap().requests, 1);
}

fn limited(seconds: u64) -> ModelError {
    ModelError::rate_limited("slow down", Some(Duration::from_secs(seconds)))
}

/// A `parallel` step with one `llm_generate` substep, with timeouts of either.
fn timed(own: Option<f64>, around: Option<f64>) -> Value {
    let mut step = json!({"type": "llm_generate", "config": config(json!("text"))});
    let mut parallel = json!({"substeps": []});
    if let Some(seconds) = own {
        step["timeout"] = json!(seconds);
    }
    if let Some(seconds) = around {
        parallel["timeout"] = json!(seconds);
    }
    parallel["substeps"] = json!([step]);
    json!({"type": "parallel", "config": parallel})
}

#[tokio::test(start_paused = true)]
async fn a_delay_beyond_the_timeout_fails_at_once() {
    for (own, around) in [
        (Some(19.0), None),
        (None, Some(19.0)),
        (Some(19.0), Some(100.0)),
        (Some(100.0), Some(19.0)),
    ] {
        let model = Scripted::new([fails(limited(20))]);
        let started = Instant::now();
        let outcome = model.run(timed(own, around), Context::new()).await;
        assert!(outcome.error().contains("slow down"), "{}", outcome.error());
        assert!(started.elapsed() < Duration::from_secs(1));
        let warnings = outcome.observed.warnings.lock().unwrap().join("\n");
        assert_eq!(
            warnings,
            "scripted/one: the provider asks to wait 20.0 s, longer than the step's `timeout` allows"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_delay_within_the_timeout_is_waited_for() {
    for (own, around) in [(None, None), (Some(21.0), None), (None, Some(21.0))] {
        let model = Scripted::new([fails(limited(20)), text("x")]);
        let started = Instant::now();
        let outcome = model.run(timed(own, around), Context::new()).await;
        outcome.result.unwrap();
        assert!(started.elapsed() >= Duration::from_secs(20));
    }
    // Each attempt of a step has its own timeout.
    let model = Scripted::new([fails(limited(20)), fails(limited(2)), text("x")]);
    let mut step = timed(Some(19.0), None);
    step["config"]["substeps"][0]["retry"] = json!({"attempts": 2});
    model.run(step, Context::new()).await.result.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_zero_delay_means_the_default_delay() {
    let model = Scripted::new([
        fails(limited(0)),
        fails(limited(0)),
        fails(limited(0)),
        text("x"),
    ]);
    let started = Instant::now();
    let outcome = model.generate(config(json!("text"))).await;
    assert_eq!(outcome.artifact("out"), "x");
    let waited = started.elapsed();
    assert!(
        waited > Duration::ZERO && waited < Duration::from_secs(8),
        "{waited:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn retries_and_delays_are_limited() {
    let trouble = || fails(ModelError::unavailable(500, "no", None));
    let model = Scripted::new([trouble(), trouble(), trouble(), trouble(), trouble()]);
    assert_snapshot!(model.generate(config(json!("text"))).await.error(), @"r: step 0 (llm_generate): scripted/one: provider unavailable (HTTP 500): no");
    let day = Duration::from_secs(86_400);
    let limited = ModelError::rate_limited("come back tomorrow", Some(day));
    let model = Scripted::new([fails(limited)]);
    let outcome = model.generate(config(json!("text"))).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (llm_generate): scripted/one: rate limited by the provider (HTTP 429): come back tomorrow");
    let warnings = outcome.observed.warnings.lock().unwrap().join("\n");
    assert_snapshot!(warnings, @"scripted/one: the provider asks to wait 86400 s, more than the limit of 300 s");
}

#[tokio::test(start_paused = true)]
async fn permanent_errors_are_not_retried() {
    let mut errors = Vec::new();
    for error in [
        ModelError::unauthorized(401, "wrong key"),
        ModelError::rejected(400, "no such model"),
    ] {
        let model = Scripted::new([fails(error)]);
        errors.push(model.generate(config(json!("text"))).await.error());
    }
    assert_snapshot!(errors.join("\n"), @"
    r: step 0 (llm_generate): scripted/one: provider rejected the API key (HTTP 401): wrong key
    r: step 0 (llm_generate): scripted/one: provider rejected the request (HTTP 400): no such model
    ");
}

#[tokio::test(start_paused = true)]
async fn environment_variables_are_read_and_leave_no_trace() {
    let model = Scripted::new([text("the key is sk-scripted")]);
    let outcome = model.generate(config(json!("text"))).await;
    assert_eq!(
        model.lookups.lock().unwrap()[0].1["scripted_api_key"],
        "sk-scripted"
    );
    assert!(outcome.context.config().is_empty());
    // It is masked from here on.
    assert_eq!(outcome.observed.secrets.mask("sk-scripted"), "***");

    let mut context = Context::new();
    context.set_config("scripted_api_key", "sk-configured");
    let model = Scripted::new([text("x")]);
    model.generate_in(config(json!("text")), context).await;
    assert_eq!(
        model.lookups.lock().unwrap()[0].1["scripted_api_key"],
        "sk-configured"
    );
}

#[tokio::test(start_paused = true)]
async fn numbers_are_numbers_or_templates_of_numbers() {
    let with = |max_tokens: Value, temperature: Value| {
        let mut config = config(json!("text"));
        config["max_tokens"] = max_tokens;
        config["temperature"] = temperature;
        config
    };
    for max_tokens in [json!(100), json!("100"), json!("{{ limit }}")] {
        let model = Scripted::new([text("x")]);
        let mut context = Context::new();
        context.set("limit", 100);
        let outcome = model
            .generate_in(with(max_tokens, json!(0.5)), context)
            .await;
        outcome.artifact("out");
        let requests = model.requests.lock().unwrap();
        assert_eq!(
            (requests[0].max_tokens, requests[0].temperature),
            (Some(100), Some(0.5))
        );
    }
    let mut errors = Vec::new();
    for max_tokens in [json!(0), json!("{{ nothing }}"), json!(-1), json!([])] {
        let outcome = Scripted::default()
            .generate(with(max_tokens, json!(1)))
            .await;
        errors.push(outcome.error());
    }
    assert_snapshot!(errors.join("\n"), @r#"
    r: line 1, column 143: step 0 (llm_generate): max_tokens: expected a number from 1 or a template
    r: step 0 (llm_generate): invalid max_tokens: expected a number from 1, found ""
    r: line 1, column 143: step 0 (llm_generate): max_tokens: expected a number from 1 or a template
    r: line 1, column 143: step 0 (llm_generate): max_tokens: expected a number from 1 or a template
    "#);
}

#[tokio::test(start_paused = true)]
async fn names_without_a_provider_are_rejected() {
    let mut config = config(json!("text"));
    config["model"] = json!("{{ model }}");
    assert_snapshot!(Scripted::default().generate(config).await.error(), @r#"r: step 0 (llm_generate): invalid model name: "", expected provider/name, such as openai/gpt-4o"#);
}

#[tokio::test(start_paused = true)]
async fn leading_reasoning_is_not_part_of_a_response() {
    let model = Scripted::new([text("<think>\nFish… swim.\n</think>\n\nFish swim.")]);
    let outcome = model.generate(config(json!("text"))).await;
    assert_eq!(outcome.artifact("out"), "Fish swim.");
    // The model does not get it back either.
    let model = Scripted::new([text("<think>{\"n\": 1}</think>One."), text("{\"n\": 2}")]);
    let outcome = model.generate(config(json!({"type": "object"}))).await;
    assert_eq!(outcome.artifact("out"), json!({"n": 2}));
    let requests = model.requests.lock().unwrap();
    let Message::Assistant { text, .. } = &requests[1].messages[1] else {
        panic!("{:?}", requests[1].messages)
    };
    assert_eq!(text, "One.");
}

#[tokio::test(start_paused = true)]
async fn an_empty_response_is_an_error() {
    let mut errors = Vec::new();
    for turn in [
        text(""),
        text("\n"),
        text("<think>Hm.</think>\n"),
        text("<think>Hm."),
        cut_off("<think>Hm."),
        cut_off(""),
    ] {
        let model = Scripted::new([turn]);
        errors.push(model.generate(config(json!("text"))).await.error());
        assert_eq!(model.requests.lock().unwrap().len(), 1);
    }
    for response in ["<think>{\"a\": 1}", "", "<think>{\"a\": 1}</think>{\"a\""] {
        let model = Scripted::new([cut_off(response)]);
        let outcome = model.generate(config(json!({"type": "object"}))).await;
        errors.push(outcome.error());
    }
    assert_snapshot!(errors.join("\n"), @"
    r: step 0 (llm_generate): scripted/one, after 1 response: the response is empty
    r: step 0 (llm_generate): scripted/one, after 1 response: the response is empty
    r: step 0 (llm_generate): scripted/one, after 1 response: the response is empty: it ends with the reasoning
    r: step 0 (llm_generate): scripted/one, after 1 response: the response is empty: it ends with the reasoning
    r: step 0 (llm_generate): scripted/one: reasoning used up the response: max_tokens is too small
    r: step 0 (llm_generate): scripted/one: reasoning used up the response: max_tokens is too small
    r: step 0 (llm_generate): scripted/one: reasoning used up the response: max_tokens is too small
    r: step 0 (llm_generate): scripted/one: reasoning used up the response: max_tokens is too small
    r: step 0 (llm_generate): scripted/one: response cut off: max_tokens is too small
    ");
}

#[tokio::test(start_paused = true)]
async fn an_empty_response_for_json_is_retried() {
    let model = Scripted::new([text(""), text("<think>Hm.</think>"), text("{}")]);
    let outcome = model.generate(config(json!({"type": "object"}))).await;
    assert_eq!(outcome.artifact("out"), json!({}));
    assert_snapshot!(outcome.observed.warnings.lock().unwrap().join("\n"), @"
    scripted/one: the response is empty, retrying
    scripted/one: the response is empty: it ends with the reasoning, retrying
    ");
    // Providers reject empty turns.
    let last = model.requests.lock().unwrap().pop().unwrap();
    let is_user = |message: &Message| matches!(message, Message::User(_));
    assert!(last.messages.iter().all(is_user), "{:?}", last.messages);
    let model = Scripted::new([text(""), text(""), text("")]);
    let outcome = model.generate(config(json!("files"))).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (llm_generate): scripted/one, after 3 responses: the response is empty");
}

#[tokio::test]
async fn warnings_of_a_model_are_reported() {
    let mut model = Scripted::new([text("x")]);
    model.warnings = vec!["temperature ignored: not supported by the model".to_owned()];
    let outcome = model.generate(config(json!("text"))).await;
    assert_eq!(outcome.artifact("out"), "x");
    let warnings = outcome.observed.warnings.lock().unwrap().join("\n");
    assert_snapshot!(warnings, @"scripted/one: temperature ignored: not supported by the model");
}
