//! `llm_generate`: what a language model makes of a prompt.

use std::borrow::Cow;
use std::num::NonZeroU32;
use std::sync::Arc;

use recipe_core::document::Pointer;
use recipe_core::registry::StepTraits;
use recipe_core::template::{Template, Variables};
use recipe_core::{ConfigError, Context, InField, Scope, Step, StepBuilder, StepError};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::{Map, Value};

use crate::asking::Asked;
use crate::cache::{AnswerCache, StepAnswers};
use crate::conversation::Conversation;
#[cfg(feature = "mcp")]
use crate::http_clients::HttpClients;
use crate::model::{Answer, Message, ModelError, Request};
use crate::model_name::{ModelName, NotAModelName};
use crate::models::Models;
#[cfg(feature = "mcp")]
use crate::no_programs::NoPrograms;
use crate::output_format::{AnswerError, AnswerFormat, OutputFormat};
use crate::reasoning::without_reasoning;
#[cfg(feature = "mcp")]
use crate::tool_servers::ToolServer;
use crate::tool_servers::{ServerReference, Toolbox};

/// How often a model may put an answer right that is not what it was to be.
const CORRECTIONS: u32 = 2;

/// Asks a language model and stores its answer.
///
/// Keys and addresses come from the configuration, or from environment variables or `.env`: `OPENAI_API_KEY`,
/// `ANTHROPIC_API_KEY`, `AZURE_OPENAI_BASE_URL` and so on.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "llm_generate")]
#[non_exhaustive]
pub struct LlmGenerateConfig {
    /// What the model is told. A template.
    pub prompt: Template,
    /// The model, as `provider/name`: `openai/gpt-4o` by default. Providers are `openai`, `azure` (also
    /// `azure/name/deployment`), `anthropic`, `gemini`, `ollama`, `openai_responses` and `azure_responses`. A template.
    #[serde(default = "default_model")]
    pub model: Template,
    /// The most tokens to answer with; the provider decides by default. A number, or a template of one.
    #[serde(default)]
    pub max_tokens: Option<MaxTokens>,
    /// How freely the model chooses its words, from 0; the provider decides by default. Models that take no temperature, as
    /// Anthropic's from Claude 4.7 on, are asked without it, and a warning says so.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub temperature: Option<f64>,
    /// Servers whose tools the model may call, as often as it likes and several at once: names of servers under
    /// `mcp_servers` of the recipe, or servers that are written here. Those that are programs are started for the step and
    /// ended with it, unless they say `shared: run`.
    #[serde(default)]
    pub mcp_servers: Vec<ServerReference>,
    /// The tools that the model may call, by name, `tool_prefix` included; all by default.
    #[serde(default)]
    pub tools_allow: Option<Vec<String>>,
    /// Tools that the model may not call, by name, `tool_prefix` included.
    #[serde(default)]
    pub tools_deny: Vec<String>,
    /// How often the model may have tools called before it has to answer: 50 times by default. Calls that it wants done at
    /// once count as one.
    #[serde(default = "default_max_tool_rounds")]
    pub max_tool_rounds: NonZeroU32,
    /// Tools that the provider runs itself: `{"type": "web_search"}`, or `web_search_preview`, its first version. Models of
    /// `openai_responses` and `azure_responses` have them.
    #[serde(default)]
    pub openai_builtin_tools: Vec<BuiltinTool>,
    /// What to answer with: `text`, `files` (a list of `{path, content}` for write_files), the JSON Schema of an
    /// object or a list, or a list with the JSON Schema of its items. Properties that are to be written first, such as
    /// `reasoning`, stand first and in `required`: many servers have the model write required properties before others.
    #[schemars(extend("x-answer-schema" = true))]
    pub output_format: OutputFormat,
    /// The artifact to store the answer in; `llm_output` by default. A template.
    #[serde(default = "default_output_key")]
    #[schemars(extend("x-artifact" = "sets"))]
    pub output_key: Template,
    /// Whether to keep the answers for 30 days after their last use, and to use them again as long as the request is the
    /// same: the model, its address, the prompt, all that goes with it. False by default. `recipe` keeps them in
    /// `recipe/answers` in the folder for state, such as `~/.local/state`; remove that folder to forget them.
    #[serde(default)]
    pub cache: bool,
}

