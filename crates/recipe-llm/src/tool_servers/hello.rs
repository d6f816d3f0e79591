//! The beginning of a conversation: which revision of the protocol a server speaks.
//!
//! Servers since 2026-07-28 have no handshake: `server/discover` is answered, and each request says what it needs. Those
//! before know `initialize` only, and refuse the other request or do not answer it. The official Python client begins the
//! same way.

use std::time::Duration;

use recipe_core::CancellationToken;
use rmcp::RoleClient;
use rmcp::model::{ErrorCode, ProtocolVersion};
use rmcp::service::{ClientInitializeError, ClientLifecycleMode, ClientServiceExt, RunningService};
use rmcp::transport::Transport;
use rmcp::transport::streamable_http_client::StreamableHttpError;
use tokio::time::timeout;

use super::client::ToolClient;
use super::streamable_http::HttpError;

/// The time that a server has to say hello. Some are downloaded first.
pub(super) const LIMIT: Duration = Duration::from_secs(60);
/// A conversation that has begun.
pub(super) type Running = RunningService<RoleClient, ToolClient>;

/// A conversation that has not begun.
pub(super) enum Hello {
    Stopped,
    Silent,
    Refused(Box<ClientInitializeError>),
}

/// Begins a conversation as the server can. Each way to begin has a transport of its own.
pub(super) async fn begin<T>(
    transport: impl Fn() -> Option<T>,
    stop: &CancellationToken,
) -> Result<Running, Hello>
where
    T: Transport<RoleClient> + 'static,
{
    in_time(stop, async {
        let automatic = ClientLifecycleMode::Auto {
            preferred_versions: vec![ProtocolVersion::V_2026_07_28],
            legacy_version: Some(ProtocolVersion::V_2025_11_25),
        };
        match serve(&transport, automatic).await {
            // The handshake was refused, and `server/discover` not answered: it may only have been late.
            Err(ClientInitializeError::JsonRpcError(error)) => {
                let discover = ClientLifecycleMode::Discover {
                    preferred_versions: vec![ProtocolVersion::V_2026_07_28],
                };
                let again = serve(&transport, discover).await;
                again.map_err(|_| ClientInitializeError::JsonRpcError(error))
            }
            Err(
                ClientInitializeError::NoCompatibleProtocolVersion { .. }
                | ClientInitializeError::ExpectedInitResult(_),
            ) => serve(&transport, ClientLifecycleMode::Initialize).await,
            Err(ClientInitializeError::LegacyFallbackFailed { discover, fallback }) => {
                Err(*match is_without_handshake(&fallback) {
                    true => discover,
                    false => fallback,
                })
            }
            said => said,
        }
    })
    .await
}

/// Whether a server says that there is no handshake in any revision that it speaks.
fn is_without_handshake(error: &ClientInitializeError) -> bool {
    matches!(
        error,
        ClientInitializeError::JsonRpcError(error)
            if error.code == ErrorCode::UNSUPPORTED_PROTOCOL_VERSION
    )
}

/// Begins a conversation by the handshake.
pub(super) async fn begin_as_before<T>(
    transport: T,
    stop: &CancellationToken,
) -> Result<Running, Hello>
where
    T: Transport<RoleClient> + 'static,
{
    let said = ToolClient.serve_with_lifecycle(transport, ClientLifecycleMode::Initialize);
    in_time(stop, said).await
}

async fn in_time(
    stop: &CancellationToken,
    said: impl Future<Output = Result<Running, ClientInitializeError>>,
) -> Result<Running, Hello> {
    tokio::select! {
        biased;
        () = stop.cancelled() => Err(Hello::Stopped),
        said = timeout(LIMIT, said) => match said {
            Err(_) => Err(Hello::Silent),
            Ok(said) => said.map_err(|error| Hello::Refused(Box::new(error))),
        }
    }
}

async fn serve<T>(
    transport: &impl Fn() -> Option<T>,
    lifecycle: ClientLifecycleMode,
) -> Result<Running, ClientInitializeError>
where
    T: Transport<RoleClient> + 'static,
{
    let Some(transport) = transport() else {
        return Err(ClientInitializeError::Cancelled);
    };
    ToolClient.serve_with_lifecycle(transport, lifecycle).await
}

