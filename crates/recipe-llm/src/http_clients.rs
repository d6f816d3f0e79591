//! HTTP and TLS clients shared by everything that talks to servers. Only connecting has a timeout
//! here: steps have timeouts of their own.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response, Url};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::sync::OnceCell;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Keeps a proxy from dropping a connection on which a model reasons for minutes.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Connection pools; clones share them.
#[derive(Clone, Default)]
pub(crate) struct HttpClients(Arc<Clients>);

/// Created on first use: the system's certificates are read from many files or may be missing, and
/// a model on this machine does not need them.
#[derive(Default)]
struct Clients {
    secure: OnceCell<Client>,
    plain: OnceCell<Client>,
}

pub(crate) type ClientError = Box<dyn std::error::Error + Send + Sync>;

impl HttpClients {
    /// Returns the client for a URL.
    pub(crate) async fn client(&self, url: &Url) -> Result<Client, ClientError> {
        let client = if url.scheme() == "https" {
            let make = async || match tokio::task::spawn_blocking(secure_client).await {
                Ok(client) => client,
                Err(error) => Err(error.into()),
            };
            self.0.secure.get_or_try_init(make).await
        } else {
            let make = async || plain_client();
            self.0.plain.get_or_try_init(make).await
        };
        client.cloned()
    }
}

/// A URL for display, without query and password.
pub(crate) fn address(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// Whether a response is an event stream.
pub(crate) fn has_events(response: &Response) -> bool {
    is_kind(response, "text/event-stream")
}

/// Whether a response has this content type.
pub(crate) fn is_kind(response: &Response, kind: &str) -> bool {
    let content = response.headers().get(CONTENT_TYPE);
    let content = content.and_then(|content| content.to_str().ok());
    let content = content.and_then(|content| content.split(';').next());
    content.is_some_and(|content| content.trim().eq_ignore_ascii_case(kind))
}

fn secure_client() -> Result<Client, ClientError> {
    let tls = tls()?.with_platform_verifier()?.with_no_client_auth();
    client(tls)
}

/// Trusts no certificate: it is for addresses without TLS.
fn plain_client() -> Result<Client, ClientError> {
    let tls = tls()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    client(tls)
}

fn tls() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
}

fn client(tls: ClientConfig) -> Result<Client, ClientError> {
    let client = Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(concat!("recipe/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_keepalive(KEEPALIVE)
        // None of the APIs redirects, and a key must not follow a redirect.
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    Ok(client)
}
