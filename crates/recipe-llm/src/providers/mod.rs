//! Model providers: finds the API of a model from its name and the configuration.

mod anthropic;
mod anthropic_reply;
mod anthropic_schema;
mod anthropic_shape;
mod azure;
mod azure_token;
mod endpoint;
mod error_response;
mod event_stream;
mod gemini;
mod http;
mod invalid_text;
mod ollama;
mod openai;
mod openai_responses;
mod openai_schema;
mod response_tool;
mod retry_after;
mod settings;
mod tool_arguments;

use std::sync::Arc;

use reqwest::Url;
use serde_json::{Map, Value};

use crate::model::{Model, ModelError, ModelSource};
use crate::model_name::ModelName;
use azure::Azure;
use endpoint::{Authentication, Endpoint};
use http::Http;
use settings::Settings;

/// In alphabetical order.
const KNOWN: &str = "anthropic, azure, azure_responses, gemini, ollama, openai, openai_responses";

/// The models of providers, over HTTP.
///
/// Model names, APIs and configuration values, which come from the environment variables of the
/// same names in upper case:
///
/// - `openai/NAME`, Chat Completions of OpenAI and compatible servers: `openai_api_key`,
///   `openai_base_url` (`https://api.openai.com/v1`).
/// - `openai_responses/NAME`, Responses of OpenAI: the same.
/// - `anthropic/NAME`, Messages of Anthropic: `anthropic_api_key`, `anthropic_base_url`
///   (`https://api.anthropic.com`).
/// - `gemini/NAME`, generateContent of Google's Gemini: `gemini_api_key` or `google_api_key`,
///   `gemini_base_url` (`https://generativelanguage.googleapis.com/v1beta`).
/// - `ollama/NAME`, Chat of Ollama: `ollama_base_url` (`http://localhost:11434`), `ollama_api_key`,
///   `ollama_num_ctx` (tokens of prompt and response together), `ollama_think` (`true`, `false`,
///   `low`, `medium` or `high`).
/// - `azure/NAME[/DEPLOYMENT]`, Chat Completions of Azure OpenAI, and
///   `azure_responses/NAME[/DEPLOYMENT]`, Responses of Azure OpenAI: see below.
///
/// With a base URL of your own, the key is optional; it is sent if set.
///
/// Azure needs `azure_openai_base_url`. The deployment is the one in the name, else
/// `azure_openai_deployment_name`, else the name of the model. `azure_openai_api_version` defaults
/// to 2025-03-01-preview. Requests are authenticated by the first of these that is set:
///
/// - `azure_use_managed_identity`, true: the identity of the machine, or that of `azure_client_id`.
///   On App Service its address and header are `identity_endpoint` and `identity_header`;
///   `azure_identity_endpoint` overrides the address on a virtual machine.
/// - `azure_token_command`: a command line for `sh -c` that prints a bearer token. It runs again
///   after five minutes.
/// - `azure_openai_api_key`.
///
/// Connections are kept open and shared by clones. Proxies come from the environment variables
/// `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. Trusted certificates are those of the system; on
/// Linux `SSL_CERT_FILE` and `SSL_CERT_DIR` override them. Errors never contain a key.
#[derive(Clone, Default)]
pub struct Providers {
    http: Http,
    azure: Azure,
}

impl Providers {
    /// Creates the providers, without connecting.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ollama's own API. A base URL may end with a version, like that of its OpenAI-compatible API.
    fn ollama_endpoint(&self, settings: Settings<'_>) -> Result<Endpoint, ModelError> {
        let mut base = OLLAMA.url(settings)?;
        let path = base.path().trim_end_matches('/');
        if let Some(path) = path.strip_suffix("/v1").map(str::to_owned) {
            base.set_path(&path);
        }
        let name = "ollama_api_key";
        let authentication = match settings.text(name)? {
            Some(key) => Authentication::bearer(name, key)?,
            None => Authentication::None,
        };
        let url = endpoint::join(&base, &["api", "chat"]);
        Ok(Endpoint::new(self.http.clone(), url, authentication))
    }

