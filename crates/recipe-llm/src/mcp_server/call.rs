//! One call of a recipe: arguments in, artifacts out.

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
use super::failed;
use super::progress::progress;

/// What a recipe is called with.
pub(super) struct Call {
    pub(super) registry: Arc<Registry>,
    pub(super) options: Options,
    pub(super) context: Context,
    pub(super) arguments: JsonObject,
    /// Fires when the server ends.
    pub(super) end: CancellationToken,
    pub(super) request: RequestContext<RoleServer>,
}

impl Call {
    /// Runs the recipe to its end, or until the client or the server has enough of it. Then nothing of the run is left.
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
            // Models say null where they leave an argument out.
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
            // With the executor goes the observer, so that the sender has nothing more to wait for.
            drop(executor);
            (result, context)
        };
        let told = async {
            if let Some(sender) = sender {
                // A client that has stopped the run need not take what is left.
                tokio::select! {
                    biased;
                    () = end.cancelled() => {}
                    () = sender.send() => {}
                }
            }
        };
        let both = async { tokio::join!(run, told).0 };
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

/// The artifacts that the recipe names as its result. What a client is told may go on to a model, so no secrets are in it.
fn outputs(tool: &RecipeTool, context: &Context, secrets: &KnownSecrets) -> CallToolResult {
    let mut outputs = JsonObject::new();
    for name in &tool.recipe.outputs {
        match context.get(name) {
            Some(value) => outputs.insert(name.clone(), json!(secrets.masked(value))),
            None => return failed(format!("the recipe has not set its output {name}")),
        };
    }
    CallToolResult::structured(Value::Object(outputs))
}

/// The names of the artifacts that a run has set.
fn changed<'c>(context: &'c Context, before: &'c Context) -> impl Iterator<Item = &'c str> {
    let changes = context.changes_since(before);
    changes.filter_map(|(name, value)| value.map(|_| name))
}

/// Why a run failed, without the path of its recipe, which the client does not know.
fn message(error: &RunError) -> String {
    chain(&error.source).to_string()
}

fn unknown_argument<'n>(name: &str, known: impl Iterator<Item = &'n String>) -> String {
    match nearest(name, known.map(String::as_str)) {
        Some(nearest) => format!("unknown argument: {name}; did you mean {nearest}?"),
        None => format!("unknown argument: {name}"),
    }
}
