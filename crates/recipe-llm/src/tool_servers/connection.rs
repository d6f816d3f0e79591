//! A connection with one server.

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
use super::hello::{Hello, Running, begin, begin_as_before, may_be_old};
use super::incoming::{CallAnswer, Incoming};
use super::old_http::OldHttp;
use super::standard_io::{Reusable, StandardIo};
use super::streamable_http::HttpServer;
use super::target::Target;
use super::tool_result::{Said, ToolAnswer};
use crate::http_clients::HttpClients;

/// How long a server's program has to end once its standard input is closed.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it has when it is asked to end.
const GRACE: Duration = Duration::from_millis(500);
/// How long to wait for a server elsewhere to hear that this is over.
const FAREWELL: Duration = Duration::from_millis(500);
/// How long to wait for a program that has closed its output to end as well, or the other way round.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The code of a request whose headers do not say what its body says.
const HEADER_MISMATCH: i64 = -32020;

/// A server whose tools can be called. A task of the step has it, and ends it when this is dropped.
pub(crate) struct Connection {
    server: String,
    peer: Peer<RoleClient>,
    incoming: Incoming,
    /// The longest time a request may take.
    limit: Timeout,
    /// Whether what the server says unasked may come behind its answers, as it does on streams of its own.
    is_at_address: bool,
    /// Fires when the server is not needed any more.
    done: CancellationToken,
    /// How the task ends that has the server.
    task: Task,
}

/// The part of a run that a connection is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lifetime {
    /// The step that opens it.
    Step,
    /// All of the run.
    Run,
}

type Task = Shared<BoxFuture<'static, Result<(), Arc<StepError>>>>;

