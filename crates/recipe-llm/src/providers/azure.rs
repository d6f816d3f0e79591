//! Azure OpenAI: OpenAI's APIs at other addresses, with other authentication.

use std::sync::Arc;

use super::azure_token::{AzureTokens, TokenSource};
use super::endpoint::{Authentication, Endpoint, join};
use super::http::Http;
use super::openai::ChatModel;
use super::openai_responses::ResponsesModel;
use super::settings::Settings;
use crate::model::{Model, ModelError};
use crate::model_name::ModelName;

const TOKEN_COMMAND: &str = "azure_token_command";

const DEFAULT_API_VERSION: &str = "2025-03-01-preview";

/// State shared by all models on Azure.
#[derive(Clone, Default)]
pub(super) struct Azure {
    tokens: AzureTokens,
    /// Reason to run no token command, if none may run.
    pub(super) no_commands: Option<String>,
}

/// Chat Completions model; its deployment is part of the address.
pub(super) fn chat(
    azure: &Azure,
    http: &Http,
    name: &ModelName,
    settings: Settings<'_>,
) -> Result<Arc<dyn Model>, ModelError> {
    let (model, _) = name.name_and_deployment();
    let deployment = deployment(name, settings)?;
    let path = ["openai", "deployments", deployment, "chat", "completions"];
    let endpoint = endpoint(azure, http, settings, &path)?;
    Ok(Arc::new(ChatModel::azure(endpoint, model)))
}

/// Responses model; its deployment is part of the request.
pub(super) fn responses(
    azure: &Azure,
    http: &Http,
    name: &ModelName,
    settings: Settings<'_>,
) -> Result<Arc<dyn Model>, ModelError> {
    let deployment = deployment(name, settings)?;
    let endpoint = endpoint(azure, http, settings, &["openai", "responses"])?;
    Ok(Arc::new(ResponsesModel::azure(endpoint, deployment)))
}

fn deployment<'a>(name: &'a ModelName, settings: Settings<'a>) -> Result<&'a str, ModelError> {
    match name.name_and_deployment() {
        (_, Some(deployment)) if !deployment.is_empty() => Ok(deployment),
        (model, _) => Ok(settings
            .text("azure_openai_deployment_name")?
            .unwrap_or(model)),
    }
}

fn endpoint(
    azure: &Azure,
    http: &Http,
    settings: Settings<'_>,
    path: &[&str],
) -> Result<Endpoint, ModelError> {
    let base = settings.required_url("azure_openai_base_url")?;
    let version = settings
        .text("azure_openai_api_version")?
        .unwrap_or(DEFAULT_API_VERSION);
    let mut url = join(&base, path);
    url.query_pairs_mut().append_pair("api-version", version);
    let authentication = authentication(azure, settings)?;
    Ok(Endpoint::new(http.clone(), url, authentication))
}

fn authentication(azure: &Azure, settings: Settings<'_>) -> Result<Authentication, ModelError> {
    let source = if settings.flag("azure_use_managed_identity")? {
        TokenSource::identity(settings)?
    } else if let Some(command) = settings.text(TOKEN_COMMAND)? {
        if let Some(reason) = &azure.no_commands {
            let reason = format!("commands are not allowed: {reason}");
            return Err(ModelError::misconfigured(TOKEN_COMMAND, reason));
        }
        TokenSource::Command(command.to_owned())
    } else {
        let name = "azure_openai_api_key";
        return Authentication::header(name, "api-key", settings.required_text(name)?);
    };
    Ok(Authentication::Azure(azure.tokens.token(source)))
}
