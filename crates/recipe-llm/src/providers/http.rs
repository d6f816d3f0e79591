//! JSON over HTTP, and the errors of failed requests. Only connecting has a timeout here: steps
//! have timeouts of their own.

use std::fmt;

use recipe_core::secrets::MASK;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error_response;
use super::event_stream::{Assembly, Events, Progress};
use super::invalid_text::invalid_character;
use crate::http_clients::{ClientError, HttpClients, address, has_events};
use crate::model::ModelError;

/// Maximum size of a response body in bytes.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// Sends requests; clones share the connections.
#[derive(Clone, Default)]
pub(super) struct Http(HttpClients);

/// A key or token with its header.
pub(super) struct Secret {
    header: HeaderName,
    value: HeaderValue,
    /// The bare key, to mask it in responses.
    key: String,
}

impl Secret {
    /// Key from this configuration value.
    pub(super) fn new(name: &str, header: &'static str, key: &str) -> Result<Self, ModelError> {
        Self::with_value(name, HeaderName::from_static(header), key, key)
    }

    /// Bearer token from this configuration value, in `authorization`.
    pub(super) fn bearer(name: &str, key: &str) -> Result<Self, ModelError> {
        Self::with_value(name, AUTHORIZATION, &format!("Bearer {key}"), key)
    }

    /// The header, with the key masked.
    pub(super) fn masked(&self) -> (String, String) {
        let value = self.value.to_str().unwrap_or_default();
        (self.header.to_string(), value.replace(&self.key, MASK))
    }

    fn with_value(
        name: &str,
        header: HeaderName,
        value: &str,
        key: &str,
    ) -> Result<Self, ModelError> {
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| ModelError::misconfigured(name, "invalid character for an HTTP header"))?;
        value.set_sensitive(true);
        Ok(Self {
            header,
            value,
            key: key.to_owned(),
        })
    }
}

/// A failed request.
#[derive(Debug)]
struct RequestError {
    /// Without secrets.
    address: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

impl std::error::Error for RequestError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.source.as_ref())
    }
}

impl Http {
    /// Sends JSON and receives it.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        url: &Url,
        headers: &[(&'static str, &'static str)],
        secret: Option<&Secret>,
        body: &Value,
    ) -> Result<T, ModelError> {
        self.send(Method::POST, url, Some(body), headers, secret)
            .await
    }

    /// Sends JSON and assembles the events of the response. A plain JSON response is also accepted.
    pub(super) async fn post_streamed<A: Assembly>(
        &self,
        url: &Url,
        headers: &[(&'static str, &'static str)],
        secret: Option<&Secret>,
        body: &Value,
    ) -> Result<A::Whole, ModelError> {
        let response = self
            .request(Method::POST, url, Some(body), headers, secret)
            .await?;
        let received = if has_events(&response) {
            assemble::<A>(response, url).await
        } else {
            read(response, url).await.and_then(|body| parse(&body))
        };
        received.map_err(|error| presentable(error, secret))
    }

    /// Receives JSON.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        url: &Url,
        headers: &[(&'static str, &'static str)],
        secret: Option<&Secret>,
    ) -> Result<T, ModelError> {
        self.send(Method::GET, url, None, headers, secret).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        url: &Url,
        body: Option<&Value>,
        headers: &[(&'static str, &'static str)],
        secret: Option<&Secret>,
    ) -> Result<T, ModelError> {
        let response = self.request(method, url, body, headers, secret).await?;
        let body = read(response, url).await?;
        parse(&body).map_err(|error| presentable(error, secret))
    }

    /// Sends a request and checks the status.
    async fn request(
        &self,
        method: Method,
        url: &Url,
        body: Option<&Value>,
        headers: &[(&'static str, &'static str)],
        secret: Option<&Secret>,
    ) -> Result<Response, ModelError> {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.insert(*name, HeaderValue::from_static(value));
        }
        if let Some(secret) = secret {
            all.insert(&secret.header, secret.value.clone());
        }
        let client = self.0.client(url).await;
        let client = client.map_err(|error| unreachable(url, error))?;
        // `RequestBuilder` would turn user and password of the URL into a header, which gets
        // logged.
        let mut request = client.request(method, url.clone());
        if let Some(body) = body {
            all.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            request = request.body(body.to_string());
        }
        let response = request
            .headers(all)
            .send()
            .await
            .map_err(|error| unreachable(url, error.without_url()))?;
        let (status, headers) = (response.status(), response.headers().clone());
        if status.is_success() {
            return Ok(response);
        }
        let body = read(response, url).await?;
        let error = error_response::error(status, &headers, &body);
        Err(presentable(error, secret))
    }
}

/// Reads events until the reply is complete, and no further: some servers keep the connection open.
async fn assemble<A: Assembly>(mut response: Response, url: &Url) -> Result<A::Whole, ModelError> {
    let mut assembly = A::default();
    let mut events = Events::default();
    let mut length = 0;
    loop {
        let chunk = response
            .chunk()
            .await
            .map_err(|error| unreachable(url, error.without_url()))?;
        match &chunk {
            Some(chunk) => {
                length = within_limit(length + chunk.len())?;
                events.push(chunk);
            }
            None => events.end(),
        }
        while let Some(data) = events.next_data()? {
            if assembly.take(&data)? == Progress::Done {
                return assembly.finish();
            }
        }
        if chunk.is_none() {
            return assembly.finish();
        }
    }
}

fn within_limit(length: usize) -> Result<usize, ModelError> {
    match length > MAX_BODY_BYTES {
        true => Err(ModelError::Malformed(format!(
            "larger than {} MiB",
            MAX_BODY_BYTES / 1024 / 1024
        ))),
        false => Ok(length),
    }
}

async fn read(mut response: Response, url: &Url) -> Result<Vec<u8>, ModelError> {
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| unreachable(url, error.without_url()))?
    {
        within_limit(body.len() + chunk.len())?;
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Parses JSON. Other content is reported with the provider's message, if there is one.
///
/// # Errors
/// If the body is not JSON, or not of this type.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ModelError> {
    serde_json::from_slice(body).map_err(|error| {
        // Not transient: a retry would pay for the same response again.
        if let Some(reason) = invalid_character(body).filter(|_| error.is_syntax()) {
            return ModelError::NotText(reason);
        }
        let reason = if !error.is_data() {
            format!("not JSON: {error}")
        } else if let Some(message) = error_response::message(body) {
            // Some gateways report success together with an error message.
            message
        } else {
            error.to_string()
        };
        ModelError::Malformed(reason)
    })
}

/// Masks the key in the provider's message and truncates it.
pub(super) fn presentable(error: ModelError, secret: Option<&Secret>) -> ModelError {
    error_response::presentable(error, secret.map(|secret| secret.key.as_str()))
}

fn unreachable(url: &Url, source: impl Into<ClientError>) -> ModelError {
    ModelError::Connection(Box::new(RequestError {
        address: address(url),
        source: source.into(),
    }))
}
