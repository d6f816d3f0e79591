//! Which names there are, and what the configuration has to say.

use super::*;

fn refused(name: &str, config: &[(&str, &str)]) -> String {
    match find(name, config) {
        Ok(_) => panic!("{name} is there"),
        Err(error) => shown(&error),
    }
}

#[test]
fn an_unknown_provider_is_told_with_the_known_ones() {
    insta::assert_snapshot!(refused("mistral/large", &[]), @"unknown provider: mistral, known are anthropic, azure, azure_responses, gemini, ollama, openai, openai_responses");
}

#[test]
fn each_provider_says_what_it_lacks() {
    let names = [
        "openai/gpt-4o",
        "openai_responses/gpt-4o",
        "anthropic/claude",
        "gemini/gemini",
        "azure/gpt-4o",
        "azure_responses/gpt-4o",
    ];
    let errors: Vec<String> = names.iter().map(|name| refused(name, &[])).collect();
    insta::assert_snapshot!(errors.join("\n"), @"
    openai_api_key is not configured: set the environment variable OPENAI_API_KEY and name it in env_vars, or the configuration value
    openai_api_key is not configured: set the environment variable OPENAI_API_KEY and name it in env_vars, or the configuration value
    anthropic_api_key is not configured: set the environment variable ANTHROPIC_API_KEY and name it in env_vars, or the configuration value
    gemini_api_key is not configured: set the environment variable GEMINI_API_KEY and name it in env_vars, or the configuration value
    azure_openai_base_url is not configured: set the environment variable AZURE_OPENAI_BASE_URL and name it in env_vars, or the configuration value
    azure_openai_base_url is not configured: set the environment variable AZURE_OPENAI_BASE_URL and name it in env_vars, or the configuration value
    ");
    // An empty variable is as good as none.
    assert_eq!(
        refused("openai/gpt-4o", &[("openai_api_key", " ")]),
        errors[0]
    );
    insta::assert_snapshot!(
        refused("azure/gpt-4o", &[("azure_openai_base_url", "https://mine.openai.azure.com")]),
        @"azure_openai_api_key is not configured: set the environment variable AZURE_OPENAI_API_KEY and name it in env_vars, or the configuration value"
    );
}

#[test]
fn what_is_lacking_is_looked_for() {
    let providers = Providers::new();
    for name in ["openai/a", "anthropic/a", "gemini/a", "azure/a"] {
        match find(name, &[]) {
            Err(ModelError::NotConfigured { variable, .. }) => {
                assert!(
                    providers.variables().contains(&variable.as_str()),
                    "{variable}"
                );
            }
            _ => panic!("{name} lacks nothing"),
        }
    }
}

#[test]
fn ollama_needs_nothing() {
    assert!(find("ollama/llama3.2", &[]).is_ok());
}

#[test]
fn a_value_that_cannot_be_is_not_repeated() {
    let mut errors = Vec::new();
    for config in [
        [
            ("openai_base_url", "sk-very-secret"),
            ("openai_api_key", KEY),
        ],
        [
            ("openai_base_url", "file:///sk-very-secret"),
            ("openai_api_key", KEY),
        ],
        [
            ("openai_base_url", "http://localhost"),
            ("openai_api_key", "sk-very-secret\nmore"),
        ],
    ] {
        errors.push(refused("openai/gpt-4o", &config));
    }
    errors.push(refused(
        "azure/gpt-4o",
        &[
            ("azure_openai_base_url", "http://localhost"),
            ("azure_use_managed_identity", "maybe"),
        ],
    ));
    insta::assert_snapshot!(errors.join("\n"), @"
    openai_base_url is not as it has to be: not a URL: relative URL without a base
    openai_base_url is not as it has to be: not a URL that starts with http:// or https://
    openai_api_key is not as it has to be: it has characters that no header can have
    azure_use_managed_identity is not as it has to be: neither true nor false
    ");
}
