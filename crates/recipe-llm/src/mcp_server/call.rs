//! A call of a recipe: arguments in, artifacts out.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use recipe_core::internal::nearest;
use recipe_core::secrets::KnownSecrets;
use recipe_core::{
    CancellationToken, Context, Executor, Options, RecipeSource, Registry, RunError, chain,
};
use rmcp::RoleServer;
use rmcp::model::{CallToolResult, ContentBlock, JsonObject};
use rmcp::service::RequestContext;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::catalog::RecipeTool;
use super::progress::progress;
use super::tool::failed;

/// A call of a recipe.
pub(super) struct Call {
    pub(super) registry: Arc<Registry>,
    pub(super) options: Options,
    pub(super) context: Context,
    pub(super) arguments: JsonObject,
    /// Fires when the server stops.
    pub(super) end: CancellationToken,
    pub(super) request: RequestContext<RoleServer>,
}

impl Call {
    /// Runs the recipe until it ends, or the client or the server cancels it. Nothing of the run is
    /// left then.
    pub(super) async fn run(self, tool: RecipeTool) -> CallToolResult {
        let Self {
            registry,
            mut options,
            mut context,
            arguments,
            end,
            request,
        } = self;
        let inputs = &tool.recipe.inputs;
        for (name, value) in arguments {
            let Some(input) = inputs.get(&name) else {
                return failed(unknown_argument(&name, inputs.keys()));
            };
            // Models send null for omitted arguments.
            if !(value.is_null() && input.default.is_some()) {
                context.set(name, value);
            }
        }
        let token = request.meta.get_progress_token();
        let secrets = options.secrets.clone();
        let (progress, sender) = progress(secrets.clone(), token, &request.peer);
        let steps = progress.steps();
        options.observers.push(Arc::new(progress));
        options.cancellation = end.clone();
        let executor = Executor::with_options(registry, options);
        let before = context.clone();
        let file = tool.file.clone();
        let started = Instant::now();
        let run = async move {
            let source = RecipeSource::File(file);
            let result = executor.run(source, &mut context).await;
            // Dropping the executor drops the observer, which ends the sender.
            drop(executor);
            (result, context)
        };
        let report = async {
            if let Some(sender) = sender {
                // After a cancellation the client need not read the rest.
                tokio::select! {
                    biased;
                    () = end.cancelled() => {}
                    () = sender.send() => {}
                }
            }
        };
        let both = async { tokio::join!(run, report).0 };
        tokio::pin!(both);
        let (result, context) = tokio::select! {
            biased;
            () = request.ct.cancelled() => {
                end.cancel();
                both.await
            }
            result = &mut both => result,
        };
        let took = started.elapsed();
        match result {
            Err(error) => failed(secrets.mask(&message(&error)).into_owned()),
            Ok(()) if tool.recipe.outputs.is_empty() => {
                let steps = steps.load(Ordering::Relaxed);
                let noun = if steps == 1 { "step" } else { "steps" };
                let set: Vec<&str> = changed(&context, &before).collect();
                let set = match set.is_empty() {
                    true => "no artifacts".to_owned(),
                    false => format!("artifacts: {}", set.join(", ")),
                };
                let text = format!("{steps} {noun} done in {:.1} s; {set}", took.as_secs_f64());
                CallToolResult::success(vec![ContentBlock::text(secrets.mask(&text))])
            }
            Ok(()) => outputs(&tool, &context, &secrets),
        }
    }
}

/// The artifacts that are the recipe's outputs, with secrets masked, since the client may pass them
/// on to a model.
fn outputs(tool: &RecipeTool, context: &Context, secrets: &KnownSecrets) -> CallToolResult {
    let mut outputs = JsonObject::new();
    for name in &tool.recipe.outputs {
        match context.get(name) {
            Some(value) => outputs.insert(name.clone(), json!(secrets.masked(value))),
            None => return failed(format!("output {name} is not set")),
        };
    }
    CallToolResult::structured(Value::Object(outputs))
}

/// The artifacts that a run has set.
fn changed<'c>(context: &'c Context, before: &'c Context) -> impl Iterator<Item = &'c str> {
    let changes = context.changes_since(before);
    changes.filter_map(|(name, value)| value.map(|_| name))
}

/// Error of a run, without the path of its recipe, which the client does not know.
fn message(error: &RunError) -> String {
    chain(&error.source).to_string()
}

fn unknown_argument<'n>(name: &str, known: impl Iterator<Item = &'n String>) -> String {
    match nearest(name, known.map(String::as_str)) {
        Some(nearest) => format!("unknown argument: {name}; did you mean {nearest}?"),
        None => format!("unknown argument: {name}"),
    }
}