/// Whether what a server says at an address may come of its being older than streamable HTTP.
pub(super) fn may_be_old(error: &ClientInitializeError) -> bool {
    match error {
        ClientInitializeError::JsonRpcError(error) => error.code == ErrorCode::PARSE_ERROR,
        ClientInitializeError::TransportError { error, .. } => {
            let error = error.error.downcast_ref::<StreamableHttpError<HttpError>>();
            matches!(
                error,
                Some(StreamableHttpError::Client(HttpError::Status { status, .. }))
                    if status.is_client_error()
            )
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};

    use super::super::incoming::Incoming;
    use super::super::standard_io::{Reusable, StandardIo};
    use super::*;

    /// The revision that is agreed on with a server that answers the nth request so. No answer is silence; a list answers
    /// the requests so far, the first one first.
    async fn agreed(answers: &[Value]) -> Result<String, String> {
        let (ours, its) = tokio::io::duplex(1 << 16);
        let server = tokio::spawn(serve(its, answers.to_vec()));
        let (input, output) = tokio::io::split(ours);
        let transport = StandardIo::new(input, output, Incoming::default());
        let transport = Reusable::new(transport);
        let said = begin(|| transport.lend(), &CancellationToken::new()).await;
        server.abort();
        match said {
            Ok(running) => {
                let info = running.peer().peer_info().unwrap();
                Ok(info.protocol_version.as_str().to_owned())
            }
            Err(Hello::Stopped) => Err("stopped".to_owned()),
            Err(Hello::Silent) => Err("silent".to_owned()),
            Err(Hello::Refused(error)) => Err(error.to_string()),
        }
    }

    async fn serve(client: DuplexStream, answers: Vec<Value>) {
        let (input, mut output) = tokio::io::split(client);
        let mut lines = BufReader::new(input).lines();
        let (mut asked, mut answers) = (Vec::new(), answers.into_iter());
        while let Ok(Some(line)) = lines.next_line().await {
            let request: Value = serde_json::from_str(&line).unwrap();
            if request["id"].is_null() {
                continue;
            }
            asked.push(request["id"].clone());
            let to_all = match answers.next() {
                Some(Value::Array(to_all)) => to_all,
                Some(Value::Null) | None => continue,
                Some(one) => {
                    asked = asked.split_off(asked.len() - 1);
                    vec![one]
                }
            };
            for (id, answer) in asked.drain(..).zip(to_all) {
                let mut answer = answer;
                answer["jsonrpc"] = json!("2.0");
                answer["id"] = id;
                let line = format!("{answer}\n");
                output.write_all(line.as_bytes()).await.unwrap();
            }
        }
    }

    fn discovered() -> Value {
        json!({"result": {
            "resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {},
            "serverInfo": {"name": "s", "version": "1"}, "ttlMs": 0, "cacheScope": "private",
        }})
    }

    fn initialized() -> Value {
        json!({"result": {
            "protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"},
        }})
    }

    fn refused(code: i64, message: &str) -> Value {
        json!({"error": {"code": code, "message": message}})
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_is_asked_as_it_can_answer() {
        let unknown = refused(-32601, "Method not found");
        for (answers, revision) in [
            (vec![discovered()], "2026-07-28"),
            (vec![unknown.clone(), initialized()], "2025-11-25"),
            // It passes over what it does not know.
            (vec![Value::Null, initialized()], "2025-11-25"),
            // It is slow to start, and answers both when it has started.
            (
                vec![Value::Null, json!([discovered(), initialized()])],
                "2025-11-25",
            ),
            (
                vec![Value::Null, json!([unknown.clone(), initialized()])],
                "2025-11-25",
            ),
            (
                vec![
                    Value::Null,
                    json!([discovered(), unknown.clone()]),
                    discovered(),
                ],
                "2026-07-28",
            ),
            // It answers whatever is asked as if it were the handshake.
            (vec![initialized(), initialized()], "2025-11-25"),
        ] {
            assert_eq!(
                agreed(&answers).await.as_deref(),
                Ok(revision),
                "{answers:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_cannot_be_asked_is_told() {
        let error = agreed(&[refused(-1, "one"), refused(-2, "two")]).await;
        assert_eq!(error.unwrap_err(), "JSON-RPC error: -2: two");
        // It has no handshake, so what it said before says why.
        let error = agreed(&[refused(-1, "no key"), refused(-32022, "unsupported")]).await;
        assert_eq!(error.unwrap_err(), "JSON-RPC error: -1: no key");
        assert_eq!(agreed(&[]).await.unwrap_err(), "silent");
    }
}
