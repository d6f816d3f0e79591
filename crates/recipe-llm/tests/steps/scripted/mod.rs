//! Scripted models, and steps that use them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use recipe_core::event::Usage;
use recipe_core::run::Environment;
use recipe_core::{Context, Event, Executor, Observer, Options, RecipeSource, RunError, chain};
use recipe_llm::model::{ResponseFuture, SchemaWithTools, ToolCall};
use recipe_llm::{
    Model, ModelError, ModelName, ModelSource, Models, Request, Response, ResponseCache,
};
use serde_json::{Map, Value, json};

/// Reaction of a model to a request.
pub(crate) type Turn = Box<dyn FnOnce() -> Result<Response, ModelError> + Send>;

/// A requested model name, with the configuration.
type Lookup = (String, Map<String, Value>);

/// A scripted model, which is its own source and records requests.
#[derive(Clone, Default)]
pub(crate) struct Scripted {
    turns: Arc<Mutex<VecDeque<Turn>>>,
    pub(crate) requests: Arc<Mutex<Vec<Request>>>,
    pub(crate) lookups: Arc<Mutex<Vec<Lookup>>>,
    /// Response cache, if any.
    pub(crate) cache: Option<Arc<ResponseCache>>,
    pub(crate) address: String,
    /// Whether it accepts a schema together with tools.
    pub(crate) schema_with_tools: Option<SchemaWithTools>,
    /// Its warnings about requests.
    pub(crate) warnings: Vec<String>,
    /// Whether servers that start programs are rejected.
    #[cfg(feature = "mcp")]
    pub(crate) no_programs: bool,
}

impl Scripted {
    pub(crate) fn new(turns: impl IntoIterator<Item = Turn>) -> Self {
        Self {
            turns: Arc::new(Mutex::new(turns.into_iter().collect())),
            ..Self::default()
        }
    }

    /// Runs one `llm_generate` step with this configuration.
    pub(crate) async fn generate(&self, config: Value) -> Outcome {
        let mut context = Context::new();
        context.set("topic", "fish");
        self.generate_in(config, context).await
    }

    pub(crate) async fn generate_in(&self, config: Value, context: Context) -> Outcome {
        self.run(json!({"type": "llm_generate", "config": config}), context)
            .await
    }

    /// Runs a step.
    pub(crate) async fn run(&self, step: Value, context: Context) -> Outcome {
        self.run_recipe(json!([step]), context).await
    }

    /// Runs a recipe.
    pub(crate) async fn run_recipe(&self, recipe: Value, mut context: Context) -> Outcome {
        let mut registry = recipe_steps::registry();
        recipe_llm::register(&mut registry).unwrap();
        registry.add_extension(Arc::new(Models::new(self.clone())));
        #[cfg(feature = "mcp")]
        if self.no_programs {
            registry.add_extension(Arc::new(recipe_llm::NoPrograms::new("not here")));
        }
        if let Some(cache) = &self.cache {
            registry.add_extension(cache.clone());
        }
        let observed = Arc::new(Observed::default());
        let mut options = Options::default();
        options.observers = vec![observed.clone()];
        let variables = HashMap::from([("SCRIPTED_API_KEY".to_owned(), "sk-scripted".to_owned())]);
        options.environment = Environment::Fixed(Arc::new(variables));
        options.secrets = observed.secrets.clone();
        let recipe = RecipeSource::json("r", recipe.to_string());
        let executor = Executor::with_options(registry, options);
        let result = executor.run(recipe, &mut context).await;
        Outcome {
            result,
            context,
            observed,
        }
    }
}

/// A response with tool calls: names and arguments.
pub(crate) fn calls<const N: usize>(calls: [(&'static str, &'static str); N]) -> Turn {
    let mut response = Response::text("", usage());
    let calls = calls.iter().enumerate();
    response.tool_calls = calls
        .map(|(index, (name, arguments))| ToolCall {
            id: format!("call-{index}"),
            name: (*name).to_owned(),
            arguments: (*arguments).to_owned(),
            signature: None,
        })
        .collect();
    Box::new(|| Ok(response))
}

/// A text response that took ten and five tokens.
pub(crate) fn text(text: impl Into<String>) -> Turn {
    let mut response = Response::text(text, usage());
    response.usage = usage();
    Box::new(|| Ok(response))
}

pub(crate) fn cut_off(text: &str) -> Turn {
    let mut response = Response::text(text, usage());
    response.is_cut_off = true;
    Box::new(|| Ok(response))
}

pub(crate) fn fails(error: ModelError) -> Turn {
    Box::new(|| Err(error))
}

fn usage() -> Usage {
    Usage::from_request(10, 5)
}

impl Model for Scripted {
    fn respond<'a>(&'a self, request: &'a Request) -> ResponseFuture<'a> {
        self.requests.lock().unwrap().push(request.clone());
        let turn = self.turns.lock().unwrap().pop_front();
        let turn = turn.expect("the script has a turn for each request");
        Box::pin(async { turn() })
    }

    fn schema_with_tools(&self) -> SchemaWithTools {
        self.schema_with_tools.unwrap_or(SchemaWithTools::Together)
    }

    fn warnings(&self, _: &Request) -> Vec<String> {
        self.warnings.clone()
    }

    fn address(&self) -> String {
        self.address.clone()
    }
}

impl ModelSource for Scripted {
    fn variables(&self) -> &[&str] {
        &["SCRIPTED_API_KEY"]
    }

    fn model(
        &self,
        name: &ModelName,
        config: &Map<String, Value>,
    ) -> Result<Arc<dyn Model>, ModelError> {
        let mut lookups = self.lookups.lock().unwrap();
        lookups.push((name.to_string(), config.clone()));
        Ok(Arc::new(self.clone()))
    }
}

/// Result of a run.
pub(crate) struct Outcome {
    pub(crate) result: Result<(), RunError>,
    pub(crate) context: Context,
    pub(crate) observed: Arc<Observed>,
}

impl Outcome {
    pub(crate) fn artifact(&self, name: &str) -> Value {
        self.result.as_ref().unwrap();
        self.context.get(name).unwrap().clone()
    }

    pub(crate) fn error(&self) -> String {
        chain(self.result.as_ref().unwrap_err()).to_string()
    }
}

/// Observed warnings and usage.
#[derive(Default)]
pub(crate) struct Observed {
    pub(crate) secrets: recipe_core::secrets::KnownSecrets,
    pub(crate) warnings: Mutex<Vec<String>>,
    pub(crate) used: Mutex<Usage>,
    /// Tool calls, a line each.
    pub(crate) tools: Mutex<Vec<String>>,
}

impl Observer for Observed {
    fn observe(&self, event: &Event<'_>) {
        match *event {
            Event::Warning { message, .. } => {
                self.warnings.lock().unwrap().push(message.to_owned())
            }
            Event::ToolCalled {
                tool,
                arguments,
                result,
                ..
            } => {
                let line = format!("{tool} {arguments} {result:?}");
                self.tools.lock().unwrap().push(line);
            }
            Event::Used { usage, .. } => *self.used.lock().unwrap() += usage,
            _ => {}
        }
    }
}
