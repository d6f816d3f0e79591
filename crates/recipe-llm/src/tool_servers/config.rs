//! Configuration of a tool server in a recipe.

use std::borrow::Cow;
use std::fmt;

use indexmap::IndexMap;
use recipe_core::policy::Timeout;
use recipe_core::template::Template;
#[cfg(feature = "mcp")]
use recipe_core::{ConfigError, StepBuilder};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
#[cfg(feature = "mcp")]
use serde_json::Value;

/// Default timeout of a response in seconds.
const DEFAULT_TIMEOUT: f64 = 300.0;

/// A tool server of the Model Context Protocol.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Fields")]
#[non_exhaustive]
pub struct ToolServer {
    /// Program or address.
    pub transport: ServerTransport,
    /// Prefix of its tools' names as shown to a model.
    pub tool_prefix: Option<Template>,
    /// Timeout of a response; 300 seconds if `None`.
    pub timeout: Option<Timeout>,
    /// Lifetime of the server.
    pub shared: Shared,
}

/// Lifetime of a tool server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[non_exhaustive]
pub enum Shared {
    /// A single step: the server is started for it and stopped with it.
    #[default]
    Step,
    /// The whole run: the server starts with the first step that needs it, and stops with the run.
    Run,
}

/// A tool server in a step, by name or inline.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ServerReference {
    /// Name of a server under `mcp_servers` of the recipe.
    Named(String),
    /// Inline server.
    Written(Box<ToolServer>),
}

impl ServerReference {
    /// Resolves the reference in this field of a step.
    ///
    /// # Errors
    /// If the recipe does not define the server, or defines it incorrectly.
    #[cfg(feature = "mcp")]
    pub(crate) fn resolve(
        self,
        field: &str,
        builder: &StepBuilder<'_>,
    ) -> Result<ToolServer, ConfigError> {
        let name = match self {
            Self::Written(server) => return Ok(*server),
            Self::Named(name) => name,
        };
        let written = builder.mcp_server(&name);
        let written = written.map_err(|error| ConfigError::new(field, error))?;
        ToolServer::deserialize(Value::Object(written.clone())).map_err(|error| {
            ConfigError::new(field, format!("mcp_servers.{name} of the recipe: {error}"))
        })
    }
}

impl<'de> Deserialize<'de> for ServerReference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrFields;

        impl<'de> Visitor<'de> for NameOrFields {
            type Value = ServerReference;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a server or an object")
            }

            fn visit_str<E>(self, name: &str) -> Result<ServerReference, E> {
                Ok(ServerReference::Named(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ServerReference, A::Error> {
                let server = ToolServer::deserialize(MapAccessDeserializer::new(map))?;
                Ok(ServerReference::Written(Box::new(server)))
            }
        }

        deserializer.deserialize_any(NameOrFields)
    }
}

impl JsonSchema for ServerReference {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ServerReference".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string", "description": "The name of a server under `mcp_servers` of the recipe." },
                generator.subschema_for::<ToolServer>(),
            ]
        })
    }
}

#[cfg(feature = "mcp")]
impl ToolServer {
    /// Timeout of a response.
    pub(crate) fn timeout(&self) -> Timeout {
        let default = || Timeout::try_from(DEFAULT_TIMEOUT).expect("the timeout is positive");
        self.timeout.unwrap_or_else(default)
    }

    /// Whether the server is a program to start.
    pub(crate) fn is_program(&self) -> bool {
        matches!(self.transport, ServerTransport::Program { .. })
    }
}

/// Transport of a server.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ServerTransport {
    /// A program that is started, and stopped with the step.
    Program {
        /// The program.
        command: Template,
        /// Its arguments.
        args: Vec<Template>,
        /// Environment variables.
        env: IndexMap<String, Template>,
        /// Working directory.
        working_dir: Option<Template>,
    },
    /// A running server.
    Address {
        /// Address.
        url: Template,
        /// Additional headers of each request.
        headers: IndexMap<String, Template>,
    },
}

