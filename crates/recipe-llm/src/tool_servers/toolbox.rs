//! The tools that a model may call, of one server or several.

use futures_util::future::{join_all, try_join_all};
use indexmap::IndexMap;
use indexmap::map::Entry;
use recipe_core::{Context, InField, Scope, StepError, parse_json};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::config::ToolServer;
use super::connection::Connection;
use super::error::ToolServerError;
use super::tool_result::Said;
use crate::http_clients::HttpClients;
use crate::model::{Tool, ToolCall, ToolResult};

/// The longest name that all providers take.
const LONGEST_NAME: usize = 64;

/// Tools, and the connections with the servers that have them.
#[derive(Default)]
pub(crate) struct Toolbox {
    connections: Vec<Connection>,
    /// By the names that the model has for them.
    tools: IndexMap<String, Offered>,
}

struct Offered {
    /// As the server calls it.
    name: String,
    /// Which of the connections has it.
    connection: usize,
    description: String,
    parameters: Value,
}

impl Toolbox {
    /// Reaches all servers, side by side, and learns what tools they have.
    pub(crate) async fn open(
        servers: &[ToolServer],
        http: &HttpClients,
        scope: &Scope,
        context: &Context,
    ) -> Result<Self, StepError> {
        let opened = servers
            .iter()
            .enumerate()
            .map(|(index, server)| async move {
                let field = format!("mcp_servers[{index}]");
                let prefix = server.tool_prefix.as_ref();
                let prefix = prefix
                    .map(|prefix| prefix.render(context))
                    .transpose()
                    .in_field(&format!("{field}.tool_prefix"))?;
                let connection = Connection::open(server, &field, http, scope, context).await?;
                let tools = connection.tools().await?;
                Ok::<_, StepError>((prefix, connection, tools))
            });
        let mut toolbox = Self::default();
        for (prefix, connection, tools) in try_join_all(opened).await? {
            toolbox.add(prefix.as_deref(), connection, tools)?;
        }
        Ok(toolbox)
    }

    fn add(
        &mut self,
        prefix: Option<&str>,
        connection: Connection,
        tools: Vec<rmcp::model::Tool>,
    ) -> Result<(), StepError> {
        let index = self.connections.len();
        self.connections.push(connection);
        for tool in tools {
            let offered = Offered {
                connection: index,
                description: tool.description.unwrap_or_default().into_owned(),
                parameters: Value::Object((*tool.input_schema).clone()),
                name: tool.name.into_owned(),
            };
            match self.tools.entry(name_for_model(prefix, &offered.name)) {
                Entry::Vacant(free) => {
                    free.insert(offered);
                }
                Entry::Occupied(taken) => {
                    let server = |of: &Offered| self.connections[of.connection].server();
                    return Err(StepError::failed(ToolServerError::TwoTools {
                        first: server(taken.get()).to_owned(),
                        second: server(&offered).to_owned(),
                        tool: taken.key().clone(),
                    }));
                }
            }
        }
        Ok(())
    }

    /// Leaves out what is not allowed, and what is denied.
    ///
    /// # Errors
    /// When one of the names is no tool: a model is not to have another than was meant.
    pub(crate) fn restrict(
        &mut self,
        allow: Option<&[String]>,
        deny: &[String],
    ) -> Result<(), StepError> {
        let fields = [
            ("tools_allow", allow.unwrap_or_default()),
            ("tools_deny", deny),
        ];
        for (field, names) in fields {
            if let Some(tool) = names.iter().find(|name| !self.tools.contains_key(*name)) {
                return Err(StepError::failed(ToolServerError::NoTool {
                    field,
                    tool: tool.clone(),
                    known: self.known(),
                }));
            }
        }
        self.tools.retain(|name, _| {
            allow.is_none_or(|allow| allow.contains(name)) && !deny.contains(name)
        });
        Ok(())
    }

    /// What a model is told of the tools.
    pub(crate) fn tools(&self) -> Vec<Tool> {
        let tools = self.tools.iter();
        tools
            .map(|(name, offered)| Tool {
                name: name.clone(),
                description: offered.description.clone(),
                parameters: offered.parameters.clone(),
            })
            .collect()
    }

    /// Does what a model wants done, all at once. Each call is told to the observers.
    ///
    /// # Errors
    /// When a server is gone. What else goes wrong is a result, from which the model can learn.
    pub(crate) async fn call(
        &self,
        calls: &[ToolCall],
        scope: &Scope,
    ) -> Result<Vec<ToolResult>, StepError> {
        try_join_all(calls.iter().map(|call| self.call_one(call, scope))).await
    }

    async fn call_one(&self, call: &ToolCall, scope: &Scope) -> Result<ToolResult, StepError> {
        let start = Instant::now();
        let arguments = arguments(call);
        let said = match (self.tools.get(&call.name), &arguments) {
            (None, _) => Err(format!(
                "there is no tool {}, but {}",
                call.name,
                self.known()
            )),
            (_, Err(error)) => Err(error.clone()),
            (Some(tool), Ok(arguments)) => {
                let connection = &self.connections[tool.connection];
                match connection
                    .call_for_model(&tool.name, arguments.clone())
                    .await?
                {
                    Said {
                        text,
                        is_error: true,
                    } => Err(text),
                    Said { text, .. } => Ok(text),
                }
            }
        };
        let shown = match arguments {
            Ok(arguments) => Value::Object(arguments),
            Err(_) => Value::from(call.arguments.as_str()),
        };
        let result = said.as_deref().map_err(String::as_str);
        scope.tool_called(&call.name, &shown, start.elapsed(), result);
        Ok(ToolResult {
            id: call.id.clone(),
            name: call.name.clone(),
            is_error: said.is_err(),
            content: said.unwrap_or_else(|error| error),
        })
    }

    /// Ends all connections and waits until nothing of them is left.
    pub(crate) async fn close(self) {
        join_all(self.connections.into_iter().map(Connection::close)).await;
    }

    fn known(&self) -> String {
        let names: Vec<&str> = self.tools.keys().map(String::as_str).collect();
        if names.is_empty() {
            return "none".to_owned();
        }
        names.join(", ")
    }
}

/// What a model calls a tool by: of servers' names some have characters that providers refuse.
fn name_for_model(prefix: Option<&str>, name: &str) -> String {
    let name = match prefix {
        Some(prefix) => format!("{prefix}_{name}"),
        None => name.to_owned(),
    };
    let allowed =
        |character: char| character.is_ascii_alphanumeric() || character == '_' || character == '-';
    let name = name.chars().take(LONGEST_NAME);
    name.map(|character| if allowed(character) { character } else { '_' })
        .collect()
}

/// What a model wants a tool called with, or what is wrong with that.
fn arguments(call: &ToolCall) -> Result<Map<String, Value>, String> {
    if call.arguments.trim().is_empty() {
        return Ok(Map::new());
    }
    match parse_json(&call.arguments) {
        Ok(Value::Object(arguments)) => Ok(arguments),
        Ok(_) => Err("the arguments are not a JSON object".to_owned()),
        Err(error) => Err(format!("the arguments are not a JSON object: {error}")),
    }
}
