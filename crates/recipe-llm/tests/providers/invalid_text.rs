//! Responses with half a surrogate pair, as written by programs that truncate UTF-16.

use super::*;

/// Model, configuration, and reply of its provider.
type Case = (&'static str, [(&'static str, &'static str); 2], Value);

/// Replies of all providers, each with a text.
fn providers() -> [Case; 5] {
    let openai = [("openai_base_url", ""), ("openai_api_key", KEY)];
    [
        (
            "openai/m",
            openai,
            json!({"choices": [{"message": {"content": "TEXT"}}]}),
        ),
        (
            "openai_responses/m",
            openai,
            json!({"output": [{"type": "message", "content": [{"type": "output_text", "text": "TEXT"}]}]}),
        ),
        (
            "anthropic/m",
            [("anthropic_base_url", ""), ("anthropic_api_key", KEY)],
            json!({"content": [{"type": "text", "text": "TEXT"}]}),
        ),
        (
            "gemini/m",
            [("gemini_base_url", ""), ("gemini_api_key", KEY)],
            json!({"candidates": [{"content": {"parts": [{"text": "TEXT"}]}}]}),
        ),
        (
            "ollama/m",
            [("ollama_base_url", ""), ("openai_api_key", KEY)],
            json!({"choices": [{"message": {"content": "TEXT"}}], "message": {"content": "TEXT"}}),
        ),
    ]
}

#[tokio::test]
async fn a_lone_surrogate_is_not_transient() {
    for (name, config, body) in providers() {
        for (text, expected) in [
            ("Fish \\ud83d", "lone surrogate \\ud83d at line 1, column "),
            (
                "Fish \\ude00 swim.",
                "lone surrogate \\ude00 at line 1, column ",
            ),
        ] {
            let reply = Reply::text(body.to_string().replace("TEXT", text));
            let (_, response) = ask(name, &config, &question(), reply).await;
            let error = response.unwrap_err();
            let expected = format!("provider response is not text: {expected}");
            assert!(error.to_string().starts_with(&expected), "{name}: {error}");
            assert!(!error.is_transient());
        }
        let whole = body.to_string().replace("TEXT", "Fish \\ud83d\\udc1f");
        let (_, response) = ask(name, &config, &question(), Reply::text(whole)).await;
        assert_eq!(response.unwrap().text, "Fish 🐟", "{name}");
    }
}
