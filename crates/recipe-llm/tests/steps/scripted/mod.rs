//! Models that answer from a script, and steps that ask them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use recipe_core::event::Usage;
use recipe_core::run::Environment;
use recipe_core::{Context, Event, Executor, Observer, Options, RecipeSource, RunError, chain};
use recipe_llm::{
    Answer, AnswerCache, AnswerFuture, Model, ModelError, ModelName, ModelSource, Models, Request,
    SchemaWithTools, ToolCall,
};
use serde_json::{Map, Value, json};

/// What a model does when it is asked.
pub(crate) type Turn = Box<dyn FnOnce() -> Result<Answer, ModelError> + Send>;

/// The name that a model was asked for by, and the configuration.
type Sought = (String, Map<String, Value>);

/// A model with a script, which is a source of itself, and remembers what it was asked.
#[derive(Clone, Default)]
pub(crate) struct Scripted {
    turns: Arc<Mutex<VecDeque<Turn>>>,
    pub(crate) asked: Arc<Mutex<Vec<Request>>>,
    pub(crate) sought: Arc<Mutex<Vec<Sought>>>,
    /// The answers that are kept, if any are.
    pub(crate) answers: Option<Arc<AnswerCache>>,
    pub(crate) address: String,
    /// Whether it may be sent a schema and tools at once.
    pub(crate) schema_with_tools: Option<SchemaWithTools>,
    /// The parts of requests that it leaves out.
    pub(crate) left_out: Vec<String>,
    /// Whether servers that are programs are refused.
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
        if let Some(answers) = &self.answers {
            registry.add_extension(answers.clone());
        }
        let told = Arc::new(Told::default());
        let mut options = Options::default();
        options.observers = vec![told.clone()];
        let variables = HashMap::from([("SCRIPTED_API_KEY".to_owned(), "sk-scripted".to_owned())]);
        options.environment = Environment::Fixed(Arc::new(variables));
        options.secrets = told.secrets.clone();
        let recipe = RecipeSource::json("r", recipe.to_string());
        let executor = Executor::with_options(registry, options);
        let result = executor.run(recipe, &mut context).await;
        Outcome {
            result,
            context,
            told,
        }
    }
}

/// An answer that wants tools called: names and arguments.
pub(crate) fn calls<const N: usize>(calls: [(&'static str, &'static str); N]) -> Turn {
    let mut answer = Answer::text("", usage());
    let calls = calls.iter().enumerate();
    answer.tool_calls = calls
        .map(|(index, (name, arguments))| ToolCall {
            id: format!("call-{index}"),
            name: (*name).to_owned(),
            arguments: (*arguments).to_owned(),
            signature: None,
        })
        .collect();
    Box::new(|| Ok(answer))
}

/// An answer of text that took ten tokens and five.
pub(crate) fn text(text: impl Into<String>) -> Turn {
    let mut answer = Answer::text(text, usage());
    answer.usage = usage();
    Box::new(|| Ok(answer))
}

pub(crate) fn cut_off(text: &str) -> Turn {
    let mut answer = Answer::text(text, usage());
    answer.is_cut_off = true;
    Box::new(|| Ok(answer))
}

pub(crate) fn fails(error: ModelError) -> Turn {
    Box::new(|| Err(error))
}

fn usage() -> Usage {
    Usage::of_request(10, 5)
}

impl Model for Scripted {
    fn answer<'a>(&'a self, request: &'a Request) -> AnswerFuture<'a> {
        self.asked.lock().unwrap().push(request.clone());
        let turn = self.turns.lock().unwrap().pop_front();
        let turn = turn.expect("the model is asked more often than the script says");
        Box::pin(async { turn() })
    }

    fn schema_with_tools(&self) -> SchemaWithTools {
        self.schema_with_tools.unwrap_or(SchemaWithTools::Together)
    }

    fn left_out(&self, _: &Request) -> Vec<String> {
        self.left_out.clone()
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
        let mut sought = self.sought.lock().unwrap();
        sought.push((name.to_string(), config.clone()));
        Ok(Arc::new(self.clone()))
    }
}

/// What came of a run.
pub(crate) struct Outcome {
    pub(crate) result: Result<(), RunError>,
    pub(crate) context: Context,
    pub(crate) told: Arc<Told>,
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

/// What observers were told: warnings, and what was used.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) secrets: recipe_core::secrets::KnownSecrets,
    pub(crate) warnings: Mutex<Vec<String>>,
    pub(crate) used: Mutex<Usage>,
    /// Calls of tools, a line each.
    pub(crate) tools: Mutex<Vec<String>>,
}

impl Observer for Told {
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
