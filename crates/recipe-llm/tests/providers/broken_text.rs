//! Answers with half a character in them, as programs write them that cut texts by UTF-16.

use super::*;

/// Where a provider is, and what it is shown.
type Config = [(&'static str, &'static str); 2];

/// What each provider answers a question with, a text in it.
fn providers() -> [(&'static str, Config, Value); 5] {
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
async fn half_a_character_is_an_error_that_is_not_asked_for_again() {
    for (name, config, body) in providers() {
        for (text, told) in [
            ("Fish \\ud83d", "lone surrogate \\ud83d at line 1, column "),
            (
                "Fish \\ude00 swim.",
                "lone surrogate \\ude00 at line 1, column ",
            ),
        ] {
            let reply = Reply::text(body.to_string().replace("TEXT", text));
            let (_, answer) = ask(name, &config, &question(), reply).await;
            let error = answer.unwrap_err();
            let told = format!("the provider's answer is not text: {told}");
            assert!(error.to_string().starts_with(&told), "{name}: {error}");
            assert!(!error.is_transient());
        }
        let whole = body.to_string().replace("TEXT", "Fish \\ud83d\\udc1f");
        let (_, answer) = ask(name, &config, &question(), Reply::text(whole)).await;
        assert_eq!(answer.unwrap().text, "Fish 🐟", "{name}");
    }
}
