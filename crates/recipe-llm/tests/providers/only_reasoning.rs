//! Responses of servers that separate reasoning, and send nothing else.

use recipe_core::{Context, Executor, RecipeSource, Registry, chain};

use super::*;

/// Runs a step with a model that sends this message. Returns the artifact or error, and the number
/// of requests.
async fn answered(message: Value, finish_reason: &str) -> (Result<Value, String>, usize) {
    let completion = json!({"choices": [{"message": message, "finish_reason": finish_reason}]});
    let server = Server::start((0..5).map(|_| Reply::json(&completion))).await;
    let mut registry = Registry::new();
    recipe_llm::register(&mut registry).unwrap();
    let mut context = Context::new();
    context.set_config("openai_base_url", server.url());
    context.set_config("openai_api_key", "k");
    let step = json!([{"type": "llm_generate", "prompt": "p", "model": "openai/m", "output_format": "text", "output_key": "out"}]);
    let recipe = RecipeSource::json("r", step.to_string());
    let executor = Executor::new(registry);
    let result = match executor.run(recipe, &mut context).await {
        Ok(()) => Ok(context.get("out").unwrap().clone()),
        Err(error) => Err(chain(&error).to_string()),
    };
    (result, server.received().len())
}

#[tokio::test]
async fn a_response_of_only_reasoning_is_an_error() {
    let mut errors = Vec::new();
    for (message, finish_reason) in [
        (json!({"content": null, "reasoning_content": "Hm."}), "stop"),
        (json!({"content": "", "reasoning": "Hm."}), "stop"),
        (
            json!({"content": null, "reasoning_content": "Hm."}),
            "length",
        ),
        (json!({"content": "", "reasoning_content": ""}), "stop"),
        (json!({"content": null}), "stop"),
    ] {
        let (result, asked) = answered(message, finish_reason).await;
        assert_eq!(asked, 1);
        errors.push(result.unwrap_err());
    }
    insta::assert_snapshot!(errors.join("\n"), @"
    r: step 0 (llm_generate): openai/m, after 1 response: the response is empty: it ends with the reasoning
    r: step 0 (llm_generate): openai/m, after 1 response: the response is empty: it ends with the reasoning
    r: step 0 (llm_generate): openai/m: reasoning used up the response: max_tokens is too small
    r: step 0 (llm_generate): openai/m, after 1 response: the response is empty
    r: step 0 (llm_generate): openai/m, after 1 response: the response is empty
    ");
    let message = json!({"content": "Fish swim.", "reasoning_content": "Hm."});
    assert_eq!(answered(message, "stop").await.0, Ok(json!("Fish swim.")));
}

#[tokio::test]
async fn separate_thoughts_of_ollama_are_not_a_response() {
    let config = [("ollama_base_url", ""), ("openai_api_key", KEY)];
    for reason in ["stop", "length"] {
        let message = json!({"role": "assistant", "content": "", "thinking": "Hm."});
        let reply = json!({"message": message, "done": true, "done_reason": reason});
        let (_, response) = ask("ollama/m", &config, &question(), Reply::json(&reply)).await;
        let response = response.unwrap();
        assert_eq!(response.text, "<think></think>");
        assert_eq!(response.is_cut_off, reason == "length");
    }
}
