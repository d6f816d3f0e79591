//! A connection with one server.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use recipe_core::{CancellationToken, Context, Scope, StepError};
use recipe_steps::{ProcessError, ServerProcess};
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig, Implementation, Tool,
};
use rmcp::service::{ClientInitializeError, Peer, RunningService};
use rmcp::transport::streamable_http_client::{
    StreamableHttpClientTransportConfig, StreamableHttpError,
};
use rmcp::transport::{IntoTransport, StreamableHttpClientTransport};
use rmcp::{RoleClient, ServiceError, ServiceExt};
use serde_json::{Map, Value};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::config::ToolServer;
use super::error::{Told, ToolServerError};
use super::old_http::OldHttp;
use super::target::Target;
use super::tool_result::{Said, result_text};
use crate::http_clients::HttpClients;

/// How long a server has to say hello. Some are downloaded first.
const HELLO: Duration = Duration::from_secs(60);
/// How long a server's program has to end once its standard input is closed.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it has when it is asked to end.
const GRACE: Duration = Duration::from_millis(500);
/// How long to wait for a server elsewhere to hear that this is over.
const FAREWELL: Duration = Duration::from_millis(500);
/// How long to wait for a program that has closed its output to end as well, or the other way round.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A server whose tools can be called. A task of the step has it, and ends it when this is dropped.
pub(crate) struct Connection {
    server: String,
    peer: Peer<RoleClient>,
    /// Fires when the server is not needed any more.
    done: CancellationToken,
    /// How the task ends that has the server.
    task: Task,
}

type Task = Shared<BoxFuture<'static, Result<(), Arc<StepError>>>>;

impl Connection {
    /// Reaches a server, which stands in this field of a step.
    pub(crate) async fn open(
        server: &ToolServer,
        field: &str,
        http: &HttpClients,
        scope: &Scope,
        context: &Context,
    ) -> Result<Self, StepError> {
        let target = Target::of(server, field, scope, context)?;
        let name = target.name();
        let (ready, is_ready) = oneshot::channel();
        let done = CancellationToken::new();
        let session = Session {
            server: name.clone(),
            ready,
            done: done.clone(),
        };
        let (scope, http) = (scope.clone(), http.clone());
        let task = async move {
            let inner = scope.clone();
            let work = |stop| session.serve(target, http, inner, stop);
            scope.run_to_end(work).await.map_err(Arc::new)
        };
        let task = task.boxed().shared();
        tokio::select! {
            Ok(peer) = is_ready => Ok(Self { server: name, peer, done, task }),
            ended = task.clone() => Err(match ended {
                Err(error) => shared(error),
                Ok(()) => StepError::failed(ToolServerError::Closed { server: name }),
            }),
        }
    }

