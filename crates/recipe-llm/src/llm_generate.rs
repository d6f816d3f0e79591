//! `llm_generate`: a response of a language model.

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

use crate::cache::{ResponseCache, StepCache};
use crate::conversation::Conversation;
#[cfg(feature = "mcp")]
use crate::http_clients::HttpClients;
pub use crate::llm_error::LlmError;
use crate::llm_error::{failed, model_failed};
use crate::model::{Message, Request, Response};
use crate::model_client::ModelClient;
use crate::model_name::ModelName;
use crate::models::Models;
#[cfg(feature = "mcp")]
use crate::no_programs::NoPrograms;
use crate::output_format::ResponseFormat;
pub use crate::output_format::{OutputFormat, ResponseError};
use crate::reasoning::without_reasoning;
#[cfg(feature = "mcp")]
use crate::tool_servers::ToolServer;
use crate::tool_servers::{ServerReference, Toolbox};

/// Corrections that a model may make to a response that does not fit its format.
const CORRECTIONS: u32 = 2;

/// Sends a prompt to a language model and stores its response.
///
/// Keys and addresses come from the configuration, or from environment variables or `.env`:
/// `OPENAI_API_KEY`,
/// `ANTHROPIC_API_KEY`, `AZURE_OPENAI_BASE_URL` and so on.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "llm_generate")]
#[non_exhaustive]
pub struct LlmGenerateConfig {
    /// The prompt. A template.
    pub prompt: Template,
    /// The model, as `provider/name`: `openai/gpt-4o` by default. Providers are `openai`, `azure`
    /// (also `azure/name/deployment`), `anthropic`, `gemini`, `ollama`, `openai_responses` and
    /// `azure_responses`. A template.
    #[serde(default = "default_model")]
    pub model: Template,
    /// The maximum number of tokens in the response; the provider decides by default. A number, or
    /// a template of one.
    #[serde(default)]
    pub max_tokens: Option<MaxTokens>,
    /// The sampling temperature, from 0; the provider decides by default. Models without a
    /// temperature, such as Anthropic's from Claude 4.7 on, are client without it, and the step
    /// warns.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub temperature: Option<f64>,
    /// Servers whose tools the model may call, in parallel and in several rounds: names of servers
    /// under `mcp_servers` of the recipe, or inline servers. Servers that are programs are started
    /// for the step and stopped with it, unless they set `shared: run`.
    #[serde(default)]
    pub mcp_servers: Vec<ServerReference>,
    /// The tools that the model may call, by name, `tool_prefix` included; all by default.
    #[serde(default)]
    pub tools_allow: Option<Vec<String>>,
    /// Tools that the model may not call, by name, `tool_prefix` included.
    #[serde(default)]
    pub tools_deny: Vec<String>,
    /// The maximum number of rounds of tool calls before the model has to respond; 50 by default.
    /// Parallel calls count as one round.
    #[serde(default = "default_max_tool_rounds")]
    pub max_tool_rounds: NonZeroU32,
    /// Tools that the provider runs itself: `{"type": "web_search"}`, or `web_search_preview`, its
    /// first version. Supported by models of `openai_responses` and `azure_responses`.
    #[serde(default)]
    pub openai_builtin_tools: Vec<BuiltinTool>,
    /// The format of the response: `text`, `files` (a list of `{path, content}` for write_files),
    /// the JSON Schema of an object or a list, or a list with the JSON Schema of its items. Put
    /// properties to be written first, such as `reasoning`, first, and in `required`: many servers
    /// make the model write required properties before others.
    #[schemars(extend("x-answer-schema" = true))]
    pub output_format: OutputFormat,
    /// The artifact to store the response in; `llm_output` by default. A template.
    #[serde(default = "default_output_key")]
    #[schemars(extend("x-artifact" = "sets"))]
    pub output_key: Template,
    /// Whether to cache responses for 30 days after their last use. They are reused while the
    /// request stays the same: the model, its address, the prompt and everything sent with it.
    /// False by default. `recipe` stores them in `recipe/answers` in the state directory, such as
    /// `~/.local/state`; remove that directory to clear the cache.
    #[serde(default)]
    pub cache: bool,
}

fn default_model() -> Template {
    Template::parse("openai/gpt-4o").expect("text without tags is a template")
}

fn default_max_tool_rounds() -> NonZeroU32 {
    NonZeroU32::new(50).expect("50 is not zero")
}

fn default_output_key() -> Template {
    Template::parse("llm_output").expect("text without tags is a template")
}

/// A tool that the provider runs itself, in the provider's format.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct BuiltinTool {
    /// The kind of tool.
    #[serde(rename = "type")]
    pub kind: BuiltinToolKind,
    /// Settings in the provider's format.
    #[serde(flatten)]
    pub settings: Map<String, Value>,
}

/// Kind of a provider's own tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[non_exhaustive]
pub enum BuiltinToolKind {
    /// Web search.
    WebSearch,
    /// Web search, first version.
    WebSearchPreview,
}

/// A number of tokens, or a template of one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum MaxTokens {
    /// A number.
    Number(u32),
    /// A template.
    Template(Template),
}

