//! The tools that a model may call, of one server or several.

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
use super::tool_result::Said;
use crate::http_clients::HttpClients;
use crate::model::{Tool, ToolCall, ToolResult};

/// The longest name that all providers take.
const LONGEST_NAME: usize = 64;

/// Tools, and the connections with the servers that have them.
#[derive(Default)]
pub(crate) struct Toolbox {
    connections: Vec<Server>,
    /// By the names that the model has for them.
    tools: IndexMap<String, Offered>,
    /// The prefixes of the connections.
    prefixes: Vec<Option<String>>,
    /// The changes of the servers' tools that are known of.
    changes: Vec<u64>,
    /// The names that the model may have; all where there are none.
    allowed: Option<Vec<String>>,
    denied: Vec<String>,
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

    /// Offers what servers offer now, where they have said that it is something else. Whether it is.
    ///
    /// # Errors
    /// When a server is gone, or makes no sense.
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
                        scope.warn(&format!(
                            "{server}: tool {name} left out: another has the name"
                        ));
                    }
                }
            }
        }
        Ok(!changed.is_empty())
    }

    fn offered(&self, connection: usize, tool: rmcp::model::Tool) -> (String, Offered) {
        let prefix = self.prefixes[connection].as_deref();
        let name = name_for_model(prefix, &tool.name);
        let offered = Offered {
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
        self.allowed = allow.map(<[String]>::to_vec);
        self.denied = deny.to_vec();
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
