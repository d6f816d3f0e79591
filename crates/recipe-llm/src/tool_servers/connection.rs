//! A connection to a tool server.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use recipe_core::policy::Timeout;
use recipe_core::{CancellationToken, Scope, StepError};
use recipe_process::{ProcessError, ServerProcess};
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};
use rmcp::model::{CallToolRequestParams, CallToolResponse, Tool};
use rmcp::service::Peer;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::{RoleClient, ServiceError};
use serde_json::{Map, Value};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::client::{changes_tools, watch_tools};
use super::error::{RequestError, ToolServerError};
use super::handshake::{
    HANDSHAKE_TIMEOUT, HandshakeError, Running, handshake, legacy_handshake, may_be_legacy,
};
use super::incoming::{CallResponse, Incoming};
use super::legacy_http::LegacyHttp;
use super::standard_io::{Reusable, StandardIo};
use super::streamable_http::HttpServer;
use super::target::Target;
use super::tool_result::CallResult;
use crate::http_clients::HttpClients;

/// Time for a program to exit once its standard input is closed.
const EXIT_TIMEOUT: Duration = Duration::from_secs(2);
/// Time for a program to exit once it is terminated.
const TERMINATION_GRACE: Duration = Duration::from_millis(500);
/// Time for a remote server to take note of the end of the session.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(500);
/// Time for a program that closed its output to exit, and for the output of one that exited.
const DRAIN_TIMEOUT: Duration = Duration::from_millis(500);

/// Error code of a request whose headers do not match its body.
const HEADER_MISMATCH: i64 = -32020;

/// A server whose tools can be called. A task owns it, and ends it when the connection is dropped.
pub(crate) struct Connection {
    server: String,
    peer: Peer<RoleClient>,
    incoming: Incoming,
    /// Timeout of a request.
    timeout: Timeout,
    /// Whether notifications may arrive after later responses, as on streams of their own.
    is_at_address: bool,
    /// Fires when the server is no longer needed.
    done: CancellationToken,
    /// Result of the task that owns the server.
    task: Task,
}

/// Lifetime of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lifetime {
    /// The step that opens it.
    Step,
    /// All of the run.
    Run,
}

type Task = Shared<BoxFuture<'static, Result<(), Arc<StepError>>>>;

impl Connection {
    /// Connects to a server.
    pub(super) async fn open(
        target: Target,
        request_timeout: Timeout,
        lifetime: Lifetime,
        http: &HttpClients,
        scope: &Scope,
    ) -> Result<Self, StepError> {
        let name = target.name();
        let is_at_address = matches!(target, Target::Address { .. });
        let (ready, is_ready) = oneshot::channel();
        let done = CancellationToken::new();
        let incoming = Incoming::default();
        let session = Session {
            server: name.clone(),
            incoming: incoming.clone(),
            ready,
            done: done.clone(),
        };
        // A step that is cancelled while connecting must not leave an unused server to the run.
        let abandoned = done.clone().drop_guard();
        let (inner, http) = (scope.clone(), http.clone());
        let task = match lifetime {
            Lifetime::Step => {
                let scope = scope.clone();
                let task = async move {
                    let work = |stop| session.serve(target, http, inner, stop);
                    scope.run_to_end(work).await.map_err(Arc::new)
                };
                task.boxed().shared()
            }
            Lifetime::Run => {
                let (over, is_over) = oneshot::channel();
                let done = done.clone();
                scope.run_until_end(|end| async move {
                    let stop = CancellationToken::new();
                    let work = session.serve(target, http, inner, stop.clone());
                    tokio::pin!(work);
                    let ended = tokio::select! {
                        ended = &mut work => ended,
                        () = async { tokio::select! { () = end.cancelled() => {}, () = done.cancelled() => {} } } => {
                            done.cancel();
                            stop.cancel();
                            work.await
                        }
                    };
                    // The receiver may have been dropped.
                    let _ = over.send(ended.map_err(Arc::new));
                });
                async { is_over.await.unwrap_or(Ok(())) }.boxed().shared()
            }
        };
        tokio::select! {
            Ok(peer) = is_ready => {
                abandoned.disarm();
                Ok(Self { server: name, peer, incoming, timeout: request_timeout, is_at_address, done, task })
            }
            ended = task.clone() => Err(match ended {
                Err(error) => shared(error),
                Ok(()) => StepError::failed(ToolServerError::Closed(name)),
            }),
        }
    }

    /// Name of the server.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// Lists the server's tools. Invalid ones are reported as warnings.
    pub(crate) async fn tools(&self, scope: &Scope) -> Result<Vec<Tool>, StepError> {
        let tools = match timeout(self.timeout.as_duration(), self.peer.list_all_tools()).await {
            Ok(Ok(tools)) => tools,
            Ok(Err(error)) => return Err(self.failed("list of tools", error).await),
            Err(_) => return Err(self.no_response("list of tools", self.timed_out())),
        };
        for tool in self.incoming.take_skipped() {
            let (server, name, reason) = (&self.server, tool.name, tool.reason);
            scope.warn(&format!("{server}: tool {name} skipped: {reason}"));
        }
        Ok(tools)
    }