/// See [`LlmGenerateConfig`]. Needs a tokio runtime with I/O and time enabled.
pub struct LlmGenerate {
    config: LlmGenerateConfig,
    format: ResponseFormat,
    models: Option<Arc<Models>>,
    #[cfg(feature = "mcp")]
    servers: Vec<ToolServer>,
    #[cfg(feature = "mcp")]
    no_programs: Option<Arc<NoPrograms>>,
    #[cfg(feature = "mcp")]
    http: Arc<HttpClients>,
    responses: Option<Arc<ResponseCache>>,
}

impl Step for LlmGenerate {
    const TYPE: &'static str = "llm_generate";
    type Config = LlmGenerateConfig;
    const TRAITS: StepTraits = StepTraits::new().calls_model();

    fn new(config: LlmGenerateConfig, builder: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        #[cfg(not(feature = "mcp"))]
        if !config.mcp_servers.is_empty() {
            let error = "this program is built without tool servers";
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
        let format = ResponseFormat::new(&config.output_format)
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
            responses: builder.extension(),
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
        // Variables of the environment belong to this step alone, and are secret from here on.
        let mut known = context.clone();
        scope.load_variables(models.variables(), &mut known);
        let called = name.to_string();
        let model = models.model(&name, known.config());
        let model = model.map_err(|source| model_failed(&called, source))?;
        let mut toolbox = self.toolbox(scope, context).await?;
        request.tools = toolbox.tools();
        for warning in model.warnings(&request) {
            scope.warn(&format!("{called}: {warning}"));
        }
        let client = ModelClient {
            scope,
            name: &called,
            model: &*model,
            cache: config
                .cache
                .then(|| StepCache::new(self.responses.as_ref(), scope))
                .flatten(),
        };
        let rounds = config.max_tool_rounds.get();
        let mut conversation = Conversation::new(client, &mut toolbox, request, rounds);
        let artifact = self.artifact(&mut conversation).await;
        if artifact.is_ok() {
            conversation.client.store_responses().await;
        }
        toolbox.close().await;
        context.set(output_key, artifact?);
        Ok(())
    }
}

impl LlmGenerate {
    /// Returns the artifact, after corrections by the model if necessary.
    async fn artifact(&self, conversation: &mut Conversation<'_>) -> Result<Value, StepError> {
        let (scope, name) = (conversation.client.scope, conversation.client.name);
        let model = || name.to_owned();
        for responses in 1.. {
            let response = conversation.response().await?;
            let error = match self.format.artifact(&response.text) {
                Ok(artifact) => {
                    if response.is_cut_off {
                        scope.warn("response cut off: max_tokens is too small");
                    }
                    return Ok(artifact);
                }
                Err(ResponseError::Empty | ResponseError::OnlyReasoning) if response.is_cut_off => {
                    return Err(failed(LlmError::UsedUp(model())));
                }
                Err(_) if response.is_cut_off => {
                    return Err(failed(LlmError::CutOff(model())));
                }
                // Text cannot be corrected.
                Err(source) if responses > CORRECTIONS || self.format.schema().is_none() => {
                    return Err(failed(LlmError::Response {
                        model: model(),
                        responses,
                        source,
                    }));
                }
                Err(error) => error,
            };
            scope.warn(&format!("{name}: {error}, retrying"));
            correct(&mut conversation.request, &response, &error);
        }
        unreachable!("the last correction returns")
    }

    /// Opens the tools of the step's servers and of the servers configured for all steps.
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
    /// Returns the model that a step with this configuration would ask, and its first request.
    /// Tools are missing from it, since their servers are not started.
    ///
    /// # Errors
    /// If a template, the model name or the schema is invalid.
    pub fn first_request(
        &self,
        variables: &dyn Variables,
    ) -> Result<(ModelName, Request), StepError> {
        let format = ResponseFormat::new(&self.output_format)
            .map_err(|error| error.in_field(&Pointer::default().key("output_format")))
            .map_err(StepError::failed)?;
        self.request(&format, variables)
    }

    fn request(
        &self,
        format: &ResponseFormat,
        variables: &dyn Variables,
    ) -> Result<(ModelName, Request), StepError> {
        let prompt = self.prompt.render(variables).in_field("prompt")?;
        let name = self.model.render(variables).in_field("model")?;
        let mut request = Request::new(prompt);
        request.max_tokens = self.max_tokens(variables)?;
        request.temperature = self.temperature;
        let builtin_tools = self.openai_builtin_tools.iter();
        request.builtin_tools = builtin_tools
            .map(|tool| serde_json::to_value(tool).expect("the settings were JSON"))
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

/// Shows the model its response and the error. The schema is repeated: some servers ignore the
/// schema of a request. Reasoning is left out, since models are not shown reasoning of earlier
/// turns, and so is an empty response, which providers reject.
fn correct(request: &mut Request, response: &Response, error: &ResponseError) {
    let schema = request.schema.as_ref().map(|client| &client.schema);
    let schema = schema.map_or_else(String::new, |schema| format!(":\n{schema}"));
    let text = without_reasoning(&response.text).unwrap_or_default();
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

impl<'de> Deserialize<'de> for MaxTokens {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let invalid = || Error::custom("expected a number from 1 or a template");
        match Value::deserialize(deserializer)? {
            Value::Number(number) => {
                let number = number
                    .as_u64()
                    .and_then(|number| u32::try_from(number).ok());
                let number = number.filter(|number| *number > 0);
                number.map(Self::Number).ok_or_else(invalid)
            }
            Value::String(text) => Template::parse(&text)
                .map(Self::Template)
                .map_err(Error::custom),
            _ => Err(invalid()),
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