fn default_model() -> Template {
    Template::parse("openai/gpt-4o").expect("a text without tags is a template")
}

fn default_max_tool_rounds() -> NonZeroU32 {
    NonZeroU32::new(50).expect("it is more than none")
}

fn default_output_key() -> Template {
    Template::parse("llm_output").expect("a text without tags is a template")
}

/// A tool that the provider runs itself, as it describes it.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct BuiltinTool {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: BuiltinToolKind,
    /// Settings of it, which the provider describes.
    #[serde(flatten)]
    pub settings: Map<String, Value>,
}

/// What a provider's own tool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[non_exhaustive]
pub enum BuiltinToolKind {
    /// It searches the web.
    WebSearch,
    /// It searches the web, as its first version did.
    WebSearchPreview,
}

/// A number of tokens, or a template that becomes one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum MaxTokens {
    /// A number.
    Number(u32),
    /// A template.
    Template(Template),
}

/// Why a model has made nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LlmError {
    /// The registry has the step, but no models.
    #[error("there are no models: the program has to provide the registry with some")]
    NoModels,
    /// `model` names none.
    #[error(transparent)]
    Name(#[from] NotAModelName),
    /// `max_tokens` is no number.
    #[error("max_tokens is not a number from 1: {0:?}")]
    MaxTokens(String),
    /// The model has not answered.
    #[error("{model}")]
    Model {
        /// Its name.
        model: String,
        /// Why.
        source: ModelError,
    },
    /// It has answered with something else than what it was to, again and again.
    #[error("{model}, after {answers} {}", if *answers == 1 { "answer" } else { "answers" })]
    Answer {
        /// Its name.
        model: String,
        /// How often it has answered.
        answers: u32,
        /// What is wrong with the last answer.
        source: AnswerError,
    },
    /// It has thought until it was cut off, and answered nothing.
    #[error("{model}: the answer was used up by reasoning, max_tokens is too small for it")]
    UsedUp {
        /// Its name.
        model: String,
    },
    /// It wants tools called again and again.
    #[error(
        "{model}: it wants more tools called after {rounds} rounds, `max_tool_rounds` says how many it may have"
    )]
    TooManyRounds {
        /// Its name.
        model: String,
        /// How many it had.
        rounds: u32,
    },
    /// `mcp_servers` of the configuration is no list of servers.
    #[error("the configuration value mcp_servers is no list of servers: {reason}")]
    ConfiguredServers {
        /// What is wrong with it.
        reason: String,
    },
    /// Its answer was cut off before it was whole.
    #[error("{model}: the answer was cut off, max_tokens is too small for it")]
    CutOff {
        /// Its name.
        model: String,
    },
}

/// See [`LlmGenerateConfig`]. Needs a tokio runtime with I/O and time enabled.
pub struct LlmGenerate {
    config: LlmGenerateConfig,
    format: AnswerFormat,
    models: Option<Arc<Models>>,
    #[cfg(feature = "mcp")]
    servers: Vec<ToolServer>,
    #[cfg(feature = "mcp")]
    no_programs: Option<Arc<NoPrograms>>,
    #[cfg(feature = "mcp")]
    http: Arc<HttpClients>,
    answers: Option<Arc<AnswerCache>>,
}

impl Step for LlmGenerate {
    const TYPE: &'static str = "llm_generate";
    type Config = LlmGenerateConfig;
    const TRAITS: StepTraits = StepTraits::new().calls_model();

