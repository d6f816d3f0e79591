//! `mcp`: a tool call on an MCP server.

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

/// Calls a tool of a Model Context Protocol (MCP) server and stores its result.
///
/// A server that is a program is started for the step and stopped with it, unless it sets `shared:
/// run`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "mcp")]
#[non_exhaustive]
pub struct McpConfig {
    /// The server: the name of a server under `mcp_servers` of the recipe, or an inline server.
    pub server: ServerReference,
    /// The tool to call. A template.
    pub tool_name: Template,
    /// The arguments of the call. Strings in them, at any depth, are templates.
    #[serde(default)]
    pub arguments: IndexMap<String, TemplateValue>,
    /// The artifact to store the result in; `tool_result` by default. The result is `{content,
    /// structuredContent, isError}` as in the protocol, with content a list of `{type, text}` and
    /// the like. A tool that fails also has a result, with `isError` true. A template.
    #[serde(default = "default_result_key")]
    #[schemars(extend("x-artifact" = "sets"))]
    pub result_key: Template,
}

fn default_result_key() -> Template {
    Template::parse("tool_result").expect("text without tags is a template")
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
            let message = "not allowed here: `tool_name` is the server's own name of the tool, without a prefix";
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
        let outcome = match result.is_error() {
            true => Err(&*text),
            false => Ok(&*text),
        };
        scope.tool_called(&tool, &Value::Object(arguments), duration, outcome);
        if outcome.is_err() {
            scope.warn(&format!("tool {tool} failed: {text}"));
        }
        context.set(result_key, result.into_value());
        Ok(())
    }
}
