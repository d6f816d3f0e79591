//! Recipes as tools of a Model Context Protocol server, for any agent to list and call.
//!
//! `catalog` finds the recipes that are tools, `call` runs one, `progress` reports
//! its progress to the client, `validation` is the tool that checks recipes. `lines` serves
//! standard input and output, `http` serves HTTP; both parse each message as it was sent
//! (`message`), so that each request gets a response. The official SDK does the rest of the
//! protocol.

mod call;
mod catalog;
mod http;
mod http_request;
mod input_schema;
mod lines;
mod message;
mod output_schema;
mod progress;
mod request_id;
mod tool;
mod validation;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use recipe_core::run::RecipeFolders;
use recipe_core::{CancellationToken, Context, Options, Registry};
use rmcp::RoleServer;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ErrorData, Implementation,
    InitializeRequestParams, InitializeResult, JsonObject, ListToolsResult, PaginatedRequestParams,
    ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, serve_directly};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use call::Call;
use catalog::{Catalog, LIST_STEP_TYPES, VALIDATE_RECIPE};
use lines::Lines;
use validation::Validation;

pub use http::HttpListener;

/// Time for running calls once the client has closed its end. A client that sends requests and
/// closes at once, as in a pipe, still gets responses; the official SDK kills a server that takes
/// two seconds to exit.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);

/// Time to send the last responses once calls have been cancelled.
const DRAIN_TIMEOUT: Duration = Duration::from_millis(500);

/// Settings of a recipe server.
#[derive(Clone)]
#[expect(clippy::exhaustive_structs, reason = "callers set all fields")]
pub struct ServerSettings {
    /// The step types that recipes may use.
    pub registry: Arc<Registry>,
    /// Options of runs. The server itself sets recipe directories, observers and cancellation.
    pub options: Options,
    /// Initial context of each run, before its arguments: a configuration.
    pub context: Context,
    /// Recipe files, and directories to search for recipes with a name.
    pub paths: Vec<PathBuf>,
}

/// Reasons why recipes cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// A file or directory to serve does not exist.
    #[error("file or directory not found: {}", .0.display())]
    NotFound(PathBuf),
    /// A file or directory to serve is not accessible.
    #[error("cannot serve {}", .path.display())]
    #[non_exhaustive]
    Path {
        /// The file or directory.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// The port is not available.
    #[error("cannot listen on {address}")]
    #[non_exhaustive]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Cause.
        source: io::Error,
    },
    /// The input ended before a client sent a message.
    #[error("client did not send a message")]
    NoClient,
}

impl ServerError {
    fn from_path(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound(path),
            _ => Self::Path { path, source },
        }
    }
}

/// A server whose tools are recipes. Two more tools check a recipe and list the step types.
///
/// A tool is each recipe file in [`ServerSettings::paths`], and each recipe with a `name` in the
/// directories there. Its parameters are its `inputs`, its result the artifacts in its `outputs`.
/// Files are read again for each request. Recipe files outside those directories, and outside the
/// directories of those files, never run, not even when called by another recipe.
#[derive(Clone)]
pub struct RecipeServer {
    shared: Arc<Shared>,
}

/// State shared by all connections of a server.
struct Shared {
    registry: Arc<Registry>,
    options: Options,
    context: Context,
    paths: Vec<PathBuf>,
    /// Fires when the server stops.
    end: CancellationToken,
    /// Active runs, including those whose client has disconnected.
    runs: TaskTracker,
}

impl RecipeServer {
    /// Creates a server for these recipes.
    ///
    /// # Errors
    /// If a path does not exist.
    pub fn new(settings: ServerSettings) -> Result<Self, ServerError> {
        let ServerSettings {
            registry,
            mut options,
            context,
            paths,
        } = settings;
        let mut folders = Vec::with_capacity(paths.len());
        for path in &paths {
            let real = path.canonicalize();
            let real = real.map_err(|error| ServerError::from_path(path, error))?;
            folders.push(match real.parent() {
                Some(folder) if real.is_file() => folder.to_owned(),
                _ => real,
            });
        }
        options.recipe_folders = RecipeFolders::only(&folders).map_err(|error| {
            let first = folders.first().map_or(Path::new(""), PathBuf::as_path);
            ServerError::from_path(first, error)
        })?;
        options.secrets.learn(context.config());
        let end = options.cancellation.child_token();
        Ok(Self {
            shared: Arc::new(Shared {
                registry,
                options,
                context,
                paths,
                end,
                runs: TaskTracker::new(),
            }),
        })
    }

