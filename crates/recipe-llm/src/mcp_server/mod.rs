//! Recipes as tools of a server that speaks the Model Context Protocol: any agent can list and call them.
//!
//! [`catalog`](Catalog) tells which recipes are tools, [`call`] runs one, [`progress`] tells the client how far it is,
//! [`validation`] is the tool that checks recipes. [`lines`] converses over standard input and output, [`http`] over HTTP;
//! both read each message as it was sent ([`message`]), so that each request is answered. All else of the protocol is the
//! official SDK's.

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
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData,
    Implementation, InitializeRequestParams, InitializeResult, JsonObject, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
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

pub use http::Listening;

/// How long calls may go on when their client says nothing more. One that asks and closes its end at once, as in a pipe, is
/// still answered; the official SDK kills a server that takes two seconds to end.
const FAREWELL: Duration = Duration::from_secs(1);

/// The longest time the last answers may take when calls have been stopped.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What a server of recipes serves, and how it runs them.
#[derive(Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "whoever starts a server says all of this"
)]
pub struct ServerSettings {
    /// The step types that recipes may use.
    pub registry: Arc<Registry>,
    /// How recipes are run. Where recipe files may lie, who observes runs, and what cancels them is up to the server.
    pub options: Options,
    /// What each run begins with, before its arguments: a configuration.
    pub context: Context,
    /// Recipe files, and folders to search for recipes that have a name.
    pub paths: Vec<PathBuf>,
}

/// Why recipes cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// A file or folder to serve is not there.
    #[error("file or folder not found: {}", .0.display())]
    NotFound(PathBuf),
    /// A file or folder to serve cannot be looked at.
    #[error("cannot serve {}", .path.display())]
    Path {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is nobody to listen to.
    #[error("cannot listen at {address}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The input is at its end before a client has said anything.
    #[error("no client: the input ends before anything is said")]
    NoClient,
}

impl ServerError {
    fn of_path(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound(path),
            _ => Self::Path { path, source },
        }
    }
}

/// A server whose tools are recipes, and two more: one that checks a recipe, one that lists the step types.
///
/// Each recipe that is named in [`ServerSettings::paths`] is a tool, and so is each one with a `name` in the folders named
/// there. Its parameters are its `inputs`, its result the artifacts named in its `outputs`. The files are read anew at each
/// request. No recipe file outside those folders, and the folders of those files, is run, whoever calls it.
#[derive(Clone)]
pub struct RecipeServer {
    shared: Arc<Shared>,
}

/// What all conversations of a server share.
struct Shared {
    registry: Arc<Registry>,
    options: Options,
    context: Context,
    paths: Vec<PathBuf>,
    /// Fires when the server ends.
    end: CancellationToken,
    /// The runs that are under way. A run whose client is gone is still to be waited for.
    runs: TaskTracker,
}

impl RecipeServer {
    /// A server of these recipes.
    ///
    /// # Errors
    /// When a path is not there.
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
            let real = real.map_err(|error| ServerError::of_path(path, error))?;
            folders.push(match real.parent() {
                Some(folder) if real.is_file() => folder.to_owned(),
                _ => real,
            });
        }
        options.recipe_folders = RecipeFolders::only(&folders).map_err(|error| {
            let first = folders.first().map_or(Path::new(""), PathBuf::as_path);
            ServerError::of_path(first, error)
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

    /// The names of the tools that are recipes, and what keeps others from being tools, a line each.
    pub fn tools(&self) -> (Vec<String>, Vec<String>) {
        let catalog = self.shared.catalog();
        let names = catalog.tools.iter().map(|tool| tool.name.clone());
        let problems = catalog.problems.into_iter().map(|problem| problem.message);
        (names.collect(), problems.collect())
    }

    /// Converses with one client until it is gone or `stop` fires. Then nothing of what it has called is left running.
    ///
    /// # Errors
    /// When there is no client.
    pub async fn serve(
        self,
        input: impl AsyncRead + Send + Unpin + 'static,
        output: impl AsyncWrite + Send + Unpin + 'static,
        stop: CancellationToken,
    ) -> Result<(), ServerError> {
        let shared = self.shared.clone();
        let (lines, answers, heard) = Lines::new(input);
        // There is no waiting for a handshake: clients of 2026-07-28 have none, and what others ask before it is answered.
        let service = serve_directly(self, lines, None);
        let conversation = service.cancellation_token();
        // How a conversation ends is the client's affair.
        let talk = async { tokio::join!(service.waiting(), answers.write(output)) };
        tokio::pin!(talk);
        let farewell = async {
            heard.ended.cancelled().await;
            tokio::time::sleep(FAREWELL).await;
        };
        let is_over = tokio::select! {
            biased;
            () = stop.cancelled() => {
                conversation.cancel();
                false
            }
            _ = &mut talk => true,
            () = farewell => false,
        };
        // Calls end now, and are answered as far as the client still listens.
        shared.end.cancel();
        if !is_over {
            let _ = timeout(LAST_WORDS, talk).await;
        }
        shared.end().await;
        match stop.is_cancelled() || heard.anything() {
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

    /// Stops what runs and waits until it has ended.
    async fn end(&self) {
        self.end.cancel();
        self.runs.close();
        self.runs.wait().await;
    }

    /// What the tool that lists the step types says.
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
                "Each tool is a recipe: calling it runs the recipe's steps. validate_recipe checks a recipe without running \
                 it, list_step_types lists what steps there are.",
            )
    }

    async fn initialize(
        &self,
        mut client: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        let result = self.negotiate_initialize(&client)?;
        // From now on the conversation is of this revision.
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
        let found = blocking(move || shared.catalog().take(&name)).await?;
        let tool = found.map_err(|message| {
            ErrorData::invalid_params(secrets.mask(&message).into_owned(), None)
        })?;
        let call = self.call(arguments, context);
        // A task of its own: a client that goes away must not tear a run in two.
        let run = self.shared.runs.spawn(call.run(tool));
        match run.await {
            Ok(result) => Ok(result.into()),
            Err(_) => Err(ErrorData::internal_error("the run broke down", None)),
        }
    }
}

/// Work that reads files, away from the runtime's own threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ErrorData> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| ErrorData::internal_error("the server broke down", None))
}

/// What a client is told of a call that came to nothing.
fn failed(message: String) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(message)])
}

/// The parts of a tool that all tools here have.
fn tool(
    name: &str,
    description: Option<String>,
    parameters: JsonObject,
    result: Option<JsonObject>,
) -> Tool {
    let description = description.map(Into::into);
    let mut tool = Tool::new_with_raw(name.to_owned(), description, Arc::new(parameters));
    tool.output_schema = result.map(Arc::new);
    tool
}
