//! Address and authentication of a model's requests.

use recipe_core::secrets::{MASK, is_secret_name};
use reqwest::Url;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::azure_token::AzureToken;
use super::event_stream::Assembly;
use super::http::{Http, Secret, presentable};
use crate::http_clients::address;
use crate::model::{HttpRequest, ModelError, Response, SchemaWithTools};

/// An address that accepts requests.
pub(super) struct Endpoint {
    http: Http,
    url: Url,
    authentication: Authentication,
}

/// Authentication of a request.
pub(super) enum Authentication {
    None,
    Key(Secret),
    Azure(AzureToken),
}

impl Authentication {
    /// Key from this configuration value, in `authorization`.
    pub(super) fn bearer(name: &'static str, key: &str) -> Result<Self, ModelError> {
        Secret::bearer(name, key).map(Self::Key)
    }

    /// Key from this configuration value, in a header of its own.
    pub(super) fn header(
        name: &'static str,
        header: &'static str,
        key: &str,
    ) -> Result<Self, ModelError> {
        Secret::new(name, header, key).map(Self::Key)
    }
}

impl Endpoint {
    pub(super) fn new(http: Http, url: Url, authentication: Authentication) -> Self {
        Self {
            http,
            url,
            authentication,
        }
    }

    /// The address without secrets: user, password, and keys in the query.
    pub(super) fn address(&self) -> String {
        let pairs = self.url.query_pairs();
        let open = pairs.filter(|(name, _)| !is_secret_name(name));
        let query: Vec<String> = open
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        match query.is_empty() {
            true => address(&self.url),
            false => format!("{}?{}", address(&self.url), query.join("&")),
        }
    }

    /// Azure accepts a schema together with tools; servers at other addresses may not.
    pub(super) fn schema_with_tools_on_azure(&self) -> SchemaWithTools {
        let host = self.url.host_str().unwrap_or_default();
        match [".azure.com", ".azure-api.net", ".azure.us", ".azure.cn"]
            .iter()
            .any(|domain| host.ends_with(domain))
        {
            true => SchemaWithTools::Together,
            false => SchemaWithTools::Unsure,
        }
    }

    /// The request that would be sent, with the key masked.
    pub(super) fn http_request(
        &self,
        headers: &[(&'static str, &'static str)],
        body: Value,
    ) -> HttpRequest {
        let secret = match &self.authentication {
            Authentication::None => None,
            Authentication::Key(secret) => Some(secret.masked()),
            Authentication::Azure(_) => {
                Some(("authorization".to_owned(), format!("Bearer {MASK}")))
            }
        };
        let own = [("content-type", "application/json")];
        let open = own.iter().chain(headers);
        let open = open.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        HttpRequest {
            method: "POST".to_owned(),
            url: self.address(),
            headers: secret.into_iter().chain(open).collect(),
            body,
        }
    }

    /// Sends JSON and converts the reply to a response.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        headers: &[(&'static str, &'static str)],
        body: &Value,
        response: impl FnOnce(T) -> Result<Response, ModelError>,
    ) -> Result<Response, ModelError> {
        let token = self.token().await?;
        let secret = self.secret(token.as_ref());
        let reply = self.http.post(&self.url, headers, secret, body).await?;
        response(reply).map_err(|error| presentable(error, secret))
    }

    /// Sends JSON and converts a reply that may be streamed.
    pub(super) async fn post_streamed<A: Assembly>(
        &self,
        headers: &[(&'static str, &'static str)],
        body: &Value,
        response: impl FnOnce(A::Whole) -> Result<Response, ModelError>,
    ) -> Result<Response, ModelError> {
        let token = self.token().await?;
        let secret = self.secret(token.as_ref());
        let reply = self
            .http
            .post_streamed::<A>(&self.url, headers, secret, body);
        response(reply.await?).map_err(|error| presentable(error, secret))
    }

    async fn token(&self) -> Result<Option<Secret>, ModelError> {
        match &self.authentication {
            Authentication::Azure(azure) => azure.secret(&self.http).await.map(Some),
            Authentication::None | Authentication::Key(_) => Ok(None),
        }
    }

    fn secret<'a>(&'a self, token: Option<&'a Secret>) -> Option<&'a Secret> {
        match &self.authentication {
            Authentication::Key(secret) => Some(secret),
            Authentication::None | Authentication::Azure(_) => token,
        }
    }
}

/// Joins a path to a base URL. Some base URLs already end with the version that the path starts
/// with; it is not repeated.
pub(super) fn join(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    let ends_with_first = base
        .path()
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .is_some_and(|last| path.first() == Some(&last));
    let path = if ends_with_first { &path[1..] } else { path };
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_joined_to_a_base_url() {
        let join = |base: &str, path: &[&str]| join(&Url::parse(base).unwrap(), path).to_string();
        let (chat, messages) = (&["chat", "completions"], &["v1", "messages"]);
        for base in ["https://api.openai.com/v1", "https://api.openai.com/v1/"] {
            assert_eq!(
                join(base, chat),
                "https://api.openai.com/v1/chat/completions"
            );
        }
        for base in ["https://api.anthropic.com", "https://api.anthropic.com/v1/"] {
            assert_eq!(
                join(base, messages),
                "https://api.anthropic.com/v1/messages"
            );
        }
        let gemini = "https://generativelanguage.googleapis.com/v1beta";
        let path = &["models", "gemini-2.5-flash:generateContent"];
        assert_eq!(join(gemini, path), format!("{gemini}/{}", path.join("/")));
        // The query is kept, and a name with slashes does not become a path.
        assert_eq!(
            join("http://host/a?version=1", &["x", "b/../c"]),
            "http://host/a/x/b%2F..%2Fc?version=1"
        );
    }
}
