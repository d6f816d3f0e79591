//! The handshake: negotiates the protocol version with a server.
//!
//! Servers since 2026-07-28 have no handshake: they respond to `server/discover`, and each request
//! declares what it needs. Earlier ones know only `initialize`, and reject the other request or
//! ignore it. The official Python client starts the same way.

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

/// Timeout of the handshake. Some servers are downloaded first.
pub(super) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(60);
/// An established connection.
pub(super) type Running = RunningService<RoleClient, ToolClient>;

/// Reasons why a handshake fails.
pub(super) enum HandshakeError {
    Stopped,
    Silent,
    Rejected(Box<ClientInitializeError>),
}

/// Performs the handshake that the server supports. Each attempt takes a transport.
pub(super) async fn handshake<T>(
    transport: impl Fn() -> Option<T>,
    stop: &CancellationToken,
) -> Result<Running, HandshakeError>
where
    T: Transport<RoleClient> + 'static,
{
    within_timeout(stop, async {
        let automatic = ClientLifecycleMode::Auto {
            preferred_versions: vec![ProtocolVersion::V_2026_07_28],
            legacy_version: Some(ProtocolVersion::V_2025_11_25),
        };
        match serve(&transport, automatic).await {
            // The handshake was rejected, and `server/discover` not answered: it may only have been
            // late.
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
            result => result,
        }
    })
    .await
}

/// Whether the error says that the server supports no version with a handshake.
fn is_without_handshake(error: &ClientInitializeError) -> bool {
    matches!(
        error,
        ClientInitializeError::JsonRpcError(error)
            if error.code == ErrorCode::UNSUPPORTED_PROTOCOL_VERSION
    )
}

/// Performs the handshake of earlier versions.
pub(super) async fn legacy_handshake<T>(
    transport: T,
    stop: &CancellationToken,
) -> Result<Running, HandshakeError>
where
    T: Transport<RoleClient> + 'static,
{
    let result = ToolClient.serve_with_lifecycle(transport, ClientLifecycleMode::Initialize);
    within_timeout(stop, result).await
}

async fn within_timeout(
    stop: &CancellationToken,
    result: impl Future<Output = Result<Running, ClientInitializeError>>,
) -> Result<Running, HandshakeError> {
    tokio::select! {
        biased;
        () = stop.cancelled() => Err(HandshakeError::Stopped),
        result = timeout(HANDSHAKE_TIMEOUT, result) => match result {
            Err(_) => Err(HandshakeError::Silent),
            Ok(result) => result.map_err(|error| HandshakeError::Rejected(Box::new(error))),
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

/// Whether an error of a remote server may mean that it predates streamable HTTP.
pub(super) fn may_be_legacy(error: &ClientInitializeError) -> bool {
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

    /// Negotiates with a server that sends these responses, one for each request. Null means no
    /// response; a list responds to all requests so far, in order.
    async fn agreed(responses: &[Value]) -> Result<String, String> {
        let (ours, its) = tokio::io::duplex(1 << 16);
        let server = tokio::spawn(serve(its, responses.to_vec()));
        let (input, output) = tokio::io::split(ours);
        let transport = StandardIo::new(input, output, Incoming::default());
        let transport = Reusable::new(transport);
        let result = handshake(|| transport.lend(), &CancellationToken::new()).await;
        server.abort();
        match result {
            Ok(running) => {
                let info = running.peer().peer_info().unwrap();
                Ok(info.protocol_version.as_str().to_owned())
            }
            Err(HandshakeError::Stopped) => Err("stopped".to_owned()),
            Err(HandshakeError::Silent) => Err("silent".to_owned()),
            Err(HandshakeError::Rejected(error)) => Err(error.to_string()),
        }
    }

    async fn serve(client: DuplexStream, responses: Vec<Value>) {
        let (input, mut output) = tokio::io::split(client);
        let mut lines = BufReader::new(input).lines();
        let (mut pending, mut responses) = (Vec::new(), responses.into_iter());
        while let Ok(Some(line)) = lines.next_line().await {
            let request: Value = serde_json::from_str(&line).unwrap();
            if request["id"].is_null() {
                continue;
            }
            pending.push(request["id"].clone());
            let to_all = match responses.next() {
                Some(Value::Array(to_all)) => to_all,
                Some(Value::Null) | None => continue,
                Some(one) => {
                    pending = pending.split_off(pending.len() - 1);
                    vec![one]
                }
            };
            for (id, response) in pending.drain(..).zip(to_all) {
                let mut response = response;
                response["jsonrpc"] = json!("2.0");
                response["id"] = id;
                let line = format!("{response}\n");
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

    fn rejection(code: i64, message: &str) -> Value {
        json!({"error": {"code": code, "message": message}})
    }

    #[tokio::test(start_paused = true)]
    async fn the_handshake_adapts_to_the_server() {
        let unknown = rejection(-32601, "Method not found");
        for (responses, revision) in [
            (vec![discovered()], "2026-07-28"),
            (vec![unknown.clone(), initialized()], "2025-11-25"),
            // Ignores unknown requests.
            (vec![Value::Null, initialized()], "2025-11-25"),
            // Slow to start, and then responds to both requests.
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
            // Answers any request like the handshake.
            (vec![initialized(), initialized()], "2025-11-25"),
        ] {
            assert_eq!(
                agreed(&responses).await.as_deref(),
                Ok(revision),
                "{responses:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_handshake_is_reported() {
        let error = agreed(&[rejection(-1, "one"), rejection(-2, "two")]).await;
        assert_eq!(error.unwrap_err(), "JSON-RPC error: -2: two");
        // It has no handshake, so its first error is the relevant one.
        let error = agreed(&[rejection(-1, "no key"), rejection(-32022, "unsupported")]).await;
        assert_eq!(error.unwrap_err(), "JSON-RPC error: -1: no key");
        assert_eq!(agreed(&[]).await.unwrap_err(), "silent");
    }
}