impl Connection {
    /// Reaches a server, whose answers may take as long as `limit`.
    pub(super) async fn open(
        target: Target,
        limit: Timeout,
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
        // A step that is stopped while it waits does not leave a server to the run that nobody has.
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
                    // Whoever would want to know may be gone.
                    let _ = over.send(ended.map_err(Arc::new));
                });
                async { is_over.await.unwrap_or(Ok(())) }.boxed().shared()
            }
        };
        tokio::select! {
            Ok(peer) = is_ready => {
                abandoned.disarm();
                Ok(Self { server: name, peer, incoming, limit, is_at_address, done, task })
            }
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

    /// The server's tools. Those that cannot be read are told as warnings.
    pub(crate) async fn tools(&self, scope: &Scope) -> Result<Vec<Tool>, StepError> {
        let tools = match timeout(self.limit.as_duration(), self.peer.list_all_tools()).await {
            Ok(Ok(tools)) => tools,
            Ok(Err(error)) => return Err(self.failed("list of tools", error).await),
            Err(_) => return Err(self.no_answer("list of tools", self.late())),
        };
        for tool in self.incoming.take_left_out() {
            let (server, name, reason) = (&self.server, tool.name, tool.reason);
            scope.warn(&format!("{server}: tool {name} left out: {reason}"));
        }
        Ok(tools)
    }

    /// The number of times that the server has said that its tools are others.
    pub(crate) fn changes(&self) -> u64 {
        self.incoming.tool_changes()
    }

    /// Whether the list of tools has to be asked for to know what it is: the server changes it, and may say so late.
    pub(crate) fn is_list_unsure(&self) -> bool {
        self.is_at_address
            && self
                .peer
                .peer_info()
                .is_some_and(|server| changes_tools(&server.capabilities))
    }

    /// Whether the server is gone.
    pub(crate) fn has_ended(&self) -> bool {
        self.peer.is_transport_closed()
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// When there is no result. What a tool says of its own failure is a result.
    pub(crate) async fn call(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
    ) -> Result<ToolAnswer, StepError> {
        let request = format!("tool {tool}");
        let answer = self.send(tool, arguments, &request).await?;
        answer.map_err(|error| self.no_answer(&request, error))
    }

    /// Calls a tool for a model: what it, or the server, says of a wrong call is a result as well, from which the model
    /// can learn, and so is that there is no answer that can be read.
    ///
    /// # Errors
    /// When the server is gone, or makes no sense.
    pub(crate) async fn call_for_model(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
    ) -> Result<Said, StepError> {
        let answer = self.send(tool, arguments, &format!("tool {tool}")).await?;
        Ok(match answer {
            Ok(answer) => Said {
                text: answer.text(),
                is_error: answer.is_error(),
            },
            Err(error) => Said {
                text: error.for_model(),
                is_error: true,
            },
        })
    }

    /// # Errors
    /// When the server is gone, or makes no sense. The inner error is one of this call alone.
    async fn send(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        request: &str,
    ) -> Result<Result<ToolAnswer, RequestError>, StepError> {
        let call = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        let work = async {
            let answer = self.call_once(call.clone(), request).await?;
            match answer {
                // A tool may want arguments in headers, too, which its schema says.
                Err(RequestError::Refused { code, .. }) if code == HEADER_MISMATCH => {
                    let tools = self.peer.list_all_tools().await;
                    match tools {
                        Ok(_) => self.call_once(call, request).await,
                        Err(_) => Ok(answer),
                    }
                }
                answer => Ok(answer),
            }
        };
        // Dropped, it tells the server that nobody waits any more.
        let answer = timeout(self.limit.as_duration(), work).await;
        answer.unwrap_or_else(|_| Ok(Err(self.late())))
    }

    async fn call_once(
        &self,
        call: CallToolRequestParams,
        request: &str,
    ) -> Result<Result<ToolAnswer, RequestError>, StepError> {
        let answer = match self.peer.call_tool_once(call).await {
            Ok(CallToolResponse::Complete(answer)) => answer,
            Ok(_) => return Ok(Err(RequestError::NotAnAnswer)),
            Err(error) => return Err(self.failed(request, error).await),
        };
        Ok(match CallAnswer::taken_from(answer) {
            CallAnswer::Result(text) => ToolAnswer::read(&text),
            CallAnswer::Error(text) => Err(RequestError::refused(&text)),
            CallAnswer::Unreadable(unreadable) => Err(unreadable.into()),
        })
    }

    fn late(&self) -> RequestError {
        RequestError::TimedOut { limit: self.limit }
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
        let unreadable = self.incoming.take_unreadable().map(RequestError::from);
        self.no_answer(request, unreadable.unwrap_or_else(|| (&error).into()))
    }

    fn no_answer(&self, request: &str, source: RequestError) -> StepError {
        StepError::failed(ToolServerError::Request {
            server: self.server.clone(),
            request: request.to_owned(),
            source: Box::new(source),
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
    incoming: Incoming,
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
            let transport = StandardIo::new(stdout, stdin, self.incoming.clone());
            let transport = Reusable::new(transport);
            let talk = async {
                let said = begin(|| transport.lend(), &stop).await;
                self.talk(said, &stop).await
            };
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
            Err(error) if !stop.is_cancelled() && is_end(&error) => {
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
        headers: Vec<(HeaderName, HeaderValue)>,
        http: &HttpClients,
        stop: &CancellationToken,
    ) -> Result<(), StepError> {
        let client = http.client(&url).await.map_err(|source| {
            StepError::failed(ToolServerError::NoConnection {
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
        let error = match begin(transport, stop).await {
            Err(Hello::Refused(error)) if may_be_old(&error) => error,
            said => return self.talk(said, stop).await,
        };
        // Servers of before 2025 refuse the way of today, and have one of their own.
        let unreadable = self.incoming.take_unreadable();
        let old = OldHttp::open(client, url, headers, self.incoming.clone());
        let old = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(StepError::Cancelled),
            old = timeout(super::hello::LIMIT, old) => old,
        };
        let said = match old {
            Ok(Ok(transport)) => begin_as_before(transport, stop).await,
            _ => {
                self.incoming.note_unreadable(unreadable);
                Err(Hello::Refused(error))
            }
        };
        self.talk(said, stop).await
    }

    /// Keeps the conversation going until it is not needed any more.
    async fn talk(
        self,
        said: Result<Running, Hello>,
        stop: &CancellationToken,
    ) -> Result<(), StepError> {
        let server = self.server;
        let client = said.map_err(|hello| match hello {
            Hello::Stopped => StepError::Cancelled,
            Hello::Silent => StepError::failed(ToolServerError::Silent {
                server: server.clone(),
                waited: super::hello::LIMIT,
            }),
            Hello::Refused(error) => {
                let unreadable = self.incoming.take_unreadable().map(RequestError::from);
                let source = unreadable.unwrap_or_else(|| (&*error).into());
                StepError::failed(ToolServerError::NoConnection {
                    server: server.clone(),
                    source: Box::new(source),
                })
            }
        })?;
        let peer = client.peer().clone();
        let watching = watch_tools(peer.clone());
        // Who waits for it may be gone already: then `stop` has fired, or will.
        let _ = self.ready.send(peer);
        let end = client.cancellation_token();
        let ended = client.waiting();
        tokio::pin!(ended);
        let result = tokio::select! {
            biased;
            () = self.done.cancelled() => Ok(()),
            () = stop.cancelled() => Err(StepError::Cancelled),
            _ = &mut ended => return Err(StepError::failed(ToolServerError::Closed { server })),
            () = watching => unreachable!("it has no end"),
        };
        end.cancel();
        // A server that does not listen is left alone.
        let _ = timeout(FAREWELL, ended).await;
        result
    }
}

/// Whether a server has ended the conversation, in words or without.
fn is_end(error: &StepError) -> bool {
    let StepError::Failed(error) = error else {
        return false;
    };
    match error.downcast_ref::<ToolServerError>() {
        Some(ToolServerError::Closed { .. }) => true,
        Some(ToolServerError::NoConnection { source, .. }) => matches!(
            source.downcast_ref::<RequestError>(),
            Some(RequestError::Closed | RequestError::Transport(_))
        ),
        _ => false,
    }
}

fn ended(error: ProcessError) -> StepError {
    StepError::failed(ToolServerError::Ended(error))
}