    /// Names of the tools that are recipes, and messages about files that cannot be tools.
    pub fn tools(&self) -> (Vec<String>, Vec<String>) {
        let catalog = self.shared.catalog();
        let names = catalog.tools.iter().map(|tool| tool.name.clone());
        let problems = catalog.problems.into_iter().map(|problem| problem.message);
        (names.collect(), problems.collect())
    }

    /// Serves one client until it disconnects or `stop` fires. No call is left running then.
    ///
    /// # Errors
    /// If no client connects.
    pub async fn serve(
        self,
        input: impl AsyncRead + Send + Unpin + 'static,
        output: impl AsyncWrite + Send + Unpin + 'static,
        stop: CancellationToken,
    ) -> Result<(), ServerError> {
        let shared = self.shared.clone();
        let (lines, output_queue, client) = Lines::new(input);
        // Do not wait for a handshake: clients of 2026-07-28 have none, and earlier requests get a
        // response.
        let service = serve_directly(self, lines, None);
        let conversation = service.cancellation_token();
        // The outcome of a connection does not concern the server.
        let talk = async { tokio::join!(service.waiting(), output_queue.write(output)) };
        tokio::pin!(talk);
        let drained = async {
            client.ended.cancelled().await;
            tokio::time::sleep(SHUTDOWN_GRACE).await;
        };
        let has_ended = tokio::select! {
            biased;
            () = stop.cancelled() => {
                conversation.cancel();
                false
            }
            _ = &mut talk => true,
            () = drained => false,
        };
        // Cancel the calls, and respond as long as the client still reads.
        shared.end.cancel();
        if !has_ended {
            let _ = timeout(DRAIN_TIMEOUT, talk).await;
        }
        shared.end().await;
        match stop.is_cancelled() || client.sent_anything() {
            true => Ok(()),
            false => Err(ServerError::NoClient),
        }
    }

    fn call(&self, arguments: JsonObject, context: RequestContext<RoleServer>) -> Call {
        Call {
            registry: self.shared.registry.clone(),
            options: self.shared.options.clone(),
            context: self.shared.context.clone(),
            arguments,
            end: self.shared.end.child_token(),
            request: context,
        }
    }
}

impl Shared {
    fn catalog(&self) -> Catalog {
        Catalog::read(&self.paths, &self.options.recipe_folders, &self.registry)
    }

    /// Cancels all runs and waits for them.
    async fn end(&self) {
        self.end.cancel();
        self.runs.close();
        self.runs.wait().await;
    }

    /// Result of the tool that lists the step types.
    fn step_types(&self) -> Value {
        let types = self.registry.types();
        let types = types.map(
            |step_type| json!({"type": step_type.name(), "description": step_type.description()}),
        );
        json!({"step_types": types.collect::<Vec<_>>()})
    }
}

impl ServerHandler for RecipeServer {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("recipe", env!("CARGO_PKG_VERSION")))
            .with_instructions(
                "Each tool is a recipe: calling it runs the recipe's steps. validate_recipe checks a recipe \
                     without running it, list_step_types lists the step types.",
            )
    }

    async fn initialize(
        &self,
        mut client: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        let result = self.negotiate_initialize(&client)?;
        // The connection uses this version from here on.
        client.protocol_version = result.protocol_version.clone();
        context.peer.set_peer_info(client);
        Ok(result)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let shared = self.shared.clone();
        let tools = blocking(move || shared.catalog().to_tools()).await?;
        Ok(ListToolsResult::with_all_items(tools))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let name = request.name.into_owned();
        let arguments = request.arguments.unwrap_or_default();
        let shared = self.shared.clone();
        match name.as_str() {
            LIST_STEP_TYPES => return Ok(CallToolResult::structured(shared.step_types()).into()),
            VALIDATE_RECIPE => {
                let validation = Validation {
                    registry: shared.registry.clone(),
                    folders: shared.options.recipe_folders.clone(),
                };
                let result = blocking(move || validation.check(arguments)).await?;
                return Ok(result.into());
            }
            _ => {}
        }
        let secrets = shared.options.secrets.clone();
        let found = blocking(move || shared.catalog().into_tool(&name)).await?;
        let tool = found.map_err(|message| {
            ErrorData::invalid_params(secrets.mask(&message).into_owned(), None)
        })?;
        let call = self.call(arguments, context);
        // A separate task: a client that disconnects must not interrupt a run halfway.
        let run = self.shared.runs.spawn(call.run(tool));
        match run.await {
            Ok(result) => Ok(result.into()),
            Err(_) => Err(ErrorData::internal_error("the run panicked", None)),
        }
    }
}

/// Runs blocking work away from the runtime's threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ErrorData> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| ErrorData::internal_error("the server panicked", None))
}
