//! The step `llm_generate` with a model that answers from a script.

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
async fn a_text_is_stored_as_it_is() {
    let model = Scripted::new([text("Fish swim.")]);
    let outcome = model.generate(config(json!("text"))).await;
    assert_eq!(outcome.artifact("out"), "Fish swim.");
    let asked = model.asked.lock().unwrap();
    assert_eq!(asked[0].messages, [Message::User("About fish.".into())]);
    assert_eq!(asked[0].schema, None);
    assert_eq!(
        outcome.told.used.lock().unwrap().to_string(),
        "1 request, 10 tokens in, 5 out"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_not_said_is_as_in_the_reference() {
    let model = Scripted::new([text("x")]);
    let outcome = model
        .generate(json!({"prompt": "p", "output_format": "text"}))
        .await;
    assert_eq!(outcome.artifact("llm_output"), "x");
    assert_eq!(model.sought.lock().unwrap()[0].0, "openai/gpt-4o");
}

#[tokio::test(start_paused = true)]
async fn files_are_a_list_for_write_files() {
    let files = json!([{"path": "a.md", "content": "A"}]);
    let model = Scripted::new([text(json!({ "files": files }).to_string())]);
    let outcome = model.generate(config(json!("files"))).await;
    assert_eq!(outcome.artifact("out"), files);
    let asked = model.asked.lock().unwrap();
    assert_eq!(asked[0].schema.as_ref().unwrap().name, "files");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_fit_is_shown_to_the_model_and_asked_for_again() {
    let schema =
        json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
    let model = Scripted::new([
        text("I would say seven."),
        text(r#"{"n": "7"}"#),
        text(r#"{"n": 7}"#),
    ]);
    let outcome = model.generate(config(schema)).await;
    assert_eq!(outcome.artifact("out"), json!({"n": 7}));
    assert_eq!(outcome.told.used.lock().unwrap().requests, 3);
    assert_snapshot!(outcome.told.warnings.lock().unwrap().join("\n"), @r#"
    scripted/one: the answer is not JSON: line 1, column 1: expected value, asking again
    scripted/one: the answer does not fit its schema: /n: it is not of type "integer", asking again
    "#);
    let asked = model.asked.lock().unwrap();
    assert_snapshot!(format!("{:#?}", asked[2].messages), @r#"
    [
        User(
            "About fish.",
        ),
        Assistant {
            text: "I would say seven.",
            tool_calls: [],
        },
        User(
            "This cannot be used: the answer is not JSON: line 1, column 1: expected value. Answer again, with nothing but JSON that fits the schema:\n{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"]}",
        ),
        Assistant {
            text: "{\"n\": \"7\"}",
            tool_calls: [],
        },
        User(
            "This cannot be used: the answer does not fit its schema: /n: it is not of type \"integer\". Answer again, with nothing but JSON that fits the schema:\n{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"]}",
        ),
    ]
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_never_gets_it_right_is_an_error() {
    let model = Scripted::new([text("a"), text("b"), text("c")]);
    let outcome = model.generate(config(json!([{"type": "string"}]))).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (llm_generate): scripted/one, after 3 answers: the answer is not JSON: line 1, column 1: expected value");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_cut_off_is_an_error_where_it_is_to_be_json_and_else_a_warning() {
    let model = Scripted::new([cut_off(r#"{"files": [{"pa"#)]);
    assert_snapshot!(model.generate(config(json!("files"))).await.error(), @"r: step 0 (llm_generate): scripted/one: the answer was cut off, max_tokens is too small for it");
    let outcome = Scripted::new([cut_off("Fish sw")])
        .generate(config(json!("text")))
        .await;
    assert_eq!(outcome.artifact("out"), "Fish sw");
    assert_snapshot!(outcome.told.warnings.lock().unwrap().join("\n"), @"the answer was cut off: max_tokens is too small for it");
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_tried_again_and_the_provider_is_waited_for() {
    let limited = ModelError::RateLimited {
        message: "slow down".into(),
        retry_after: Some(Duration::from_secs(20)),
    };
    let trouble = ModelError::Unavailable {
        status: 503,
        message: "overloaded".into(),
        retry_after: None,
    };
    let model = Scripted::new([fails(limited), fails(trouble), text("x")]);
    let started = Instant::now();
    let outcome = model.generate(config(json!("text"))).await;
    assert_eq!(outcome.artifact("out"), "x");
    let waited = started.elapsed().as_secs_f64();
    assert!((20.0..23.0).contains(&waited), "{waited} s");
    assert_eq!(outcome.told.used.lock().unwrap().requests, 1);
}

fn limited(seconds: u64) -> ModelError {
    ModelError::RateLimited {
        message: "slow down".into(),
        retry_after: Some(Duration::from_secs(seconds)),
    }
}

/// A `parallel` step with one substep that asks, whose time is that of the one or the other.
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
async fn a_wait_that_is_longer_than_the_step_may_take_is_told_at_once() {
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
        let warnings = outcome.told.warnings.lock().unwrap().join("\n");
        assert_eq!(
            warnings,
            "scripted/one: the provider asks to wait 20.0 s, which is longer than the step's `timeout` allows"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_the_step_has_time_for_is_waited_out() {
    for (own, around) in [(None, None), (Some(21.0), None), (None, Some(21.0))] {
        let model = Scripted::new([fails(limited(20)), text("x")]);
        let started = Instant::now();
        let outcome = model.run(timed(own, around), Context::new()).await;
        outcome.result.unwrap();
        assert!(started.elapsed() >= Duration::from_secs(20));
    }
    // Each attempt of a step has its time anew.
    let model = Scripted::new([fails(limited(20)), fails(limited(2)), text("x")]);
    let mut step = timed(Some(19.0), None);
    step["config"]["substeps"][0]["retry"] = json!({"attempts": 2});
    model.run(step, Context::new()).await.result.unwrap();
}

#[tokio::test(start_paused = true)]
async fn no_time_to_wait_is_the_usual_time() {
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
async fn nobody_waits_for_ever() {
    let trouble = || {
        fails(ModelError::Unavailable {
            status: 500,
            message: "no".into(),
            retry_after: None,
        })
    };
    let model = Scripted::new([trouble(), trouble(), trouble(), trouble(), trouble()]);
    assert_snapshot!(model.generate(config(json!("text"))).await.error(), @"r: step 0 (llm_generate): scripted/one: the provider is in trouble (status 500): no");
    let limited = ModelError::RateLimited {
        message: "come back tomorrow".into(),
        retry_after: Some(Duration::from_secs(86_400)),
    };
    let model = Scripted::new([fails(limited)]);
    let outcome = model.generate(config(json!("text"))).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (llm_generate): scripted/one: the provider asks to wait (status 429): come back tomorrow");
    let warnings = outcome.told.warnings.lock().unwrap().join("\n");
    assert_snapshot!(warnings, @"scripted/one: the provider asks to wait 86400 s, which is longer than 300 s");
}

#[tokio::test(start_paused = true)]
async fn what_will_not_pass_is_told_at_once() {
    let errors = [
        ModelError::Unauthorized {
            status: 401,
            message: "wrong key".into(),
        },
        ModelError::Refused {
            status: 400,
            message: "no such model".into(),
        },
    ];
    let mut told = Vec::new();
    for error in errors {
        let model = Scripted::new([fails(error)]);
        told.push(model.generate(config(json!("text"))).await.error());
    }
    assert_snapshot!(told.join("\n"), @"
    r: step 0 (llm_generate): scripted/one: the provider refuses the key (status 401): wrong key
    r: step 0 (llm_generate): scripted/one: the provider refuses the request (status 400): no such model
    ");
}

#[tokio::test(start_paused = true)]
async fn the_environment_is_looked_at_and_leaves_no_trace() {
    let model = Scripted::new([text("the key is sk-scripted")]);
    let outcome = model.generate(config(json!("text"))).await;
    assert_eq!(
        model.sought.lock().unwrap()[0].1["scripted_api_key"],
        "sk-scripted"
    );
    assert!(outcome.context.config().is_empty());
    // From then on it is a secret.
    assert_eq!(outcome.told.secrets.mask("sk-scripted"), "***");

    let mut context = Context::new();
    context.set_config("scripted_api_key", "sk-configured");
    let model = Scripted::new([text("x")]);
    model.generate_in(config(json!("text")), context).await;
    assert_eq!(
        model.sought.lock().unwrap()[0].1["scripted_api_key"],
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
        let asked = model.asked.lock().unwrap();
        assert_eq!(
            (asked[0].max_tokens, asked[0].temperature),
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
    r: line 1, column 143: step 0 (llm_generate): max_tokens: expected a number from 1, or a template of one
    r: step 0 (llm_generate): max_tokens is not a number from 1: ""
    r: line 1, column 143: step 0 (llm_generate): max_tokens: expected a number from 1, or a template of one
    r: line 1, column 143: step 0 (llm_generate): max_tokens: expected a number from 1, or a template of one
    "#);
}

#[tokio::test(start_paused = true)]
async fn names_without_a_provider_are_refused() {
    let mut config = config(json!("text"));
    config["model"] = json!("{{ model }}");
    assert_snapshot!(Scripted::default().generate(config).await.error(), @r#"r: step 0 (llm_generate): not the name of a model, which is written provider/name, such as openai/gpt-4o: """#);
}

#[tokio::test(start_paused = true)]
async fn reasoning_before_an_answer_is_no_part_of_it() {
    let model = Scripted::new([text("<think>\nFish… swim.\n</think>\n\nFish swim.")]);
    let outcome = model.generate(config(json!("text"))).await;
    assert_eq!(outcome.artifact("out"), "Fish swim.");
    // Nor is it shown to the model again.
    let model = Scripted::new([text("<think>{\"n\": 1}</think>One."), text("{\"n\": 2}")]);
    let outcome = model.generate(config(json!({"type": "object"}))).await;
    assert_eq!(outcome.artifact("out"), json!({"n": 2}));
    let asked = model.asked.lock().unwrap();
    let Message::Assistant { text, .. } = &asked[1].messages[1] else {
        panic!("{:?}", asked[1].messages)
    };
    assert_eq!(text, "One.");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_empty_or_used_up_by_reasoning_is_an_error() {
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
        assert_eq!(model.asked.lock().unwrap().len(), 1);
    }
    for answer in ["<think>{\"a\": 1}", "", "<think>{\"a\": 1}</think>{\"a\""] {
        let model = Scripted::new([cut_off(answer)]);
        let outcome = model.generate(config(json!({"type": "object"}))).await;
        errors.push(outcome.error());
    }
    assert_snapshot!(errors.join("\n"), @"
    r: step 0 (llm_generate): scripted/one, after 1 answer: the answer is empty
    r: step 0 (llm_generate): scripted/one, after 1 answer: the answer is empty
    r: step 0 (llm_generate): scripted/one, after 1 answer: the answer is empty: it ends with the reasoning
    r: step 0 (llm_generate): scripted/one, after 1 answer: the answer is empty: it ends with the reasoning
    r: step 0 (llm_generate): scripted/one: the answer was used up by reasoning, max_tokens is too small for it
    r: step 0 (llm_generate): scripted/one: the answer was used up by reasoning, max_tokens is too small for it
    r: step 0 (llm_generate): scripted/one: the answer was used up by reasoning, max_tokens is too small for it
    r: step 0 (llm_generate): scripted/one: the answer was used up by reasoning, max_tokens is too small for it
    r: step 0 (llm_generate): scripted/one: the answer was cut off, max_tokens is too small for it
    ");
}

#[tokio::test(start_paused = true)]
async fn an_empty_answer_that_is_to_be_json_is_asked_for_again() {
    let model = Scripted::new([text(""), text("<think>Hm.</think>"), text("{}")]);
    let outcome = model.generate(config(json!({"type": "object"}))).await;
    assert_eq!(outcome.artifact("out"), json!({}));
    assert_snapshot!(outcome.told.warnings.lock().unwrap().join("\n"), @"
    scripted/one: the answer is empty, asking again
    scripted/one: the answer is empty: it ends with the reasoning, asking again
    ");
    // Providers refuse turns without a text.
    let last = model.asked.lock().unwrap().pop().unwrap();
    let is_user = |message: &Message| matches!(message, Message::User(_));
    assert!(last.messages.iter().all(is_user), "{:?}", last.messages);
    let model = Scripted::new([text(""), text(""), text("")]);
    let outcome = model.generate(config(json!("files"))).await;
    assert_snapshot!(outcome.error(), @"r: step 0 (llm_generate): scripted/one, after 3 answers: the answer is empty");
}

#[tokio::test]
async fn what_a_model_leaves_out_is_warned_of() {
    let mut model = Scripted::new([text("x")]);
    model.left_out = vec!["temperature is left out: the model takes none".to_owned()];
    let outcome = model.generate(config(json!("text"))).await;
    assert_eq!(outcome.artifact("out"), "x");
    let warnings = outcome.told.warnings.lock().unwrap().join("\n");
    assert_snapshot!(warnings, @"scripted/one: temperature is left out: the model takes none");
}