    fn new(config: LlmGenerateConfig, builder: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        #[cfg(not(feature = "mcp"))]
        if !config.mcp_servers.is_empty() {
            let error = "this program is built without servers of tools";
            return Err(ConfigError::new("mcp_servers", error));
        }
        #[cfg(feature = "mcp")]
        let no_programs = builder.extension::<NoPrograms>();
        #[cfg(feature = "mcp")]
        let servers = config
            .mcp_servers
            .iter()
            .enumerate()
            .map(|(index, server)| {
                let field = format!("mcp_servers[{index}]");
                server.clone().resolve(&field, builder)
            });
        #[cfg(feature = "mcp")]
        let servers = servers.collect::<Result<Vec<_>, _>>()?;
        #[cfg(feature = "mcp")]
        if let Some(no_programs) = &no_programs {
            no_programs.check_all(&servers, "mcp_servers")?;
        }
        let format = AnswerFormat::new(&config.output_format)
            .map_err(|error| error.in_field(&Pointer::default().key("output_format")))?;
        Ok(Self {
            config,
            format,
            models: builder.extension(),
            #[cfg(feature = "mcp")]
            servers,
            #[cfg(feature = "mcp")]
            no_programs,
            #[cfg(feature = "mcp")]
            http: builder.extension().unwrap_or_default(),
            answers: builder.extension(),
        })
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        let config = &self.config;
        let (name, mut request) = config.request(&self.format, context)?;
        let output_key = config.output_key.render(context).in_field("output_key")?;
        let models = self
            .models
            .as_ref()
            .ok_or_else(|| failed(LlmError::NoModels))?;
        // What the environment has belongs to this step alone, and is secret from here on.
        let mut known = context.clone();
        scope.load_variables(models.variables(), &mut known);
        let called = name.to_string();
        let model = models.model(&name, known.config());
        let model = model.map_err(|source| model_failed(&called, source))?;
        let mut toolbox = self.toolbox(scope, context).await?;
        request.tools = toolbox.tools();
        for warning in model.left_out(&request) {
            scope.warn(&format!("{called}: {warning}"));
        }
        let asked = Asked {
            scope,
            name: &called,
            model: &*model,
            kept: config
                .cache
                .then(|| StepAnswers::of_step(self.answers.as_ref(), scope))
                .flatten(),
        };
        let rounds = config.max_tool_rounds.get();
        let mut conversation = Conversation::new(asked, &mut toolbox, request, rounds);
        let artifact = self.artifact(&mut conversation).await;
        if artifact.is_ok() {
            conversation.asked.keep_answers().await;
        }
        toolbox.close().await;
        context.set(output_key, artifact?);
        Ok(())
    }
}

impl LlmGenerate {
    /// What the model makes, put right by it where it is not what it was to be.
    async fn artifact(&self, conversation: &mut Conversation<'_>) -> Result<Value, StepError> {
        let (scope, name) = (conversation.asked.scope, conversation.asked.name);
        let model = || name.to_owned();
        for answers in 1.. {
            let answer = conversation.answer().await?;
            let error = match self.format.artifact(&answer.text) {
                Ok(artifact) => {
                    if answer.is_cut_off {
                        scope.warn("the answer was cut off: max_tokens is too small for it");
                    }
                    return Ok(artifact);
                }
                Err(AnswerError::Empty | AnswerError::OnlyReasoning) if answer.is_cut_off => {
                    return Err(failed(LlmError::UsedUp { model: model() }));
                }
                Err(_) if answer.is_cut_off => {
                    return Err(failed(LlmError::CutOff { model: model() }));
                }
                // A text has nothing to be put right.
                Err(source) if answers > CORRECTIONS || self.format.schema().is_none() => {
                    return Err(failed(LlmError::Answer {
                        model: model(),
                        answers,
                        source,
                    }));
                }
                Err(error) => error,
            };
            scope.warn(&format!("{name}: {error}, asking again"));
            correct(&mut conversation.request, &answer, &error);
        }
        unreachable!("the last answer is the end")
    }

    /// The tools of the step's servers, and of those that the configuration has for all steps.
    #[cfg(feature = "mcp")]
    async fn toolbox(&self, scope: &Scope, context: &Context) -> Result<Toolbox, StepError> {
        let config = &self.config;
        let mut servers = Cow::Borrowed(&self.servers);
        if let Some(configured) = context.config().get("mcp_servers") {
            let configured = Vec::<ToolServer>::deserialize(configured).map_err(|error| {
                let reason = error.to_string();
                failed(LlmError::ConfiguredServers { reason })
            })?;
            if let Some(no_programs) = &self.no_programs {
                let checked = no_programs.check_all(&configured, "mcp_servers");
                checked.map_err(StepError::failed)?;
            }
            servers.to_mut().extend(configured);
        }
        let mut toolbox = Toolbox::open(&servers, &self.http, scope, context).await?;
        match toolbox.restrict(config.tools_allow.as_deref(), &config.tools_deny) {
            Ok(()) => Ok(toolbox),
            Err(error) => {
                toolbox.close().await;
                Err(error)
            }
        }
    }