    /// Number of tool changes that the server has reported.
    pub(crate) fn changes(&self) -> u64 {
        self.incoming.tool_changes()
    }

    /// Whether the list of tools must be requested to be known: the server changes it, and may
    /// report that late.
    pub(crate) fn is_list_unsure(&self) -> bool {
        self.is_at_address
            && self
                .peer
                .peer_info()
                .is_some_and(|server| changes_tools(&server.capabilities))
    }

    /// Whether the connection has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.peer.is_transport_closed()
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// If the call returns no result. A tool's own failure is a result.
    pub(crate) async fn call(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
    ) -> Result<CallResult, StepError> {
        let request = format!("tool {tool}");
        let response = self.send(tool, arguments, &request).await?;
        response.map_err(|error| self.no_response(&request, error))
    }

    /// Calls a tool for a model. An error of the tool or the server about this call is a result
    /// too, from which the model can learn, and so is a malformed response.
    ///
    /// # Errors
    /// If the server has disconnected, or its messages are malformed.
    pub(crate) async fn call_for_model(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
    ) -> Result<Result<String, String>, StepError> {
        let response = self.send(tool, arguments, &format!("tool {tool}")).await?;
        Ok(match response {
            Ok(result) if result.is_error() => Err(result.text()),
            Ok(result) => Ok(result.text()),
            Err(error) => Err(error.for_model()),
        })
    }

    /// # Errors
    /// If the server has disconnected, or its messages are malformed. The inner error concerns only
    /// this call.
    async fn send(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        request: &str,
    ) -> Result<Result<CallResult, RequestError>, StepError> {
        let call = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        let work = async {
            let response = self.call_once(call.clone(), request).await?;
            match response {
                // A tool's schema may require arguments to be repeated in headers.
                Err(RequestError::Rejected { code, .. }) if code == HEADER_MISMATCH => {
                    let tools = self.peer.list_all_tools().await;
                    match tools {
                        Ok(_) => self.call_once(call, request).await,
                        Err(_) => Ok(response),
                    }
                }
                response => Ok(response),
            }
        };
        // Dropping the future cancels the request.
        let response = timeout(self.timeout.as_duration(), work).await;
        response.unwrap_or_else(|_| Ok(Err(self.timed_out())))
    }

    async fn call_once(
        &self,
        call: CallToolRequestParams,
        request: &str,
    ) -> Result<Result<CallResult, RequestError>, StepError> {
        let response = match self.peer.call_tool_once(call).await {
            Ok(CallToolResponse::Complete(response)) => response,
            Ok(_) => return Ok(Err(RequestError::UnexpectedResponse)),
            Err(error) => return Err(self.failed(request, error).await),
        };
        Ok(match CallResponse::from_result(response) {
            CallResponse::Result(text) => CallResult::read(&text),
            CallResponse::Error(text) => Err(RequestError::from_json(&text)),
            CallResponse::InvalidResponse(invalid) => Err(invalid.into()),
        })
    }

    fn timed_out(&self) -> RequestError {
        RequestError::TimedOut(self.timeout)
    }

    /// Ends the connection and waits for its task.
    pub(crate) async fn close(self) {
        self.done.cancel();
        // The result no longer matters.
        let _ = self.task.await;
    }

    /// Error of a request. If the server has exited, the reason of its exit is more useful.
    async fn failed(&self, request: &str, error: ServiceError) -> StepError {
        let is_gone = match &error {
            ServiceError::TransportClosed => true,
            ServiceError::TransportSend(_) => self.peer.is_transport_closed(),
            _ => false,
        };
        if is_gone && let Err(ended) = self.task.clone().await {
            return shared(ended);
        }
        let invalid = self.incoming.take_invalid().map(RequestError::from);
        self.no_response(request, invalid.unwrap_or_else(|| (&error).into()))
    }

    fn no_response(&self, request: &str, source: RequestError) -> StepError {
        StepError::failed(ToolServerError::Request {
            server: self.server.clone(),
            request: request.to_owned(),
            source: Box::new(source),
        })
    }
}

/// Unwraps an error that several calls may share.
fn shared(error: Arc<StepError>) -> StepError {
    Arc::try_unwrap(error).unwrap_or_else(StepError::failed)
}

/// State of a connection's task.
struct Session {
    server: String,
    incoming: Incoming,
    ready: oneshot::Sender<Peer<RoleClient>>,
    done: CancellationToken,
}

