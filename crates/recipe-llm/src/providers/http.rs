//! Sending JSON and receiving it, and what it means when there is none. Nothing here waits by the clock except for a
//! connection: steps have timeouts of their own.

use std::fmt;

use recipe_core::secrets::MASK;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::broken_text::broken_character;
use super::event_stream::{Assembly, Events, Progress};
use super::refusal;
use super::settings::misconfigured;
use crate::http_clients::{ClientError, HttpClients, address, has_events};
use crate::model::ModelError;

/// Beyond this, an answer is none.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// Sends requests over connections that its clones share.
#[derive(Clone, Default)]
pub(super) struct Http(HttpClients);

/// A key or a token, with the header that it stands in.
pub(super) struct Secret {
    header: HeaderName,
    value: HeaderValue,
    /// The key alone, to know it again.
    key: String,
}

impl Secret {
    /// A key of this configuration value.
    pub(super) fn new(name: &str, header: &'static str, key: &str) -> Result<Self, ModelError> {
        Self::of(name, HeaderName::from_static(header), key, key)
    }

    /// A token of this configuration value, in `authorization`.
    pub(super) fn bearer(name: &str, key: &str) -> Result<Self, ModelError> {
        Self::of(name, AUTHORIZATION, &format!("Bearer {key}"), key)
    }

    /// The header with the key masked.
    pub(super) fn masked(&self) -> (String, String) {
        let value = self.value.to_str().unwrap_or_default();
        (self.header.to_string(), value.replace(&self.key, MASK))
    }

    fn of(name: &str, header: HeaderName, value: &str, key: &str) -> Result<Self, ModelError> {
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| misconfigured(name, "it has characters that no header can have"))?;
        value.set_sensitive(true);
        Ok(Self {
            header,
            value,
            key: key.to_owned(),
        })
    }
}

/// Which request it was that failed.
#[derive(Debug)]
struct RequestError {
    /// Without what may be secret in an address.
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

    /// Sends JSON and puts together what comes in events. Who sends JSON instead is understood as well.
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

    /// Sends a request. What comes has a status that says that all is well.
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
        // It makes a header of a user and a password in the address, from which they would get into logs.
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
        let error = refusal::error(status, &headers, &body);
        Err(presentable(error, secret))
    }
}

/// Reads events until they make a whole, and no further: there are servers that leave the connection open.
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
        true => Err(malformed(format!(
            "longer than {} MiB",
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

/// Reads JSON. What is wrong with other things is told, in the words of the provider where it has some.
///
/// # Errors
/// When it is not JSON, or not of this kind.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ModelError> {
    serde_json::from_slice(body).map_err(|error| {
        // Asked again, the model would be paid again for what it has answered.
        if let Some(reason) = broken_character(body).filter(|_| error.is_syntax()) {
            return ModelError::NotText { reason };
        }
        let reason = if !error.is_data() {
            format!("not JSON: {error}")
        } else if let Some(message) = refusal::message(body) {
            // Some gateways say that all is well and mean the opposite.
            message
        } else {
            error.to_string()
        };
        malformed(reason)
    })
}

/// The error as it can be shown, if it is of an answer to this secret.
pub(super) fn presentable(error: ModelError, secret: Option<&Secret>) -> ModelError {
    refusal::presentable(error, secret.map(|secret| secret.key.as_str()))
}

pub(super) fn malformed(reason: impl Into<String>) -> ModelError {
    ModelError::Malformed {
        reason: reason.into(),
    }
}

fn unreachable(url: &Url, source: impl Into<ClientError>) -> ModelError {
    ModelError::Connection(Box::new(RequestError {
        address: address(url),
        source: source.into(),
    }))
}