    #[cfg(not(feature = "mcp"))]
    async fn toolbox(&self, _: &Scope, _: &Context) -> Result<Toolbox, StepError> {
        Ok(Toolbox)
    }
}

impl LlmGenerateConfig {
    /// The model that a step with this configuration would ask, and what it would ask it first, without the tools of its
    /// servers, which are not started.
    ///
    /// # Errors
    /// When a template, the name of the model or the schema is not right.
    pub fn first_request(
        &self,
        variables: &dyn Variables,
    ) -> Result<(ModelName, Request), StepError> {
        let format = AnswerFormat::new(&self.output_format)
            .map_err(|error| error.in_field(&Pointer::default().key("output_format")))
            .map_err(StepError::failed)?;
        self.request(&format, variables)
    }

    fn request(
        &self,
        format: &AnswerFormat,
        variables: &dyn Variables,
    ) -> Result<(ModelName, Request), StepError> {
        let prompt = self.prompt.render(variables).in_field("prompt")?;
        let name = self.model.render(variables).in_field("model")?;
        let mut request = Request::new(prompt);
        request.max_tokens = self.max_tokens(variables)?;
        request.temperature = self.temperature;
        let builtin_tools = self.openai_builtin_tools.iter();
        request.builtin_tools = builtin_tools
            .map(|tool| serde_json::to_value(tool).expect("what was JSON is JSON"))
            .collect();
        request.schema = format.schema().cloned();
        Ok((name.parse().map_err(failed)?, request))
    }

    fn max_tokens(&self, variables: &dyn Variables) -> Result<Option<u32>, StepError> {
        Ok(match &self.max_tokens {
            None => None,
            Some(MaxTokens::Number(number)) => Some(*number),
            Some(MaxTokens::Template(template)) => {
                let text = template.render(variables).in_field("max_tokens")?;
                let number = text.trim().parse().ok().filter(|number| *number > 0);
                Some(number.ok_or_else(|| failed(LlmError::MaxTokens(text)))?)
            }
        })
    }
}

/// Shows the model its answer, and what is wrong with it. The schema is in it: there are servers that pass over that of a
/// request. Its reasoning is not: models are not shown that of earlier turns. Neither is an answer that is empty, which
/// providers refuse.
fn correct(request: &mut Request, answer: &Answer, error: &AnswerError) {
    let schema = request.schema.as_ref().map(|asked| &asked.schema);
    let schema = schema.map_or_else(String::new, |schema| format!(":\n{schema}"));
    let text = without_reasoning(&answer.text).unwrap_or_default();
    if !text.trim().is_empty() {
        request.messages.push(Message::Assistant {
            text: text.to_owned(),
            tool_calls: Vec::new(),
        });
    }
    request.messages.push(Message::User(format!(
        "This cannot be used: {error}. Answer again, with nothing but JSON that fits the schema{schema}"
    )));
}

pub(crate) fn failed(error: impl Into<LlmError>) -> StepError {
    StepError::failed(error.into())
}

pub(crate) fn model_failed(model: &str, source: ModelError) -> StepError {
    failed(LlmError::Model {
        model: model.to_owned(),
        source,
    })
}

impl<'de> Deserialize<'de> for MaxTokens {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || Error::custom("expected a number from 1, or a template of one");
        match Value::deserialize(deserializer)? {
            Value::Number(number) => {
                let number = number
                    .as_u64()
                    .and_then(|number| u32::try_from(number).ok());
                let number = number.filter(|number| *number > 0);
                number.map(Self::Number).ok_or_else(wrong)
            }
            Value::String(text) => Template::parse(&text)
                .map(Self::Template)
                .map_err(Error::custom),
            _ => Err(wrong()),
        }
    }
}

impl JsonSchema for MaxTokens {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "MaxTokens".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "integer", "minimum": 1 },
                generator.subschema_for::<Template>(),
            ]
        })
    }
}