impl Session {
    /// Runs the server for as long as it is needed, then cleans up.
    async fn serve(
        self,
        target: Target,
        http: HttpClients,
        scope: Scope,
        stop: CancellationToken,
    ) -> Result<(), StepError> {
        let program = match target {
            Target::Program(program) => program,
            Target::Address { url, headers } => {
                return self.talk_http(url, headers, &http, &stop).await;
            }
        };
        let (mut process, stdout, stdin) = ServerProcess::start(program, &scope).await?;
        let result = {
            let transport = StandardIo::new(stdout, stdin, self.incoming.clone());
            let transport = Reusable::new(transport);
            let talk = async {
                let result = handshake(|| transport.lend(), &stop).await;
                self.talk(result, &stop).await
            };
            tokio::pin!(talk);
            tokio::select! {
                biased;
                result = &mut talk => result,
                error = process.ended(&scope) => {
                    // Drain its output first.
                    match timeout(DRAIN_TIMEOUT, talk).await {
                        Ok(Ok(())) => Ok(()),
                        _ => Err(ended(error)),
                    }
                }
            }
        };
        let result = match result {
            // The exit of the program explains more than its closed output.
            Err(error) if !stop.is_cancelled() && is_end(&error) => {
                let why = timeout(DRAIN_TIMEOUT, process.ended(&scope)).await;
                Err(why.map_or(error, ended))
            }
            result => result,
        };
        let exit_timeout = match result {
            Ok(()) => EXIT_TIMEOUT,
            Err(_) => Duration::ZERO,
        };
        process.end(exit_timeout, TERMINATION_GRACE).await;
        result
    }

    async fn talk_http(
        self,
        url: Url,
        headers: Vec<(HeaderName, HeaderValue)>,
        http: &HttpClients,
        stop: &CancellationToken,
    ) -> Result<(), StepError> {
        let client = http.client(&url).await.map_err(|source| {
            StepError::failed(ToolServerError::ConnectionFailed {
                server: self.server.clone(),
                source,
            })
        })?;
        let server = HttpServer {
            client: client.clone(),
            incoming: self.incoming.clone(),
        };
        let transport = || {
            let config = StreamableHttpClientTransportConfig::with_uri(url.as_str())
                .custom_headers(headers.iter().cloned().collect());
            Some(StreamableHttpClientTransport::with_client(
                server.clone(),
                config,
            ))
        };
        let error = match handshake(transport, stop).await {
            Err(HandshakeError::Rejected(error)) if may_be_legacy(&error) => error,
            result => return self.talk(result, stop).await,
        };
        // Servers from before 2025 reject streamable HTTP, and have a transport of their own.
        let invalid = self.incoming.take_invalid();
        let old = LegacyHttp::open(client, url, headers, self.incoming.clone());
        let old = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(StepError::Cancelled),
            old = timeout(HANDSHAKE_TIMEOUT, old) => old,
        };
        let result = match old {
            Ok(Ok(transport)) => legacy_handshake(transport, stop).await,
            _ => {
                self.incoming.restore_invalid(invalid);
                Err(HandshakeError::Rejected(error))
            }
        };
        self.talk(result, stop).await
    }

    /// Keeps the connection open until it is no longer needed.
    async fn talk(
        self,
        result: Result<Running, HandshakeError>,
        stop: &CancellationToken,
    ) -> Result<(), StepError> {
        let server = self.server;
        let client = result.map_err(|error| match error {
            HandshakeError::Stopped => StepError::Cancelled,
            HandshakeError::Silent => StepError::failed(ToolServerError::Silent {
                server: server.clone(),
                timeout: HANDSHAKE_TIMEOUT,
            }),
            HandshakeError::Rejected(error) => {
                let invalid = self.incoming.take_invalid().map(RequestError::from);
                let source = invalid.unwrap_or_else(|| (&*error).into());
                StepError::failed(ToolServerError::ConnectionFailed {
                    server: server.clone(),
                    source: Box::new(source),
                })
            }
        })?;
        let peer = client.peer().clone();
        let watching = watch_tools(peer.clone());
        // If the receiver has been dropped, `stop` has fired, or will.
        let _ = self.ready.send(peer);
        let end = client.cancellation_token();
        let ended = client.waiting();
        tokio::pin!(ended);
        let result = tokio::select! {
            biased;
            () = self.done.cancelled() => Ok(()),
            () = stop.cancelled() => Err(StepError::Cancelled),
            _ = &mut ended => return Err(StepError::failed(ToolServerError::Closed(server))),
            () = watching => unreachable!("it never resolves"),
        };
        end.cancel();
        // A server that does not respond is abandoned.
        let _ = timeout(SHUTDOWN_GRACE, ended).await;
        result
    }
}

/// Whether the server closed the connection.
fn is_end(error: &StepError) -> bool {
    let StepError::Failed(error) = error else {
        return false;
    };
    match error.downcast_ref::<ToolServerError>() {
        Some(ToolServerError::Closed(_)) => true,
        Some(ToolServerError::ConnectionFailed { source, .. }) => matches!(
            source.downcast_ref::<RequestError>(),
            Some(RequestError::Closed | RequestError::Transport(_))
        ),
        _ => false,
    }
}

fn ended(error: ProcessError) -> StepError {
    StepError::failed(ToolServerError::Ended(error))
}
