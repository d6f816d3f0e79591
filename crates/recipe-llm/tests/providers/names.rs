//! Model names and required configuration.

use super::*;

fn refused(name: &str, config: &[(&str, &str)]) -> String {
    match find(name, config) {
        Ok(_) => panic!("{name} is there"),
        Err(error) => shown(&error),
    }
}

#[test]
fn an_unknown_provider_is_reported_with_the_known_ones() {
    insta::assert_snapshot!(refused("mistral/large", &[]), @"unknown provider: mistral, expected one of anthropic, azure, azure_responses, gemini, ollama, openai, openai_responses");
}

#[test]
fn missing_configuration_is_reported() {
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
    openai_api_key is not configured: set the environment variable OPENAI_API_KEY and list it in env_vars, or set the configuration value
    openai_api_key is not configured: set the environment variable OPENAI_API_KEY and list it in env_vars, or set the configuration value
    anthropic_api_key is not configured: set the environment variable ANTHROPIC_API_KEY and list it in env_vars, or set the configuration value
    gemini_api_key is not configured: set the environment variable GEMINI_API_KEY and list it in env_vars, or set the configuration value
    azure_openai_base_url is not configured: set the environment variable AZURE_OPENAI_BASE_URL and list it in env_vars, or set the configuration value
    azure_openai_base_url is not configured: set the environment variable AZURE_OPENAI_BASE_URL and list it in env_vars, or set the configuration value
    ");
    // An empty value counts as missing.
    assert_eq!(
        refused("openai/gpt-4o", &[("openai_api_key", " ")]),
        errors[0]
    );
    insta::assert_snapshot!(
        refused("azure/gpt-4o", &[("azure_openai_base_url", "https://mine.openai.azure.com")]),
        @"azure_openai_api_key is not configured: set the environment variable AZURE_OPENAI_API_KEY and list it in env_vars, or set the configuration value"
    );
}

#[test]
fn missing_variables_are_among_those_read() {
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
fn invalid_values_are_not_quoted() {
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
    invalid openai_base_url: not a URL: relative URL without a base
    invalid openai_base_url: expected a URL that starts with http:// or https://
    invalid openai_api_key: invalid character for an HTTP header
    invalid azure_use_managed_identity: neither true nor false
    ");
}

#[test]
fn an_address_distinguishes_models_and_has_no_keys() {
    let azure = |name: &str, more: &[(&str, &str)]| {
        let own = [
            ("azure_openai_base_url", "https://one.azure.com"),
            ("azure_openai_api_key", KEY),
        ];
        find(name, &[&own, more].concat()).unwrap().address()
    };
    let openai = |name: &str, url: &str| {
        let config = [("openai_base_url", url), ("openai_api_key", KEY)];
        find(name, &config).unwrap().address()
    };
    let with_keys = format!("https://me:{KEY}@gate/v1?route=a&api_key={KEY}");
    let addresses = [
        find("openai/m", &[("openai_api_key", KEY)])
            .unwrap()
            .address(),
        openai("openai/m", "http://localhost:1/v1"),
        openai("openai/m", &with_keys),
        openai("openai_responses/m", &with_keys),
        azure("azure/m", &[]),
        azure("azure/m", &[("azure_openai_deployment_name", "mine")]),
        azure("azure/m", &[("azure_openai_api_version", "2026-01-01")]),
        azure("azure_responses/m", &[]),
        azure(
            "azure_responses/m",
            &[("azure_openai_deployment_name", "mine")],
        ),
        find("anthropic/m", &[("anthropic_api_key", KEY)])
            .unwrap()
            .address(),
        find("gemini/m", &[("gemini_api_key", KEY)])
            .unwrap()
            .address(),
        find("ollama/m", &[]).unwrap().address(),
    ];
    insta::assert_snapshot!(addresses.join("\n"), @"
    https://api.openai.com/v1/chat/completions
    http://localhost:1/v1/chat/completions
    https://gate/v1/chat/completions?route=a
    https://gate/v1/responses?route=a m
    https://one.azure.com/openai/deployments/m/chat/completions?api-version=2025-03-01-preview
    https://one.azure.com/openai/deployments/mine/chat/completions?api-version=2025-03-01-preview
    https://one.azure.com/openai/deployments/m/chat/completions?api-version=2026-01-01
    https://one.azure.com/openai/responses?api-version=2025-03-01-preview m
    https://one.azure.com/openai/responses?api-version=2025-03-01-preview mine
    https://api.anthropic.com/v1/messages
    https://generativelanguage.googleapis.com/v1beta/models/m:generateContent
    http://localhost:11434/api/chat
    ");
}
