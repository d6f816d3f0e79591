//! The tools that a model may call, from any number of servers.

use futures_util::future::{join_all, try_join_all};
use indexmap::IndexMap;
use indexmap::map::Entry;
use recipe_core::document::parse_json;
use recipe_core::{Context, InField, Scope, StepError};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::config::ToolServer;
use super::error::ToolServerError;
use super::server::Server;
use crate::http_clients::HttpClients;
use crate::model::{Tool, ToolCall, ToolResult};

/// Maximum length of a tool name that all providers accept.
const MAX_NAME_CHARS: usize = 64;

/// Tools with the connections to their servers.
#[derive(Default)]
pub(crate) struct Toolbox {
    connections: Vec<Server>,
    /// By name as reported to the model.
    tools: IndexMap<String, OfferedTool>,
    /// Prefixes of the connections.
    prefixes: Vec<Option<String>>,
    /// Number of tool changes seen so far, per connection.
    changes: Vec<u64>,
    /// Allowed names; all if `None`.
    allowed: Option<Vec<String>>,
    denied: Vec<String>,
}

struct OfferedTool {
    /// The server's own name.
    name: String,
    /// Index of the connection.
    connection: usize,
    description: String,
    parameters: Value,
}

impl Toolbox {
    /// Connects to all servers concurrently and lists their tools.
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
                let connection = Server::reach(server, &field, http, scope, context).await?;
                let changes = connection.changes();
                let tools = connection.tools(scope).await?;
                Ok::<_, StepError>((prefix, connection, changes, tools))
            });
        let mut toolbox = Self::default();
        for (prefix, connection, changes, tools) in try_join_all(opened).await? {
            toolbox.changes.push(changes);
            toolbox.add(prefix, connection, tools)?;
        }
        Ok(toolbox)
    }

    /// Updates the tools of servers that reported changes. Returns whether there were any.
    ///
    /// # Errors
    /// If a server has disconnected, or its response is malformed.
    pub(crate) async fn refresh(&mut self, scope: &Scope) -> Result<bool, StepError> {
        let changes: Vec<u64> = self
            .connections
            .iter()
            .map(|server| server.changes())
            .collect();
        let changed = (0..changes.len()).filter(|index| {
            changes[*index] != self.changes[*index] || self.connections[*index].is_list_unsure()
        });
        let changed: Vec<usize> = changed.collect();
        self.changes = changes;
        for &index in &changed {
            let tools = self.connections[index].tools(scope).await?;
            self.tools.retain(|_, offered| offered.connection != index);
            for tool in tools {
                let (name, offered) = self.offered(index, tool);
                let is_allowed = self.allowed.as_ref().is_none_or(|all| all.contains(&name));
                if !is_allowed || self.denied.contains(&name) {
                    continue;
                }
                match self.tools.entry(name) {
                    Entry::Vacant(free) => {
                        free.insert(offered);
                    }
                    Entry::Occupied(taken) => {
                        let server = self.connections[index].server();
                        let name = taken.key();
                        let warning = format!("{server}: tool {name} skipped: duplicate name");
                        scope.warn(&warning);
                    }
                }
            }
        }
        Ok(!changed.is_empty())
    }

    fn offered(&self, connection: usize, tool: rmcp::model::Tool) -> (String, OfferedTool) {
        let prefix = self.prefixes[connection].as_deref();
        let name = name_for_model(prefix, &tool.name);
        let offered = OfferedTool {
            connection,
            description: tool.description.unwrap_or_default().into_owned(),
            parameters: Value::Object((*tool.input_schema).clone()),
            name: tool.name.into_owned(),
        };
        (name, offered)
    }

    fn add(
        &mut self,
        prefix: Option<String>,
        connection: Server,
        tools: Vec<rmcp::model::Tool>,
    ) -> Result<(), StepError> {
        let index = self.connections.len();
        self.connections.push(connection);
        self.prefixes.push(prefix);
        for tool in tools {
            let (name, offered) = self.offered(index, tool);
            match self.tools.entry(name) {
                Entry::Vacant(free) => {
                    free.insert(offered);
                }
                Entry::Occupied(taken) => {
                    let server = |of: &OfferedTool| self.connections[of.connection].server();
                    return Err(StepError::failed(ToolServerError::DuplicateTool {
                        first: server(taken.get()).to_owned(),
                        second: server(&offered).to_owned(),
                        tool: taken.key().clone(),
                    }));
                }
            }
        }
        Ok(())
    }

    /// Removes tools that are not allowed, or denied.
    ///
    /// # Errors
    /// If a name is unknown: the model must not get a tool by mistake.
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
                return Err(StepError::failed(ToolServerError::UnknownTool {
                    field,
                    tool: tool.clone(),
                    known: self.known(),
                }));
            }
        }
        self.tools.retain(|name, _| {
            allow.is_none_or(|allow| allow.contains(name)) && !deny.contains(name)
        });
        self.allowed = allow.map(<[String]>::to_vec);
        self.denied = deny.to_vec();
        Ok(())
    }

    /// The tools as reported to a model.
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

    /// Runs the tool calls of a model concurrently, and reports each to the observers.
    ///
    /// # Errors
    /// If a server has disconnected. Other errors are results, from which the model can learn.
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
        let output = match (self.tools.get(&call.name), &arguments) {
            (None, _) => Err(format!(
                "unknown tool {}, available: {}",
                call.name,
                self.known()
            )),
            (_, Err(error)) => Err(error.clone()),
            (Some(tool), Ok(arguments)) => {
                let connection = &self.connections[tool.connection];
                connection
                    .call_for_model(&tool.name, arguments.clone())
                    .await?
            }
        };
        let reported = match arguments {
            Ok(arguments) => Value::Object(arguments),
            Err(_) => Value::from(call.arguments.as_str()),
        };
        let result = output.as_deref().map_err(String::as_str);
        scope.tool_called(&call.name, &reported, start.elapsed(), result);
        Ok(ToolResult {
            id: call.id.clone(),
            name: call.name.clone(),
            is_error: output.is_err(),
            content: output.unwrap_or_else(|error| error),
        })
    }

    /// Closes all connections and waits for their tasks.
    pub(crate) async fn close(self) {
        join_all(self.connections.into_iter().map(Server::close)).await;
    }

    fn known(&self) -> String {
        let names: Vec<&str> = self.tools.keys().map(String::as_str).collect();
        if names.is_empty() {
            return "none".to_owned();
        }
        names.join(", ")
    }
}

/// The name of a tool as reported to a model; some servers use characters that providers reject.
fn name_for_model(prefix: Option<&str>, name: &str) -> String {
    let name = match prefix {
        Some(prefix) => format!("{prefix}_{name}"),
        None => name.to_owned(),
    };
    let allowed =
        |character: char| character.is_ascii_alphanumeric() || character == '_' || character == '-';
    let name = name.chars().take(MAX_NAME_CHARS);
    name.map(|character| if allowed(character) { character } else { '_' })
        .collect()
}

/// Parses the arguments of a call.
fn arguments(call: &ToolCall) -> Result<Map<String, Value>, String> {
    if call.arguments.trim().is_empty() {
        return Ok(Map::new());
    }
    match parse_json(&call.arguments) {
        Ok(Value::Object(arguments)) => Ok(arguments),
        Ok(_) => Err("arguments are not a JSON object".to_owned()),
        Err(error) => Err(format!("arguments are not a JSON object: {error}")),
    }
}