    /// What the server is called.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// The server's tools.
    pub(crate) async fn tools(&self) -> Result<Vec<Tool>, StepError> {
        let tools = self.peer.list_all_tools().await;
        match tools {
            Ok(tools) => Ok(tools),
            Err(error) => Err(self.failed("list of tools", error).await),
        }
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// When there is no result. What a tool says of its own failure is a result.
    pub(crate) async fn call(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
    ) -> Result<CallToolResult, StepError> {
        match self.send(tool, arguments).await {
            Ok(result) => Ok(result),
            Err(error) => Err(self.failed(&format!("tool {tool}"), error).await),
        }
    }

    /// Calls a tool for a model: what it, or the server, says of a wrong call is a result as well, from which the model
    /// can learn.
    ///
    /// # Errors
    /// When the server is gone, or makes no sense.
    pub(crate) async fn call_for_model(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
    ) -> Result<Said, StepError> {
        match self.send(tool, arguments).await {
            Ok(result) => Ok(Said {
                text: result_text(&result),
                is_error: result.is_error == Some(true),
            }),
            Err(ServiceError::McpError(error)) => Ok(Said {
                text: error.message.into_owned(),
                is_error: true,
            }),
            Err(error) => Err(self.failed(&format!("tool {tool}"), error).await),
        }
    }

    async fn send(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
    ) -> Result<CallToolResult, ServiceError> {
        let call = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        self.peer.call_tool(call).await
    }

    /// Ends the connection and waits until nothing of it is left.
    pub(crate) async fn close(self) {
        self.done.cancel();
        // Nobody needs the server any more, so nobody needs to know how it ended.
        let _ = self.task.await;
    }

    /// Why there is no answer. Of a server that is gone its end says more than the request that was on its way.
    async fn failed(&self, request: &str, error: ServiceError) -> StepError {
        let is_gone = match &error {
            ServiceError::TransportClosed => true,
            ServiceError::TransportSend(_) => self.peer.is_transport_closed(),
            _ => false,
        };
        if is_gone && let Err(ended) = self.task.clone().await {
            return shared(ended);
        }
        StepError::failed(ToolServerError::Request {
            server: self.server.clone(),
            request: request.to_owned(),
            source: Box::new(Told::of_request(&error)),
        })
    }
}

/// An error that several calls may end with.
fn shared(error: Arc<StepError>) -> StepError {
    Arc::try_unwrap(error).unwrap_or_else(StepError::failed)
}

/// What the task of a connection knows.
struct Session {
    server: String,
    ready: oneshot::Sender<Peer<RoleClient>>,
    done: CancellationToken,
}

impl Session {
    /// Has the server for as long as it is needed, and puts it in order then.
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
            let talk = self.talk_with((stdout, stdin), &stop);
            tokio::pin!(talk);
            tokio::select! {
                biased;
                result = &mut talk => result,
                error = process.ended(&scope) => {
                    // What it has said before is still to be heard.
                    match timeout(LAST_WORDS, talk).await {
                        Ok(Ok(())) => Ok(()),
                        _ => Err(ended(error)),
                    }
                }
            }
        };
        let result = match result {
            // Why it has ended says more than that it has closed its output.
            Err(error) if !stop.is_cancelled() => {
                let why = timeout(LAST_WORDS, process.ended(&scope)).await;
                Err(why.map_or(error, ended))
            }
            result => result,
        };
        let patience = match result {
            Ok(()) => PATIENCE,
            Err(_) => Duration::ZERO,
        };
        process.end(patience, GRACE).await;
        result
    }

    async fn talk_http(
        self,
        url: Url,
        headers: HashMap<HeaderName, HeaderValue>,
        http: &HttpClients,
        stop: &CancellationToken,
    ) -> Result<(), StepError> {
        let client = http.client(&url).await.map_err(|source| {
            StepError::failed(ToolServerError::NoConnection {
                server: self.server.clone(),
                source,
            })
        })?;
        let config = StreamableHttpClientTransportConfig::with_uri(url.as_str())
            .custom_headers(headers.clone());
        let transport = StreamableHttpClientTransport::with_client(client.clone(), config);
        let error = match self.hello(transport, stop).await {
            Err(Hello::Refused(error)) if may_be_old(&error) => error,
            said => return self.talk(said, stop).await,
        };
        // Servers of before 2025 refuse the way of today, and have one of their own.
        let old = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(StepError::Cancelled),
            old = timeout(HELLO, OldHttp::open(client, url, headers)) => old,
        };
        let said = match old {
            Ok(Ok(transport)) => self.hello(transport, stop).await,
            _ => Err(Hello::Refused(error)),
        };
        self.talk(said, stop).await
    }

    async fn talk_with<T, E, A>(
        self,
        transport: T,
        stop: &CancellationToken,
    ) -> Result<(), StepError>
    where
        T: IntoTransport<RoleClient, E, A>,
        E: std::error::Error + Send + Sync + 'static,
    {
        let said = self.hello(transport, stop).await;
        self.talk(said, stop).await
    }

    /// Begins the conversation.
    async fn hello<T, E, A>(
        &self,
        transport: T,
        stop: &CancellationToken,
    ) -> Result<RunningService<RoleClient, ClientConfig>, Hello>
    where
        T: IntoTransport<RoleClient, E, A>,
        E: std::error::Error + Send + Sync + 'static,
    {
        let implementation = Implementation::new("recipe", env!("CARGO_PKG_VERSION"));
        let client = ClientConfig::new(ClientCapabilities::default(), implementation);
        tokio::select! {
            biased;
            () = stop.cancelled() => Err(Hello::Stopped),
            said = timeout(HELLO, client.serve(transport)) => match said {
                Err(_) => Err(Hello::Silent),
                Ok(said) => said.map_err(|error| Hello::Refused(Box::new(error))),
            }
        }
    }

    /// Keeps the conversation going until it is not needed any more.
    async fn talk(
        self,
        said: Result<RunningService<RoleClient, ClientConfig>, Hello>,
        stop: &CancellationToken,
    ) -> Result<(), StepError> {
        let server = self.server;
        let client = said.map_err(|hello| match hello {
            Hello::Stopped => StepError::Cancelled,
            Hello::Silent => StepError::failed(ToolServerError::Silent {
                server: server.clone(),
                waited: HELLO,
            }),
            Hello::Refused(error) => StepError::failed(ToolServerError::NoConnection {
                server: server.clone(),
                source: Box::new(Told::of_start(&error)),
            }),
        })?;
        // Who waits for it may be gone already: then `stop` has fired, or will.
        let _ = self.ready.send(client.peer().clone());
        let end = client.cancellation_token();
        let ended = client.waiting();
        tokio::pin!(ended);
        let result = tokio::select! {
            biased;
            () = stop.cancelled() => Err(StepError::Cancelled),
            () = self.done.cancelled() => Ok(()),
            _ = &mut ended => return Err(StepError::failed(ToolServerError::Closed { server })),
        };
        end.cancel();
        // A server that does not listen is left alone.
        let _ = timeout(FAREWELL, ended).await;
        result
    }
}

fn ended(error: ProcessError) -> StepError {
    StepError::failed(ToolServerError::Ended(error))
}

/// Why a conversation has not begun.
enum Hello {
    Stopped,
    Silent,
    Refused(Box<ClientInitializeError>),
}

/// Whether what the server says may come of its being older than the way it was asked.
fn may_be_old(error: &ClientInitializeError) -> bool {
    let ClientInitializeError::TransportError { error, .. } = error else {
        return false;
    };
    let error = error
        .error
        .downcast_ref::<StreamableHttpError<reqwest::Error>>();
    match error {
        Some(StreamableHttpError::Client(error)) => error
            .status()
            .is_some_and(|status| status.is_client_error()),
        Some(
            StreamableHttpError::UnexpectedServerResponse(_)
            | StreamableHttpError::UnexpectedContentType(_),
        ) => true,
        _ => false,
    }
}