/// A tool server of the Model Context Protocol: a program that is started and stopped with the step
/// (`command`), or a running server (`url`).
#[derive(Deserialize, JsonSchema)]
#[schemars(
    rename = "ToolServer",
    extend("oneOf" = [{"required": ["command"]}, {"required": ["url"]}])
)]
struct Fields {
    /// The program to start, which speaks over its standard input and output. A template.
    #[serde(default)]
    command: Option<Template>,
    /// The arguments of the program. Templates.
    #[serde(default)]
    args: Vec<Template>,
    /// Environment variables of the program. It inherits only `HOME`, `LANG`, `LOGNAME`, `PATH`,
    /// `SHELL`, `TERM`, `TMPDIR` and `USER`. A value that renders as empty is looked up in the
    /// configuration, the environment and `.env`. The values are templates.
    #[serde(default)]
    env: IndexMap<String, Template>,
    /// The directory to run the program in; the working directory by default. A template.
    #[serde(default)]
    working_dir: Option<Template>,
    /// The same as `working_dir`. A template.
    #[serde(default)]
    cwd: Option<Template>,
    /// The address of a running server, over streamable HTTP, or over HTTP with server-sent events
    /// if the server is an old one. A template.
    #[serde(default)]
    url: Option<Template>,
    /// Headers sent with each request to the address, for example `Authorization`. The values are
    /// templates.
    #[serde(default)]
    headers: IndexMap<String, Template>,
    /// A prefix for the names of the server's tools as shown to a model, joined with `_`. It keeps
    /// tools of two servers apart. A template.
    #[serde(default)]
    tool_prefix: Option<Template>,
    /// Timeout in seconds of a call, and of a request for the list of tools; 300 by default. A call
    /// that takes longer is cancelled and fails.
    #[serde(default)]
    #[schemars(extend("default" = DEFAULT_TIMEOUT as u64))]
    timeout: Option<Timeout>,
    /// The lifetime of the server: `step` by default, started and stopped with each step, or `run`:
    /// all steps of the run with the same server share it. It starts with the first step that needs
    /// it, and stops with the run.
    #[serde(default)]
    shared: Shared,
}

/// Errors in the fields of a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum InvalidServer {
    #[error("missing `command` or `url`")]
    Neither,
    #[error("`command` and `url` are mutually exclusive")]
    Both,
    #[error("`{0}` requires `command`")]
    RequiresCommand(&'static str),
    #[error("`headers` requires `url`")]
    RequiresUrl,
    #[error("`cwd` and `working_dir` are mutually exclusive")]
    DuplicateDirectory,
    #[error("invalid environment variable name: {0:?}")]
    Variable(String),
}

impl TryFrom<Fields> for ToolServer {
    type Error = InvalidServer;

    fn try_from(fields: Fields) -> Result<Self, InvalidServer> {
        let transport = match (fields.command, fields.url) {
            (None, None) => return Err(InvalidServer::Neither),
            (Some(_), Some(_)) => return Err(InvalidServer::Both),
            (Some(_), None) if !fields.headers.is_empty() => {
                return Err(InvalidServer::RequiresUrl);
            }
            (Some(command), None) => {
                let invalid = |name: &&String| name.is_empty() || name.contains(['=', '\0']);
                if let Some(name) = fields.env.keys().find(invalid) {
                    return Err(InvalidServer::Variable(name.clone()));
                }
                if fields.cwd.is_some() && fields.working_dir.is_some() {
                    return Err(InvalidServer::DuplicateDirectory);
                }
                ServerTransport::Program {
                    command,
                    args: fields.args,
                    env: fields.env,
                    working_dir: fields.working_dir.or(fields.cwd),
                }
            }
            (None, Some(url)) => {
                let program_fields = [
                    ("args", !fields.args.is_empty()),
                    ("env", !fields.env.is_empty()),
                    ("working_dir", fields.working_dir.is_some()),
                    ("cwd", fields.cwd.is_some()),
                ];
                if let Some((name, _)) = program_fields.iter().find(|(_, is_set)| *is_set) {
                    return Err(InvalidServer::RequiresCommand(name));
                }
                ServerTransport::Address {
                    url,
                    headers: fields.headers,
                }
            }
        };
        Ok(Self {
            transport,
            tool_prefix: fields.tool_prefix,
            timeout: fields.timeout,
            shared: fields.shared,
        })
    }
}

impl JsonSchema for ToolServer {
    fn schema_name() -> Cow<'static, str> {
        Fields::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Fields::json_schema(generator)
    }
}
