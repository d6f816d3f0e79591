//! The clients of HTTP and TLS that all share who speak to servers. Nothing here waits by the clock except for a
//! connection: steps have timeouts of their own.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response, Url};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::sync::OnceCell;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// So that what is between does not forget a connection on which a model thinks for minutes.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// The connections. Its clones share them.
#[derive(Clone, Default)]
pub(crate) struct HttpClients(Arc<Clients>);

/// Made when they are first needed: what the system trusts is read from many files, or may be missing, and who asks a
/// model on this machine does not need it.
#[derive(Default)]
struct Clients {
    secure: OnceCell<Client>,
    plain: OnceCell<Client>,
}

pub(crate) type ClientError = Box<dyn std::error::Error + Send + Sync>;

impl HttpClients {
    /// The client for an address.
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

/// An address to show: without a query and without a password.
pub(crate) fn address(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// Whether an answer is a stream of events.
pub(crate) fn has_events(response: &Response) -> bool {
    is_kind(response, "text/event-stream")
}

/// Whether the content of an answer is of this kind.
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

/// It trusts no one, and needs not to: it is for addresses without TLS.
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
        // No API has any, and a key must not follow one.
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    Ok(client)
}
