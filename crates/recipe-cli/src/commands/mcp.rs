//! `recipe mcp`: recipes as tools of a server that speaks the Model Context Protocol.

use std::sync::Arc;

use recipe_core::document::Severity;
use recipe_core::secrets::KnownSecrets;
use recipe_core::{CancellationToken, Context, Options, Registry};
use recipe_llm::RecipeServer;
use recipe_llm::mcp_server::ServerSettings;

use crate::arguments::McpArguments;
use crate::arguments::assignment::Assignment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::run::execution::environment;
use crate::run::rules::Rules;
use crate::run::runtime;
use crate::run::signals::Signals;
use crate::terminal::printer::{Look, Printer};

/// Serves recipes until the client is gone or someone stops the program.
pub(crate) fn mcp(arguments: McpArguments, registry: Registry) -> ExitCode {
    let secrets = KnownSecrets::new();
    let printer = Printer::new(secrets.clone(), Severity::Error);
    let http = arguments.http;
    let served = server(arguments, registry, secrets).and_then(|server| {
        let (tools, problems) = server.tools();
        for problem in problems {
            printer.warning(&problem, None);
        }
        let tools = match tools.is_empty() {
            true => "no recipes".to_owned(),
            false => format!("recipes as tools: {}", tools.join(", ")),
        };
        printer.line("note:", Look::Faint, &tools);
        serve(server, http, &printer)
    });
    printer.end(served)
}

fn server(
    arguments: McpArguments,
    registry: Registry,
    secrets: KnownSecrets,
) -> Result<RecipeServer, Failure> {
    let rules = Rules {
        strict: arguments.strict,
        no_commands: arguments.no_commands,
    };
    let mut context = Context::new();
    Assignment::configure(&arguments.config, &mut context);
    let mut options = Options::default();
    options.strict = rules.strict;
    options.environment = environment()?;
    options.secrets = secrets;
    Ok(RecipeServer::new(ServerSettings {
        registry: Arc::new(rules.apply(registry)),
        options,
        context,
        paths: arguments.paths,
    })?)
}

fn serve(server: RecipeServer, http: Option<u16>, printer: &Printer) -> Result<(), Failure> {
    let runtime = runtime::build().map_err(Failure::Start)?;
    let served = runtime.block_on(async {
        let mut signals = Signals::listen().map_err(Failure::Start)?;
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        // A task of its own, so that it runs on a thread whose stack is large enough for deep recipes.
        let mut served = match http {
            Some(port) => {
                let listening = server.listen(port).await?;
                printer.plain_line(&format!("listening on {}", listening.url()));
                tokio::spawn(async move {
                    listening.serve(stopped).await;
                    Ok(())
                })
            }
            None => tokio::spawn(server.serve(tokio::io::stdin(), tokio::io::stdout(), stopped)),
        };
        tokio::select! {
            ended = &mut served => Ok(ended.map_err(Failure::BrokeDown)??),
            by = signals.next() => {
                stop.cancel();
                // A second signal ends the program at once.
                tokio::select! {
                    _ = &mut served => {}
                    _ = signals.next() => {}
                }
                Err(Failure::ServerStopped(by))
            }
        }
    });
    // What may be left is a thread that reads standard input, for which nothing waits.
    runtime.shutdown_timeout(runtime::AT_ONCE);
    served
}