    /// Endpoint with a key in a header. Only the default address requires the key.
    fn endpoint(
        &self,
        settings: Settings<'_>,
        base_url: BaseUrl,
        key_names: &[&'static str],
        authentication: fn(&'static str, &str) -> Result<Authentication, ModelError>,
        path: &[&str],
    ) -> Result<Endpoint, ModelError> {
        let own = base_url.own(settings)?;
        let authentication = match settings.first_text(key_names)? {
            Some((name, key)) => authentication(name, key)?,
            None if own.is_some() => Authentication::None,
            None => return Err(settings::not_configured(key_names[0])),
        };
        let url = endpoint::join(&base_url.url(settings)?, path);
        Ok(Endpoint::new(self.http.clone(), url, authentication))
    }
}

/// Base URL of a provider.
struct BaseUrl {
    name: &'static str,
    default: &'static str,
}

impl BaseUrl {
    /// The configured URL, if it differs from the default.
    fn own(&self, settings: Settings<'_>) -> Result<Option<Url>, ModelError> {
        let own = settings.url(self.name)?;
        Ok(own.filter(|url| url.as_str().trim_end_matches('/') != self.default))
    }

    /// Whether the server may be someone else's, who need not implement the API in full.
    fn is_elsewhere(&self, settings: Settings<'_>) -> Result<bool, ModelError> {
        let domain = |host: &str| {
            let mut labels = host.rsplit('.');
            let top = labels.next().map(str::to_owned);
            top.zip(labels.next().map(str::to_owned))
        };
        let default = settings::parse_url(self.name, self.default)?;
        let own = self.url(settings)?;
        Ok(own.host_str().map(domain) != default.host_str().map(domain))
    }

    fn url(&self, settings: Settings<'_>) -> Result<Url, ModelError> {
        match settings.url(self.name)? {
            Some(url) => Ok(url),
            None => settings::parse_url(self.name, self.default),
        }
    }
}

const OPENAI: BaseUrl = BaseUrl {
    name: "openai_base_url",
    default: "https://api.openai.com/v1",
};
const ANTHROPIC: BaseUrl = BaseUrl {
    name: "anthropic_base_url",
    default: "https://api.anthropic.com",
};
const GEMINI: BaseUrl = BaseUrl {
    name: "gemini_base_url",
    default: "https://generativelanguage.googleapis.com/v1beta",
};
const OLLAMA: BaseUrl = BaseUrl {
    name: "ollama_base_url",
    default: "http://localhost:11434",
};

/// Environment variables of the configuration values.
const VARIABLES: &[&str] = &[
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "AZURE_CLIENT_ID",
    "AZURE_IDENTITY_ENDPOINT",
    "AZURE_OPENAI_API_KEY",
    "AZURE_OPENAI_API_VERSION",
    "AZURE_OPENAI_BASE_URL",
    "AZURE_OPENAI_DEPLOYMENT_NAME",
    "AZURE_TOKEN_COMMAND",
    "AZURE_USE_MANAGED_IDENTITY",
    "GEMINI_API_KEY",
    "GEMINI_BASE_URL",
    "GOOGLE_API_KEY",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "OLLAMA_API_KEY",
    "OLLAMA_BASE_URL",
    "OLLAMA_NUM_CTX",
    "OLLAMA_THINK",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
];

impl ModelSource for Providers {
    fn variables(&self) -> &[&str] {
        VARIABLES
    }

    fn model(
        &self,
        name: &ModelName,
        config: &Map<String, Value>,
    ) -> Result<Arc<dyn Model>, ModelError> {
        let settings = Settings::new(config);
        let openai = |path: &[&str]| {
            let keys = &["openai_api_key"];
            self.endpoint(settings, OPENAI, keys, Authentication::bearer, path)
        };
        let model: Arc<dyn Model> = match name.provider() {
            "openai" => Arc::new(openai::ChatModel::new(
                openai(&["chat", "completions"])?,
                name.name(),
                OPENAI.is_elsewhere(settings)?,
            )),
            "openai_responses" => Arc::new(openai_responses::ResponsesModel::new(
                openai(&["responses"])?,
                name.name(),
                OPENAI.is_elsewhere(settings)?,
            )),
            "anthropic" => {
                let (keys, path) = (&["anthropic_api_key"], &["v1", "messages"]);
                let endpoint =
                    |authentication| self.endpoint(settings, ANTHROPIC, keys, authentication, path);
                let endpoints = anthropic::Endpoints {
                    bearer: endpoint(Authentication::bearer)?,
                    x_api_key: endpoint(|name, key| {
                        Authentication::header(name, "x-api-key", key)
                    })?,
                };
                Arc::new(anthropic::AnthropicModel::new(
                    endpoints,
                    name.name(),
                    ANTHROPIC.is_elsewhere(settings)?,
                ))
            }
            "gemini" => {
                let path = gemini::path(&GEMINI.url(settings)?, name.name());
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                Arc::new(gemini::GeminiModel::new(self.endpoint(
                    settings,
                    GEMINI,
                    &["gemini_api_key", "google_api_key"],
                    |name, key| Authentication::header(name, "x-goog-api-key", key),
                    &path,
                )?))
            }
            "ollama" => Arc::new(ollama::OllamaModel::new(
                self.ollama_endpoint(settings)?,
                name.name(),
                ollama::OllamaSettings::new(settings)?,
            )),
            "azure" => azure::chat(&self.azure, &self.http, name, settings)?,
            "azure_responses" => azure::responses(&self.azure, &self.http, name, settings)?,
            provider => {
                return Err(ModelError::UnknownProvider {
                    provider: provider.to_owned(),
                    known: KNOWN.to_owned(),
                });
            }
        };
        Ok(model)
    }

    fn without_commands(&self, reason: &str) -> Option<Arc<dyn ModelSource>> {
        let mut providers = self.clone();
        providers.azure.no_commands = Some(reason.to_owned());
        Some(Arc::new(providers))
    }
}
