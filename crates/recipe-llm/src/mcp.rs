//! `mcp`: a tool of an MCP server.

use std::sync::Arc;

use indexmap::IndexMap;
use recipe_core::template::{Template, TemplateValue};
use recipe_core::{ConfigError, Context, InField, Scope, Step, StepBuilder, StepError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::http_clients::HttpClients;
use crate::no_programs::NoPrograms;
use crate::tool_servers::{Server, ServerReference, ToolServer};

/// Calls a tool of a server that speaks the Model Context Protocol (MCP), and stores what it says.
///
/// A server that is a program is started for the step and ended with it, unless it says `shared: run`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "mcp")]
#[non_exhaustive]
pub struct McpConfig {
    /// The server: the name of one under `mcp_servers` of the recipe, or one that is written here.
    pub server: ServerReference,
    /// The tool to call. A template.
    pub tool_name: Template,
    /// What to call it with. Texts in it, at any depth, are templates.
    #[serde(default)]
    pub arguments: IndexMap<String, TemplateValue>,
    /// The artifact to store the result in: `{content, structuredContent, isError}` as the protocol has it, content a list
    /// of `{type, text}` and the like; `tool_result` by default. A tool that fails has a result, too, with `isError` true.
    /// A template.
    #[serde(default = "default_result_key")]
    #[schemars(extend("x-artifact" = "sets"))]
    pub result_key: Template,
}

fn default_result_key() -> Template {
    Template::parse("tool_result").expect("a text without tags is a template")
}

/// See [`McpConfig`]. Needs a tokio runtime with I/O and time enabled.
pub struct Mcp {
    config: McpConfig,
    server: ToolServer,
    http: Arc<HttpClients>,
}

impl Step for Mcp {
    const TYPE: &'static str = "mcp";
    type Config = McpConfig;

    fn new(config: McpConfig, builder: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        let server = config.server.clone().resolve("server", builder)?;
        let is_written = matches!(config.server, ServerReference::Written(_));
        if is_written && server.tool_prefix.is_some() {
            let message =
                "only models need one: `tool_name` is the name that the server has for it";
            return Err(ConfigError::new("server.tool_prefix", message));
        }
        if let Some(no_programs) = builder.extension::<NoPrograms>() {
            no_programs.check(&server, "server")?;
        }
        Ok(Self {
            config,
            server,
            http: builder.extension().unwrap_or_default(),
        })
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        let config = &self.config;
        let tool = config.tool_name.render(context).in_field("tool_name")?;
        let result_key = config.result_key.render(context).in_field("result_key")?;
        let arguments = config.arguments.iter().map(|(name, value)| {
            let rendered = value.render(context);
            let rendered = rendered.in_field(&format!("arguments.{name}"))?;
            Ok((name.clone(), rendered))
        });
        let arguments = arguments.collect::<Result<Map<_, _>, StepError>>()?;

        let connection = Server::reach(&self.server, "server", &self.http, scope, context).await?;
        let start = Instant::now();
        let result = connection.call(&tool, arguments.clone()).await;
        let duration = start.elapsed();
        connection.close().await;
        let result = result?;
        let text = result.text();
        let said = match result.is_error() {
            true => Err(&*text),
            false => Ok(&*text),
        };
        scope.tool_called(&tool, &Value::Object(arguments), duration, said);
        if said.is_err() {
            scope.warn(&format!("the tool {tool} says that it failed: {text}"));
        }
        context.set(result_key, result.into_value());
        Ok(())
    }
}
