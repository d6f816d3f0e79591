//! Azure access tokens instead of keys: from a managed identity, or from a command. They are cached
//! until shortly before they expire.

use std::collections::HashMap;
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use recipe_core::CancellationToken;
use recipe_process::ProcessGroup;
use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep};

use super::error_response::MAX_MESSAGE_CHARS;
use super::http::{Http, Secret};
use super::settings::{Settings, parse_url};
use crate::http_clients::address;
use crate::model::ModelError;
use crate::truncate::truncate;

const METADATA: &str = "http://169.254.169.254/metadata/identity/oauth2/token";
const RESOURCE: &str = "https://cognitiveservices.azure.com";
const COMMAND_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// Time for processes left behind by a command to exit.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);
/// Keeps a token from expiring while a request is on its way.
const EXPIRY_MARGIN: Duration = Duration::from_secs(2 * 60);

/// Source of tokens.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum TokenSource {
    /// Identity of a virtual machine.
    Machine { url: Url },
    /// Identity of an App Service app; its header is secret.
    App { url: Url, header: String },
    /// Output of a command line.
    Command(String),
}

/// Cache of tokens; clones share it.
#[derive(Clone, Default)]
pub(super) struct AzureTokens(Arc<Mutex<HashMap<TokenSource, Arc<OnceCell<Token>>>>>);

/// Token of a source, fetched on demand.
pub(super) struct AzureToken {
    source: TokenSource,
    tokens: AzureTokens,
}

struct Token {
    text: String,
    expires: Instant,
}

impl AzureTokens {
    pub(super) fn token(&self, source: TokenSource) -> AzureToken {
        AzureToken {
            source,
            tokens: self.clone(),
        }
    }

    /// The cell of a source's token; concurrent callers wait for the same request.
    fn cell(&self, source: &TokenSource) -> Arc<OnceCell<Token>> {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let cell = cells.entry(source.clone()).or_default();
        if cell
            .get()
            .is_some_and(|token| token.expires <= Instant::now())
        {
            *cell = Arc::default();
        }
        cell.clone()
    }
}

impl AzureToken {
    /// Returns the token as a header.
    pub(super) async fn secret(&self, http: &Http) -> Result<Secret, ModelError> {
        let cell = self.tokens.cell(&self.source);
        let token = cell.get_or_try_init(|| self.source.token(http)).await?;
        Secret::bearer(self.source.name(), &token.text)
    }
}

impl TokenSource {
    /// The configured identity.
    pub(super) fn identity(settings: Settings<'_>) -> Result<Self, ModelError> {
        let app = match settings.url("identity_endpoint")? {
            Some(url) => settings
                .text("identity_header")?
                .map(|header| (url, header.to_owned())),
            None => None,
        };
        let own = settings.url("azure_identity_endpoint")?;
        let (mut url, version, header) = match (own, app) {
            (None, Some((url, header))) => (url, "2019-08-01", Some(header)),
            (Some(url), _) => (url, "2018-02-01", None),
            (None, None) => (
                parse_url("azure_identity_endpoint", METADATA)?,
                "2018-02-01",
                None,
            ),
        };
        url.query_pairs_mut()
            .append_pair("api-version", version)
            .append_pair("resource", RESOURCE);
        if let Some(client_id) = settings.text("azure_client_id")? {
            url.query_pairs_mut().append_pair("client_id", client_id);
        }
        Ok(match header {
            Some(header) => Self::App { url, header },
            None => Self::Machine { url },
        })
    }

    /// The configuration value of the source.
    fn name(&self) -> &'static str {
        match self {
            Self::Machine { .. } | Self::App { .. } => "azure_use_managed_identity",
            Self::Command(_) => "azure_token_command",
        }
    }

    async fn token(&self, http: &Http) -> Result<Token, ModelError> {
        match self {
            Self::Machine { url } => identity_token(http, url, None).await,
            Self::App { url, header } => {
                let secret = Secret::new("identity_header", "x-identity-header", header)?;
                identity_token(http, url, Some(&secret)).await
            }
            Self::Command(line) => command_token(line)
                .await
                .map_err(|reason| no_token(self.name(), reason)),
        }
    }
}

