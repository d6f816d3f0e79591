//! Tokens for Azure in the place of keys: from the identity of the machine, or from a command. They are kept until
//! shortly before they expire.

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

use super::http::{Http, Secret, malformed};
use super::refusal::cut;
use super::settings::{Settings, parse_url};
use crate::http_clients::address;
use crate::model::ModelError;

const METADATA: &str = "http://169.254.169.254/metadata/identity/oauth2/token";
const RESOURCE: &str = "https://cognitiveservices.azure.com";
const COMMAND_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// How long what a command leaves behind has to end by itself.
const GRACE: Duration = Duration::from_secs(2);
/// So that a token does not expire on the way.
const MARGIN: Duration = Duration::from_secs(2 * 60);

/// Where tokens come from.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum TokenSource {
    /// The identity of a virtual machine.
    Machine { url: Url },
    /// The identity of an app of App Service, whose header has a secret.
    App { url: Url, header: String },
    /// What a command line prints.
    Command(String),
}

/// The tokens that there are. Its clones share them.
#[derive(Clone, Default)]
pub(super) struct AzureTokens(Arc<Mutex<HashMap<TokenSource, Arc<OnceCell<Token>>>>>);

/// The token of one source, got when it is needed.
pub(super) struct AzureToken {
    source: TokenSource,
    tokens: AzureTokens,
}

struct Token {
    text: String,
    expires: Instant,
}

impl AzureTokens {
    pub(super) fn of(&self, source: TokenSource) -> AzureToken {
        AzureToken {
            source,
            tokens: self.clone(),
        }
    }

    /// Where the token of a source is or will be: who comes while it is being got waits for it.
    fn place(&self, source: &TokenSource) -> Arc<OnceCell<Token>> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = places.entry(source.clone()).or_default();
        if place
            .get()
            .is_some_and(|token| token.expires <= Instant::now())
        {
            *place = Arc::default();
        }
        place.clone()
    }
}

impl AzureToken {
    /// The token as a header.
    pub(super) async fn secret(&self, http: &Http) -> Result<Secret, ModelError> {
        let place = self.tokens.place(&self.source);
        let token = place.get_or_try_init(|| self.source.token(http)).await?;
        Secret::bearer(self.source.name(), &token.text)
    }
}

impl TokenSource {
    /// The identity that the configuration speaks of.
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

    /// The configuration value that has it.
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
    /// In seconds, as a number or as a text.
    expires_in: Option<Value>,
    /// In seconds since 1970, as a number or as a text.
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
            ModelError::Refused { message, .. } | ModelError::Unauthorized { message, .. } => {
                no_token(&address(url), message)
            }
            error => error,
        })?;
    let lifetime = token
        .lifetime()
        .ok_or_else(|| malformed("a token that does not say when it expires"))?;
    Ok(Token {
        text: token.access_token,
        expires: Instant::now() + lifetime.saturating_sub(MARGIN),
    })
}

impl IdentityToken {
    fn lifetime(&self) -> Option<Duration> {
        let seconds = match (&self.expires_in, &self.expires_on) {
            (Some(seconds), _) => whole_number(seconds)?,
            (None, Some(then)) => whole_number(then)? - Timestamp::now().as_second(),
            (None, None) => return None,
        };
        // No token lives for years; what is added to the clock must not overflow it.
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
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim();
        return Err(if said.is_empty() {
            output.status.to_string()
        } else {
            format!("{}: {}", output.status, cut(said))
        });
    }
    let text = String::from_utf8(output.stdout)
        .map_err(|_| "it prints something that is no text".to_owned())?;
    let text = text.trim();
    if text.is_empty() {
        return Err("it prints nothing".to_owned());
    }
    Ok(Token {
        text: text.to_owned(),
        expires: Instant::now() + COMMAND_LIFETIME,
    })
}

/// What a command line prints until it has ended. Nothing that it has started is left then, and neither when this is
/// dropped before.
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
    let mut child = child.map_err(|error| format!("sh cannot be started: {error}"))?;
    // Dropped before the program, whose number must still be its own then.
    let mut group = ProcessGroup::from_child(&child);
    let mut out_pipe = child.stdout.take().expect("it is piped");
    let mut err_pipe = child.stderr.take().expect("it is piped");
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
            // A process that has left the group may keep the pipes open.
            () = async {
                ended.cancelled().await;
                sleep(GRACE).await;
            } => Ok(()),
        }
    };
    let wait = async {
        let status = child.wait().await;
        // So may what is left of the group.
        group.end(GRACE).await;
        ended.cancel();
        status
    };
    let (status, ()) =
        tokio::try_join!(wait, read).map_err(|error| format!("sh cannot be read from: {error}"))?;
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