#[derive(Deserialize)]
struct IdentityToken {
    access_token: String,
    /// In seconds, as a number or a string.
    expires_in: Option<Value>,
    /// In seconds since 1970, as a number or a string.
    expires_on: Option<Value>,
}

async fn identity_token(
    http: &Http,
    url: &Url,
    secret: Option<&Secret>,
) -> Result<Token, ModelError> {
    let token: IdentityToken = http
        .get(url, &[("metadata", "true")], secret)
        .await
        .map_err(|error| match error {
            ModelError::Rejected { message, .. } | ModelError::Unauthorized { message, .. } => {
                no_token(&address(url), message)
            }
            error => error,
        })?;
    let lifetime = token
        .lifetime()
        .ok_or_else(|| ModelError::Malformed("token without an expiry time".into()))?;
    Ok(Token {
        text: token.access_token,
        expires: Instant::now() + lifetime.saturating_sub(EXPIRY_MARGIN),
    })
}

impl IdentityToken {
    fn lifetime(&self) -> Option<Duration> {
        let seconds = match (&self.expires_in, &self.expires_on) {
            (Some(seconds), _) => whole_number(seconds)?,
            (None, Some(then)) => whole_number(then)? - Timestamp::now().as_second(),
            (None, None) => return None,
        };
        // The limit keeps the sum with the clock from overflowing; no token lives for years.
        Some(Duration::from_secs(
            seconds.clamp(0, 7 * 86_400).unsigned_abs(),
        ))
    }
}

fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_i64(),
    }
}

async fn command_token(line: &str) -> Result<Token, String> {
    let output = output(line).await?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let stderr = stderr.trim();
        return Err(if stderr.is_empty() {
            output.status.to_string()
        } else {
            format!("{}: {}", output.status, truncate(stderr, MAX_MESSAGE_CHARS))
        });
    }
    let text = String::from_utf8(output.stdout).map_err(|_| "output is not UTF-8".to_owned())?;
    let text = text.trim();
    if text.is_empty() {
        return Err("no output".to_owned());
    }
    Ok(Token {
        text: text.to_owned(),
        expires: Instant::now() + COMMAND_LIFETIME,
    })
}

/// Runs a command line and returns its output. No process that it started outlives this future,
/// even if it is dropped.
async fn output(line: &str) -> Result<Output, String> {
    let mut command = Command::new("sh");
    command
        .args(["-c", line])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    ProcessGroup::begin(&mut command);
    let child = command.spawn();
    let mut child = child.map_err(|error| format!("cannot start sh: {error}"))?;
    // Declared after the child, so dropped first: its process ID must not have been reused.
    let mut group = ProcessGroup::from_child(&child);
    let mut out_pipe = child.stdout.take().expect("the stream is piped");
    let mut err_pipe = child.stderr.take().expect("the stream is piped");
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let ended = CancellationToken::new();
    let read = async {
        tokio::select! {
            read = async {
                tokio::try_join!(
                    out_pipe.read_to_end(&mut stdout),
                    err_pipe.read_to_end(&mut stderr)
                )
            } => read.map(drop),
            // A process that left the group may keep the pipes open.
            () = async {
                ended.cancelled().await;
                sleep(SHUTDOWN_GRACE).await;
            } => Ok(()),
        }
    };
    let wait = async {
        let status = child.wait().await;
        // The rest of the group may keep them open too.
        group.end(SHUTDOWN_GRACE).await;
        ended.cancel();
        status
    };
    let (status, ()) =
        tokio::try_join!(wait, read).map_err(|error| format!("cannot read from sh: {error}"))?;
    Ok(Output {
        status,
        stdout,
        stderr,
    })
}

fn no_token(from: &str, reason: String) -> ModelError {
    ModelError::NoToken {
        from: from.to_owned(),
        reason,
    }
}
